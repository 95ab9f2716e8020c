//! The implementation: a table, a call for filling, a call for reading.
//!
//! Both functions are `#[inline]` and coerce nothing to `dyn` themselves: so no code is made for them in the crate of the
//! generated types, only where a type is really read or written.

use std::ops::Range;

use proc_macro::{Delimiter, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};

use crate::{
    ast::{Field, Role, Struct, unraw},
    code::Code,
};

pub(crate) fn expand(object: &Struct) -> TokenStream {
    let mut code = Code::new(object.attrs.krate.as_deref());
    let ident = TokenTree::Ident(object.ident.clone());
    implement(&mut code, "Record", &ident, |code| {
        schema(code, object);
        Access::SLOT.method(code, object);
        Access::VIEW.method(code, object);
    });
    match object.role {
        Role::Object => {}
        Role::Request => implement(&mut code, "Request", &ident, |code| {
            code.text("const METHOD: &'static ::core::primitive::str =")
                .tokens(object.attrs.method.clone().map(Into::into));
            code.text("; type Response =").tokens(object.attrs.response.iter().flatten().cloned()).text(";");
        }),
        Role::Response => implement(&mut code, "Response", &ident, |_| {}),
    }
    if cfg!(feature = "serde") {
        // The codec's macro and not the implementations themselves: a codec built without the feature beside one with it (a
        // build script's) shares this crate, and has to get nothing.
        code.codec("__serde !").group(Delimiter::Brace, |code| {
            code.tokens([ident]);
        });
    }
    code.finish()
}

fn implement<'a>(code: &mut Code<'a>, what: &str, ident: &TokenTree, write: impl FnOnce(&mut Code<'a>)) {
    code.text("#[automatically_derived] impl").codec(what).text("for").tokens([ident.clone()]);
    code.group(Delimiter::Brace, write);
}

fn schema(code: &mut Code<'_>, object: &Struct) {
    let item = object.attrs.item.as_ref().map_or_else(|| format!("\"{}\"", object.item()), Literal::to_string);
    let (mut names, mut required, mut items) = (String::new(), String::new(), String::new());
    for (field, index) in object.fields.iter().zip(0u16..) {
        match &field.attrs.name {
            Some(name) => names += &name.to_string(),
            None => names.extend(["\"", &unraw(&field.ident), "\""]),
        }
        names.push(',');
        if field.attrs.is_required {
            required += &format!("{index},");
        }
        if let Some(item) = &field.attrs.item {
            items += &format!("({index}, ::std::borrow::Cow::Borrowed({item})),");
        }
    }
    code.text("const SCHEMA:").codec("Schema<'static> =").codec("Schema");
    code.text(format_args!("{{ item: {item}, names: &[{names}], required: &[{required}], items: &[{items}] }};"));
}

/// How many fields one function of `codec::derived` takes.
const MOST: usize = 16;

/// One of the two ways to a field.
struct Access {
    /// The function's beginning, up to the name of what it returns.
    head: &'static str,
    /// What it returns, and what it returns where there is no field.
    returned: &'static str,
    none: &'static str,
    /// The functions of `codec::derived`.
    function: &'static str,
    /// What a field that is boxed takes.
    boxed: &'static str,
    is_mut: bool,
}

impl Access {
    const SLOT: Access = Access {
        head: "#[inline] fn slot_at(&mut self, index: ::core::primitive::usize) ->",
        returned: "Slot<'_>",
        none: "Slot::Unknown",
        function: "derived::slot_",
        boxed: "Slot::boxed",
        is_mut: true,
    };

    const VIEW: Access = Access {
        head: "#[inline] fn view_at(&self, index: ::core::primitive::usize) ->",
        returned: "View<'_>",
        none: "View::Absent",
        function: "derived::view_",
        boxed: "View::boxed",
        is_mut: false,
    };

    fn method(&self, code: &mut Code<'_>, object: &Struct) {
        code.text(self.head).codec(self.returned).group(Delimiter::Brace, |code| {
            let runs: Vec<_> = runs(&object.fields).collect();
            match runs.as_slice() {
                [run] if !run.is_boxed() => self.call(code, run),
                // The functions take any index; a boxed field's is for its own alone.
                runs => {
                    code.text("match index").group(Delimiter::Brace, |code| {
                        for run in runs {
                            let Range { start, end } = run.range();
                            code.text(format_args!("{start}..{end} =>"));
                            self.call(code, run);
                            code.text(",");
                        }
                        code.text("_ =>").codec(self.none);
                    });
                }
            }
        });
    }

    fn call(&self, code: &mut Code<'_>, run: &Run<'_>) {
        if run.is_boxed() {
            code.codec(self.boxed);
        } else {
            code.codec(&format!("{}{}", self.function, run.fields.len()));
        }
        code.group(Delimiter::Parenthesis, |code| {
            if !run.is_boxed() {
                code.text("index");
                if run.start > 0 {
                    code.text(format_args!("- {}", run.start));
                }
                code.text(",");
            }
            code.tokens(run.fields.iter().flat_map(|field| self.borrowed(field)));
        });
    }

    /// `&mut self.field,`, pointing at the field's type.
    fn borrowed(&self, field: &Field) -> impl Iterator<Item = TokenTree> {
        let span = field.at_type();
        let punct = |punct| {
            let mut punct = Punct::new(punct, Spacing::Alone);
            punct.set_span(span);
            TokenTree::Punct(punct)
        };
        let word = |word| TokenTree::Ident(Ident::new(word, span));
        let mut ident = field.ident.clone();
        ident.set_span(span);
        let mutable = self.is_mut.then(|| word("mut"));
        [punct('&')].into_iter().chain(mutable).chain([word("self"), punct('.'), TokenTree::Ident(ident), punct(',')])
    }
}

/// Fields that follow each other and that one function takes; one that is boxed, alone.
struct Run<'a> {
    start: usize,
    fields: &'a [Field],
}

fn runs(fields: &[Field]) -> impl Iterator<Item = Run<'_>> {
    let mut start = 0;
    fields.chunk_by(|one, next| !one.is_boxed() && !next.is_boxed()).flat_map(|run| run.chunks(MOST)).map(
        move |fields| {
            let run = Run { start, fields };
            start += fields.len();
            run
        },
    )
}

impl Run<'_> {
    fn is_boxed(&self) -> bool {
        matches!(self.fields, [field] if field.is_boxed())
    }

    fn range(&self) -> Range<usize> {
        self.start..self.start + self.fields.len()
    }
}
