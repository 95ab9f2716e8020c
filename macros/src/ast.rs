//! The struct as the macro sees it: borrowed pieces of the input with their attributes read.

use syn::{Data, DeriveInput, Error, Fields, GenericArgument, Ident, PathArguments, Type, ext::IdentExt};

use crate::attr::{FieldAttrs, StructAttrs};

/// What is being derived.
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

/// A field of it.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Struct<'a> {
    /// Looks at the input; all errors of all attributes together.
    pub(crate) fn from_input(input: &'a DeriveInput, role: Role) -> Result<Struct<'a>, Error> {
        let named = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => &fields.named,
                Fields::Unnamed(_) | Fields::Unit => {
                    return Err(Error::new_spanned(
                        &input.ident,
                        "a field needs a name: write a struct with named fields",
                    ));
                }
            },
            Data::Enum(_) | Data::Union(_) => {
                return Err(Error::new_spanned(
                    &input.ident,
                    "only a struct with named fields has a table of wire names",
                ));
            }
        };
        let mut errors = Vec::new();
        let attrs = StructAttrs::read(&input.attrs, &mut errors);
        let mut fields = Vec::new();
        for field in named {
            let attrs = FieldAttrs::read(&field.attrs, &mut errors);
            if let Some(ident) = &field.ident {
                fields.push(Field { ident, ty: &field.ty, attrs });
            }
        }
        match errors.into_iter().reduce(joined) {
            Some(error) => Err(error),
            None => Ok(Struct { role, input, attrs, fields }),
        }
    }

    /// The item name of a list of these.
    pub(crate) fn item(&self) -> String {
        match &self.attrs.item {
            Some(item) => item.value(),
            None => item_name(&self.input.ident.unraw().to_string()),
        }
    }
}

impl Field<'_> {
    /// The name on the wire.
    pub(crate) fn wire_name(&self) -> String {
        match &self.attrs.name {
            Some(name) => name.value(),
            None => self.ident.unraw().to_string(),
        }
    }

    /// Whether the type reads `Option<Box<…>>`. `Box` cannot be resolved through a trait: it is a fundamental type, so
    /// that an implementation for it would overlap with the one for all records.
    pub(crate) fn is_boxed(&self) -> bool {
        argument(self.ty, "Option").and_then(|inner| argument(inner, "Box")).is_some()
    }

    /// Whether the type reads `Vec<…>`.
    pub(crate) fn is_list(&self) -> bool {
        argument(self.ty, "Vec").is_some()
    }
}

/// Two errors as one that shows both.
pub(crate) fn joined(mut first: Error, second: Error) -> Error {
    first.combine(second);
    first
}

/// The type argument of `name<…>`, under whatever path.
fn argument<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == name => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// The rule of protocol.md section 6: every capital becomes `_` and its lower case, without `_` at the start.
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
