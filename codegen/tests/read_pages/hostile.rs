//! Pages that were made to break the reader: each ends with a result or a clear error, in bounded time and memory.

use std::fmt::Write;

use topsdk_codegen::check;
use topsdk_codegen::read::{MAX_BYTES, PageProblem, Reading, page as read_page};

use crate::cost::{LINEAR, growth};

use super::{fails, names, outline, read, text_page};

/// How many rows or tags a page has here: many more than any real page.
const MANY: usize = if cfg!(slow) { 100_000 } else { 20_000 };

/// How many objects a table has here.
const OBJECTS: usize = if cfg!(slow) { 5_000 } else { 1_000 };

/// A page whose response is one table of these lines, with a sample.
fn table(lines: &str, sample: &str) -> String {
    format!(
        "<html><h2>a.b</h2><h1>请求参数</h1><table></table><h1>响应参数</h1><table><tr><th>名称<th>类型<th>示例值<th>描述{lines}\
         </table><h1>响应示例</h1><pre>{sample}</pre><h1>错误码</h1></html>"
    )
}

/// A page whose response is one object with these lists of fields.
fn fields(lists: &str, sample: &str) -> String {
    table(&format!("<tr><td>r<td>R<td><td><tr><td><div class=list>{lists}</div>"), sample)
}

fn list(mark: &str, name: &str, type_name: &str) -> String {
    format!("<ul><li>{mark}{name}</li><li>{type_name}</li><li>1</li><li>d</li></ul>")
}

const ICON: &str = "<span class=icon></span> ";
const LEAF: &str = "└ ";

#[test]
fn very_long_tables_are_read_in_every_form() {
    let every = |row: &dyn Fn(usize) -> String| (0..MANY).map(row).collect::<String>();
    let html = table(&every(&|row| format!("<tr><td>f{row}<td>String<td>1<td>d")), "");
    let text = text_page("", &every(&|row| format!("f{row} String [] 1 d\n")), "", "<r></r>");
    let rows: Vec<String> = (0..MANY).map(|row| format!("{{\"name\":\"f{row}\",\"type\":\"String\"}}")).collect();
    let document =
        format!("{{\"data\":{{\"name\":\"a.b\",\"requestParams\":[],\"responseParams\":[{}]}}}}", rows.join(","));
    for page in [html, text, document] {
        let response = read(&page).api.response;
        assert_eq!((response.len(), response[MANY - 1].name.clone()), (MANY, format!("f{}", MANY - 1)));
    }
    let below = fields(&every(&|row| list(LEAF, &format!("f{row}"), "String")), "");
    assert_eq!(read(&below).api.response[0].fields.len(), MANY);
}

#[test]
fn a_page_above_the_limit_is_refused() {
    let larger = vec![b' '; MAX_BYTES + 1];
    assert!(matches!(read_page("page", &larger), Err(error) if error.problem == PageProblem::TooLarge(larger.len())));
}

#[test]
#[cfg_attr(not(slow), ignore = "takes long: needs TOPSDK_SLOW=1")]
fn twenty_megabytes_are_read_in_every_form() {
    let words = "描述，".repeat(100_000);
    let row = |row: usize| format!("<tr><td>f{row}<td>String<td>1<td>{words}");
    let html = table(&(0..24).map(row).collect::<String>(), "");
    let row = |row: usize| format!("f{row} String 1 {words}\n");
    let sample: String = (0..24).map(|row| format!("<f{row}>1</f{row}>\n")).collect();
    let text = text_page("", &(0..24).map(row).collect::<String>(), "", &format!("<r>\n{sample}</r>"));
    let row =
        |row: usize| format!("{{\"name\":\"f{row}\",\"type\":\"String\",\"demoValue\":1,\"description\":\"{words}\"}}");
    let rows: Vec<String> = (0..24).map(row).collect();
    let document =
        format!("{{\"data\":{{\"name\":\"a.b\",\"requestParams\":[],\"responseParams\":[{}]}}}}", rows.join(","));
    for page in [html, text, document] {
        assert!(page.len() > 20 << 20);
        let response = read(&page).api.response;
        assert_eq!((response.len(), response[23].example.as_str()), (24, "1"));
        assert_eq!(response[23].description, words);
    }
}

