//! What can change on a page: one table.

use serde::Serialize;

use super::Effect;

/// Writes the kinds and what is said about each from one list: its name in reports, and the effect that goes without saying.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $name:literal, $plain:ident;)*) => {
        /// What changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All kinds, in the order of their declaration.
            pub const ALL: [Kind; [$($name),*].len()] = [$(Kind::$kind),*];

            /// How reports call it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }

            /// The effect that reports do not name beside it.
            pub(super) fn plain_effect(self) -> Effect {
                match self {
                    $(Kind::$kind => Effect::$plain,)*
                }
            }
        }
    };
}

kinds! {
    /// There is a page for a method that had none.
    ApiAdded, "API added", ApiAdded;
    /// There is no page for the method any more.
    ApiRemoved, "API removed", ApiRemoved;
    /// A parameter or field is new, with all below it.
    Added, "added", OptionalAdded;
    /// A parameter or field is gone, with all below it.
    Removed, "removed", FieldGone;
    /// A parameter or field seems to have another name: same place, same type, same description.
    Renamed, "renamed?", FieldGone;
    /// Its type.
    Type, "type", Retyped;
    /// Whether it is a list.
    List, "list or not", Documentation;
    /// Whether it is required.
    Required, "required or not", Documentation;
    /// The rows of a table stand in another order.
    Order, "order", Documentation;
    /// No row by itself: a struct changes because of what the page shows at another place of its type.
    Struct, "struct", Documentation;
    /// Its default.
    Default, "default", Documentation;
    /// Its maximum length.
    MaxLength, "maximum length", Documentation;
    /// How many items a list has at most.
    MaxListSize, "list size", Documentation;
    /// The least value.
    Min, "minimum", Documentation;
    /// The greatest value.
    Max, "maximum", Documentation;
    /// A row of the table of error codes.
    ErrorCode, "error code", Documentation;
    /// Whether a user has to authorise the call.
    Auth, "authorisation", Documentation;
    /// The labels beside the title.
    Labels, "labels", Documentation;
    /// The permission packages of which an application needs one.
    Packages, "permission packages", Documentation;
    /// Whether, and why, the API should not be called any more.
    Deprecated, "deprecated", Documentation;
    /// Whether the platform's catalogue lists the API.
    Unlisted, "unlisted", Documentation;
    /// The API's Chinese name.
    Title, "title", Documentation;
    /// What the page says about an API or a parameter.
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
    /// Whether it is a limit of a value.
    pub(super) fn is_limit(self) -> bool {
        (Kind::Default..=Kind::Max).contains(&self)
    }

    /// Whether no struct can change by it.
    pub(super) fn is_documentation(self) -> bool {
        self >= Kind::Default
    }
}
