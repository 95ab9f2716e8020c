//! What both clients offer, written once: they differ by `.await`.

/// Implements the calls of a client.
///
/// `asynchrony` is `async` or nothing, `wait` is `.await` or nothing, `request` the bounds of a request, and `source` the
/// type under which a request goes to the client's own `run`.
macro_rules! client_methods {
    (
        asynchrony: [$($asynchrony:tt)*],
        wait: [$($wait:tt)*],
        request: [$($request:tt)*],
        source: $source:ty,
    ) => {
        impl Client {
            /// Sets up a client for the application `app_key`, which signs with `secret`.
            pub fn builder(app_key: impl Into<String>, secret: impl Into<String>) -> Builder<Client> {
                Builder::new(app_key, secret)
            }

            pub(crate) fn new(engine: Engine, transport: Arc<dyn Transport>) -> Client {
                Client { inner: Arc::new(Inner { engine, transport }) }
            }

            /// A call of an API, to be [sent](CallBuilder::send) once it has all that it needs.
            pub fn call<'a, R: $($request)*>(&'a self, request: &'a R) -> CallBuilder<'a, Client, R> {
                CallBuilder::new(self, request)
            }

            /// Sends a request, for the user of `session` if there is one, and returns the response: the short form of
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

            /// A call of an API that is known only at run time. The response goes into `answer`, which has to be empty,
            /// such as a new [`DynamicObject`](topsdk_codec::dynamic::DynamicObject).
            pub fn call_object<'a>(
                &'a self,
                method: &'a str,
                request: &'a (dyn Object + Sync),
                answer: &'a mut (dyn Object + Send),
            ) -> ObjectCallBuilder<'a, Client> {
                ObjectCallBuilder::new(self, method, request, answer)
            }

            /// The short form of [`call_object`](Client::call_object).
            ///
            /// # Errors
            ///
            /// As for [`execute`](Client::execute). `answer` may then hold a part of the response.
            pub $($asynchrony)* fn execute_object(
                &self,
                method: &str,
                request: &(dyn Object + Sync),
                answer: &mut (dyn Object + Send),
                session: Option<&Session>,
            ) -> Result<Reply<()>, Error> {
                ObjectCallBuilder { session, ..self.call_object(method, request, answer) }.send()$($wait)*
            }

            /// Several requests in one call, to be [sent](BatchCallBuilder::send).
            pub fn call_batch<'a>(&'a self, batch: &'a Batch) -> BatchCallBuilder<'a, Client> {
                BatchCallBuilder::new(self, batch)
            }

            /// The short form of [`call_batch`](Client::call_batch). Each request has its own response or error; the batch
            /// as a whole is repeated as a single call is.
            ///
            /// # Errors
            ///
            /// If the batch as a whole failed: as for [`execute`](Client::execute), and [`Error::BatchTooLarge`].
            pub $($asynchrony)* fn execute_batch(&self, batch: &Batch) -> Result<BatchReply, Error> {
                self.call_batch(batch).send()$($wait)*
            }

            /// The address to which a user is sent to authorise the application. The user comes back to `redirect_uri`
            /// with a code and with `state`. Make `state` random and compare it: it proves that it is the same user.
            pub fn authorize_url(&self, redirect_uri: &str, state: &str) -> String {
                let engine = &self.inner.engine;
                oauth::authorize_url(&engine.app, &engine.oauth, redirect_uri, state)
            }

            /// The token for the code that a user came back with. `redirect_uri` is the one given to
            /// [`authorize_url`](Client::authorize_url).
            ///
            /// # Errors
            ///
            /// [`Error::OAuth`] if the platform refuses the code; as for [`execute`](Client::execute).
            pub $($asynchrony)* fn exchange_code(&self, code: &str, redirect_uri: &str) -> Result<Token, Error> {
                self.ask(Grant::Code { code, redirect_uri })$($wait)*
            }

            /// A new token for the [`refresh_token`](Token::refresh_token) of an old one. The platform takes a refresh
            /// token once: keep the new token before anything else.
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
                let mut answer = R::Response::default();
                let request: $source = request;
                let mut single = SingleCall { method: Cow::Borrowed(R::METHOD), request, answer: &mut answer, session };
                let reply = client.run(&mut single, &options)$($wait)*?;
                Ok(reply.map(|()| answer))
            }
        }

        impl ObjectCallBuilder<'_, Client> {
            /// Sends the call.
            ///
            /// # Errors
            ///
            /// As for [`execute`](Client::execute). The object for the response may then hold a part of it.
            pub $($asynchrony)* fn send(self) -> Result<Reply<()>, Error> {
                let ObjectCallBuilder { client, method, request, answer, session, options } = self;
                let method = Cow::Owned(method.to_owned());
                let request: $source = request;
                let mut single = SingleCall { method, request, answer, session };
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
                Ok(operation.answers(&engine.app, &engine.decoder, reply))
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
