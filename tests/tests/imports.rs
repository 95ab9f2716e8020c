//! No two files of a crate import from each other, not by way of others either, and the generator's rooms keep their order.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Item, UseTree, Visibility};
use topsdk_tests::root;

/// The rooms of `topsdk-codegen`: each imports from those before it alone.
const ROOMS: [&str; 16] = [
    "diagnostic",
    "nearest",
    "page",
    "catalogue",
    "samples",
    "tree",
    "read",
    "check",
    "names",
    "emit",
    "diff",
    "update",
    "builder",
    "fetch",
    "call",
    "cli",
];

/// Files that may import from each other: the object model of the codec, whose types define each other.
const OBJECT_MODEL: [&str; 4] = ["schema", "slot", "value", "view"];

/// A file as a module path, such as `read/html`; the crate's own is empty.
type Module = Vec<String>;

/// What a file names of its crate.
#[derive(Default)]
struct Source {
    /// What `use` brings in, by the name that it has there.
    uses: Vec<(Vec<String>, String)>,
    /// Those of them that others may import from here.
    exports: BTreeMap<String, Vec<String>>,
    /// Paths of two segments or more, wherever they stand, also in macros.
    paths: Vec<Vec<String>>,
}

impl Source {
    fn parse(text: &str) -> Source {
        let mut source = Source::default();
        for item in syn::parse_file(text).unwrap().items {
            source.item(item);
        }
        source
    }

    fn item(&mut self, item: Item) {
        match item {
            Item::Use(item) => {
                let mut found = Vec::new();
                flatten(&item.tree, &mut Vec::new(), &mut found);
                if !matches!(item.vis, Visibility::Inherited) {
                    self.exports.extend(found.iter().map(|(path, name)| (name.clone(), path.clone())));
                }
                self.uses.extend(found);
            }
            Item::Mod(module) if module.attrs.iter().any(is_test) => {}
            Item::Mod(module) => {
                module.content.into_iter().flat_map(|(_, items)| items).for_each(|item| self.item(item))
            }
            item => self.tokens(quote::ToTokens::into_token_stream(item)),
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut colons, mut statement) = (0, None);
        for token in tokens {
            if let Some(so_far) = &mut statement {
                let is_end = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == ';');
                TokenStream::extend(so_far, [token]);
                if is_end {
                    self.item(Item::Use(syn::parse2(statement.take().unwrap()).unwrap()));
                }
                continue;
            }
            match &token {
                TokenTree::Ident(word) if word == "use" => statement = Some(TokenStream::from(token)),
                TokenTree::Ident(word) => {
                    if colons != 2 {
                        self.end(&mut path);
                    }
                    path.push(word.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.end(&mut path);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        debug_assert_ne!(group.delimiter(), Delimiter::None);
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.paths.push(path);
        }
    }
}

fn is_test(attribute: &syn::Attribute) -> bool {
    quote::quote!(#attribute).to_string().replace(' ', "") == "#[cfg(test)]"
}

fn flatten(tree: &UseTree, above: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
    let with = |name: &dyn ToString| above.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            flatten(&path.tree, above, found);
            above.pop();
        }
        UseTree::Name(name) if name.ident == "self" => found.push((above.clone(), above.last().unwrap().clone())),
        UseTree::Name(name) => found.push((with(&name.ident), name.ident.to_string())),
        UseTree::Rename(rename) => found.push((with(&rename.ident), rename.rename.to_string())),
        UseTree::Glob(_) => found.push((above.clone(), "*".to_owned())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, above, found)),
    }
}

/// The files of a crate, and which of them each one imports from. A file and those below it may know each other.
struct Imports(BTreeMap<Module, Source>);

impl Imports {
    fn of_crate(name: &str) -> Imports {
        let mut sources = BTreeMap::new();
        let folder = root().join(name).join("src");
        collect(&folder, &mut Vec::new(), &mut sources);
        assert!(!sources.is_empty(), "{}", folder.display());
        Imports(sources)
    }

    fn of_texts(texts: &[(&str, &str)]) -> Imports {
        let parse = |(path, text): &(&str, &str)| {
            (path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(), Source::parse(text))
        };
        Imports(texts.iter().map(parse).collect())
    }

    fn edges(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let targets = |(module, source): (&Module, &Source)| {
            let inline = source.paths.iter().filter_map(|path| self.inline(module, source, path));
            let all = source.uses.iter().filter_map(|(path, _)| self.resolve(module, path, 0)).chain(inline);
            (module.clone(), all.filter(|target| !target.starts_with(module) && !module.starts_with(target)).collect())
        };
        self.0.iter().map(targets).collect()
    }

    /// The file of a path in code, which begins with a keyword or with something that a `use` has brought in.
    fn inline(&self, at: &Module, source: &Source, path: &[String]) -> Option<Module> {
        let brought = source.uses.iter().find(|(_, name)| *name == path[0]);
        match brought {
            Some((whole, _)) => self.resolve(at, &[whole.as_slice(), &path[1..]].concat(), 0),
            None => self.resolve(at, path, 0),
        }
    }

