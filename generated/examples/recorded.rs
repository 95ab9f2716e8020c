//! Tests code that calls the platform without the platform, with recorded responses.
//!
//! ```sh
//! cargo test -p topsdk --features test-util --example recorded
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, reason = "an example")]

use topsdk::{
    alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
    },
    client::{Error, blocking::Client},
};

/// The code under test: charges until the customer's value is used up, and counts the charges.
pub fn charge_until_empty(client: &Client, card: &str) -> Result<usize, Error> {
    let mut charges = 0;
    loop {
        let order = format!("{card}-{charges}");
        let charge = DedutOpenReq::new(DedutOpenReqRequired {
            operator_id: "65673527".to_owned(),
            outer_order_id: order.clone(),
            request_id: order,
            value: 2000,
            biz_channel: "CS".to_owned(),
        })
        .with_card_id(card);
        let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge);
        let result = client.execute(&request, None)?.value.result.unwrap_or_default();
        if result.biz_success != Some(true) {
            return Ok(charges);
        }
        charges += 1;
    }
}

fn main() {
    println!("run this one with `cargo test --example recorded`");
}

#[cfg(test)]
mod tests {
    use topsdk::{
        Request,
        alibaba::alsc::crm_recharge_dedut_update::{AlibabaAlscCrmRechargeDedutUpdateResponse, CommonResult},
        client::{Recorded, TransportError},
    };

    use super::*;

    const METHOD: &str = AlibabaAlscCrmRechargeDedutUpdateRequest::METHOD;
    const CHARGED: &str = r#"{"x_response":{"result":{"biz_success":true,"result":{"current_value":2000}}}}"#;

    fn client(recorded: &Recorded) -> Client {
        Client::builder("12345678", "secret").build_over(recorded.clone()).unwrap()
    }

    #[test]
    fn it_stops_when_the_value_is_used_up() {
        // Responses are bodies as the platform sends them, or values.
        let mut used_up = AlibabaAlscCrmRechargeDedutUpdateResponse::default();
        used_up.result = Some(CommonResult::default());
        let recorded = Recorded::new().respond(METHOD, CHARGED).respond(METHOD, CHARGED);
        let recorded = recorded.value::<AlibabaAlscCrmRechargeDedutUpdateRequest>(&used_up).unwrap();

        assert_eq!(charge_until_empty(&client(&recorded), "7328").unwrap(), 2);

        let sent = recorded.sent();
        assert_eq!(sent.len(), 3);
        assert!(sent[1].parameter("param_dedut_open_req").unwrap().contains(r#""outer_order_id":"7328-1""#));
        assert!(recorded.left().is_empty());
    }

    #[test]
    fn an_error_of_the_platform_comes_through() {
        let refused = r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired"}}"#;
        let recorded = Recorded::new().respond(METHOD, CHARGED).respond(METHOD, refused);
        let error = charge_until_empty(&client(&recorded), "7328").unwrap_err();
        assert!(error.platform().unwrap().needs_authorization());
    }

    #[test]
    fn what_was_not_recorded_is_said() {
        let error = charge_until_empty(&client(&Recorded::new()), "7328").unwrap_err();
        assert!(matches!(error, Error::Transport(TransportError::NotRecorded { .. })), "{error}");
    }
}
