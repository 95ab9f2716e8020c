//! The parsed struct with its attributes.

use syn::{Data, DeriveInput, Error, Fields, GenericArgument, Ident, PathArguments, Type, ext::IdentExt};

use crate::attr::{FieldAttrs, StructAttrs};

/// The trait that is derived.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Object,
    Request,
    Response,
}

/// A struct with named fields.
pub(crate) struct Struct<'a> {
    pub(crate) role: Role,
    pub(crate) input: &'a DeriveInput,
    pub(crate) attrs: StructAttrs,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field of the struct.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Struct<'a> {
    /// Parses the input. The error holds the mistakes of all attributes.
    pub(crate) fn from_input(input: &'a DeriveInput, role: Role) -> Result<Struct<'a>, Error> {
        let named = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => &fields.named,
                Fields::Unnamed(_) | Fields::Unit => {
                    let message = "a field needs a name: use a struct with named fields";
                    return Err(Error::new_spanned(&input.ident, message));
                }
            },
            Data::Enum(_) | Data::Union(_) => {
                let message = "only a struct with named fields can be an object of the wire";
                return Err(Error::new_spanned(&input.ident, message));
            }
        };
        let mut errors = Vec::new();
        let attrs = StructAttrs::read(&input.attrs, &mut errors);
        let mut fields = Vec::with_capacity(named.len());
        for field in named {
            let attrs = FieldAttrs::read(&field.attrs, &mut errors);
            if let Some(ident) = &field.ident {
                fields.push(Field { ident, ty: &field.ty, attrs });
            }
        }
        combined(errors).map(|()| Struct { role, input, attrs, fields })
    }

    /// Returns the item name of lists of this struct, derived from the struct's name.
    pub(crate) fn item(&self) -> String {
        item_name(&self.input.ident.unraw().to_string())
    }
}

impl Field<'_> {
    /// Returns whether the type is written `Option<Box<…>>`. A trait cannot tell: `Box` is a fundamental type, so an
    /// implementation for it would overlap with the one for all records.
    pub(crate) fn is_boxed(&self) -> bool {
        argument(self.ty, "Option").and_then(|inner| argument(inner, "Box")).is_some()
    }

    /// Returns whether the type is written `Vec<…>`.
    pub(crate) fn is_list(&self) -> bool {
        argument(self.ty, "Vec").is_some()
    }
}

/// Combines errors into one that shows all of them.
pub(crate) fn combined(errors: Vec<Error>) -> Result<(), Error> {
    let combined = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    });
    combined.map_or(Ok(()), Err)
}

/// Returns the type argument of `name<…>`, whatever the path before the name.
fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let path = match ty {
        Type::Path(path) => path,
        // A `macro_rules` fragment wraps the type.
        Type::Group(group) => return argument(&group.elem, name),
        _ => return None,
    };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == name => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// Converts by the rule of docs/protocol.md section 6: each capital becomes `_` and its lower case, without `_` at the start.
fn item_name(type_name: &str) -> String {
    let mut name = String::new();
    for (index, letter) in type_name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
