//! The subjects of the benchmarks: the seed's response and a list of trades, as types for both the codec and serde.

use serde::{Deserialize, Serialize};
use topsdk_codec::{
    Date, Object, Response,
    write::{JsonForm, response_json, response_xml},
};

/// Defines a struct for the codec, and one for serde that reads and writes the same document with the same types. serde's
/// has an extra struct around each list, because the wire format has one.
macro_rules! subjects {
    ($($role:ident $name:ident { $($field:ident: $kind:tt $inner:tt $($item:literal)?,)* })*) => {
        $(
            #[derive(Clone, Debug, Default, PartialEq, $role)]
            #[top(crate = topsdk_codec)]
            pub(crate) struct $name { $(pub(crate) $field: subjects!(@codec $kind $inner),)* }
        )*
        pub(crate) mod serdes {
            use super::*;
            $(
                #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
                pub(crate) struct $name {
                    $(
                        #[serde(default, skip_serializing_if = "Option::is_none")]
                        pub(crate) $field: subjects!(@serde $kind $inner),
                    )*
                }
            )*
        }
    };
    (@codec one $inner:tt) => { Option<$inner> };
    (@codec list $inner:tt) => { Vec<$inner> };
    (@serde one $inner:tt) => { Option<$inner> };
    (@serde list $inner:tt) => { Option<super::wrapped::$inner<$inner>> };
}

/// The objects around lists.
pub(crate) mod wrapped {
    use super::*;

    macro_rules! wrapped {
        ($($name:ident $item:literal)*) => {$(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub(crate) struct $name<T> {
                #[serde(rename = $item)]
                items: Vec<T>,
            }
        )*};
    }

    wrapped! {
        RechargeAccountPropertyOpenInfo "recharge_account_property_open_info"
        Trade "trade"
        Order "order"
    }
}

subjects! {
    Response UpdateResponse {
        result: one CommonResult,
    }
    Object CommonResult {
        biz_success: one bool,
        result: one RechargeAccountFlowDetailOpenInfo,
        result_code: one String,
        result_desc: one String,
        result_view: one String,
    }
    Object RechargeAccountFlowDetailOpenInfo {
        account_id: one String,
        affected_property_list: list RechargeAccountPropertyOpenInfo,
        after_property_list: list RechargeAccountPropertyOpenInfo,
        before_property_list: list RechargeAccountPropertyOpenInfo,
        brand_id: one String,
        current_value: one i64,
        ext_info: one Extinfo,
        flow_id: one String,
        flow_type: one String,
        operator: one String,
        operator_name: one String,
        order_src: one i64,
        order_time: one Date,
        order_value: one i64,
        outer_order_id: one String,
        remark: one String,
        shop_id: one String,
        shop_name: one String,
    }
    Object RechargeAccountPropertyOpenInfo {
        r#type: one String,
        value: one i64,
    }
    Object Extinfo {
        empty: one bool,
    }
    Response TradesResponse {
        trades: list Trade,
        total_results: one i64,
        has_next: one bool,
    }
    Object Trade {
        tid: one i64,
        status: one String,
        title: one String,
        r#type: one String,
        seller_nick: one String,
        buyer_open_uid: one String,
        created: one Date,
        modified: one Date,
        pay_time: one Date,
        payment: one String,
        post_fee: one String,
        total_fee: one String,
        receiver_name: one String,
        receiver_state: one String,
        receiver_city: one String,
        receiver_address: one String,
        num: one i64,
        seller_rate: one bool,
        buyer_rate: one bool,
        orders: list Order,
    }
    Object Order {
        oid: one i64,
        num_iid: one i64,
        sku_id: one String,
        title: one String,
        price: one String,
        payment: one String,
        num: one i64,
        pic_path: one String,
        status: one String,
        is_oversold: one bool,
    }
}