    /// The file in which what a path names stands, through all `pub use`; `None` if it is of another crate.
    fn resolve(&self, at: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (mut here, mut rest) = (at.clone(), path);
        match path.first().map(String::as_str) {
            Some("crate") => (here, rest) = (Vec::new(), &rest[1..]),
            Some("self" | "super") => {
                while let Some(word @ ("self" | "super")) = rest.first().map(String::as_str) {
                    if word == "super" {
                        here.pop();
                    }
                    rest = &rest[1..];
                }
            }
            first => {
                let child: Module = here.iter().cloned().chain(first.map(str::to_owned)).collect();
                if !self.0.contains_key(&child) {
                    return None;
                }
            }
        }
        while let [first, below @ ..] = rest {
            here.push(first.clone());
            if !self.0.contains_key(&here) {
                here.pop();
                break;
            }
            rest = below;
        }
        let exported = rest.first().and_then(|name| self.0.get(&here)?.exports.get(name));
        match exported {
            Some(path) if depth < 8 => self.resolve(&here, path, depth + 1).or(Some(here)),
            _ => Some(here),
        }
    }
}

fn collect(folder: &Path, above: &mut Module, sources: &mut BTreeMap<Module, Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if name == "tests" {
            continue;
        }
        let is_own = matches!(name, "lib" | "main" | "mod");
        if !is_own {
            above.push(name.to_owned());
        }
        if path.is_dir() {
            collect(&path, above, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = Source::parse(&fs::read_to_string(&path).unwrap());
            // A library and a program may share a folder.
            let there: &mut Source = sources.entry(above.clone()).or_default();
            there.uses.extend(source.uses);
            there.exports.extend(source.exports);
            there.paths.extend(source.paths);
        }
        if !is_own {
            above.pop();
        }
    }
}

/// Groups of modules that reach each other.
fn cycles(edges: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<BTreeSet<Module>> {
    let reached = |from: &Module| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(module) = left.pop() {
            left.extend(edges.get(module).into_iter().flatten().filter(|target| seen.insert((*target).clone())));
        }
        seen
    };
    let all: BTreeMap<&Module, BTreeSet<Module>> = edges.keys().map(|module| (module, reached(module))).collect();
    let with = |(module, reached): (&&Module, &BTreeSet<Module>)| {
        let is_mutual = |other: &&Module| all.get(other).is_some_and(|back| back.contains(*module));
        reached.contains(*module).then(|| reached.iter().filter(is_mutual).cloned().collect())
    };
    let found: BTreeSet<BTreeSet<Module>> = all.iter().filter_map(with).collect();
    found.into_iter().collect()
}

fn room(module: &Module) -> &str {
    module.first().map_or("", String::as_str)
}

#[test]
fn no_two_files_of_a_crate_import_each_other() {
    for name in ["spec", "macros", "codec", "client", "codegen"] {
        let mut found = cycles(&Imports::of_crate(name).edges());
        if name == "codec" {
            found.retain(|cycle| !cycle.iter().all(|module| OBJECT_MODEL.contains(&room(module))));
        }
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn rooms_of_the_generator_import_only_from_earlier_rooms() {
    let place = |module: &Module| ROOMS.iter().position(|name| *name == room(module));
    let mut found = BTreeSet::new();
    for (module, targets) in Imports::of_crate("codegen").edges().into_iter().filter(|(module, _)| !module.is_empty()) {
        let from = place(&module);
        assert!(from.is_some(), "{module:?} is in no room: give it its place in `ROOMS`");
        found.insert(room(&module).to_owned());
        for target in targets {
            assert!(place(&target) <= from, "{module:?} imports from {target:?}, which is in a later room");
        }
    }
    assert_eq!(found, ROOMS.map(str::to_owned).into(), "a room that is not there any more");
}

#[test]
fn finds_cycles_in_uses_paths_macros_and_exports() {
    let cycle = |texts: &[(&str, &str)]| cycles(&Imports::of_texts(texts).edges()).len();
    let back = ("b", "fn b() {}");
    assert_eq!(cycle(&[("", ""), ("a", "use crate::b::{self, X as Y};"), back]), 0);
    for used in [
        "use crate::a::A;",
        "use super::a as other;",
        "fn f() { g(crate::a::A) }",
        "fn f() { assert!(x == super::a::A); }",
        "fn f() { use crate::a::A; }",
        "mod inner { fn f() { crate::a::A } }",
        "use crate::A;",
        "use crate::c::A;",
        "use crate::c; fn f() { c::A }",
    ] {
        let found =
            cycle(&[("", "pub use a::A;"), ("a", "use crate::b::X;"), ("b", used), ("c", "pub(crate) use super::A;")]);
        assert_eq!(found, 1, "{used}");
    }
    let tests = "#[cfg(test)] mod tests { use crate::a::A; }\n// use crate::a::A;\nconst A: &str = \"crate::a::A\";";
    assert_eq!(cycle(&[("", ""), ("a", "use crate::b::X;"), ("b", tests)]), 0);
    // A file and one below it; and by way of a third.
    assert_eq!(cycle(&[("", ""), ("a", "mod c; use c::C;"), ("a/c", "use super::A;")]), 0);
    let third = ("c", "use crate::a;");
    assert_eq!(cycle(&[("", ""), ("a", "use crate::b;"), ("b", "use crate::c;"), third]), 1);
}
