//! Charges a customer's stored value (储值消费), and handles the possible failures.
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

/// The outcome of a charge.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// The charge succeeded; `left` is the remaining value in cents.
    Done { left: Option<i64> },
    /// The platform understood the charge and refused it.
    Refused { code: Option<String>, why: Option<String> },
    /// The shop has to authorise the application again.
    NotAuthorized,
    /// The charge was not executed, and may be tried again later.
    Later,
    /// It is unknown whether the charge was executed: look for `outer_order_id` before you charge again.
    Unknown,
}

/// Charges 20 yuan for an order. The page of this API requires no session; most pages do.
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
        // A charge is not idempotent, so the client did not retry it, and neither does this program: if the platform only
        // says that the call failed (10, Service Currently Unavailable), the money may have moved.
        Err(error) if error.may_have_been_executed() => return Ok(Outcome::Unknown),
        Err(error) if error.platform().is_some_and(|error| error.needs_authorization()) => {
            return Ok(Outcome::NotAuthorized);
        }
        Err(error) if error.is_retryable() => return Ok(Outcome::Later),
        Err(error) => return Err(error),
    };
    // A value that does not fit its documented type affects only its own field: log it and continue.
    for anomaly in &reply.anomalies {
        eprintln!("call {:?}: {anomaly}", reply.request_id);
    }
    // A successful call does not mean a successful charge: the API reports that in the response.
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
