//! Documents of the endpoint in the forms that programs save them in.

use topsdk_codegen::read::PageProblem;
use topsdk_spec::{Auth, Package};

use super::{fails, names, outline, read};

/// A document with these members beside its name and its tables.
fn with(members: &str) -> String {
    format!("{{\"data\":{{\"name\":\"a.b\",{members}\"requestParams\":[],\"responseParams\":[]}}}}")
}

/// A document whose request has these parameters.
fn request(params: &str) -> String {
    format!("{{\"name\":\"a.b\",\"requestParams\":{params},\"responseParams\":[]}}")
}

#[test]
fn an_invalid_json_number_is_an_error_at_its_place() {
    for number in ["01-2", "1.e-", "1.", "-", "+1", ".5", "1e", "0x1", "00"] {
        let PageProblem::Json { line, column, .. } = fails(&with(&format!("\n\"id\":{number},"))) else {
            panic!("{number}")
        };
        assert!(line == 2 && (6..=9).contains(&column), "{number}: {line}:{column}");
    }
}

#[test]
fn an_id_that_is_not_a_whole_number_is_reported() {
    for (id, number, found) in [
        ("12", Some(12), vec![]),
        ("\" 12 \"", Some(12), vec![]),
        ("null", None, vec![]),
        ("\"\"", None, vec![]),
        ("-3", None, vec!["unknown-id"]),
        ("1.5", None, vec!["unknown-id"]),
        ("1e3", None, vec!["unknown-id"]),
        ("\"12x\"", None, vec!["unknown-id"]),
        ("true", None, vec!["unknown-id"]),
        ("[12]", None, vec!["unknown-id"]),
        ("99999999999999999999", None, vec!["unknown-id"]),
    ] {
        let reading = read(&with(&format!("\"id\":{id},")));
        assert_eq!((reading.api.doc_id, names(&reading)), (number, found), "{id}");
    }
}

#[test]
fn lists_may_be_objects_and_scalars_may_be_of_any_kind() {
    let param =
        "{\"name\":\"x\",\"type\":\"Number\",\"demoValue\":1.50,\"description\":true,\"minValue\":0,\"required\":1}";
    for params in [
        format!("[{param}]"),
        param.to_owned(),
        format!("{{\"0\":{param}}}"),
        format!("{{\"api_param\":[{param}]}}"),
        format!("[null,{param},\"\"]"),
    ] {
        let reading = read(&request(&params));
        assert_eq!(
            (outline(&reading.api.request), names(&reading)),
            (vec!["x Number !".to_owned()], vec![]),
            "{params}"
        );
        let row = &reading.api.request[0];
        assert_eq!((row.example.as_str(), row.description.as_str()), ("1.50", "true"));
        assert_eq!(row.limits.min.as_deref(), Some("0"));
    }
    let one = with(
        "\"labels\":{\"displayName\":\"可选授权\"},\"errorCodes\":{\"errorCode\":50,\"errorMsg\":null,\"solution\":false},\
         \"applyScopes\":{\"name\":\"p\"},\"rspSampleJson\":{\"b_response\":{}},",
    );
    let reading = read(&one);
    assert_eq!((reading.api.auth, names(&reading)), (Some(Auth::Optional), vec![]));
    let error = &reading.api.errors[0];
    assert_eq!((error.code.as_str(), error.message.as_str(), error.solution.as_str()), ("50", "", "false"));
    assert_eq!(reading.api.samples.json.as_deref(), Some("{\"b_response\":{}}"));
}

#[test]
fn labels_and_permission_packages_are_kept() {
    let package = |name: &str, description: &str, url: &str| Package {
        name: name.to_owned(),
        description: description.to_owned(),
        url: url.to_owned(),
    };
    let free = r#"{"displayName":"￥免费","key":"2","tips":"点击","clickUrl":"https://a.b"}"#;
    let session = r#"{"displayName":"必须用户授权","key":"required"}"#;
    for (members, auth, labels) in [
        (format!("[{free},{session}]"), Some(Auth::Required), vec!["￥免费"]),
        (format!("[{session},{free},{free}]"), Some(Auth::Required), vec!["￥免费"]),
        (free.to_owned(), None, vec!["￥免费"]),
        (r#"{"0":{"displayName":" 聚石塔\n内调用 "},"1":{"key":"9"}}"#.to_owned(), None, vec!["聚石塔 内调用", "9"]),
        (r#"["聚石塔内调用","可选授权"]"#.to_owned(), Some(Auth::Optional), vec!["聚石塔内调用"]),
        // Of two labels that contradict each other the first counts, and the other one is not lost.
        (format!(r#"[{session},{{"displayName":"不需用户授权"}}]"#), Some(Auth::Required), vec!["不需用户授权"]),
    ] {
        let reading = read(&with(&format!("\"labels\":{members},")));
        assert_eq!((reading.api.auth, names(&reading)), (auth, vec![]), "{members}");
        assert_eq!(reading.api.labels, labels, "{members}");
    }
    let one = r#"{"name":" 包 ","descprition":"说<b>明</b>","url":"//a.b/c"}"#;
    let other = r#"{"name":"b","description":"d"}"#;
    let [first, second] = [package("包", "说**明**", "//a.b/c"), package("b", "d", "")];
    for (members, packages) in [
        (one.to_owned(), vec![first.clone()]),
        (format!("[{one},{other},{one}]"), vec![first.clone(), second.clone()]),
        (format!(r#"{{"x":[{one}],"y":{other}}}"#), vec![first, second]),
        (r#""包""#.to_owned(), vec![package("包", "", "")]),
        ("[]".to_owned(), vec![]),
        ("null".to_owned(), vec![]),
    ] {
        let reading = read(&with(&format!("\"applyScopes\":{members},")));
        assert_eq!((reading.api.packages.clone(), names(&reading)), (packages, vec![]), "{members}");
    }
    for members in [r#""labels":[{"tips":"x"}],"#, r#""applyScopes":[{"url":"//a.b"}],"#] {
        let reading = read(&with(members));
        assert_eq!((reading.api.labels.len() + reading.api.packages.len(), names(&reading)), (0, vec!["stray-text"]));
        assert!(reading.diagnostics[0].message.starts_with("expected a name in "), "{:?}", reading.diagnostics);
    }
}

#[test]
fn a_parameter_list_without_rows_is_an_error() {
    for params in ["\"见下\"", "[\"见下\"]", "[\"见下\",\"x\"]", "{\"0\":[\"见下\"]}"] {
        let PageProblem::NoRows { section, line, text, .. } = fails(&request(params)) else { panic!("{params}") };
        assert_eq!((section, line, text.as_str()), ("请求参数", 1, "见下"), "{params}");
    }
    for params in ["[]", "{}", "\"无\"", "[null]"] {
        assert_eq!(names(&read(&request(params))), Vec::<&str>::new(), "{params}");
    }
    let mixed = read(&request("[\"见下\",{\"name\":\"x\",\"type\":\"String\"}]"));
    assert_eq!((outline(&mixed.api.request).len(), names(&mixed)), (1, vec!["stray-text"]));
}

#[test]
fn half_a_surrogate_pair_does_not_lose_the_page() {
    let reading = read(&with("\"description\":\"一\\ud83d\\n二\\u00e9\","));
    assert_eq!(reading.api.description, "一\u{FFFD} 二é");
}

#[test]
fn a_duplicate_member_is_an_error() {
    let PageProblem::Json { message, .. } = fails(&with("\"name\":\"a.c\",")) else { panic!() };
    assert!(message.starts_with("expected no second member \"name\""), "{message}");
}
