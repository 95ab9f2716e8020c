//! Writes the output of commands: results to standard output; findings, notes and progress to standard error.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use serde_json::{Value, json};
use topsdk_codegen::diagnostic::{Diagnostic, PageText};

use super::{ReportFormat, visible};

/// The reason why a command stops early.
pub(crate) enum Stop {
    /// The reader of the output closed it.
    Closed,
    /// The command failed. The message is shown to the user, and the exit status is 2.
    Failed(String),
    /// The command failed for several reasons, each shown as its own message.
    Several(Vec<String>),
}

/// Returns a failure at a path: `PATH: MESSAGE`.
pub(crate) fn failed_at(path: &std::path::Path, message: impl Display) -> Stop {
    Stop::Failed(format!("{}: {message}", path.display()))
}

impl<E: Error + 'static> From<E> for Stop {
    /// Returns a failure with the error's own message. A bare I/O error comes from writing the output.
    fn from(error: E) -> Stop {
        match (&error as &dyn Error).downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::BrokenPipe) => Stop::Closed,
            Some(_) => Stop::Failed(format!("cannot write the output: {error}")),
            None => Stop::Failed(error.to_string()),
        }
    }
}

/// The standard output and standard error of the process, and the format of what is written to them.
pub(crate) struct Output {
    pub(crate) format: ReportFormat,
    colors_errors: bool,
    out: BufWriter<StdoutLock<'static>>,
    /// Whether results may be coloured: standard output is a terminal, and colours are not turned off.
    pub(crate) is_colored: bool,
    out_is_terminal: bool,
    progress: ProgressBar,
}

impl Output {
    pub(crate) fn new(format: ReportFormat) -> Output {
        let out = io::stdout().lock();
        let out_is_terminal = out.is_terminal();
        // https://no-color.org: an empty value does not count.
        let may_color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Output {
            format,
            colors_errors: may_color && io::stderr().is_terminal(),
            out: BufWriter::new(out),
            is_colored: may_color && out_is_terminal,
            out_is_terminal,
            progress: ProgressBar::hidden(),
        }
    }

    /// Returns whether results and findings are written as JSON, one object per line, rather than as text.
    pub(crate) fn is_json(&self) -> bool {
        self.format == ReportFormat::Json
    }

    /// Starts progress of `total` steps, which any thread may report with `inc(1)`. `what` describes the work in a word or
    /// two, such as `reading`. It is shown as one line on standard error, if that is a terminal, the format is text and
    /// there are at least two steps, and removed when the work ends. Text written through this output appears above it.
    pub(crate) fn progress(&mut self, what: &'static str, total: usize) -> ProgressBar {
        self.progress = ProgressBar::hidden();
        if !self.is_json() && total > 1 && io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            self.progress = bar.with_finish(ProgressFinish::AndClear).with_message(what);
            if let Ok(style) = ProgressStyle::with_template("{msg} {pos}/{len} [{bar:30}] {elapsed} ({eta} left)") {
                self.progress.set_style(style.progress_chars("=> "));
            }
            // The clock of the line keeps running during a long step.
            self.progress.enable_steady_tick(Duration::from_millis(250));
        }
        self.progress.clone()
    }

    /// Writes a line of the result.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(match self.out_is_terminal {
            true => self.progress.suspend(|| writeln!(out, "{line}").and_then(|()| out.flush())),
            false => writeln!(out, "{line}"),
        }?)
    }

    /// Writes a line of the result, made for the output format.
    pub(crate) fn line_as(&mut self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) -> Result<(), Stop> {
        let line = if self.is_json() { json().to_string() } else { text() };
        self.line(&line)
    }

    /// Writes a finding, with an excerpt of the page if its text is given.
    pub(crate) fn finding(&mut self, diagnostic: &Diagnostic, page: Option<&PageText<'_>>) -> Result<(), Stop> {
        let text = match self.is_json() {
            true => diagnostic.to_json(page),
            false => diagnostic.render(page, self.colors_errors).trim_end().to_owned(),
        };
        self.error_line(&text)
    }

    /// Writes a note to standard error.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Stop> {
        self.note_as(|| format!("note: {text}"), || json!({ "severity": "note", "message": text }))
    }

    /// Writes text or JSON to standard error, whichever the output format is. It may quote a page or a response, so it is
    /// made safe for a terminal.
    pub(crate) fn note_as(&mut self, text: impl FnOnce() -> String, json: impl FnOnce() -> Value) -> Result<(), Stop> {
        let text = if self.is_json() { visible::json(&json().to_string()) } else { visible::lines(&text()) };
        self.error_line(&text)
    }

    /// Reports why the command or one of its inputs failed. An error while writing the report is ignored.
    pub(crate) fn failure(&mut self, message: &str) {
        drop(self.note_as(|| format!("error: {message}"), || json!({ "severity": "error", "message": message })));
    }

    fn error_line(&mut self, text: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(self.progress.suspend(|| {
            // Flush first, so that the order is right if both streams go to one terminal.
            let flushed = out.flush();
            writeln!(io::stderr(), "{text}").and(flushed)
        })?)
    }

    /// Flushes the results so far, during long work.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        Ok(self.out.flush()?)
    }

    /// Ends the progress line and flushes the remaining results.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        self.progress.finish_and_clear();
        self.flush()
    }
}

/// Returns a number with its noun, such as `1 entry` or `3 entries`.
pub(crate) fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
