//! Shows the progress of long work as one line on standard error, removed when the work ends. The library does not use it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Refresh interval of the line: its clock keeps running during a long step.
const TICK: Duration = Duration::from_millis(250);

/// The progress of work in steps, which any thread may report. The line is removed when the work ends or the last handle is
/// dropped.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Returns a progress that shows nothing.
    pub(crate) fn hidden() -> Progress {
        Progress { bar: ProgressBar::hidden() }
    }

    /// Starts progress of `total` steps. `what` describes the work in a word or two, such as `reading`. With fewer than two
    /// steps, nothing is shown.
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

    /// Reports one completed step.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// Runs `write` with the line hidden, so that its output does not mix with the line.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}
