//! The program of the README's section "Pages of your own".

mod apis {
    topsdk::include_apis!();
}
use apis::alibaba::alsc::crm_recharge_dedut_update::AlibabaAlscCrmRechargeDedutUpdateRequest;

fn main() {
    drop(AlibabaAlscCrmRechargeDedutUpdateRequest::new());
}
