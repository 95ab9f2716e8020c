//! The names, severities and explanations of the lints and of the reader's findings.

use crate::diagnostic::Severity;

/// One section per lint, with the lint's name as heading.
const EXPLANATIONS: &str = include_str!("explanations.md");

/// A check made on every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The name, in kebab case.
    pub name: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// A summary of what it finds, in one line.
    pub summary: &'static str,
}

impl Lint {
    /// Returns the lint, or the reader's finding, of this name.
    pub fn find(name: &str) -> Option<&'static Lint> {
        ALL.iter().chain(READING).find(|lint| lint.name == name)
    }

    /// Returns an explanation of why it matters and what to do, in a few lines.
    pub fn explanation(&self) -> &'static str {
        let parts = EXPLANATIONS.split("\n## ").skip(1).filter_map(|part| part.split_once('\n'));
        parts.into_iter().find(|(name, _)| *name == self.name).map(|(_, text)| text.trim_end()).unwrap_or_default()
    }

    /// Returns the known name closest to a misspelt one, as the end of a message. Empty if none is close.
    pub fn suggestion(name: &str) -> String {
        crate::did_you_mean(name, ALL.iter().chain(READING).map(|lint| lint.name))
    }
}

macro_rules! lints {
    ($($constant:ident $name:literal $severity:ident $summary:literal)* ; $($read:literal $read_severity:ident $read_summary:literal)*) => {
        $(pub(super) const $constant: Lint = Lint { name: $name, severity: Severity::$severity, summary: $summary };)*

        /// Every lint, ordered by name.
        pub const ALL: &[Lint] = &[$($constant),*];

        /// The findings of the reader and of the names about a page, and of `update` about a folder of pages. The lints do
        /// not look for them, but they are explained and allowed like lints. If the severity of a finding varies, this is
        /// the highest one.
        pub const READING: &[Lint] = &[
            $(Lint { name: $read, severity: Severity::$read_severity, summary: $read_summary }),*
        ];
    };
}

lints! {
    BASIC_TYPE_WITH_FIELDS "basic-type-with-fields" Warning
        "A row of a basic type, such as String, has fields of its own."
    DEFAULT_BEYOND_LIMIT "default-beyond-limit" Warning "A default lies beyond the limits of its own row."
    DEFAULT_NOT_OF_TYPE "default-not-of-type" Warning "A default does not match its row's type."
    DUPLICATE_SIBLING "duplicate-sibling" Error "Two rows of one object have the same name."
    FIELD_NOT_IN_SAMPLE "field-not-in-sample" Warning "The table has a field that the sample lacks."
    FIELD_NOT_IN_TABLE "field-not-in-table" Warning "The sample shows a field that the table lacks."
    INVALID_JAVA_SAMPLE "invalid-java-sample" Note "The Java sample cannot be followed to its end."
    INVALID_JSON_SAMPLE "invalid-json-sample" Warning "The JSON sample is malformed."
    INVALID_XML_SAMPLE "invalid-xml-sample" Warning "The XML sample is malformed."
    ITEM_NAME_DIFFERS "item-name-differs" Note "The items of a list do not have the name that their type gives them."
    LIST_AS_ONE_VALUE "list-as-one-value" Warning "A list is shown as one value."
    MISSING_TYPE "missing-type" Warning "The type cell is empty."
    OBJECT_WITHOUT_FIELDS "object-without-fields" Warning "A row has the type of an object, but no fields."
    REQUIRED_NOT_IN_SAMPLE "required-not-in-sample" Warning
        "A parameter is required, but the Java sample does not set it."
    SAMPLE_BEYOND_LIMIT "sample-beyond-limit" Warning "A sample value lies beyond the limits of its own row."
    SAMPLE_OF_ANOTHER_METHOD "sample-of-another-method" Warning "The root of a response sample is that of another method."
    STALE_ALLOWANCE "stale-allowance" Warning "An allowance covers no finding."
    TYPE_NAME_REUSED "type-name-reused" Note "One type name has different fields at different places."
    UNKNOWN_TYPE "unknown-type" Warning "Unrecognised type."
    UNREADABLE_LIMIT "unreadable-limit" Note "A 最小值 or 最大值 is not a number, or the 最小值 exceeds the 最大值."
    VALUE_AS_LIST "value-as-list" Warning "The sample shows a list where the table has a single value."
    VALUE_NOT_OF_TYPE "value-not-of-type" Warning "A sample value does not match its row's type."
    ;
    "ambiguous-cells" Warning "The reader had to guess where the cells of a line begin."
    "ambiguous-depth" Error "The page and its samples allow a row in several objects."
    "ambiguous-row" Error "The reader had to guess whether a line begins a row."
    "charset-contradiction" Note "The page names another charset than its bytes are in."
    "charset-guessed" Warning "The page names no charset that fits its bytes."
    "contradictory-nesting" Warning "Rows stand in a row that is marked as having no fields."
    "empty-name" Error "A row has no name."
    "extra-table" Warning "A section has a second table, which is ignored."
    "forms-differ" Warning "Two saved forms of one page differ."
    "mark-without-fields" Warning "A row of a basic type is marked as an object, but has no fields."
    "missing-heading" Warning "A table of parameters has no heading."
    "missing-section" Warning "The page has no section of request or of response parameters."
    "missing-title" Warning "No heading names the method."
    "names-by-rules" Warning "The file of assigned names is missing, so the names were assigned anew."
    "override-of-no-page" Warning "A file of overrides names a method without a page."
    "skipped-file" Warning "A file among the pages is ignored."
    "stray-text" Warning "Text outside of the cells is ignored."
    "type-of-many-shapes" Note "The places of one type name give a field different types."
    "unclosed-page" Warning "The page's end is missing, but every section is there."
    "undecodable-bytes" Warning "Some bytes are not valid in the page's charset."
    "unknown-column" Warning "A table has an unknown column, which is ignored."
    "unknown-id" Warning "The `id` of a document is not a whole number and is ignored."
    "unknown-limit" Warning "A limit is unknown or not a number, and is ignored."
    "unknown-word" Warning "是否必须 holds neither 必须 nor 可选."
    "untitled-columns" Warning "A table has no column titles."
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
            assert!(lint.explanation().lines().all(|line| line.chars().count() <= 120), "{}", lint.name);
            assert!(!lint.explanation().is_empty(), "{}", lint.name);
            assert_eq!(Lint::find(lint.name), Some(lint));
        }
        assert_eq!(super::EXPLANATIONS.matches("\n## ").count(), ALL.len() + READING.len());
        assert_eq!(Lint::find("no-such-lint"), None);
    }
}
