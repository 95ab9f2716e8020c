//! Calls to the Taobao Open Platform: the client of topsdk, over the codec.
//!
//! * [`Client`] is asynchronous, [`blocking::Client`] is not. Both have the same engine, which does no I/O: it stamps,
//!   signs and encodes, reads answers, and decides whether a call is sent again.
//! * With the feature `async` the one goes over reqwest, with `blocking` the other over ureq, both with rustls. Without,
//!   no HTTP is compiled, and any other client does as well: implement [`Transport`] or [`blocking::Transport`].
//! * For tests: with the feature `mock`, `mock::Gateway` is a gateway on localhost; with `test-util`, `Recorded` is a transport
//!   with recorded answers.

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
