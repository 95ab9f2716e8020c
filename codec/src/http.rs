//! Conversions from and to the types of the crate `http`, for any HTTP client (feature `http`).

use ::http::{Request, Response, StatusCode, header};

use crate::{Decoded, Decoder, Encoded, Error, error::StatusError};

impl Encoded {
    /// Converts to the POST request to a gateway, such as `https://eco.taobao.com/router/rest`.
    ///
    /// The body holds the session, and so does the URL of a call with files: keep both out of logs.
    ///
    /// ```
    /// # use topsdk_codec::{App, Call, Decoder, Request, Response};
    /// # #[derive(Default, Request)]
    /// # #[top(crate = topsdk_codec, method = "taobao.time.get", response = TimeGetResponse)]
    /// # struct TimeGetRequest {}
    /// # #[derive(Default, Response)]
    /// # #[top(crate = topsdk_codec)]
    /// # struct TimeGetResponse { time: Option<topsdk_codec::Date> }
    /// # let app = App::new("12345678", "secret");
    /// # let call = Call::new(&app, "2016-01-01 12:00:00".parse()?);
    /// let request = call.encode(&TimeGetRequest {})?.into_http("https://eco.taobao.com/router/rest")?;
    /// assert_eq!(request.method(), "POST");
    /// // … send it with any client, which returns a response …
    /// let response = http::Response::new(r#"{"time_get_response":{"time":"2016-01-01 12:00:00"}}"#);
    /// let reply = Decoder::new().decode_http::<TimeGetResponse>(response)?;
    /// assert!(reply.value.time.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If `gateway` is not a URL.
    pub fn into_http(self, gateway: &str) -> Result<Request<Vec<u8>>, ::http::Error> {
        Request::post(self.url(gateway).as_ref())
            .header(header::CONTENT_TYPE, self.content_type())
            .header(header::ACCEPT, "text/xml,text/javascript")
            .body(self.into_body())
    }
}

impl Decoder {
    /// Decodes a response. Its body must be decompressed already.
    ///
    /// # Errors
    ///
    /// [`Error::Platform`] for an `error_response` of any status; [`Error::Status`] for any other body if the status is not 200;
    /// otherwise those of [`decode`](Decoder::decode).
    pub fn decode_http<R: crate::Response>(&self, response: Response<impl Into<Vec<u8>>>) -> Result<Decoded<R>, Error> {
        let status = response.status();
        let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let decoder = content_type.map_or_else(|| self.clone(), |value| self.clone().for_content_type(value));
        let body = response.into_body().into();
        match status {
            StatusCode::OK => decoder.decode(body),
            status => match decoder.refusal(&body) {
                Some(mut error) => {
                    error.http_status = Some(status.as_u16());
                    Err(Error::Platform(error))
                }
                None => Err(Error::Status(Box::new(StatusError::new(status.as_u16(), &body)))),
            },
        }
    }
}
