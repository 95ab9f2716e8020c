//! Lists all trades of a seller, page by page.
//!
//! ```sh
//! TOP_APP_KEY=… TOP_APP_SECRET=… TOP_SESSION=… cargo run -p topsdk --features blocking --example pages
//! ```

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::error::Error as StdError;

use topsdk::{
    Object, Request, Response,
    client::{Error, blocking::Client},
    codec::Session,
};

/// The part of the generated module of `taobao.trades.sold.get` that is needed here.
#[derive(Debug, Default, Request)]
#[top(method = "taobao.trades.sold.get", response = TradesSoldGetResponse)]
pub struct TradesSoldGetRequest {
    #[top(required)]
    pub fields: Option<String>,
    pub page_no: Option<i64>,
    pub page_size: Option<i64>,
    /// If this is not set, the platform counts all trades for each page.
    pub use_has_next: Option<bool>,
}

#[derive(Debug, Default, Response)]
pub struct TradesSoldGetResponse {
    pub trades: Vec<Trade>,
    pub has_next: Option<bool>,
}

#[derive(Debug, Default, Object)]
pub struct Trade {
    pub tid: Option<i64>,
}

/// Returns the numbers of all trades. A failure on any page is an error: a list that ends early would look complete.
pub fn trades(client: &Client, session: &Session) -> Result<Vec<i64>, Error> {
    let request = TradesSoldGetRequest {
        fields: Some("tid".to_owned()),
        page_no: Some(1),
        page_size: Some(100),
        use_has_next: Some(true),
    };
    let pages = client.pages(request, |request, response| {
        request.page_no = request.page_no.map(|page| page + 1);
        response.has_next == Some(true)
    });
    let mut numbers = Vec::new();
    for page in pages.session(session).idempotent() {
        numbers.extend(page?.value.trades.into_iter().filter_map(|trade| trade.tid));
    }
    Ok(numbers)
}

fn main() -> Result<(), Box<dyn StdError>> {
    println!("{:?}", trades(&Client::from_env()?, &Session::from_env()?)?);
    Ok(())
}
