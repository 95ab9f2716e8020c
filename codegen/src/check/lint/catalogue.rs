//! The names, severities and explanations of the lints.

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
    /// The lint of that name.
    pub fn find(name: &str) -> Option<&'static Lint> {
        ALL.iter().find(|lint| lint.name == name)
    }
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
    use super::{ALL, Lint};

    #[test]
    fn names_are_sorted_kebab_case_and_found() {
        assert!(ALL.is_sorted_by(|one, other| one.name < other.name));
        for lint in ALL {
            assert!(lint.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", lint.name);
            assert!(lint.summary.ends_with('.') && !lint.summary.contains('\n'), "{}", lint.name);
            assert!(lint.explanation.lines().all(|line| line.chars().count() <= 120), "{}", lint.name);
            assert_eq!(Lint::find(lint.name), Some(lint));
        }
        assert_eq!(Lint::find("no-such-lint"), None);
    }
}
