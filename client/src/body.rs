//! The body of an HTTP request: bytes, and files that are read from disk while they are sent.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use topsdk_codec::OnDisk;

/// The progress of an upload. [`CallBuilder::on_progress`](crate::CallBuilder::on_progress) reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the body sent so far.
    pub sent: u64,
    /// Bytes of the complete body.
    pub whole: u64,
}

pub(crate) type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// The body of an HTTP request. [`Transport`](crate::Transport) has an example.
#[derive(Clone)]
pub struct Body {
    bytes: Vec<u8>,
    /// The files to insert while it is sent, ascending by offset.
    files: Vec<OnDisk>,
    on_progress: Option<OnProgress>,
}

impl Body {
    /// Creates a body with files.
    pub(crate) fn with_files(bytes: Vec<u8>, files: Vec<OnDisk>, on_progress: Option<OnProgress>) -> Body {
        Body { bytes, files, on_progress }
    }

    /// Returns the bytes of a body in memory; `None` for one with files on disk, or whose progress is reported.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self.files.is_empty() && self.on_progress.is_none() {
            true => Some(&self.bytes),
            false => None,
        }
    }

    /// Returns the bytes of a body in memory, owned.
    ///
    /// # Errors
    ///
    /// The body, unchanged, if it has to be [opened](Body::open).
    pub fn into_bytes(self) -> Result<Vec<u8>, Body> {
        match self.bytes() {
            Some(_) => Ok(self.bytes),
            None => Err(self),
        }
    }

    /// Opens the files, so that the complete body can be read.
    ///
    /// # Errors
    ///
    /// [`FileError`], which names the file.
    pub fn open(self) -> Result<Reader, FileError> {
        let Body { mut bytes, files, on_progress } = self;
        let mut sources = Vec::with_capacity(2 * files.len() + 1);
        // From the end, so that each split returns the bytes after one file.
        for OnDisk { offset, path, .. } in files.into_iter().rev() {
            let after = bytes.split_off(offset.min(bytes.len()));
            sources.extend([BodyPart::bytes(after), BodyPart::open(path)?]);
        }
        sources.push(BodyPart::bytes(bytes));
        let whole = sources.iter().map(|source| source.left).sum();
        Ok(Reader { sources, sent: 0, whole, on_progress })
    }
}

/// A file to upload cannot be read. [`TransportError::File`](crate::TransportError::File) holds it.
#[derive(Debug, thiserror::Error)]
#[error("the file {} cannot be read", .path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The reason.
    pub source: io::Error,
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// An opened [`Body`]: exactly [`whole`](Reader::whole) bytes, or an error.
pub struct Reader {
    /// In reverse order: the last one is read next.
    sources: Vec<BodyPart>,
    sent: u64,
    whole: u64,
    on_progress: Option<OnProgress>,
}

struct BodyPart {
    left: u64,
    what: PartContent,
}

enum PartContent {
    Bytes(io::Cursor<Vec<u8>>),
    File(File, PathBuf),
}

impl Reader {
    /// Returns the number of bytes, for the header `Content-Length`.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// Returns how many bytes are left.
    pub fn left(&self) -> u64 {
        self.whole - self.sent
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(source) = self.sources.last_mut() {
            if source.left == 0 {
                self.sources.pop();
                continue;
            }
            let most = usize::try_from(source.left).unwrap_or(usize::MAX).min(buffer.len());
            let count = source.read(&mut buffer[..most])?;
            source.left -= length(count);
            self.sent += length(count);
            if let Some(tell) = &self.on_progress {
                tell(Progress { sent: self.sent, whole: self.whole });
            }
            return Ok(count);
        }
        Ok(0)
    }
}

impl BodyPart {
    fn bytes(bytes: Vec<u8>) -> BodyPart {
        BodyPart { left: length(bytes.len()), what: PartContent::Bytes(io::Cursor::new(bytes)) }
    }

    fn open(path: PathBuf) -> Result<BodyPart, FileError> {
        let opened = File::open(&path).and_then(|file| {
            let metadata = file.metadata()?;
            match metadata.is_file() {
                true => Ok((file, metadata.len())),
                false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")),
            }
        });
        match opened {
            Ok((file, left)) => Ok(BodyPart { left, what: PartContent::File(file, path) }),
            Err(source) => Err(FileError { path, source }),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.what {
            PartContent::Bytes(bytes) => bytes.read(buffer),
            PartContent::File(file, path) => match file.read(buffer)? {
                0 if !buffer.is_empty() => Err(shrunk(path)),
                count => Ok(count),
            },
        }
    }
}

/// The error of a file that has become shorter than the header `Content-Length`, which was sent already, says.
fn shrunk(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} got shorter while it was sent", path.display()))
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body { bytes, files: Vec::new(), on_progress: None }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())?;
        self.files.iter().try_for_each(|file| write!(f, ", {}", file.path.display()))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({} of {} bytes)", self.sent, self.whole)
    }
}
