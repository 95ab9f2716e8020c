//! Writes the output of commands: results to standard output, findings to standard error.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use topsdk_codegen::diagnostic::{Diagnostic, PageText};

use super::progress::Progress;
use super::{Format, visible};

/// The reason why a command stops early.
pub(crate) enum Stop {
    /// The reader of the output closed it.
    Closed,
    /// The command failed. The message is shown to the user, and the exit status is 2.
    Failed(String),
}

impl Stop {
    /// Returns a failure with the error's own message.
    pub(crate) fn failed(error: impl std::fmt::Display) -> Stop {
        Stop::Failed(error.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::Failed(format!("cannot write the output: {error}")),
        }
    }
}

/// The standard output and standard error of the process, and the format of what is written to them.
pub(crate) struct Output {
    format: Format,
    color: bool,
    out_color: bool,
    out: BufWriter<StdoutLock<'static>>,
    out_is_terminal: bool,
    err_is_terminal: bool,
    progress: Progress,
}

impl Output {
    pub(crate) fn new(format: Format) -> Output {
        let (out, err_is_terminal) = (io::stdout().lock(), io::stderr().is_terminal());
        // https://no-color.org: an empty value does not count.
        let may_color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let out_is_terminal = out.is_terminal();
        Output {
            format,
            color: err_is_terminal && may_color,
            out_color: out_is_terminal && may_color,
            out: BufWriter::new(out),
            out_is_terminal,
            err_is_terminal,
            progress: Progress::hidden(),
        }
    }

    /// Returns the output format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Returns whether results may be coloured: standard output is a terminal, and colours are not turned off.
    pub(crate) fn is_colored(&self) -> bool {
        self.out_color
    }

    /// Starts progress of `total` steps. `what` describes the work in a word or two. The progress line is shown if standard
    /// error is a terminal and the format is text.
    ///
    /// Text written through this output appears above the progress line.
    pub(crate) fn progress(&mut self, what: &'static str, total: usize) -> Progress {
        self.progress = match self.format {
            Format::Text if self.err_is_terminal => Progress::on_terminal(what, total),
            Format::Text | Format::Json => Progress::hidden(),
        };
        self.progress.clone()
    }

    /// Writes a line of the result.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(match self.out_is_terminal {
            true => self.progress.aside(|| writeln!(out, "{line}").and_then(|()| out.flush())),
            false => writeln!(out, "{line}"),
        }?)
    }

    /// Writes a finding, with an excerpt of the page if its text is given.
    pub(crate) fn finding(&mut self, diagnostic: &Diagnostic, page: Option<&PageText<'_>>) -> Result<(), Stop> {
        let text = match self.format {
            Format::Text => diagnostic.render(page, self.color).trim_end().to_owned(),
            Format::Json => diagnostic.to_json(page),
        };
        self.beside(&text)
    }

    /// Writes a sentence to standard error.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Stop> {
        self.beside(&self.visible(text))
    }

    /// Writes a note to standard error.
    pub(crate) fn remark(&mut self, text: &str) -> Result<(), Stop> {
        self.note(&match self.format {
            Format::Text => format!("note: {text}"),
            Format::Json => serde_json::json!({ "severity": "note", "message": text }).to_string(),
        })
    }

    /// Reports why the command or one of its inputs failed. An error while writing the report is ignored.
    pub(crate) fn failure(&mut self, message: &str) {
        let text = match self.format {
            Format::Text => format!("error: {message}"),
            Format::Json => serde_json::json!({ "severity": "error", "message": message }).to_string(),
        };
        let _ = self.note(&text);
    }

    /// Makes text safe for a terminal: it may quote a page or a response.
    fn visible<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.format {
            Format::Text => visible::lines(text),
            Format::Json => visible::json(text),
        }
    }

    fn beside(&mut self, text: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(self.progress.aside(|| {
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
        self.progress.end();
        Ok(self.out.flush()?)
    }
}
