//! The kinds of changes on a page, in one table.

use serde::Serialize;

use super::Effect;

/// Defines the kinds from one list: documentation, name in reports, and default effect.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $plain:ident;)*) => {
        /// The kind of a change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        /// Every kind with its name in reports and its default effect, which reports do not mention.
        const KINDS: [(Kind, &str, Effect); [$($name),*].len()] = [$((Kind::$kind, $name, Effect::$plain)),*];
    };
}

kinds! {
    /// A page for a method that had none before.
    ApiAdded, "API added", ApiAdded;
    /// The page for the method is gone.
    ApiRemoved, "API removed", ApiRemoved;
    /// A new parameter or field, with everything below it.
    Added, "added", OptionalAdded;
    /// A removed parameter or field, with everything below it.
    Removed, "removed", FieldGone;
    /// A parameter or field that seems to be renamed: same position, same type, same description.
    Renamed, "renamed?", FieldGone;
    /// The type of a parameter or field.
    Type, "type", Retyped;
    /// Whether a parameter or field is a list.
    List, "list or not", Documentation;
    /// Whether a parameter or field is required.
    Required, "required or not", Documentation;
    /// The order of the rows of a table.
    Order, "order", Documentation;
    /// A struct that changes because of another place of its type on the page, without a change of its own row.
    Struct, "struct", Documentation;
    /// The default of a parameter.
    Default, "default", Documentation;
    /// The maximum length of a value.
    MaxLength, "maximum length", Documentation;
    /// The maximum number of items of a list.
    MaxListSize, "list size", Documentation;
    /// The minimum of a value.
    Min, "minimum", Documentation;
    /// The maximum of a value.
    Max, "maximum", Documentation;
    /// A row of the table of error codes.
    ErrorCode, "error code", Documentation;
    /// Whether the API needs the user's authorisation.
    Auth, "authorisation", Documentation;
    /// The labels beside the title.
    Labels, "labels", Documentation;
    /// The permission packages, of which an application needs one.
    Packages, "permission packages", Documentation;
    /// Whether the API is deprecated, and why.
    Deprecated, "deprecated", Documentation;
    /// Whether the platform's catalogue lists the API.
    Unlisted, "unlisted", Documentation;
    /// The API's Chinese name.
    Title, "title", Documentation;
    /// The description of an API or a parameter.
    Description, "description", Documentation;
    /// The API's category.
    Category, "category", Documentation;
    /// The page's number.
    DocId, "page number", Documentation;
    /// A parameter's example.
    Example, "example", Documentation;
    /// A sample of a request or a response.
    Sample, "sample", Documentation;
}

impl Kind {
    /// Returns all kinds, in the order of their declaration.
    pub fn all() -> impl Iterator<Item = Kind> {
        KINDS.into_iter().map(|(kind, ..)| kind)
    }

    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }

    pub(super) fn plain_effect(self) -> Effect {
        KINDS[self as usize].2
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