#[test]
fn nesting_without_end_is_an_error() {
    for tag in ["<div>", "<b>", "<a href=x>", "<ul><li>", "<font size=1>", "<span>", "<select>", "<svg>", "<template>"]
    {
        for page in [tag.repeat(MANY), fields(&format!("<ul><li>{}", tag.repeat(MANY)), "")] {
            match read_page("page", page.as_bytes()) {
                Ok(reading) => assert!(reading.api.response.len() == 1 && tag != "<div>", "{tag}"),
                Err(error) => assert!(
                    matches!(
                        error.problem,
                        PageProblem::TooDeep { what: "tags", .. }
                            | PageProblem::NotApiPage(_)
                            | PageProblem::Cut { .. }
                    ),
                    "{tag}: {error}"
                ),
            }
        }
    }
    assert!(matches!(
        fails(&table(&"<tr><td><table>".repeat(MANY), "")),
        PageProblem::TooDeep { what: "tags", .. } | PageProblem::Cut { .. }
    ));
    for nested in ["[", "{\"a\":", "[{\"subParams\":"] {
        let document = format!("{{\"data\":{{\"name\":\"a.b\",\"responseParams\":{}", nested.repeat(MANY));
        assert!(matches!(fails(&document), PageProblem::Cut { .. }), "{nested}");
    }
    let fields = format!("{}1{}", "[{\"subParams\":".repeat(MANY), "}]".repeat(MANY));
    let document = format!("{{\"name\":\"a.b\",\"responseParams\":{fields}}}");
    assert!(matches!(fails(&document), PageProblem::TooDeep { what: "parameters", .. }));
    let unread = format!("{{\"name\":\"a.b\",\"x\":{}1{},\"responseParams\":[]}}", "[".repeat(MANY), "]".repeat(MANY));
    assert!(read(&unread).api.response.is_empty());
    let sample: String = (0..MANY).map(|depth| format!("<f{depth}>")).collect();
    assert_eq!(read(&text_page("", "r String 1\n", "", &format!("{sample}\n</r>"))).api.response.len(), 1);
}

