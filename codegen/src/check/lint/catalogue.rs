//! The names, severities and explanations of the lints, and of what the reader finds.

use crate::diagnostic::Severity;

/// One thing that is looked for on every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// How much its findings matter.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why it matters and what to do, in a few lines.
    pub explanation: &'static str,
}

impl Lint {
    /// The lint of that name, or the reader's finding.
    pub fn find(name: &str) -> Option<&'static Lint> {
        ALL.iter().chain(READING).find(|lint| lint.name == name)
    }

    /// The name that a misspelt one is nearest to, as the end of a message; empty where none is near.
    pub fn suggestion(name: &str) -> String {
        crate::did_you_mean(name, ALL.iter().chain(READING).map(|lint| lint.name))
    }
}

/// What the reader finds doubtful about a page, and `update` about a folder of them. Not looked for here, but explained and
/// allowed like the lints.
pub const READING: &[Lint] = &[
    reading(
        "ambiguous-cells",
        Severity::Warning,
        "Which part of a line is which cell is a guess.",
        "A page saved as text has no borders between cells: sample value and description are told apart by the samples. Where
those do not show the value, the cut is a guess. Read the page's HTML or document instead, which have cells.",
    ),
    reading(
        "ambiguous-depth",
        Severity::Error,
        "The page and its samples allow a row in several objects.",
        "Pages saved as text, and some saved as HTML, do not show how deep a row stands; it is solved from the samples. The
message lists the objects that the row may be a field of, the chosen one first. Read the page's HTML or document
instead, or move the row by overrides (`drop` and `add`).",
    ),
    reading(
        "ambiguous-row",
        Severity::Error,
        "Whether a line begins a row is a guess.",
        "A page saved as text shows a description that reads like a row just as it shows a row. The samples decide; what they
do not show is doubtful. Read the page's HTML or document instead.",
    ),
    reading(
        "changes-differ",
        Severity::Warning,
        "A document's own list of changes is not what has changed here.",
        "Documents list what the platform has changed (`changeDiff`). Where that differs from what changed since the last
update, the old page may be several versions behind. Compare with the page on the site.",
    ),
    reading(
        "charset-contradiction",
        Severity::Note,
        "The page names another charset than its bytes are in.",
        "Programs that save pages convert them to UTF-8 and leave `<meta charset=gbk>` as it is. The bytes decide.",
    ),
    reading(
        "charset-guessed",
        Severity::Warning,
        "The page names no charset that fits its bytes.",
        "The bytes are no UTF-8, so they are read as GB18030, which holds GBK and GB2312. Look at the texts; where they are
wrong, save the page again as UTF-8.",
    ),
    reading(
        "contradictory-nesting",
        Severity::Warning,
        "Rows stand in a row that is marked as having no fields.",
        "A description can break the markup round it, so that rows end up inside others. The marks (└) and the samples are
taken as right, and depth is solved from them. Compare with the page.",
    ),
    reading(
        "empty-name",
        Severity::Error,
        "A row has no name.",
        "It cannot be sent or decoded. Drop it by an override, or add the field with its right name.",
    ),
    reading(
        "extra-table",
        Severity::Warning,
        "A section has a second table, which is left out.",
        "One table of parameters belongs to each section. Look at the page: where the second holds parameters too, add them by
overrides.",
    ),
    reading(
        "forms-differ",
        Severity::Warning,
        "Two saved forms of one page do not say the same.",
        "Of several forms of a page, `update` uses the richest (document, HTML, Markdown, text) and compares the others with it.
One of them is older. Save both again, or remove the older one.",
    ),
    reading(
        "mark-without-fields",
        Severity::Warning,
        "A row of a basic type is marked as an object, but has no fields.",
        "Pages mark a row that opens (└, an icon). Either its fields are missing, or its type is right and the mark is wrong.
Compare with the samples.",
    ),
    reading(
        "missing-heading",
        Severity::Warning,
        "A table of parameters has no heading.",
        "It is known by its columns (是否必须 is a request's). Make sure that it is what it was taken for.",
    ),
    reading(
        "missing-section",
        Severity::Warning,
        "The page has no section of request or of response parameters.",
        "An API without parameters has the section all the same. The page may have been saved too early, or by a program that
dropped it. Compare with the page on the site.",
    ),
    reading(
        "missing-title",
        Severity::Warning,
        "No heading names the method.",
        "The method is what the page's link to its tools names. Make sure that it is right.",
    ),
    reading(
        "override-of-no-page",
        Severity::Warning,
        "A file of overrides is about a method that has no page.",
        "Nothing applies it. Correct its method, or remove the file.",
    ),
    reading(
        "skipped-file",
        Severity::Warning,
        "A file among the pages is not read.",
        "`update` reads regular files whose names are Unicode and do not begin with a dot. Links are not followed: they may
lead out of the repository. An API whose page is skipped stays as it is.",
    ),
    reading(
        "stray-text",
        Severity::Warning,
        "A text stands where no cell is, and is left out.",
        "It may be a hint of the page, or a row that the reader did not know as one. Look at the page.",
    ),
    reading(
        "unclosed-page",
        Severity::Warning,
        "The page's end is missing, but every section is there.",
        "Programs that save pages drop `</html>`; so do connections that break. Nothing of the tables is missing.",
    ),
    reading(
        "undecodable-bytes",
        Severity::Warning,
        "Some bytes are no letters in the page's charset.",
        "Each reads as U+FFFD. Names are hardly touched, as they are ASCII; texts are. Save the page again as UTF-8.",
    ),
    reading(
        "unknown-column",
        Severity::Warning,
        "A table has a column that pages do not have, and it is left out.",
        "The site may have got a new column. Nothing else moves because of it.",
    ),
    reading(
        "unknown-id",
        Severity::Warning,
        "The `id` of a document is no whole number, and is left out.",
        "The bindings link to the page by it. Fetch the document again.",
    ),
    reading(
        "unknown-limit",
        Severity::Warning,
        "A limit is none that pages have, or no number, and is left out.",
        "Pages know 默认值, 最大长度, 最大列表长度, 最小值 and 最大值. Limits are documentation only.",
    ),
    reading(
        "unknown-word",
        Severity::Warning,
        "是否必须 holds neither 必须 nor 可选.",
        "The parameter is taken as optional. Correct it by an override (`required = true`).",
    ),
    reading(
        "untitled-columns",
        Severity::Warning,
        "A table has no titles over its columns.",
        "Its cells are taken in the site's order. Make sure that they are what they were taken for.",
    ),
];

