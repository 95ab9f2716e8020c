//! Clients for the Taobao Open Platform.
//!
//! * [`Client`] is asynchronous, [`blocking::Client`] blocks the thread. Both share one engine without I/O, which stamps,
//!   signs and encodes requests, decodes responses, and decides which calls are retried.
//! * The feature `async` compiles the first over reqwest, `blocking` the second over ureq, both with rustls. Without them
//!   no HTTP is compiled: implement [`Transport`] or [`blocking::Transport`] over another HTTP library.
//! * For tests, `mock::Gateway` (feature `mock`) is a gateway on localhost, and `Recorded` (feature `test-util`) is a
//!   transport with recorded responses.

mod batch;
mod block_on;
pub mod blocking;
mod body;
mod builder;
mod call;
#[cfg(any(feature = "async", feature = "blocking"))]
mod certificates;
mod client;
mod client_methods;
mod clock;
mod endpoint;
mod engine;
#[cfg(any(feature = "async", feature = "blocking"))]
mod environment;
mod error;
mod escapes;
mod event;
mod limit;
#[cfg(feature = "mock")]
pub mod mock;
#[cfg(any(feature = "mock", feature = "test-util"))]
mod multipart;
pub mod oauth;
mod operation;
mod paging;
#[cfg(feature = "test-util")]
mod recorded;
mod refusals;
mod reply;
#[cfg(feature = "async")]
mod reqwest_transport;
mod retry;
mod secrets;
mod token;
mod transport;
mod user_locks;

pub use batch::{Batch, BatchReply, Dynamic, Ticket};
pub use body::{Body, FileError, Progress, Reader};
pub use builder::{BuildError, Builder};
pub use call::{BatchCallBuilder, CallBuilder, ObjectCallBuilder};
pub use client::{Client, Pages};
pub use endpoint::Endpoint;
#[cfg(any(feature = "async", feature = "blocking"))]
pub use environment::environment_proxy;
pub use error::Error;
pub use event::Event;
pub use limit::RateLimit;

#[cfg(feature = "test-util")]
pub use recorded::{Recorded, Sent, SentFile};
pub use reply::Reply;
pub use retry::Retry;
pub use transport::{BoxFuture, HttpRequest, HttpResponse, Transport, TransportError};