/// The root of a JSON response, for serde.
#[derive(Deserialize, Serialize)]
pub(crate) struct Rooted<T> {
    #[serde(alias = "trades_sold_get_response", rename = "alibaba_alsc_crm_recharge_dedut_update_response")]
    pub(crate) root: T,
}

/// A response in both formats.
pub(crate) struct Bodies {
    pub(crate) xml: String,
    pub(crate) json: String,
}

/// Returns the documented response. The XML is the page's sample; the JSON is derived from it by the site's rules.
pub(crate) fn seed() -> Bodies {
    let method = "alibaba.alsc.crm.recharge.dedut.update";
    let page = include_str!("../../pages/alibaba.alsc.crm.recharge.dedut.update.txt");
    const ROOT: &str = "alibaba_alsc_crm_recharge_dedut_update_response>";
    let start = page.find(&format!("<{ROOT}")).expect("the page has the sample");
    let end = page.find(&format!("</{ROOT}")).expect("the page has the sample") + 2 + ROOT.len();
    // serde cannot parse `null` as a Boolean.
    let xml = page[start..end].replace("<empty>null</empty>", "<empty>true</empty>");
    let reply =
        topsdk_codec::Decoder::new().strict().decode::<UpdateResponse>(xml.as_str()).expect("it is well formed");
    let json = response_json(&reply.value, method, JsonForm::Normal).expect("it can be written");
    Bodies { xml, json }
}

/// Returns 100 trades with two orders each, 150 KB as XML.
pub(crate) fn list() -> Bodies {
    let method = "taobao.trades.sold.get";
    let text = |text: String| Some(text);
    let trades = (0..100)
        .map(|number: i64| Trade {
            tid: Some(2_100_703_549_093_669 + number * 17),
            status: text("WAIT_SELLER_SEND_GOODS".to_owned()),
            title: text(format!("麦包包 {number}")),
            r#type: text("fixed".to_owned()),
            seller_nick: text("商家测试帐号17".to_owned()),
            buyer_open_uid: text(format!("AAHvFP3GAAJ6W2uFt_{number:06}")),
            created: Some(date("2016-01-01T12:00:00")),
            modified: Some(date("2016-01-02T13:14:15")),
            pay_time: Some(date("2016-01-01T12:05:59")),
            payment: text("200.07".to_owned()),
            post_fee: text("5.00".to_owned()),
            total_fee: text("200.07".to_owned()),
            receiver_name: text("东方不败".to_owned()),
            receiver_state: text("浙江省".to_owned()),
            receiver_city: text("杭州市".to_owned()),
            receiver_address: text("淘宝城911号".to_owned()),
            num: Some(number % 7),
            seller_rate: Some(true),
            buyer_rate: Some(false),
            orders: (0..2)
                .map(|order| Order {
                    oid: Some(2_231_958_349 + number * 2 + order),
                    num_iid: Some(2_342_344 + order),
                    sku_id: text("5937146".to_owned()),
                    title: text("山寨版测试机器 & 配件".to_owned()),
                    price: text("200.07".to_owned()),
                    payment: text("182.58".to_owned()),
                    num: Some(1),
                    pic_path: text("http://img08.taobao.net/bao/uploaded/i8/T1jVXXXePbXXaoPB6a_091917.jpg".to_owned()),
                    status: text("WAIT_SELLER_SEND_GOODS".to_owned()),
                    is_oversold: Some(false),
                })
                .collect(),
        })
        .collect();
    let answer = TradesResponse { trades, total_results: Some(897), has_next: Some(true) };
    let xml = response_xml(&answer, method).expect("it can be written");
    let xml = xml.replace("<trades>", "<trades list=\"true\">").replace("<orders>", "<orders list=\"true\">");
    Bodies {
        xml: format!("<?xml version=\"1.0\" encoding=\"utf-8\" ?>{xml}<!--top011184081134.na62-->"),
        json: response_json(&answer, method, JsonForm::Normal).expect("it can be written"),
    }
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}
