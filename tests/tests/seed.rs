//! The seed page, fact by fact: what no snapshot should be able to change unseen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use topsdk::codec::{App, Call, Decoder, Error, SignMethod};
use topsdk_codegen::read;
use topsdk_spec::{Api, Auth, Param};
use topsdk_tests::apis::alibaba::alsc::crm_recharge_dedut_update::{
    AlibabaAlscCrmRechargeDedutUpdateRequest, AlibabaAlscCrmRechargeDedutUpdateResponse, DedutOpenReq,
    DedutOpenReqRequired,
};
use topsdk_tests::{SEED as METHOD, seed_page};

fn page(extension: &str) -> Api {
    let name = format!("{METHOD}.{extension}");
    let reading = read::page(&name, seed_page(extension).as_bytes()).unwrap();
    assert_eq!(reading.diagnostics, [], "{name}");
    reading.api
}

/// A tree of parameters on a line each: depth, name, type, list, required.
fn outline(params: &[Param], depth: usize, lines: &mut Vec<String>) {
    for param in params {
        let list = if param.list { " []" } else { "" };
        let required = if param.required { " required" } else { "" };
        lines.push(format!("{}{}: {}{list}{required}", "  ".repeat(depth), param.name, param.type_name));
        outline(&param.fields, depth + 1, lines);
    }
}

#[test]
fn both_forms_of_the_page_give_the_true_tree() {
    for extension in ["html", "txt"] {
        let api = page(extension);
        assert_eq!((api.method.as_str(), api.title.as_str(), api.auth), (METHOD, "储值消费", Some(Auth::None)));
        assert_eq!((api.category.as_str(), api.description.as_str()), ("本地生活API", "增加储值消费接口"));

        let mut request = Vec::new();
        outline(&api.request, 0, &mut request);
        assert_eq!(
            request,
            [
                "param_dedut_open_req: DedutOpenReq",
                "  biz_date: Date",
                "  brand_id: String",
                "  card_id: String",
                "  customer_id: String",
                "  operator_id: String required",
                "  outer_order_id: String required",
                "  remark: String",
                "  request_id: String required",
                "  shop_id: String",
                "  value: Number required",
                "  biz_channel: String required",
                "  out_brand_id: String",
                "  out_shop_id: String",
                "  ext_info: String",
            ],
            "{extension}"
        );
        let mut response = Vec::new();
        outline(&api.response, 0, &mut response);
        assert_eq!(
            response,
            [
                "result: CommonResult",
                "  biz_success: Boolean",
                "  result: RechargeAccountFlowDetailOpenInfo",
                "    account_id: String",
                "    affected_property_list: RechargeAccountPropertyOpenInfo []",
                "      type: String",
                "      value: Number",
                "    after_property_list: RechargeAccountPropertyOpenInfo []",
                "      type: String",
                "      value: Number",
                "    before_property_list: RechargeAccountPropertyOpenInfo []",
                "      type: String",
                "      value: Number",
                "    brand_id: String",
                "    current_value: Number",
                "    ext_info: Extinfo",
                "      empty: Boolean",
                "    flow_id: String",
                "    flow_type: String",
                "    operator: String",
                "    operator_name: String",
                "    order_src: Number",
                "    order_time: Date",
                "    order_value: Number",
                "    outer_order_id: String",
                "    remark: String",
                "    shop_id: String",
                "    shop_name: String",
                "  result_code: String",
                "  result_desc: String",
                "  result_view: String",
            ],
            "{extension}"
        );
    }
}

/// Plain text has no page number and only the sample on show, and whoever extracted it folded full-width punctuation.
#[test]
fn text_and_html_agree_except_for_what_text_lacks() {
    fn fold(params: &mut [Param]) {
        for param in params {
            param.description = param.description.replace('，', ",").replace('）', ")");
            fold(&mut param.fields);
        }
    }

    let (mut html, text) = (page("html"), page("txt"));
    assert_eq!(html.doc_id.take(), Some(45864));
    assert!(html.samples.json.take().is_some() && html.samples.error_json.take().is_some());
    html.source = text.source.clone();
    let differing = html.request[0].fields.iter().zip(&text.request[0].fields);
    assert_eq!(differing.filter(|(html, text)| html.description != text.description).count(), 5);
    fold(&mut html.request);
    assert_eq!(html, text);
}

