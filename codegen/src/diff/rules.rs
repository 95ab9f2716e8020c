//! The tables of verdicts, effects and kinds of changes. The code uses them, and the documentation shows them.

use serde::Serialize;

/// What a change means for the version number. Later variants are worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing changed.
    #[default]
    None,
    /// Programs that use the crate compile as before, and nothing new is available.
    Patch,
    /// Programs that use the crate compile as before.
    Minor,
    /// Programs that use the changed item have to be changed.
    Major,
}

impl Verdict {
    /// All verdicts of a change, worst first.
    pub const WORST_FIRST: [Verdict; 3] = [Verdict::Major, Verdict::Minor, Verdict::Patch];
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Verdict::None => "none",
            Verdict::Patch => "patch",
            Verdict::Minor => "minor",
            Verdict::Major => "major",
        })
    }
}

/// Defines the effects, their table and the table's documentation from one list.
macro_rules! effects {
    ($($effect:ident, $verdict:ident, $name:literal, $text:literal;)*) => {
        /// The effect of a change on the generated crate.
        ///
        /// This is the table of verdicts; [`RULES`] holds the same rows.
        ///
        /// | verdict | effect | what a program that uses the crate sees |
        /// | --- | --- | --- |
        $(#[doc = concat!("| ", stringify!($verdict), " | `", $name, "` | ", $text, " |")])*
        ///
        /// A struct is the union of all places of its type in one API and direction, so the same change on a page can have
        /// different effects. For example, a field that is added at one place changes nothing if another place of the type
        /// already shows it.
        ///
        /// Five rows are stricter than the compiler. After a change of a limit or a default, a program may compile and
        /// still be wrong. A change in the order of arguments breaks a program even if their types are equal and it still
        /// compiles. A field that is renamed on the wire is another field, even if both names are the same in Rust's case
        /// (`ownerCode`, `owner_code`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Effect {
            $(#[doc = concat!($text, ".")] $effect,)*
        }

        /// Every effect with its verdict, its name and its meaning: the table of [`Effect`].
        pub const RULES: &[(Effect, Verdict, &str, &str)] =
            &[$((Effect::$effect, Verdict::$verdict, $name, $text),)*];
    };
}

effects! {
    Documentation, Patch, "documentation", "documentation, limits, samples or error codes: no item of the crate";
    NoStruct, Patch, "no-struct", "no struct: another place of the type already shows it, or both types are the same in Rust";
    ApiAdded, Minor, "api-added", "a new module";
    Deprecated, Minor, "deprecated", "the compiler warns about each use of the request";
    OptionalAdded, Minor, "optional-added", "a new field that may be omitted (structs are `#[non_exhaustive]`)";
    ApiRemoved, Major, "api-removed", "the module is gone";
    FieldGone, Major, "field-gone", "the field and its setter are gone";
    Retyped, Major, "retyped", "the field has another type";
    ListOrNot, Major, "list-or-not", "the field becomes a `Vec`, or stops being one";
    RequiredAdded, Major, "required-added", "`new` takes one more argument";
    NowRequired, Major, "now-required", "`new` takes one more argument and the setter is gone";
    NoLongerRequired, Major, "no-longer-required", "`new` takes one argument fewer";
    ArgumentsReordered, Major, "arguments-reordered", "the arguments of `new` change places";
    Narrowed, Major, "narrowed", "a value that was allowed may be refused";
    Widened, Major, "widened", "the response may contain a value that was impossible before";
    DefaultChanged, Major, "default-changed", "omitting it means another value than before";
}

impl Effect {
    /// Returns the verdict for users of the crate.
    pub fn verdict(self) -> Verdict {
        RULES[self as usize].1
    }

    /// Returns the meaning of the effect, as in the table.
    pub fn text(self) -> &'static str {
        RULES[self as usize].3
    }
}

/// Defines the kinds and their table from one list.
macro_rules! kinds {
    ($($kind:ident, $plain:ident, $name:literal, $text:literal;)*) => {
        /// The kind of a change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind {
            $(#[doc = $text] $kind,)*
        }

        /// Every kind with its default effect, which reports do not mention, and its name in reports.
        const KINDS: &[(Kind, Effect, &str)] = &[$((Kind::$kind, Effect::$plain, $name)),*];
    };
}

kinds! {
    ApiAdded, ApiAdded, "API added", "A page for a method that had none before.";
    ApiRemoved, ApiRemoved, "API removed", "The page for the method is gone.";
    Added, OptionalAdded, "added", "A new parameter or field, with everything below it.";
    Removed, FieldGone, "removed", "A removed parameter or field, with everything below it.";
    Renamed, FieldGone, "renamed?", "A parameter or field that seems renamed: same position, type and description.";
    Type, Retyped, "type", "The type of a parameter or field.";
    List, Documentation, "list or not", "Whether a parameter or field is a list.";
    Required, Documentation, "required or not", "Whether a parameter or field is required.";
    Order, Documentation, "order", "The order of the rows of a table.";
    Struct, Documentation, "struct", "A struct that another place of its type changes, without a change of its own row.";
    Default, Documentation, "default", "The default of a parameter.";
    MaxLength, Documentation, "maximum length", "The maximum length of a value.";
    MaxListSize, Documentation, "list size", "The maximum number of items of a list.";
    Min, Documentation, "minimum", "The minimum of a value.";
    Max, Documentation, "maximum", "The maximum of a value.";
    ErrorCode, Documentation, "error code", "A row of the table of error codes.";
    Auth, Documentation, "authorisation", "Whether the API needs the user's authorisation.";
    Labels, Documentation, "labels", "The labels beside the title.";
    Packages, Documentation, "permission packages", "The permission packages, of which an application needs one.";
    Deprecated, Documentation, "deprecated", "Whether the API is deprecated, and why.";
    Unlisted, Documentation, "unlisted", "Whether the platform's catalogue lists the API.";
    Title, Documentation, "title", "The API's Chinese name.";
    Description, Documentation, "description", "The description of an API or a parameter.";
    Category, Documentation, "category", "The API's category.";
    DocId, Documentation, "page number", "The page's number.";
    Example, Documentation, "example", "A parameter's example.";
    Sample, Documentation, "sample", "A sample of a request or a response.";
}

impl Kind {
    /// Returns all kinds, in the order of their declaration.
    pub fn all() -> impl Iterator<Item = Kind> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].2
    }

    pub(super) fn plain_effect(self) -> Effect {
        KINDS[self as usize].1
    }

    /// Returns whether this is a limit of a value.
    pub(super) fn is_limit(self) -> bool {
        (Kind::Default..=Kind::Max).contains(&self)
    }

    /// Returns whether this kind never changes a struct.
    pub(super) fn is_documentation(self) -> bool {
        self >= Kind::Default
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, RULES, Verdict};

    #[test]
    fn verdicts_are_ordered_and_every_effect_has_one_rule() {
        assert!(Verdict::None < Verdict::Patch && Verdict::Patch < Verdict::Minor && Verdict::Minor < Verdict::Major);
        for (index, (effect, verdict, name, text)) in RULES.iter().enumerate() {
            assert_eq!(*effect as usize, index);
            assert_eq!((effect.verdict(), effect.text()), (*verdict, *text));
            assert_eq!(serde_json::to_value(effect).unwrap(), *name);
        }
        assert_eq!(RULES.last().unwrap().0, Effect::DefaultChanged);
    }
}
