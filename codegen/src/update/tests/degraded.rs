//! Tests which pages with less content than before count as degraded.

use std::path::Path;
use std::process::Command;

use rayon::prelude::*;
use topsdk_spec::{Api, Param};

use crate::read;
use crate::update::degraded::lost_content;

use super::seed;

/// A change of a spec, with its name.
type Degrade = (&'static str, fn(&mut Api));

const WAYS: [Degrade; 6] = [
    ("question marks", |api| all_texts(api, |text| text.replace(|c| ('\u{4e00}'..='\u{9fff}').contains(&c), "?"))),
    ("no descriptions", |api| all_rows(api, &|row| row.description.clear())),
    ("loading", |api| {
        all_rows(api, &|row| {
            for cell in [&mut row.name, &mut row.type_name, &mut row.example, &mut row.description] {
                "Loading…".clone_into(cell);
            }
        });
    }),
    ("no types", |api| all_rows(api, &|row| row.type_name.clear())),
    ("null", |api| all_rows(api, &|row| "null".clone_into(&mut row.name))),
    ("junk samples", |api| {
        let samples = &mut api.samples;
        for code in [&mut samples.java, &mut samples.xml, &mut samples.json, &mut samples.json_simplified] {
            code.iter_mut().for_each(|code| "%PDF-1.4 obj<</Type/Catalog>>".clone_into(code));
        }
    }),
];

/// Edits that real pages get.
const EDITS: [Degrade; 5] = [
    ("one row less", |api| {
        let mut rows = &mut api.response;
        while rows.last().is_some_and(|row| !row.fields.is_empty()) {
            let last = rows.len() - 1;
            rows = &mut rows[last].fields;
        }
        rows.pop();
    }),
    ("another row", |api| api.request.push(Param { name: "new_one".to_owned(), ..Param::default() })),
    ("one description less", |api| api.request.iter_mut().take(1).for_each(|row| row.description.clear())),
    ("another type", |api| api.response.iter_mut().take(1).for_each(|row| "Map".clone_into(&mut row.type_name))),
    ("another title", |api| "改".clone_into(&mut api.title)),
];

fn all_rows(api: &mut Api, edit: &dyn Fn(&mut Param)) {
    fn each(params: &mut [Param], edit: &dyn Fn(&mut Param)) {
        for param in params {
            edit(param);
            each(&mut param.fields, edit);
        }
    }
    each(&mut api.request, edit);
    each(&mut api.response, edit);
}

fn all_texts(api: &mut Api, edit: fn(&str) -> String) {
    api.title = edit(&api.title);
    api.description = edit(&api.description);
    for error in &mut api.errors {
        (error.message, error.solution) = (edit(&error.message), edit(&error.solution));
    }
    all_rows(api, &|row| row.description = edit(&row.description));
    all_rows(api, &|row| row.example = edit(&row.example));
}

/// Returns the message about an API after this change.
fn lost(api: &Api, change: fn(&mut Api)) -> Option<String> {
    let mut changed = api.clone();
    change(&mut changed);
    lost_content(api, &changed)
}

#[test]
fn a_degraded_page_is_distinguished_from_a_changed_one() {
    let api = read::page("seed", seed("html").as_bytes()).unwrap().api;
    let losses = WAYS.map(|(way, change)| format!("{way}: {}", lost(&api, change).unwrap_or_default()));
    assert_eq!(
        losses,
        [
            "question marks: the descriptions of rows (29 of 45 cells), Chinese (all 53 texts)",
            "no descriptions: the descriptions of rows (all 45 cells), Chinese (45 of 53 texts)",
            "loading: 请求参数 (all 15 rows), 响应参数 (all 31 rows), the samples of rows (all 37 cells), the descriptions of rows (all 45 cells), Chinese (51 of 53 texts)",
            "no types: the types of 请求参数 (all 15 cells), the types of 响应参数 (all 31 cells)",
            "null: 请求参数 (all 15 rows), 响应参数 (all 31 rows)",
            "junk samples: 请求示例 (all 16 setters), 响应示例 (all 27 names)",
        ]
    );
    for (edit, change) in EDITS {
        assert_eq!(lost(&api, change), None, "{edit}");
    }
}

#[test]
fn half_of_a_kind_may_be_removed() {
    let row = |text: &str| Param { name: text.to_owned(), description: text.to_owned(), ..Param::default() };
    let api = |count: usize| {
        let mut api = Api { request: (0..12).map(|at| row(&format!("r{at}"))).collect(), ..Api::default() };
        api.request.iter_mut().skip(count).for_each(|row| row.description.clear());
        api
    };
    assert_eq!(lost_content(&api(12), &api(6)), None);
    assert_eq!(lost_content(&api(12), &api(5)).as_deref(), Some("the descriptions of rows (7 of 12 cells)"));
    assert_eq!(lost_content(&api(5), &api(1)), None, "few may go, as long as one is left");
    assert_eq!(lost_content(&api(1), &api(0)).as_deref(), Some("the descriptions of rows (all 1 cells)"));
    assert_eq!(lost_content(&api(0), &api(12)), None);
}

#[test]
fn renamed_parameters_are_not_a_loss() {
    let api = |name: &str| {
        let mut api = Api { response: vec![Param { name: name.to_owned(), ..Param::default() }], ..Api::default() };
        api.samples.xml = Some(format!("<a_response><{name}>1</{name}></a_response>"));
        api
    };
    assert_eq!(lost_content(&api("old"), &api("new")), None);
}

#[test]
#[allow(clippy::print_stdout, reason = "a test that is skipped says so, and the figures of the others are of interest")]
fn every_degraded_document_of_the_catalogue_is_refused() {
    let Ok(corpus) = std::env::var("TOPSDK_CORPUS") else { return println!("skipped: TOPSDK_CORPUS is not set") };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(Path::new(&corpus).join("render_pages.py"));
    command.args(["--layout", "json", "--out"]).arg(folder.path());
    assert!(command.output().unwrap().status.success(), "{command:?}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let pages = files.par_iter().filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let apis: Vec<Api> = pages.map(|path| read::page("page", &std::fs::read(path).unwrap()).unwrap().api).collect();
    assert!(apis.len() > 3000, "{}", apis.len());
    let count = |change: fn(&mut Api), is_lost: bool| {
        let changed = apis.iter().filter(|api| {
            let mut other = (*api).clone();
            change(&mut other);
            other != **api && lost_content(api, &other).is_some() == is_lost
        });
        changed.map(|api| api.method.as_str()).collect::<Vec<_>>()
    };
    for (way, change) in WAYS {
        let missed = count(change, false);
        assert!(
            missed.is_empty(),
            "{way}: {} are taken for changes: {:?}",
            missed.len(),
            &missed[..missed.len().min(9)]
        );
    }
    for (edit, change) in EDITS {
        let refused = count(change, true).len();
        println!("{edit}: {refused} of {} refused", apis.len());
    }
}