/// A finding of the reader; where it is more serious at one place than at another, `severity` is the worst.
const fn reading(name: &'static str, severity: Severity, summary: &'static str, explanation: &'static str) -> Lint {
    Lint { name, severity, summary, explanation }
}

macro_rules! lints {
    ($($constant:ident $name:literal $severity:ident $summary:literal $explanation:literal)*) => {
        $(pub(super) const $constant: Lint = Lint {
            name: $name,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
        };)*

        /// Every lint, by name.
        pub const ALL: &[Lint] = &[$($constant),*];
    };
}

lints! {
    BASIC_TYPE_WITH_FIELDS "basic-type-with-fields" Warning
    "A row of a basic type, such as String, has fields of its own."
    "Only objects have fields. Either the type cell is wrong, or the rows below it belong to another row: pages saved
as text, and some saved as HTML, do not show how deep a row stands. Compare with the samples, then correct the type, or
move the fields, by an override."

    DEFAULT_BEYOND_LIMIT "default-beyond-limit" Warning
    "A default lies beyond the limits of its own row."
    "The cell 更多限制 gives both a default and a limit (最大长度 in characters, 最小值, 最大值, 最大列表长度) and they exclude
each other. One of the two is wrong; the gateway decides which."

    DEFAULT_NOT_OF_TYPE "default-not-of-type" Warning
    "A default is not of its row's type."
    "A Number whose default is `abc`, or an object with a default text, cannot be sent. Often the parameter's name was
written into the cell. Correct the type by an override, if that is what is wrong; a default is documentation only."

    DUPLICATE_SIBLING "duplicate-sibling" Error
    "Two rows of one object have the same name."
    "Two fields of one name cannot both be sent or decoded; real pages have it in a few lists. Where both rows say the
same, drop one by an override (`nth = 2`, `drop = true`); where they differ, find out which one the gateway means."

    FIELD_NOT_IN_SAMPLE "field-not-in-sample" Warning
    "The table has a field that the sample lacks."
    "The site generates its samples from the tables, so both have the same fields on a sound page. A field missing in the
sample was added to the table later, or the tree was read wrongly from a page that does not show how deep rows stand."

    FIELD_NOT_IN_TABLE "field-not-in-table" Warning
    "The sample shows a field that the table lacks."
    "The gateway most likely sends it, and the generated type has no place for it: it is skipped when decoding. Add it by
an override (`add = { name = …, type = … }`)."

    INVALID_JAVA_SAMPLE "invalid-java-sample" Note
    "The Java sample cannot be followed to its end."
    "The nesting of a request is checked against the Java sample: which object is set on which. A statement that is not
what the site writes leaves a part of the request unchecked."

    INVALID_JSON_SAMPLE "invalid-json-sample" Warning
    "The JSON sample is not well formed."
    "The site writes sample values into JSON without a look: a Number without a sample value gives `\"status\":,`, one
whose value is `xxx` gives `\"brand_id\":xxx`. Such a sample shows the nesting but is no fixture for decoding."

    INVALID_XML_SAMPLE "invalid-xml-sample" Warning
    "The XML sample is not well formed."
    "The sample shows the nesting but is no fixture for decoding. Where a page was saved by hand, look whether markup in
it was lost or resolved twice."

    ITEM_NAME_DIFFERS "item-name-differs" Note
    "The items of a list are called otherwise than their type says."
    "A list's items are named after their type: `ServiceFeeDTO` gives `service_fee_d_t_o`. Where a sample has another name,
the type was renamed on the page. Decoding does not look at item names; encoding (mocks, tests) uses the type's."

    LIST_AS_ONE_VALUE "list-as-one-value" Warning
    "A list is shown as one value."
    "The row's type ends in `[]`, but the sample shows a single value or object in its place, or several values in one item
(`<string>[\"a\",\"b\"]</string>`). Either it is no list (override `list = false`), or its sample value is wrong."

    MISSING_TYPE "missing-type" Warning
    "The type cell is empty."
    "The generated field is a text, or raw JSON where the wire has an object. Give the type by an override."

    OBJECT_WITHOUT_FIELDS "object-without-fields" Warning
    "A row has the type of an object, but no fields."
    "The page names a class and does not show what is in it, and no other row of that type does. The generated field is raw
JSON. Add the fields by an override where they are known."

    REQUIRED_NOT_IN_SAMPLE "required-not-in-sample" Warning
    "A parameter is required, but the Java sample does not set it."
    "Either the parameter is not required (override `required = false`), or it was added after the sample was generated.
A wrong `必须` makes the generated request impossible to build without it."

    SAMPLE_BEYOND_LIMIT "sample-beyond-limit" Warning
    "A sample value lies beyond the limits of its own row."
    "The sample has more characters than 最大长度, more items than 最大列表长度, or is less than 最小值 or more than 最大值. Limits
are documentation only and are not checked when sending; one of the two cells is wrong."

    SAMPLE_OF_ANOTHER_METHOD "sample-of-another-method" Warning
    "The root of a response sample is another method's."
    "The root of a response is the method with `_` for each dot (without a leading `taobao.`) and `_response`. Another root
means that the sample was copied from another page, or that the method was renamed and its sample was not."

    STALE_ALLOWANCE "stale-allowance" Warning
    "An allowance in the file of allowances covers nothing."
    "An allowance that nothing uses would hide the next finding of its kind. If the page was fixed, delete it; if the
method or the path was renamed, correct it. It cannot be allowed itself."

    TYPE_NAME_REUSED "type-name-reused" Note
    "One type name has different fields at different places."
    "The generated struct is the union of what its places show; where two places give one field different types, there are
two structs. Nothing is wrong with it, but a field may be set where the gateway never sends it."

    UNKNOWN_TYPE "unknown-type" Warning
    "The type is no word that pages use, and no class either."
    "Pages know String, Number, Boolean, Date, Price, BigDecimal, Json, Map, Field List, byte and byte[], and names of
classes. Any other word becomes a text. Correct it by an override where the meaning is clear (`int` is Number)."

    UNREADABLE_LIMIT "unreadable-limit" Note
    "A 最小值 or 最大值 is no number, or the least is more than the most."
    "The limit cannot be compared with samples or defaults. It is shown in the documentation as it stands."

    VALUE_AS_LIST "value-as-list" Warning
    "The sample shows a list where the table has a single value."
    "If the gateway sends a list, the generated field decodes to nothing. Make it a list by an override (`list = true`)."

    VALUE_NOT_OF_TYPE "value-not-of-type" Warning
    "A sample value is not of its row's type."
    "A Number whose sample is `itemId` or `20.3` will decode to nothing if the gateway sends such a value. Look at the
description: where the value is right and the type wrong, correct the type by an override; a placeholder (`xxx`) can be
allowed."
}

#[cfg(test)]
mod tests {
    use super::{ALL, Lint, READING};

    #[test]
    fn names_are_sorted_kebab_case_and_found() {
        assert!(ALL.is_sorted_by(|one, other| one.name < other.name));
        assert!(READING.is_sorted_by(|one, other| one.name < other.name));
        for lint in ALL.iter().chain(READING) {
            assert!(lint.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", lint.name);
            assert!(lint.summary.ends_with('.') && !lint.summary.contains('\n'), "{}", lint.name);
            assert!(lint.explanation.lines().all(|line| line.chars().count() <= 120), "{}", lint.name);
            assert_eq!(Lint::find(lint.name), Some(lint));
        }
        assert_eq!(Lint::find("no-such-lint"), None);
    }
}
