//! A charge against a customer's stored value (储值消费), and what to do where it does not go through.
//!
//! ```sh
//! TOP_APP_KEY=… TOP_APP_SECRET=… cargo run -p topsdk --features blocking --example charge
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::error::Error as StdError;

use topsdk::{
    alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
    },
    client::{Error, blocking::Client},
    codec::Session,
};

/// What became of a charge.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// It was done, and this is left, in cents.
    Done { left: Option<i64> },
    /// The platform understood it and did not do it.
    Refused { code: Option<String>, why: Option<String> },
    /// The shop has to authorise the application again.
    NotAuthorized,
    /// It was not done, and may be tried again later.
    Later,
    /// Nobody can tell: look for `outer_order_id` before it is charged again.
    Unknown,
}

/// Charges 20 yuan for an order. The page of this API asks for no session; most do.
pub fn charge(client: &Client, session: Option<&Session>, order: &str) -> Result<Outcome, Error> {
    let charge = DedutOpenReq::new(DedutOpenReqRequired {
        operator_id: "65673527".to_owned(),
        outer_order_id: order.to_owned(),
        request_id: "78sd786a78d678as".to_owned(),
        value: 2000,
        biz_channel: "CS".to_owned(),
    });
    let charge = charge.with_card_id("7328763784623").with_shop_id("73527452");
    let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge);
    let reply = match client.execute(&request, session) {
        Ok(reply) => reply,
        // A charge is not idempotent, so the client did not send it again by itself. Nor does this program: where the
        // platform only says that it failed (10, Service Currently Unavailable), the money may have moved.
        Err(error) if error.may_have_been_executed() => return Ok(Outcome::Unknown),
        Err(error) if error.platform().is_some_and(|error| error.needs_authorization()) => {
            return Ok(Outcome::NotAuthorized);
        }
        Err(error) if error.is_retryable() => return Ok(Outcome::Later),
        Err(error) => return Err(error),
    };
    // A field that is not what its page says costs that field only: note it, and go on.
    for anomaly in &reply.anomalies {
        eprintln!("call {:?}: {anomaly}", reply.request_id);
    }
    // That the call went well does not say that the charge did: businesses tell in the answer.
    let result = reply.value.result.unwrap_or_default();
    match result.biz_success {
        Some(true) => Ok(Outcome::Done { left: result.result.and_then(|flow| flow.current_value) }),
        _ => Ok(Outcome::Refused { code: result.result_code, why: result.result_desc }),
    }
}

fn main() -> Result<(), Box<dyn StdError>> {
    let session = Session::from_env().ok();
    println!("{:?}", charge(&Client::from_env()?, session.as_ref(), "766348726342638")?);
    Ok(())
}
