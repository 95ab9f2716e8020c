//! A user's authorisation.

use std::{
    sync::{Arc, Mutex},
    thread,
};

use topsdk_client::{Builder, Error, oauth::Token};

use crate::{
    both::{Caller, Kind, SECRET, Store, twins},
    gateway::{Act, Gateway, ok, response},
};

twins! {
    a_user_is_sent_to_authorise
    a_code_becomes_a_token
    a_code_that_is_refused_is_an_error_without_secrets
    a_session_is_refreshed_once_before_it_ends
    a_token_that_could_not_be_stored_is_not_lost
}

pub(crate) fn token(session: &str, expires_in: i64) -> String {
    format!(
        r#"{{"access_token":"{session}","refresh_token":"R3FRESH-{session}","expires_in":{expires_in},"re_expires_in":9000,
            "taobao_user_id":"2636","token_type":"Bearer"}}"#
    )
}

fn build<K: Kind>(gateway: &Gateway) -> Caller {
    let urls: fn(Builder<K::Client>, &Gateway) -> _ = |builder, gateway| {
        builder.oauth_urls("https://oauth.taobao.com/authorize", gateway.address.replace("router/rest", "token"))
    };
    K::build(urls(K::at(&gateway.address), gateway)).unwrap()
}

fn a_user_is_sent_to_authorise<K: Kind>() {
    let client = K::build(K::new()).unwrap();
    assert_eq!(
        client.authorize_url("https://shop.example/back?a=b", "x y"),
        "https://oauth.taobao.com/authorize?response_type=code&client_id=12345678\
         &redirect_uri=https%3A%2F%2Fshop.example%2Fback%3Fa%3Db&state=x+y&view=web"
    );
}

fn a_code_becomes_a_token<K: Kind>() {
    let gateway = Gateway::responding(token("T0KEN", 86400));
    let token = build::<K>(&gateway).exchange_code("the-code", "https://shop.example/back").unwrap();
    assert_eq!((token.session().token(), token.user_id()), ("T0KEN", Some("2636")));
    let received = gateway.only();
    assert_eq!(received.line, "POST /token HTTP/1.1");
    let field = |name: &str| received.field(name).unwrap_or_default();
    assert_eq!((field("grant_type"), field("code")), ("authorization_code".into(), "the-code".into()));
    assert_eq!((field("client_id"), field("client_secret")), ("12345678".into(), SECRET.into()));
    assert_eq!(field("redirect_uri"), "https://shop.example/back");
}

fn a_code_that_is_refused_is_an_error_without_secrets<K: Kind>() {
    let body = format!(r#"{{"error":"invalid_grant","error_description":"the-code of {SECRET} is used"}}"#);
    let gateway = Gateway::raw(response("400 Bad Request", "", body));
    let error = build::<K>(&gateway).exchange_code("the-code", "https://shop.example/back").unwrap_err();
    assert_eq!(error.to_string(), "the authorisation failed: invalid_grant: … of … is used");
    let shown = format!("{error:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("the-code"), "{shown}");
    assert_eq!(gateway.received().len(), 1);

    let gateway = Gateway::raw(response("500 Oops", "", format!("client_secret={SECRET}")));
    let error = build::<K>(&gateway).exchange_code("the-code", "https://shop.example/back").unwrap_err();
    assert!(matches!(error, Error::Status { .. }) && !format!("{error:?}").contains(SECRET), "{error:?}");
}

fn a_session_is_refreshed_once_before_it_ends<K: Kind>() {
    let gateway = Gateway::new(|before, received| {
        assert_eq!(received.field("grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(received.field("refresh_token").as_deref(), Some("R3FRESH-old"));
        thread::sleep(std::time::Duration::from_millis(100));
        ok(token(&format!("new{before}"), 86400))
    });
    let client = build::<K>(&gateway);
    let store = Arc::new(Store::default());
    assert!(matches!(client.session(&store, "user").unwrap_err(), Error::NotAuthorized { .. }));

    *store.token.lock().unwrap() = Some(Token::from_json(&token("old", 30)).unwrap());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(client.session(&store, "user").unwrap().token(), "new0"));
        }
    });
    assert_eq!(gateway.received().len(), 1);
}

fn a_token_that_could_not_be_stored_is_not_lost<K: Kind>() {
    let gateway = Gateway::new(|_, _| Act::Answer(response("200 OK", "", token("new", 86400))));
    let old = Token::from_json(&token("old", 30)).unwrap();
    let store = Arc::new(Store { token: Mutex::new(Some(old)), is_broken: true });
    let error = build::<K>(&gateway).session(&store, "user").unwrap_err();
    assert!(!format!("{error:?}").contains("R3FRESH"), "{error:?}");
    let Error::TokenStore { token: Some(token), .. } = error else { panic!("{error:?}") };
    assert_eq!(token.session().token(), "new");
}
