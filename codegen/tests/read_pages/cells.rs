//! Cells that hold ends of anything and leave anything open, in any mix: either no row moves and no cell changes place,
//! or the page is refused.

use topsdk_codegen::read::{Error, Reading};
use topsdk_spec::Param;

use super::{HTML, names, read, tables};

/// Pages that are tried of each form.
const ROUNDS: usize = 100;

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

fn random(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as usize) % below
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

/// Breaks a few descriptions; the page, and what was added.
fn broken(page: &str, places: &[(usize, usize)], state: &mut u64) -> (String, Vec<String>) {
    let (mut out, mut at, mut added) = (String::new(), 0, Vec::new());
    for &(start, end) in places {
        out += &page[at..start];
        (at, out) = (end, out);
        let content = &page[start..end];
        if random(state, places.len()) > 1 {
            out += content;
            continue;
        }
        let pieces: String = (0..1 + random(state, 4)).map(|_| PIECES[random(state, PIECES.len())]).collect();
        out += &if random(state, 2) == 0 { format!("{pieces}{content}") } else { format!("{content}{pieces}") };
        added.push(format!("{pieces} at {start}"));
    }
    (out + &page[at..], added)
}

/// Reads a broken page; `None` where it is refused, by an error that names its rows or the table that has no end.
fn reading(page: &str, added: &[String]) -> Option<Reading> {
    match topsdk_codegen::read::page("page", page.as_bytes()) {
        Ok(reading) => Some(reading),
        Err(Error::Rows { rows, .. }) if !rows.is_empty() => None,
        Err(error) => panic!("{added:?}: {error}"),
    }
}

#[test]
fn whatever_a_description_holds_moves_nothing() {
    let mut state = 1;
    for (what, page) in pages() {
        let (expected, whole, places) = (tables(&read(&page)), cells(&read(&page)), cells_of(&page, &DESCRIPTIONS));
        assert_eq!((&expected, places.len()), (&tables(&read(HTML)), 44), "{what}");
        let mut whole_pages = 0;
        for _ in 0..ROUNDS {
            let (page, added) = broken(&page, &places, &mut state);
            let Some(reading) = reading(&page, &added) else { continue };
            whole_pages += 1;
            assert_eq!(tables(&reading), expected, "{what}: {added:?}: {:?}", names(&reading));
            assert_eq!(cells(&reading), whole, "{what}: {added:?}");
        }
        assert!(whole_pages > ROUNDS / 10, "{what}: {whole_pages} of {ROUNDS} are read");
    }
}

/// Where the classes tell where a cell ends, the other cells may hold anything as well.
#[test]
fn whatever_a_sample_holds_moves_no_row() {
    let mut state = 2;
    for (what, page) in pages().into_iter().filter(|(what, _)| *what != "no classes") {
        let (expected, places) = (tables(&read(&page)), cells_of(&page, &["\"td-13\"", "\"td-4\"", "\"td-5\""]));
        for _ in 0..ROUNDS / 2 {
            let (page, added) = broken(&page, &places, &mut state);
            let Some(reading) = reading(&page, &added) else { continue };
            assert_eq!(tables(&reading), expected, "{what}: {added:?}: {:?}", names(&reading));
        }
    }
}
