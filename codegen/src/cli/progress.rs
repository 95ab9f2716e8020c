//! Progress of long work: one line on a terminal's standard error, gone when the work ends. Libraries never see it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// How long the line may stand still: its clock goes on while one step takes long.
const TICK: Duration = Duration::from_millis(250);

/// Work in steps, of which all threads may report some. Its line goes when the last handle is dropped, or when it ends.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Work that nobody watches.
    pub(crate) fn hidden() -> Progress {
        Progress { bar: ProgressBar::hidden() }
    }

    /// Work of `total` steps; `what` says it in a word or two, such as `reading`. One step alone shows nothing.
    pub(super) fn on_terminal(what: &'static str, total: usize) -> Progress {
        if total < 2 {
            return Progress::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
        let bar = bar.with_finish(ProgressFinish::AndClear);
        let style = ProgressStyle::with_template("{msg} {pos}/{len} [{bar:30}] {elapsed} ({eta} left)");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// One more step is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Writes to the terminal without disturbing the line.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}