#[test]
fn documented_values_are_decoded() {
    let api = page("html");
    let strict = Decoder::new().strict();
    let xml = api.samples.xml.unwrap();
    let reply = strict.decode::<AlibabaAlscCrmRechargeDedutUpdateResponse>(xml).unwrap();
    let result = reply.value.result.unwrap();
    assert_eq!(result.biz_success, Some(true));
    assert_eq!(result.result_view.as_deref(), Some("\"\""), "&quot;&quot; stays two quotes");
    let flow = result.result.unwrap();
    assert_eq!(flow.order_value, Some(-65));
    assert_eq!(flow.outer_order_id.as_deref(), Some("8768237162876387236472"));
    assert_eq!(flow.order_time, Some("2019-08-08 15:15:41".parse().unwrap()));
    assert_eq!(flow.ext_info.unwrap().empty, None, "the word null is no Boolean");
    let kinds = [&flow.affected_property_list, &flow.after_property_list, &flow.before_property_list];
    let kinds = kinds.map(|list| (list.len(), list[0].r#type.as_deref(), list[0].value));
    assert_eq!(kinds, [(1, Some("GIFT"), Some(300)), (1, Some("PRE"), Some(200)), (1, Some("TOTAL"), Some(3000))]);
}

#[test]
fn the_documented_request_is_signed_as_openssl_signs_it() {
    let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(
        DedutOpenReq::new(DedutOpenReqRequired {
            operator_id: "65673527".to_owned(),
            outer_order_id: "766348726342638".to_owned(),
            request_id: "78sd786a78d678as".to_owned(),
            value: 2000,
            biz_channel: "CS".to_owned(),
        })
        .with_biz_date("2019-07-04 15:32:17".parse().unwrap())
        .with_brand_id("3742863742")
        .with_card_id("7328763784623")
        .with_customer_id("76328764276476256")
        .with_remark("撒娇好的")
        .with_shop_id("73527452")
        .with_out_brand_id("12313")
        .with_out_shop_id("3234")
        .with_ext_info(r#"{"payModeId":"WX", "payModeName":"微信"}"#),
    );
    let app = App::new("12345678", "helloworld");
    for (method, sign) in [
        (SignMethod::Md5, "5CDFEBE0F7E842C6FFD4FD35352115DE"),
        (SignMethod::Hmac, "5C31A6B27D620093333AFDCCEDF29B49"),
        (SignMethod::HmacSha256, "5AE8106E4B3C5B3696671ED2C9104D761F544541D781BCA6B7BE6D95822C1294"),
    ] {
        let call = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).sign_method(method);
        assert_eq!(call.encode(&request).unwrap().sign(), sign);
    }
}

#[test]
fn a_request_without_its_required_parameters_is_refused_with_every_path() {
    let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(DedutOpenReq::default());
    let app = App::new("12345678", "helloworld");
    let error = Call::new(&app, "2016-01-01 12:00:00".parse().unwrap()).encode(&request).unwrap_err();
    for name in ["operator_id", "outer_order_id", "request_id", "value", "biz_channel"] {
        assert!(error.to_string().contains(&format!("param_dedut_open_req.{name}")), "{error}");
    }
}

#[test]
fn bodies_that_are_not_responses_are_errors() {
    let api = page("html");
    let (xml, json) = (api.samples.xml.unwrap(), api.samples.json.unwrap());
    let mut bodies = vec![String::new(), " ".to_owned(), "<html><body>502 Bad Gateway</body></html>".to_owned()];
    for whole in [&xml, &json] {
        let end = whole.trim_end().len();
        bodies.extend((1..end).filter(|at| whole.is_char_boundary(*at)).map(|at| whole[..at].to_owned()));
    }
    for body in bodies {
        match Decoder::new().decode::<AlibabaAlscCrmRechargeDedutUpdateResponse>(body.as_str()) {
            Err(Error::NotAResponse(_) | Error::Syntax(_)) => {}
            other => panic!("{body}: {other:?}"),
        }
    }
    let other_root = r#"{"time_get_response":{"time":"2016-01-01 12:00:00"}}"#;
    let strict = Decoder::new().strict();
    let error = strict.decode_for::<AlibabaAlscCrmRechargeDedutUpdateRequest>(other_root).unwrap_err();
    assert!(error.to_string().contains(METHOD) && error.to_string().contains("time_get_response"), "{error}");
}
