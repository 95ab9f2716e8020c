//! Progress of long work: one line on a terminal's standard error, gone when the work ends. Libraries never see it.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Work that ends sooner shows nothing: a line that flashes up helps nobody.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long the line may stand still: its clock goes on while one step takes long.
const TICK: Duration = Duration::from_millis(250);

/// Work in steps, of which all threads may report some. The line goes when the last handle is dropped, or at [`Progress::end`].
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    /// When the line is to appear; none where nobody watches.
    due: Option<Instant>,
}

impl Progress {
    /// Work that nobody watches.
    pub(crate) fn hidden() -> Progress {
        Progress { bar: ProgressBar::hidden(), due: None }
    }

    /// Work of `total` steps; `what` says it in a word or two, such as `reading`.
    pub(super) fn on_terminal(what: &'static str, total: usize) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let bar = bar.with_finish(ProgressFinish::AndClear);
        let style = ProgressStyle::with_template("{msg} {pos}/{len} [{bar:30}] {elapsed} ({eta} left)");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        Progress { bar, due: Some(Instant::now() + PATIENCE) }
    }

    /// One more step is done.
    pub(crate) fn step(&self) {
        self.show();
        self.bar.inc(1);
    }

    /// Writes to the terminal without disturbing the line.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if self.bar.is_hidden() && self.due.is_some_and(|due| due <= Instant::now()) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.enable_steady_tick(TICK);
        }
    }
}
