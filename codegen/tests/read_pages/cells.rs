//! Cells that hold ends of anything and leave anything open, in any mix: either no row moves and no cell changes place,
//! or the page is refused.

use std::cell::Cell;

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use topsdk_codegen::read::{PageProblem, Reading};
use topsdk_spec::Param;

use super::{HTML, names, read, tables};

/// Pages that are tried of each form.
const ROUNDS: u32 = if cfg!(slow) { 100 } else { 25 };

/// What people leave in descriptions.
const PIECES: [&str; 58] = [
    "<b>",
    "</b>",
    "<ul>",
    "</ul>",
    "<li>",
    "</li>",
    "<ol>",
    "</ol>",
    "<div>",
    "</div>",
    "<div class=\"list\">",
    "<td>",
    "</td>",
    "<tr>",
    "</tr>",
    "<table>",
    "</table>",
    "<tbody>",
    "</tbody>",
    "</thead>",
    "<p>",
    "</p>",
    "<br>",
    "<dl>",
    "<dd>",
    "</dl>",
    "<font color='red'>",
    "</font>",
    "<span class=x>",
    "</span>",
    "<a href=x>",
    "</a>",
    "<h1>",
    "</h4>",
    "<pre>",
    "</pre>",
    "<select>",
    "<textarea>",
    "<!--",
    "<!-- x -->",
    "<script>",
    "</script>",
    "<style>",
    "<svg>",
    "</svg>",
    "<form>",
    "<button>",
    "<Foo>",
    "</Foo>",
    "<plaintext>",
    "<a href=\"x>",
    "<LI>",
    "</DIV>",
    "</UL>",
    "<center>",
    "</html>",
    "一",
    "└ x",
];

/// The same page, written in other ways.
fn pages() -> [(&'static str, String); 4] {
    [
        ("as it is", HTML.to_owned()),
        ("no classes", HTML.replace(" class=", " data-was=")),
        ("capitals", HTML.replace("<ul", "<UL").replace("</ul", "</UL").replace("<li", "<LI").replace("</li", "</LI")),
        ("no end tags", HTML.replace("</li>", "").replace("</td>", "").replace("</tr>", "")),
    ]
}

const DESCRIPTIONS: [&str; 2] = ["\"td-14\"", "\"td-6\""];

/// The beginnings and ends of the cells of fields that have one of these classes.
fn cells_of(page: &str, classes: &[&str]) -> Vec<(usize, usize)> {
    let lower = page.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, _) in lower.match_indices("<li") {
        let tag = &lower[at..at + lower[at..].find('>').unwrap() + 1];
        if classes.iter().any(|class| tag.contains(class)) {
            let start = at + tag.len();
            let end = ["</li>", "\n<li", "\n</ul>"].iter().filter_map(|end| lower[start..].find(end)).min().unwrap();
            found.push((start, start + end));
        }
    }
    found
}

/// Every cell but the descriptions.
fn cells(reading: &Reading) -> Vec<String> {
    fn walk(params: &[Param], out: &mut Vec<String>) {
        for param in params {
            out.push(format!("{} {} {} {:?}", param.name, param.example, param.required, param.limits));
            walk(&param.fields, out);
        }
    }
    let mut out = Vec::new();
    walk(&reading.api.request, &mut out);
    walk(&reading.api.response, &mut out);
    out
}

/// Pieces for a few cells, in front of what they hold or behind it.
fn additions() -> impl Strategy<Value = Vec<(Index, bool, Vec<&'static str>)>> {
    vec((any::<Index>(), any::<bool>(), vec(select(&PIECES[..]), 1..5)), 0..5)
}

/// The page with these pieces added.
fn broken(page: &str, places: &[(usize, usize)], additions: &[(Index, bool, Vec<&str>)]) -> String {
    let ends = additions.iter().map(|(place, is_before, pieces)| {
        let (start, end) = places[place.index(places.len())];
        (if *is_before { start } else { end }, pieces)
    });
    let mut ends: Vec<_> = ends.collect();
    ends.sort_by_key(|(at, _)| *at);
    let mut out = page.to_owned();
    for (at, pieces) in ends.into_iter().rev() {
        out.insert_str(at, &pieces.concat());
    }
    out
}

/// Reads a broken page; `None` where it is refused, by an error that names its rows or the table that has no end.
fn reading(page: &str) -> Option<Reading> {
    match topsdk_codegen::read::page("page", page.as_bytes()).map_err(|error| error.problem) {
        Ok(reading) => Some(reading),
        Err(PageProblem::Rows { rows, .. }) if !rows.is_empty() => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn no_description_moves_a_cell() {
    for (what, page) in pages() {
        let (expected, whole, places) = (tables(&read(&page)), cells(&read(&page)), cells_of(&page, &DESCRIPTIONS));
        assert_eq!((&expected, places.len()), (&tables(&read(HTML)), 44), "{what}");
        let whole_pages = Cell::new(0);
        proptest!(topsdk_random::config(ROUNDS), |(additions in additions())| {
            let Some(reading) = reading(&broken(&page, &places, &additions)) else { return Ok(()) };
            whole_pages.set(whole_pages.get() + 1);
            prop_assert_eq!(tables(&reading), &expected[..], "{}: {:?}", what, names(&reading));
            prop_assert_eq!(cells(&reading), &whole[..], "{}", what);
        });
        assert!(whole_pages.get() > ROUNDS / 10, "{what}: {whole_pages:?} of {ROUNDS} are read");
    }
}

/// Where the classes tell where a cell ends, the other cells may hold anything as well.
#[test]
fn no_sample_moves_a_row() {
    for (what, page) in pages().into_iter().filter(|(what, _)| *what != "no classes") {
        let (expected, places) = (tables(&read(&page)), cells_of(&page, &["\"td-13\"", "\"td-4\"", "\"td-5\""]));
        proptest!(topsdk_random::config(ROUNDS / 2), |(additions in additions())| {
            let Some(reading) = reading(&broken(&page, &places, &additions)) else { return Ok(()) };
            prop_assert_eq!(tables(&reading), &expected[..], "{}: {:?}", what, names(&reading));
        });
    }
}
