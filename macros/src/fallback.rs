//! What stands in for the implementation of a struct that has errors.

use proc_macro::{Delimiter, Punct, Spacing, TokenStream, TokenTree};

use crate::{
    ast::Struct,
    attr::Attributes,
    code::Code,
    cursor::{Cursor, is_punct},
};

/// An implementation without fields: the struct's users are not told that it lacks one.
pub(crate) fn expand(object: &Struct) -> TokenStream {
    let mut code = Code::new(object.attrs.krate.as_deref());
    let (declared, used) = parameters(object);
    code.text("#[automatically_derived] impl <").tokens(declared).text(">").codec("Object for");
    code.tokens([TokenTree::Ident(object.ident.clone())]).text("<").tokens(used).text(">");
    code.tokens(object.clause.iter().cloned());
    code.group(Delimiter::Brace, |code| {
        code.text("fn schema(&self) ->").codec("Schema<'_>").group(Delimiter::Brace, |code| {
            code.codec(r#"Schema { item: "", names: &[], required: &[], items: &[] }"#);
        });
        code.text("fn slot(&mut self, _: ::core::primitive::usize) ->").codec("Slot<'_>");
        code.group(Delimiter::Brace, |code| {
            code.codec("Slot::Unknown");
        });
        code.text("fn view(&self, _: ::core::primitive::usize) ->").codec("View<'_>");
        code.group(Delimiter::Brace, |code| {
            code.codec("View::Absent");
        });
    });
    code.finish()
}

/// The struct's parameters as they are declared, without attributes and defaults, and as they are used; each with a comma.
fn parameters(object: &Struct) -> (Vec<TokenTree>, Vec<TokenTree>) {
    let (mut declared, mut used) = (Vec::new(), Vec::new());
    let inner = object.generics.get(1..object.generics.len().saturating_sub(1)).unwrap_or_default();
    let mut input = Cursor::new(inner.iter().cloned().collect(), object.ident.span());
    let comma = || TokenTree::Punct(Punct::new(',', Spacing::Alone));
    while !input.is_empty() {
        Attributes::take(&mut input);
        let parameter = input.up_to(',');
        input.next();
        let mut parameter = Cursor::new(parameter.into_iter().collect(), object.ident.span());
        let parameter = parameter.up_to('=');
        // `'a`, `T` or `const N`.
        let name = match parameter.as_slice() {
            [quote, name, ..] if is_punct(quote, '\'') => vec![quote, name],
            [first, name, ..] if first.to_string() == "const" => vec![name],
            parameter => parameter.iter().take(1).collect(),
        };
        used.extend(name.into_iter().cloned().chain([comma()]));
        declared.extend(parameter.into_iter().chain([comma()]));
    }
    (declared, used)
}
