//! Charges several shops in one batch. Each charge succeeds or fails independently.
//!
//! ```sh
//! TOP_APP_KEY=… TOP_APP_SECRET=… TOP_SESSION=… cargo run -p topsdk --features async --example batch
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::error::Error as StdError;

use topsdk::{
    alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
    },
    client::{Batch, Client},
    codec::Session,
};

/// Charges each order for the shop of its session. Returns the remaining value or the error, in the order of `orders`.
pub async fn charge_all(
    client: &Client,
    orders: &[(&str, Session)],
) -> Result<Vec<Result<Option<i64>, String>>, Box<dyn StdError>> {
    let mut batch = Batch::new();
    let mut tickets = Vec::new();
    for (order, session) in orders {
        let charge = DedutOpenReq::new(DedutOpenReqRequired {
            operator_id: "65673527".to_owned(),
            outer_order_id: (*order).to_owned(),
            request_id: (*order).to_owned(),
            value: 2000,
            biz_channel: "CS".to_owned(),
        });
        let request = AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge);
        tickets.push(batch.push(&request, Some(session))?);
    }
    let responses = client.execute_batch(&batch).await?;
    let left = tickets.into_iter().map(|ticket| match responses.get(ticket) {
        Ok(reply) => Ok(reply.value.result.and_then(|result| result.result?.current_value)),
        Err(error) => Err(error.to_string()),
    });
    Ok(left.collect())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let session = Session::from_env()?;
    println!("{:?}", charge_all(&Client::from_env()?, &[("766348726342638", session)]).await?);
    Ok(())
}
