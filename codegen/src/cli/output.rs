//! Where the command line writes: results to standard output, findings to standard error.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use topsdk_codegen::diagnostic::{Diagnostic, PageText};

use super::progress::Progress;
use super::{Format, visible};

/// Why a command ends before its end.
pub(crate) enum Stop {
    /// The reader of the output has closed it.
    Closed,
    /// It cannot go on: shown to the user, exit status 2.
    Failed(String),
}

impl Stop {
    /// A failure, in the words of the error.
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

/// Both streams of the process, and for whom they are written.
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
        // https://no-color.org: an empty value is none.
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

    /// For whom it is written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether results are read on a terminal that may show colours.
    pub(crate) fn is_colored(&self) -> bool {
        self.out_color
    }

    /// Begins work of `total` steps, shown where a person watches a terminal. `what` says it in a word or two.
    ///
    /// What is written from now on, by this output alone, stands above the line that shows it.
    pub(crate) fn progress(&mut self, what: &'static str, total: usize) -> Progress {
        self.progress = match self.format {
            Format::Text if self.err_is_terminal => Progress::on_terminal(what, total),
            Format::Text | Format::Json => Progress::hidden(),
        };
        self.progress.clone()
    }

    /// A line of the result.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(match self.out_is_terminal {
            true => self.progress.aside(|| writeln!(out, "{line}").and_then(|()| out.flush())),
            false => writeln!(out, "{line}"),
        }?)
    }

    /// A finding, drawn on the page's own text where that is given.
    pub(crate) fn finding(&mut self, diagnostic: &Diagnostic, page: Option<&PageText<'_>>) -> Result<(), Stop> {
        let text = match self.format {
            Format::Text => diagnostic.render(page, self.color).trim_end().to_owned(),
            Format::Json => diagnostic.to_json(page),
        };
        self.beside(&text)
    }

    /// A sentence beside the result.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Stop> {
        self.beside(&self.visible(text))
    }

    /// Something worth knowing beside the result.
    pub(crate) fn remark(&mut self, text: &str) -> Result<(), Stop> {
        self.note(&match self.format {
            Format::Text => format!("note: {text}"),
            Format::Json => serde_json::json!({ "severity": "note", "message": text }).to_string(),
        })
    }

    /// Why the command, or one input of it, failed. Nothing is left to be done where even this cannot be written.
    pub(crate) fn failure(&mut self, message: &str) {
        let text = match self.format {
            Format::Text => format!("error: {message}"),
            Format::Json => serde_json::json!({ "severity": "error", "message": message }).to_string(),
        };
        let _ = self.note(&text);
    }

    /// A text in the form that is safe for a terminal: it may quote a page or an answer.
    fn visible<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.format {
            Format::Text => visible::lines(text),
            Format::Json => visible::json(text),
        }
    }

    fn beside(&mut self, text: &str) -> Result<(), Stop> {
        let out = &mut self.out;
        Ok(self.progress.aside(|| {
            // What is said belongs after what was printed before it, also where both go to one terminal.
            let flushed = out.flush();
            writeln!(io::stderr(), "{text}").and(flushed)
        })?)
    }

    /// Writes what has been said so far, in the middle of long work.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        Ok(self.out.flush()?)
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        self.progress.end();
        Ok(self.out.flush()?)
    }
}
