//! Where the command line writes: results to standard output, findings to standard error.

use std::io::{self, BufWriter, IsTerminal, StderrLock, StdoutLock, Write};

use topsdk_codegen::diagnostic::{Diagnostic, PageText};

use super::Format;

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
    out: BufWriter<StdoutLock<'static>>,
    err: StderrLock<'static>,
}

impl Output {
    pub(crate) fn new(format: Format) -> Output {
        let err = io::stderr().lock();
        let color = err.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Output { format, color, out: BufWriter::new(io::stdout().lock()), err }
    }

    /// For whom it is written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// A line of the result.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Stop> {
        Ok(writeln!(self.out, "{line}")?)
    }

    /// A finding, drawn on the page's own text where that is given.
    pub(crate) fn finding(&mut self, diagnostic: &Diagnostic, page: Option<&PageText<'_>>) -> Result<(), Stop> {
        // What was found belongs after what was printed before it, also where both go to one terminal.
        self.out.flush()?;
        match self.format {
            Format::Text => writeln!(self.err, "{}", diagnostic.render(page, self.color).trim_end())?,
            Format::Json => writeln!(self.err, "{}", diagnostic.to_json(page))?,
        }
        Ok(())
    }

    /// A sentence beside the result.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Stop> {
        self.out.flush()?;
        Ok(writeln!(self.err, "{text}")?)
    }

    /// Why the command, or one input of it, failed. Nothing is left to be done where even this cannot be written.
    pub(crate) fn failure(&mut self, message: &str) {
        let _ = self.out.flush();
        let _ = match self.format {
            Format::Text => writeln!(self.err, "error: {message}"),
            Format::Json => writeln!(self.err, "{}", serde_json::json!({ "severity": "error", "message": message })),
        };
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        Ok(self.out.flush()?)
    }
}
