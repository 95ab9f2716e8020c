//! The documented call as a program would write it that makes only this call.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The parts that the program has prepared.
pub(crate) struct Caller {
    key: Hmac<Sha256>,
    request: DedutOpenReq,
}

#[derive(Serialize)]
struct DedutOpenReq {
    biz_date: &'static str,
    brand_id: &'static str,
    card_id: &'static str,
    customer_id: &'static str,
    operator_id: &'static str,
    outer_order_id: &'static str,
    remark: &'static str,
    request_id: &'static str,
    shop_id: &'static str,
    value: i64,
    biz_channel: &'static str,
    out_brand_id: &'static str,
    out_shop_id: &'static str,
    ext_info: &'static str,
}

impl Caller {
    pub(crate) fn new() -> Caller {
        let request = DedutOpenReq {
            biz_date: "2019-07-04 15:32:17",
            brand_id: "3742863742",
            card_id: "7328763784623",
            customer_id: "76328764276476256",
            operator_id: "65673527",
            outer_order_id: "766348726342638",
            remark: "撒娇好的",
            request_id: "78sd786a78d678as",
            shop_id: "73527452",
            value: 2000,
            biz_channel: "CS",
            out_brand_id: "12313",
            out_shop_id: "3234",
            ext_info: r#"{"payModeId":"WX", "payModeName":"微信"}"#,
        };
        Caller { key: Hmac::new_from_slice(b"secret").expect("any key does"), request }
    }

    /// Returns the body of a call with the current time.
    pub(crate) fn form(&self) -> Vec<u8> {
        let now = jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::now());
        let now = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let request = serde_json::to_string(&self.request).expect("it can be written");
        // In alphabetical order, as for signing.
        let parameters = [
            ("app_key", "12345678"),
            ("format", "json"),
            ("method", "alibaba.alsc.crm.recharge.dedut.update"),
            ("param_dedut_open_req", &request),
            ("sign_method", "hmac-sha256"),
            ("timestamp", &now),
            ("v", "2.0"),
        ];
        let mut mac = self.key.clone();
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(1024));
        for (name, value) in parameters {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
            form.append_pair(name, value);
        }
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digest = mac.finalize().into_bytes();
        let pairs = digest.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        let sign: String = pairs.map(char::from).collect();
        form.append_pair("sign", &sign).finish().into_bytes()
    }
}

/// Decodes the response.
pub(crate) fn read(body: &[u8]) -> Answer {
    serde_json::from_slice(body).expect("the documented answer")
}

macro_rules! answers {
    ($($name:ident { $($field:ident: $type:ty,)* })*) => {$(
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "what is read is let go")]
        pub(crate) struct $name { $($field: Option<$type>,)* }
    )*};
}

answers! {
    Answer {
        alibaba_alsc_crm_recharge_dedut_update_response: UpdateResponse,
    }
    UpdateResponse {
        result: CommonResult,
        request_id: String,
    }
    CommonResult {
        biz_success: bool,
        result: Flow,
        result_code: String,
        result_desc: String,
        result_view: String,
    }
    Flow {
        account_id: String,
        affected_property_list: Properties,
        after_property_list: Properties,
        before_property_list: Properties,
        brand_id: String,
        current_value: i64,
        ext_info: Extinfo,
        flow_id: String,
        flow_type: String,
        operator: String,
        operator_name: String,
        order_src: i64,
        order_time: String,
        order_value: i64,
        outer_order_id: String,
        remark: String,
        shop_id: String,
        shop_name: String,
    }
    Properties {
        recharge_account_property_open_info: Vec<Property>,
    }
    Property {
        r#type: String,
        value: i64,
    }
    Extinfo {
        empty: bool,
    }
}
