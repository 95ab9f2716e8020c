//! The methods of both clients, written once: they differ only by `.await`.

/// Implements the methods that both clients have.
///
/// `feature` is the feature with the client's own transport, `asynchrony` is `async` or nothing, `wait` is `.await` or
/// nothing, `request` the bounds of a request, and `source` the type under which a request goes to the client's own `run`.
macro_rules! client_methods {
    (
        feature: $feature:literal,
        asynchrony: [$($asynchrony:tt)*],
        wait: [$($wait:tt)*],
        request: [$($request:tt)*],
        source: $source:ty,
    ) => {
        #[cfg(feature = $feature)]
        impl Client {
            /// Creates a client from the environment, as [`Builder::from_env`] does, with defaults for all other settings.
            ///
            /// # Errors
            ///
            /// [`BuildError`], which names a missing variable.
            pub fn from_env() -> Result<Client, BuildError> {
                Builder::<Client>::from_env()?.build()
            }
        }

        impl Builder<Client> {
            /// Creates the client over another transport, which has its own settings of connections, user agent, proxy,
            /// compression and pool.
            ///
            /// # Errors
            ///
            /// [`BuildError`] if a setting is invalid.
            pub fn build_over(self, transport: impl Transport + 'static) -> Result<Client, BuildError> {
                let (engine, _) = self.engine()?;
                Ok(Client::new(engine, Arc::new(transport)))
            }
        }

        impl Client {
            /// Returns a builder for a client of the application `app_key`, whose calls are signed with `secret`.
            ///
            /// ```
            /// # #[cfg(all(feature = "async", feature = "blocking"))] {
            /// use std::time::Duration;
            /// use topsdk_client::{Client, blocking};
            ///
            /// let client = Client::builder("12345678", "secret").timeout(Duration::from_secs(10)).build()?;
            /// let blocking = blocking::Client::builder("12345678", "secret").build()?;
            /// # }
            /// # Ok::<(), topsdk_client::BuildError>(())
            /// ```
            pub fn builder(app_key: impl Into<String>, secret: impl Into<String>) -> Builder<Client> {
                Builder::new(app_key, secret)
            }

            pub(crate) fn new(engine: Engine, transport: Arc<dyn Transport>) -> Client {
                Client { inner: Arc::new(Inner { engine, transport }) }
            }

            /// Prepares a call, which [`send`](CallBuilder::send) sends. [`CallBuilder`] has an example.
            pub fn call<'a, R: $($request)*>(&'a self, request: &'a R) -> CallBuilder<'a, Client, R> {
                CallBuilder::new(self, request)
            }

            /// Sends a request, for the user of `session` if there is one, and returns the response. The short form of
            /// [`call`](Client::call).
            ///
            /// # Errors
            ///
            /// [`Error`]: from encoding, before anything is sent; from the network; from the platform; from decoding the
            /// response.
            pub $($asynchrony)* fn execute<R: $($request)*>(
                &self,
                request: &R,
                session: Option<&Session>,
            ) -> Result<Reply<R::Response>, Error> {
                CallBuilder { session, ..self.call(request) }.send()$($wait)*
            }

            /// Prepares a call of an API that is known only at run time. The response is decoded into `response`, which has
            /// to be empty, such as a new [`DynamicObject`](topsdk_codec::dynamic::DynamicObject).
            pub fn call_object<'a>(
                &'a self,
                method: &'a str,
                request: &'a (dyn Object + Sync),
                response: &'a mut (dyn Object + Send),
            ) -> ObjectCallBuilder<'a, Client> {
                ObjectCallBuilder::new(self, method, request, response)
            }

            /// Sends a request of an API that is known only at run time. The short form of
            /// [`call_object`](Client::call_object).
            ///
            /// # Errors
            ///
            /// As for [`execute`](Client::execute). `response` may then hold a part of the response.
            pub $($asynchrony)* fn execute_object(
                &self,
                method: &str,
                request: &(dyn Object + Sync),
                response: &mut (dyn Object + Send),
                session: Option<&Session>,
            ) -> Result<Reply<()>, Error> {
                ObjectCallBuilder { session, ..self.call_object(method, request, response) }.send()$($wait)*
            }

            /// Prepares several requests in one call, which [`send`](BatchCallBuilder::send) sends. [`Batch`] has an
            /// example.
            pub fn call_batch<'a>(&'a self, batch: &'a Batch) -> BatchCallBuilder<'a, Client> {
                BatchCallBuilder::new(self, batch)
            }

            /// Sends several requests in one call. The short form of [`call_batch`](Client::call_batch). Each request has
            /// its own response or error; the batch as a whole is repeated as a single call is.
            ///
            /// # Errors
            ///
            /// If the batch as a whole failed: as for [`execute`](Client::execute), and [`Error::BatchTooLarge`].
            pub $($asynchrony)* fn execute_batch(&self, batch: &Batch) -> Result<BatchReply, Error> {
                self.call_batch(batch).send()$($wait)*
            }

            /// Returns the URL to which a user is sent to authorise the application. The user comes back to `redirect_uri`
            /// with a code and with `state`. Use a random `state` and compare it: it proves that it is the same user.
            /// The module [`oauth`](crate::oauth) has an example.
            pub fn authorize_url(&self, redirect_uri: &str, state: &str) -> String {
                let engine = &self.inner.engine;
                oauth::authorize_url(&engine.app, &engine.oauth, redirect_uri, state)
            }

            /// Exchanges the code that a user came back with for a token. `redirect_uri` is the one given to
            /// [`authorize_url`](Client::authorize_url).
            ///
            /// # Errors
            ///
            /// [`Error::OAuth`] if the platform refuses the code; as for [`execute`](Client::execute).
            pub $($asynchrony)* fn exchange_code(&self, code: &str, redirect_uri: &str) -> Result<Token, Error> {
                self.ask(Grant::Code { code, redirect_uri })$($wait)*
            }

            /// Exchanges the [`refresh_token`](Token::refresh_token) of a token for a new one. The platform accepts a
            /// refresh token once: save the new token first of all.
            ///
            /// # Errors
            ///
            /// [`Error::OAuth`] if the platform refuses it; as for [`execute`](Client::execute).
            pub $($asynchrony)* fn refresh_token(&self, refresh_token: &str) -> Result<Token, Error> {
                self.ask(Grant::Refresh { refresh_token })$($wait)*
            }

            $($asynchrony)* fn ask(&self, grant: Grant<'_>) -> Result<Token, Error> {
                let engine = &self.inner.engine;
                let mut request = TokenRequest::new(&engine.app, &engine.oauth, grant);
                self.run(&mut request, &Options::default())$($wait)*?;
                request.token()
            }
        }

        impl<R: $($request)*> CallBuilder<'_, Client, R> {
            /// Sends the call and returns its response.
            ///
            /// # Errors
            ///
            /// [`Error`]: from encoding, before anything is sent; from the network; from the platform; from decoding the
            /// response.
            pub $($asynchrony)* fn send(self) -> Result<Reply<R::Response>, Error> {
                let CallBuilder { client, request, session, options } = self;
                let mut response = R::Response::default();
                let request: $source = request;
                let mut single = SingleCall { method: Cow::Borrowed(R::METHOD), request, response: &mut response, session };
                let reply = client.run(&mut single, &options)$($wait)*?;
                Ok(reply.map(|()| response))
            }
        }

        impl ObjectCallBuilder<'_, Client> {
            /// Sends the call.
            ///
            /// # Errors
            ///
            /// As for [`execute`](Client::execute). The object for the response may then hold a part of it.
            pub $($asynchrony)* fn send(self) -> Result<Reply<()>, Error> {
                let ObjectCallBuilder { client, method, request, response, session, options } = self;
                let method = Cow::Owned(method.to_owned());
                let request: $source = request;
                let mut single = SingleCall { method, request, response, session };
                client.run(&mut single, &options)$($wait)*
            }
        }

        impl BatchCallBuilder<'_, Client> {
            /// Sends the batch and returns its responses.
            ///
            /// # Errors
            ///
            /// If the batch as a whole failed: as for [`execute`](Client::execute), and [`Error::BatchTooLarge`].
            pub $($asynchrony)* fn send(self) -> Result<BatchReply, Error> {
                let BatchCallBuilder { client, batch, options } = self;
                let engine = &client.inner.engine;
                let mut operation = BatchOperation::new(batch, engine.batch_limit)?;
                let reply = client.run(&mut operation, &options)$($wait)*?;
                Ok(operation.responses(&engine.app, &engine.decoder, reply))
            }
        }

        impl fmt::Debug for Client {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple("Client").field(&self.inner.engine).finish()
            }
        }
    };
}
pub(crate) use client_methods;
