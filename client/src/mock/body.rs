//! Response bodies: complete ones, or the first half followed by the end of the connection.

use std::{
    io::Write,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use hyper::body::{Body, Bytes, Frame};
use tokio::time::{Sleep, sleep};

use super::activity::Activity;

/// The size of a chunk.
const CHUNK: usize = 64 << 10;

/// The delay before a connection is broken off, so that the bytes before it arrive.
const BEFORE_THE_END: Duration = Duration::from_millis(5);

/// A body of unknown length, which is sent in chunks, as the gateway does.
pub(super) struct ResponseBody {
    rest: Bytes,
    /// Breaks off the connection after `rest`, with a delay.
    cut: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
}

/// The connection ends in the middle of a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection ends here on demand")]
pub(super) struct Cut;

impl ResponseBody {
    pub(super) fn whole(bytes: Vec<u8>, activity: Arc<Activity>) -> ResponseBody {
        ResponseBody { rest: bytes.into(), cut: None, activity }
    }

    pub(super) fn half(mut bytes: Vec<u8>, activity: Arc<Activity>) -> ResponseBody {
        bytes.truncate(bytes.len() / 2);
        ResponseBody { cut: Some(Box::pin(sleep(BEFORE_THE_END))), ..ResponseBody::whole(bytes, activity) }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        self.activity.touch();
        if !self.rest.is_empty() {
            let length = self.rest.len().min(CHUNK);
            return Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))));
        }
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(wait) => wait.as_mut().poll(context).map(|()| Some(Err(Cut))),
        }
    }
}

/// Compresses bytes with gzip.
pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    packer.write_all(bytes)?;
    packer.finish()
}

/// Returns whether a header `Accept-Encoding` accepts gzip.
pub(super) fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut words = coding.split(';').map(str::trim);
        let is_gzip = words.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = words.find_map(|word| word.strip_prefix("q=")).and_then(|quality| quality.parse::<f32>().ok());
        is_gzip && quality != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn gzip_is_accepted_if_the_header_lists_it() {
        for (header, takes) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("xgzip", false),
        ] {
            assert_eq!(takes_gzip(header), takes, "{header}");
        }
    }
}
