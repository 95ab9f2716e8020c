//! Sends calls over another HTTP client: here ureq with custom settings and a count of bytes.
//!
//! ```sh
//! TOP_APP_KEY=… TOP_APP_SECRET=… cargo run -p topsdk --features client --example custom_transport
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use topsdk::client::{
    Builder, HttpRequest, HttpResponse, TransportError,
    blocking::{Client, Transport},
};

/// A transport over ureq that counts the bytes it sends.
pub struct Counting {
    agent: ureq::Agent,
    sent: Arc<AtomicU64>,
}

impl Counting {
    /// Creates a transport that adds the bytes to `sent`.
    pub fn new(sent: Arc<AtomicU64>) -> Counting {
        // Return every response, whatever its status, and follow no redirect: the body holds the session.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        Counting { agent: config.max_redirects_will_error(false).build().into(), sent }
    }
}

impl Transport for Counting {
    fn send(&self, post: HttpRequest) -> Result<HttpResponse, TransportError> {
        let gateway = post.gateway();
        let request = self.agent.post(post.url()).content_type(post.content_type());
        let request = request.config().timeout_global(Some(post.timeout())).build();
        let mut body = post.into_body().open().map_err(TransportError::File)?;
        self.sent.fetch_add(body.whole(), Ordering::Relaxed);
        let request = request.header("Content-Length", body.whole());
        // If the reason is unknown, the call may have been executed: `Broken` says so.
        let broken = |error| TransportError::Broken { gateway: gateway.clone(), source: Box::new(error) };
        let mut response = request.send(ureq::SendBody::from_reader(&mut body)).map_err(broken)?;
        let date = response.headers().get("date").and_then(|date| date.to_str().ok()).map(str::to_owned);
        let body = response.body_mut().read_to_vec().map_err(broken)?;
        Ok(HttpResponse::new(response.status().as_u16(), body).with_date(date))
    }
}

fn main() -> Result<(), Box<dyn StdError>> {
    use topsdk::alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
    };

    let sent = Arc::new(AtomicU64::new(0));
    let client = Builder::<Client>::from_env()?.build_over(Counting::new(sent.clone()))?;
    let charge = DedutOpenReq::new(DedutOpenReqRequired {
        operator_id: "65673527".to_owned(),
        outer_order_id: "766348726342638".to_owned(),
        request_id: "78sd786a78d678as".to_owned(),
        value: 2000,
        biz_channel: "CS".to_owned(),
    });
    let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge);
    let reply = client.execute(&request, None)?;
    println!("{:?} for {} bytes", reply.value.result, sent.load(Ordering::Relaxed));
    Ok(())
}
