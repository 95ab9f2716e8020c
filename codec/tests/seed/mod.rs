//! The API of the seed page, written by hand: its request, its response, and the values that its samples document.

#![allow(dead_code, reason = "each test crate uses some of it")]

use topsdk_codec::{Date, Object, Request, Response};

pub(crate) const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";

#[derive(Clone, Debug, Default, PartialEq, Request)]
#[top(crate = ::topsdk_codec, method = "alibaba.alsc.crm.recharge.dedut.update", response = DedutUpdateResponse)]
pub(crate) struct DedutUpdateRequest {
    pub(crate) param_dedut_open_req: Option<DedutOpenReq>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct DedutOpenReq {
    pub(crate) biz_date: Option<Date>,
    pub(crate) brand_id: Option<String>,
    pub(crate) card_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    #[top(required)]
    pub(crate) operator_id: Option<String>,
    #[top(required)]
    pub(crate) outer_order_id: Option<String>,
    pub(crate) remark: Option<String>,
    #[top(required)]
    pub(crate) request_id: Option<String>,
    pub(crate) shop_id: Option<String>,
    #[top(required)]
    pub(crate) value: Option<i64>,
    #[top(required)]
    pub(crate) biz_channel: Option<String>,
    pub(crate) out_brand_id: Option<String>,
    pub(crate) out_shop_id: Option<String>,
    pub(crate) ext_info: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Response)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct DedutUpdateResponse {
    pub(crate) result: Option<CommonResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct CommonResult {
    pub(crate) biz_success: Option<bool>,
    pub(crate) result: Option<RechargeAccountFlowDetailOpenInfo>,
    pub(crate) result_code: Option<String>,
    pub(crate) result_desc: Option<String>,
    pub(crate) result_view: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct RechargeAccountFlowDetailOpenInfo {
    pub(crate) account_id: Option<String>,
    pub(crate) affected_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    pub(crate) after_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    pub(crate) before_property_list: Vec<RechargeAccountPropertyOpenInfo>,
    pub(crate) brand_id: Option<String>,
    pub(crate) current_value: Option<i64>,
    pub(crate) ext_info: Option<Extinfo>,
    pub(crate) flow_id: Option<String>,
    pub(crate) flow_type: Option<String>,
    pub(crate) operator: Option<String>,
    pub(crate) operator_name: Option<String>,
    pub(crate) order_src: Option<i64>,
    pub(crate) order_time: Option<Date>,
    pub(crate) order_value: Option<i64>,
    pub(crate) outer_order_id: Option<String>,
    pub(crate) remark: Option<String>,
    pub(crate) shop_id: Option<String>,
    pub(crate) shop_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct RechargeAccountPropertyOpenInfo {
    #[top(name = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) value: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Object)]
#[top(crate = ::topsdk_codec)]
pub(crate) struct Extinfo {
    pub(crate) empty: Option<bool>,
}

/// The values of the page's Java sample.
pub(crate) fn request() -> DedutUpdateRequest {
    DedutUpdateRequest {
        param_dedut_open_req: Some(DedutOpenReq {
            biz_date: Some("2019-07-04 15:32:17".parse().unwrap()),
            brand_id: text("3742863742"),
            card_id: text("7328763784623"),
            customer_id: text("76328764276476256"),
            operator_id: text("65673527"),
            outer_order_id: text("766348726342638"),
            remark: text("撒娇好的"),
            request_id: text("78sd786a78d678as"),
            shop_id: text("73527452"),
            value: Some(2000),
            biz_channel: text("CS"),
            out_brand_id: text("12313"),
            out_shop_id: text("3234"),
            ext_info: text(r#"{"payModeId":"WX", "payModeName":"微信"}"#),
        }),
    }
}

/// The values of the page's XML sample. Its `<empty>null</empty>` is a Boolean without a value.
pub(crate) fn response() -> DedutUpdateResponse {
    let property = |kind, value| vec![RechargeAccountPropertyOpenInfo { kind: text(kind), value: Some(value) }];
    DedutUpdateResponse {
        result: Some(CommonResult {
            biz_success: Some(true),
            result: Some(RechargeAccountFlowDetailOpenInfo {
                account_id: text("7627347265"),
                affected_property_list: property("GIFT", 300),
                after_property_list: property("PRE", 200),
                before_property_list: property("TOTAL", 3000),
                brand_id: text("767526576123"),
                current_value: Some(4000),
                ext_info: Some(Extinfo { empty: None }),
                flow_id: text("7862783618"),
                flow_type: text("DEDUT"),
                operator: text("76127653175"),
                operator_name: text("小明"),
                order_src: Some(2),
                order_time: Some("2019-08-08 15:15:41".parse().unwrap()),
                order_value: Some(-65),
                outer_order_id: text("8768237162876387236472"),
                remark: text("机会均等"),
                shop_id: text("736182678"),
                shop_name: text("小王面馆"),
            }),
            result_code: text("200"),
            result_desc: text("成功"),
            result_view: text("\"\""),
        }),
    }
}

/// The page's XML sample without its white space.
pub(crate) fn documented_xml() -> String {
    sample().lines().map(str::trim).collect()
}

/// The page's XML sample, as it is there.
pub(crate) fn sample() -> &'static str {
    include_str!("response.xml")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
