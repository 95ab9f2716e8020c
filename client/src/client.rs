//! One call from request to value.

use jiff::{Timestamp, tz::Offset};
use topsdk_codec::{App, Call, Date, Decoder, Format, Reply, Request, Session, SignMethod, StatusError};

use crate::{Error, Transport};

/// The gateway for production, over https (protocol.md section 1).
pub const GATEWAY: &str = "https://eco.taobao.com/router/rest";

/// An application at a gateway.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] {
/// use topsdk_client::{Client, blocking::Blocking};
/// use topsdk_codec::App;
/// # use topsdk_codec::{Date, Request, Response};
/// # #[derive(Default, Request)]
/// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
/// # struct TimeGetRequest {}
/// # #[derive(Default, Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<Date> }
///
/// let client = Client::new(App::new("12345678", "secret"), Blocking::new());
/// let reply = client.execute(&TimeGetRequest::default(), None)?;
/// println!("{:?}", reply.value.time);
/// # }
/// # Ok::<(), topsdk_client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client<T> {
    app: App,
    transport: T,
    gateway: String,
    format: Format,
    sign_method: SignMethod,
    decoder: Decoder,
}

impl<T: Transport> Client<T> {
    /// A client for production at [`GATEWAY`], with the defaults of [`Format`], [`SignMethod`] and [`Decoder`].
    pub fn new(app: App, transport: T) -> Client<T> {
        Client {
            app,
            transport,
            gateway: GATEWAY.to_owned(),
            format: Format::default(),
            sign_method: SignMethod::default(),
            decoder: Decoder::new(),
        }
    }

    /// At another gateway: overseas, a mock.
    #[must_use]
    pub fn with_gateway(mut self, gateway: impl Into<String>) -> Client<T> {
        self.gateway = gateway.into();
        self
    }

    /// With answers in this format.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Client<T> {
        self.format = format;
        self
    }

    /// Signing this way.
    #[must_use]
    pub fn with_sign_method(mut self, method: SignMethod) -> Client<T> {
        self.sign_method = method;
        self
    }

    /// Reading answers with this decoder: strict, or with other limits.
    #[must_use]
    pub fn with_decoder(mut self, decoder: Decoder) -> Client<T> {
        self.decoder = decoder;
        self
    }

    /// Sends a request, for the user of `session` if there is one, and reads its answer.
    ///
    /// # Errors
    ///
    /// [`Error`]: from encoding, before anything is sent; from the network; from the platform; from reading the answer.
    pub fn execute<R: Request>(&self, request: &R, session: Option<&Session>) -> Result<Reply<R::Response>, Error> {
        let mut call = Call::new(&self.app, now_in_china()).format(self.format).sign_method(self.sign_method);
        if let Some(session) = session {
            call = call.session(session);
        }
        let answer = self.transport.send(&self.gateway, &call.encode(request)?)?;
        match answer.status {
            200 => Ok(self.decoder.decode_for::<R>(answer.body)?),
            status => {
                let source = Box::new(StatusError::new(status, &answer.body));
                Err(Error::Status { gateway: self.gateway.clone(), source })
            }
        }
    }
}

/// The time in China, whatever the zone of this machine: several SDKs send local time, and are refused with code 31.
fn now_in_china() -> Date {
    Offset::constant(8).to_datetime(Timestamp::now())
}