/// What has no end, ends nothing, or begins what it is not, many thousand times over.
#[test]
fn broken_cells_take_linear_time() {
    let cell = |many: &str| {
        fields(&format!("<ul class=tr><li class=td-11>x</li><li>String</li><li></li><li>{many}</li></ul>"), "")
    };
    let row = |many: &str| table(&format!("<tr><td>x<td>String<td>1<td>{many}"), "");
    let rows = |many: &str| table(many, "");
    type Form<'f> = &'f dyn Fn(&str) -> String;
    let forms: [(&str, Form<'_>); 4] =
        [("a cell", &cell), ("a row", &row), ("rows", &rows), ("a page", &str::to_owned)];
    let pieces = [
        "<!--",
        "<!-- -->",
        "<textarea>",
        "<script><style>",
        "</div>",
        "</ul>",
        "</td>",
        "<td>",
        "<tr><td>",
        "</table>",
        "<li>",
        "</li>",
        "<ul><li>x</ul>",
        "<a href=x>x",
        "<a x=\"",
        "<a x='\">",
        "<h1>",
        "<h1>x</h1>",
        "<dd>",
        "<b></i>",
        "<ul class=tr><li class=td-11>",
        "<table><tr><th>名称<th>类型</table>",
        "<table><tr><th>名称<th>类型",
        "<Foo>",
        "Map<String,",
        "<tr></tr>",
        "<tr><td><div>",
        "<option>",
        "</select>",
        "<x-y ",
        "<",
        "</",
        "<!",
        "<br>",
    ];
    for (index, piece) in pieces.into_iter().enumerate() {
        // Every piece in every form takes long; otherwise each form has its turn.
        let turn = index % forms.len();
        for (what, page) in if cfg!(slow) { &forms[..] } else { &forms[turn..=turn] } {
            let read = |page: &String| drop(read_page("page", page.as_bytes()));
            // More than the tags that may be open: below that, html5ever looks through all of them for each end tag.
            let growth = growth(1_000, |size| page(&piece.repeat(size)), read);
            assert!(growth < LINEAR, "{what} of {piece}: {growth}");
        }
    }
}

#[test]
fn fifty_levels_of_lists_are_read_and_seventy_are_an_error() {
    let nested = |levels: usize| {
        let mut lists = String::new();
        for level in 0..levels {
            write!(lists, "{}<div class=\"list list2\">", list(ICON, &format!("o{level}"), "O")).unwrap();
        }
        fields(&format!("{lists}{}{}", list(LEAF, "leaf", "String"), "</div>".repeat(levels)), "")
    };
    let reading = read(&nested(50));
    let deepest = outline(&reading.api.response).pop().unwrap();
    assert_eq!((deepest.matches('.').count(), names(&reading)), (51, vec![]));
    assert!(matches!(fails(&nested(70)), PageProblem::TooDeep { what: "parameters", .. }));
    let levels: String = (0..70).map(|_| "{\"name\":\"o\",\"type\":\"O\",\"subParams\":[").collect();
    let document = format!("{{\"data\":{{\"name\":\"a.b\",\"responseParams\":[{levels}{}]}}}}", "]}".repeat(70));
    assert!(matches!(fails(&document), PageProblem::TooDeep { .. }));
}

/// A flat run of many objects, and the sample that tells their depths.
#[test]
fn a_large_flat_page_is_solved_by_its_sample() {
    let (mut lists, mut sample) = (String::new(), String::new());
    for object in 0..OBJECTS {
        let name = format!("o{object}");
        lists += &(list(ICON, &name, "Item")
            + &list(LEAF, "a", "String")
            + &list(ICON, "in", "In")
            + &list(LEAF, "b", "String"));
        lists += &list(LEAF, &format!("f{object}"), "String");
        write!(
            sample,
            "&lt;{name}>&lt;a>1&lt;/a>&lt;in>&lt;b>1&lt;/b>&lt;/in>&lt;/{name}>&lt;f{object}>1&lt;/f{object}>"
        )
        .unwrap();
    }
    let reading = read(&fields(&lists, &format!("&lt;r_response>&lt;r>{sample}&lt;/r>&lt;/r_response>")));
    let response = outline(&reading.api.response);
    assert_eq!((response.len(), reading.api.response[0].fields.len()), (5 * OBJECTS + 1, 2 * OBJECTS));
    let last = OBJECTS - 1;
    let expected = [format!("r.o{last}.in In"), format!("r.o{last}.in.b String"), format!("r.f{last} String")];
    assert_eq!(response[5 * OBJECTS - 2..], expected);
    assert_eq!(names(&reading), Vec::<&str>::new());
}

/// Rows and samples that agree in nothing or everywhere: the search gives up and reports it.
#[test]
fn depths_that_cannot_be_solved_are_reported() {
    let objects =
        |name: &dyn Fn(usize) -> String| -> String { (0..OBJECTS).map(|row| list(ICON, &name(row), "T")).collect() };
    let mixed: String = (0..OBJECTS).map(|row| list(if row % 3 == 0 { ICON } else { LEAF }, "f", "T")).collect();
    let sample = format!("&lt;r>&lt;r>{}&lt;/r>&lt;/r>", "&lt;f>&lt;f>1&lt;/f>&lt;/f>".repeat(OBJECTS));
    let nested = format!("&lt;r>&lt;r>{}1{}&lt;/r>&lt;/r>", "&lt;f>".repeat(100), "&lt;/f>".repeat(100));
    for lists in [objects(&|_| "f".to_owned()), objects(&|row| format!("f{row}")), mixed] {
        for sample in ["", &sample, &nested] {
            match read_page("page", fields(&lists, sample).as_bytes()) {
                Ok(reading) => assert!(names(&reading).contains(&"ambiguous-depth"), "{:?}", &names(&reading)[..1]),
                Err(error) => {
                    assert!(matches!(error.problem, PageProblem::TooDeep { what: "parameters", .. }), "{error}")
                }
            }
        }
    }
    let bullets: String = (0..OBJECTS).map(|row| format!("  • f{}\n  • T\n", row % 3)).collect();
    for sample in ["<r></r>".to_owned(), format!("<r><r>{}</r></r>", "<f1><f2>1</f2></f1>".repeat(OBJECTS / 2))] {
        let reading = read_page("page", text_page("", &format!("r R\n{bullets}"), "", &sample).as_bytes());
        let is_said = |reading: Reading| {
            !reading.diagnostics.is_empty() || !check::types(&reading.api, Some(&reading.origins)).is_empty()
        };
        assert!(reading.map_or(true, is_said));
    }
}

/// Many objects that are each hard to solve: the search gives most of them up.
#[test]
fn objects_that_are_hard_to_solve_take_linear_time() {
    let page = |objects: usize| {
        let mut random = fastrand::Rng::with_seed(topsdk_random::seed());
        let mut pick = |count: usize| random.usize(..count);
        let (mut rows, mut sample) = (String::new(), String::new());
        for object in 0..objects {
            write!(rows, "<tr><td>g{object}<td>R<td><td><tr><td><div class=list>").unwrap();
            write!(sample, "&lt;g{object}>").unwrap();
            for _ in 0..40 {
                rows += &list([ICON, ICON, LEAF][pick(3)], ["a", "b", "c"][pick(3)], "T");
                let (outer, inner) = (["a", "b", "c"][pick(3)], ["a", "b", "c"][pick(3)]);
                write!(sample, "&lt;{outer}>&lt;{inner}>1&lt;/{inner}>&lt;/{outer}>").unwrap();
            }
            rows += "</div>";
            write!(sample, "&lt;/g{object}>").unwrap();
        }
        table(&rows, &format!("&lt;r_response>{sample}&lt;/r_response>"))
    };
    let reading = read(&page(60));
    assert_eq!(outline(&reading.api.response).len(), 41 * 60);
    let given_up = reading.diagnostics.iter().filter(|found| found.message.contains("could not be solved"));
    assert!(given_up.count() > 30, "with the seed {}", topsdk_random::seed());
    let growth = growth(10, page, |page| drop(read(page)));
    assert!(growth < LINEAR, "{growth}");
}
