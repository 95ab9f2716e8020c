//! An example: bindings made in a build script from pages of one's own, which no published crate has.

/// One module an API, as in `topsdk` itself.
pub mod apis {
    topsdk::include_apis!();
}

#[cfg(test)]
mod tests {
    use topsdk::codec::Decoder;

    use crate::apis::alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, AlibabaAlscCrmRechargeDedutUpdateResponse, DedutOpenReq,
        DedutOpenReqRequired,
    };

    #[test]
    fn requests_and_responses_of_own_pages_are_typed() {
        let charge = DedutOpenReq::new(DedutOpenReqRequired {
            operator_id: "65673527".to_owned(),
            outer_order_id: "766348726342638".to_owned(),
            request_id: "78sd786a78d678as".to_owned(),
            value: 2000,
            biz_channel: "CS".to_owned(),
        });
        let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge);
        assert_eq!(request.param_dedut_open_req.and_then(|charge| charge.value), Some(2000));
        let body = br#"{"alibaba_alsc_crm_recharge_dedut_update_response":{"result":{"result_code":"200"}}}"#;
        let reply = Decoder::new().strict().decode::<AlibabaAlscCrmRechargeDedutUpdateResponse>(body).unwrap();
        assert_eq!(reply.value.result.and_then(|result| result.result_code).as_deref(), Some("200"));
    }

    #[cfg(feature = "mock")]
    #[test]
    fn a_gateway_answers_by_the_specs_of_own_pages() {
        let methods: Vec<String> = topsdk::include_specs!().into_iter().map(|api| api.method).collect();
        assert_eq!(methods, ["alibaba.alsc.crm.recharge.dedut.update"]);
        let gateway = topsdk::client::mock::Gateway::builder("12345678", "secret").apis(topsdk::include_specs!());
        assert!(gateway.listen("127.0.0.1:0").is_ok());
    }
}
