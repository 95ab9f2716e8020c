//! The lints on six real answers of the document endpoint.
//!
//! `TOPSDK_CORPUS` names the folder that has them. `--nocapture` lists the findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use topsdk_codegen::check::{self, lint};
use topsdk_codegen::diagnostic::PageText;
use topsdk_codegen::read;

#[test]
#[cfg_attr(not(corpus), ignore = "needs TOPSDK_CORPUS")]
fn the_findings_on_the_six_documents_are_listed_and_explained() {
    let corpus = std::env::var_os("TOPSDK_CORPUS").unwrap();
    let folder = Path::new(&corpus).join("documents");
    let paths: BTreeSet<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy();
        let reading = read::page(&name, &std::fs::read(path).unwrap()).unwrap();
        assert_eq!(reading.diagnostics, [], "{name}");
        let page = PageText::new(reading.origins.text());
        let found = check::lint(&reading.api, Some(&reading.origins));
        eprintln!("{name}: {} findings", found.len());
        for found in &found {
            let lint = lint::Lint::find(found.name).unwrap_or_else(|| panic!("{} has no explanation", found.name));
            let drawn = found.render(Some(&page), false);
            eprintln!("{drawn}  = {}\n", lint.summary);
            // On the document's own text.
            assert!(found.place.span.is_some() && drawn.contains(" | "), "{drawn}");
        }
        names.insert(reading.api.method, found.iter().map(|found| found.name).collect());
    }
    // What is known about them without the lints: docs/protocol.md section 9 (10), docs/pages.md, "Numbers".
    let expected: BTreeMap<String, Vec<&str>> = [
        (
            "alibaba.taobao.ud.smart.order.detail.pull",
            vec![
                "value-not-of-type",
                "field-not-in-sample",
                "field-not-in-sample",
                "field-not-in-sample",
                "invalid-json-sample",
                "invalid-json-sample",
            ],
        ),
        ("alibaba.ud.udsmartdata.get", vec!["default-not-of-type"]),
        ("taobao.tbk.coupon.convert", vec![]),
        ("taobao.tbk.order.details.get", vec![]),
        ("taobao.tbk.relation.refund", vec!["invalid-json-sample", "invalid-json-sample"]),
        ("taobao.tbk.sc.general.link.convert", vec!["type-name-reused", "type-name-reused", "type-name-reused"]),
    ]
    .map(|(method, lints)| (method.to_owned(), lints))
    .into();
    assert_eq!(names, expected);
}
