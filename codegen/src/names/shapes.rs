//! Which places of a page are one struct, and what fields it has.
//!
//! A page shows an object wherever it occurs, often with other fields each time, and cuts a type that contains itself off
//! after some levels: a row of the type without children (docs/pages.md, "Numbers"). So a type name is one struct with the union
//! of what its places show, and such a row is that struct too. Only where two places give one field different types are
//! the places of a type structs of their own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use topsdk_spec::{Api, Basic, Param, Side, is_unnamed};

use super::Type;
use crate::diagnostic::{Diagnostic, Place, Severity};

/// The shapes of both sides.
pub(super) struct Shapes<'a> {
    /// The request, its objects, the response, its objects.
    pub(super) list: Vec<Shape<'a>>,
    /// Where the response is.
    pub(super) response: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A struct before it has a name.
pub(super) struct Shape<'a> {
    pub(super) side: Side,
    /// The documented type name.
    pub(super) word: &'a str,
    /// The wire names that lead to its highest place.
    pub(super) place: Vec<&'a str>,
    /// Whether it is a struct for that place alone.
    pub(super) is_apart: bool,
    /// Whether no other place of the type stands higher.
    pub(super) is_first: bool,
    pub(super) members: Vec<Member<'a>>,
    root: bool,
}

/// A field before it has a name.
pub(super) struct Member<'a> {
    pub(super) param: &'a Param,
    pub(super) ty: Type,
    pub(super) list: bool,
    pub(super) required: bool,
    pub(super) boxed: bool,
}

impl Shape<'_> {
    /// Whether its name is made from its documented type. The highest place of a type keeps the type's name when another
    /// place contradicts it.
    pub(super) fn has_name_of_word(&self) -> bool {
        !self.is_unnamed() && (!self.is_apart || self.is_first)
    }

    /// Whether it is the request or the response itself.
    pub(super) fn is_root(&self) -> bool {
        self.root
    }

    /// Whether the page gives the object no type.
    pub(super) fn is_unnamed(&self) -> bool {
        is_unnamed(self.word)
    }
}

/// The shapes of an API.
pub(super) fn of(api: &Api) -> Shapes<'_> {
    let mut diagnostics = Vec::new();
    let mut list = side(Side::Request, api, &mut diagnostics, 0);
    let response = list.len();
    list.extend(side(Side::Response, api, &mut diagnostics, response));
    Shapes { list, response, diagnostics }
}

/// All rows of one name below one parent: mostly one, but sibling names can repeat (docs/pages.md, "Parameter tables").
struct Node<'a> {
    rows: Vec<&'a Param>,
    parent: Option<usize>,
    path: Vec<&'a str>,
    children: Vec<usize>,
}

impl<'a> Node<'a> {
    fn param(&self) -> Option<&'a Param> {
        self.rows.first().copied()
    }

    fn word(&self) -> &'a str {
        self.param().map_or("", |param| param.type_name.as_str())
    }

    fn is_list(&self) -> bool {
        self.param().is_some_and(|param| param.list)
    }

    fn is_object(&self) -> bool {
        self.rows.iter().any(|row| row.is_object())
    }
}

/// The type of a node, as far as it decides whether two places agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind<'a> {
    Basic(Type),
    /// The struct of all places of this type.
    Word(&'a str),
    /// The struct of this node alone.
    Node(usize),
}

fn side<'a>(side: Side, api: &'a Api, diagnostics: &mut Vec<Diagnostic>, base: usize) -> Vec<Shape<'a>> {
    let mut tree = Tree { api, side, nodes: Vec::new(), diagnostics };
    tree.grow(vec![api.side(side)], None);
    let Tree { nodes, diagnostics, .. } = tree;
    let places = Places::of(nodes);
    places.report(api, side, diagnostics);
    let Places { nodes, highest, .. } = &places;

    // One shape a type, and one a place of the types that contradict themselves, in the page's order.
    let mut kinds: Vec<Kind<'_>> = Vec::new();
    let mut of_kind: HashMap<Kind<'_>, Vec<usize>> = HashMap::new();
    for (index, _) in nodes.iter().enumerate().filter(|(_, node)| node.is_object()) {
        let kind = places.kind(index);
        let same = of_kind.entry(kind).or_default();
        if same.is_empty() {
            kinds.push(kind);
        }
        same.push(index);
    }
    let index_of: HashMap<Kind<'_>, usize> =
        kinds.iter().enumerate().map(|(index, kind)| (*kind, base + index + 1)).collect();
    let typed = |index: usize| match places.kind(index) {
        Kind::Basic(ty) => ty,
        object => index_of.get(&object).map_or(Type::String, |index| Type::Object(*index)),
    };

    let tops: Vec<usize> = tops(nodes);
    let mut shapes = vec![Shape {
        side,
        word: "",
        place: Vec::new(),
        is_apart: false,
        is_first: true,
        members: members(nodes, &[&tops], side, &typed),
        root: true,
    }];
    let mut heights = vec![(0, Vec::new())];
    for kind in kinds {
        let same = of_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        let first = same.first().and_then(|place| nodes.get(*place));
        let children: Vec<&[usize]> =
            same.iter().filter_map(|place| nodes.get(*place)).map(|node| node.children.as_slice()).collect();
        let height = same.iter().filter_map(|place| nodes.get(*place)).map(height).min().unwrap_or_default();
        let word = first.map_or("", Node::word);
        shapes.push(Shape {
            side,
            word,
            is_apart: matches!(kind, Kind::Node(_)),
            is_first: highest.get(word) == Some(&height),
            place: height.1.clone(),
            members: members(nodes, &children, side, &typed),
            root: false,
        });
        heights.push(height);
    }
    put_boxes(&mut shapes, &heights, base);
    shapes
}

fn tops(nodes: &[Node<'_>]) -> Vec<usize> {
    nodes.iter().enumerate().filter(|(_, node)| node.parent.is_none()).map(|(index, _)| index).collect()
}

/// How high a place stands: what decides between places, whatever the order of the rows.
fn height<'a>(node: &Node<'a>) -> (usize, Vec<&'a str>) {
    (node.path.len(), node.path.clone())
}

struct Tree<'a, 'd> {
    api: &'a Api,
    side: Side,
    nodes: Vec<Node<'a>>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'a> Tree<'a, '_> {
    /// Adds the rows of these lists, which are the children of one node, and what is below them.
    fn grow(&mut self, lists: Vec<&'a [Param]>, parent: Option<usize>) -> Vec<usize> {
        let mut children: Vec<usize> = Vec::new();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for row in lists.into_iter().flatten() {
            if row.name.is_empty() {
                let path = parent
                    .and_then(|parent| self.nodes.get(parent))
                    .map_or_else(String::new, |node| node.path.join("."));
                self.diagnostics.push(Diagnostic {
                    severity: Severity::Warning,
                    name: "empty-name",
                    place: place(self.api, self.side, path, "名称", ""),
                    message: format!("expected a name, found a row of type `{}` without one", row.type_name),
                    help: Some(
                        "nothing can be sent or found under no name, so it is left out; name it by an override"
                            .to_owned(),
                    ),
                });
                continue;
            }
            let Some(index) = by_name.get(row.name.as_str()).copied() else {
                let mut path =
                    parent.and_then(|parent| self.nodes.get(parent)).map_or_else(Vec::new, |node| node.path.clone());
                path.push(row.name.as_str());
                by_name.insert(&row.name, self.nodes.len());
                children.push(self.nodes.len());
                self.nodes.push(Node { rows: vec![row], parent, path, children: Vec::new() });
                continue;
            };
            let Some(node) = self.nodes.get_mut(index) else { continue };
            let path = node.path.join(".");
            let same = node.param().is_some_and(|first| first.type_name == row.type_name && first.list == row.list);
            let (severity, help) = match same {
                true => (Severity::Note, "the rows are read as one field"),
                false => {
                    (Severity::Warning, "their types differ: the first row is used, correct the other by an override")
                }
            };
            if same {
                node.rows.push(row);
            }
            self.diagnostics.push(Diagnostic {
                severity,
                name: "duplicate-sibling",
                place: place(self.api, self.side, path, "名称", &row.name),
                message: format!("expected one row of this name among its siblings, found `{}` again", row.name),
                help: Some(help.to_owned()),
            });
        }
        for index in &children {
            let lists = self
                .nodes
                .get(*index)
                .map_or_else(Vec::new, |node| node.rows.iter().map(|row| row.fields.as_slice()).collect());
            let below = self.grow(lists, Some(*index));
            if let Some(node) = self.nodes.get_mut(*index) {
                node.children = below;
            }
        }
        children
    }
}

fn place(api: &Api, side: Side, path: String, column: &str, text: &str) -> Place {
    Place {
        page: api.source.page.clone(),
        section: side.heading().to_owned(),
        path,
        column: column.to_owned(),
        text: text.to_owned(),
        ..Place::default()
    }
}

/// The rows of one side, and which of their types are one struct.
struct Places<'a> {
    nodes: Vec<Node<'a>>,
    /// The highest place of each type that has fields somewhere.
    highest: HashMap<&'a str, (usize, Vec<&'a str>)>,
    /// The types of which two places contradict each other. A type that holds such a type at two places is one too.
    apart: BTreeSet<&'a str>,
}

impl<'a> Places<'a> {
    fn of(nodes: Vec<Node<'a>>) -> Places<'a> {
        let mut highest: HashMap<&str, (usize, Vec<&str>)> = HashMap::new();
        for node in nodes.iter().filter(|node| node.is_object()) {
            let height = height(node);
            let least = highest.entry(node.word()).or_insert_with(|| height.clone());
            if height < *least {
                *least = height;
            }
        }
        let mut places = Places { nodes, highest, apart: BTreeSet::new() };
        loop {
            let found = places.contradictions();
            if found.is_empty() {
                return places;
            }
            places.apart.extend(found);
        }
    }

    fn contradictions(&self) -> BTreeSet<&'a str> {
        let mut fields: HashMap<(&str, &str), (Kind<'_>, bool)> = HashMap::new();
        let mut found = BTreeSet::new();
        for node in self.nodes.iter().filter(|node| node.is_object() && !self.is_apart(node.word())) {
            for (index, child) in node.children.iter().filter_map(|index| Some((*index, self.nodes.get(*index)?))) {
                let Some(name) = child.path.last() else { continue };
                let shown = (self.kind(index), child.is_list());
                if *fields.entry((node.word(), name)).or_insert(shown) != shown {
                    found.insert(node.word());
                }
            }
        }
        found
    }

    fn is_apart(&self, word: &str) -> bool {
        is_unnamed(word) || self.apart.contains(word)
    }

    fn kind(&self, index: usize) -> Kind<'a> {
        let Some(node) = self.nodes.get(index) else { return Kind::Basic(Type::String) };
        let word = node.word();
        match (node.is_object(), Basic::of(word)) {
            (true, _) if self.is_apart(word) => Kind::Node(index),
            (true, _) => Kind::Word(word),
            (false, Some(basic)) => Kind::Basic(basic.into()),
            (false, None) if is_unnamed(word) || !self.highest.contains_key(word) => Kind::Basic(Type::String),
            (false, None) if !self.apart.contains(word) => Kind::Word(word),
            // Each place is a struct of its own: the row closes the circle with the nearest object that it stands in.
            (false, None) => {
                let mut above = node.parent;
                while let Some((index, ancestor)) = above.and_then(|index| Some((index, self.nodes.get(index)?))) {
                    if ancestor.word() == word {
                        return Kind::Node(index);
                    }
                    above = ancestor.parent;
                }
                Kind::Basic(Type::String)
            }
        }
    }

    /// Says which types are more than one struct.
    fn report(&self, api: &Api, side: Side, diagnostics: &mut Vec<Diagnostic>) {
        for node in self.nodes.iter().filter(|node| node.is_object() && self.apart.contains(node.word())) {
            let word = node.word();
            let message = format!("the places of `{word}` give one field different types: each is a struct of its own");
            let place = place(api, side, node.path.join("."), "类型", word);
            let (severity, name) = (Severity::Note, "type-of-many-shapes");
            diagnostics.push(Diagnostic { severity, name, place, message, help: None });
        }
    }
}

fn members<'a>(nodes: &[Node<'a>], places: &[&[usize]], side: Side, typed: &impl Fn(usize) -> Type) -> Vec<Member<'a>> {
    let mut members: Vec<Member<'a>> = Vec::new();
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for index in places.iter().copied().flatten() {
        let Some(node) = nodes.get(*index) else { continue };
        let Some(param) = node.param() else { continue };
        let required = side == Side::Request && node.rows.iter().all(|row| row.required);
        if let Some((member, times)) = seen.get_mut(param.name.as_str()) {
            *times += 1;
            if let Some(member) = members.get_mut(*member) {
                member.required &= required;
            }
            continue;
        }
        seen.insert(&param.name, (members.len(), 1));
        members.push(Member { param, ty: typed(*index), list: node.is_list(), required, boxed: false });
    }
    // A place that does not show the field does not require it.
    for (member, times) in seen.into_values() {
        if let Some(member) = members.get_mut(member) {
            member.required &= times == places.len();
        }
    }
    members
}

/// A struct that would contain itself gets a `Box` where the circle comes back up: at the field whose type stands as high
/// as the field's struct, or higher. Every circle has such a field, and a row added elsewhere moves none.
fn put_boxes(shapes: &mut [Shape<'_>], heights: &[(usize, Vec<&str>)], base: usize) {
    let inline: Vec<Vec<usize>> = shapes
        .iter()
        .map(|shape| {
            let objects = shape.members.iter().filter(|member| !member.list);
            objects.filter_map(|member| object(member.ty, base)).collect()
        })
        .collect();
    for (from, shape) in shapes.iter_mut().enumerate() {
        for member in shape.members.iter_mut().filter(|member| !member.list) {
            let Some(to) = object(member.ty, base) else { continue };
            member.boxed = heights.get(to) <= heights.get(from) && reaches(&inline, to, from);
        }
    }
}

/// The index among the shapes of one side.
fn object(ty: Type, base: usize) -> Option<usize> {
    match ty {
        Type::Object(index) => index.checked_sub(base),
        _ => None,
    }
}

fn reaches(inline: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = vec![false; inline.len()];
    let mut open = vec![from];
    while let Some(index) = open.pop() {
        if index == to {
            return true;
        }
        if let Some(seen) = seen.get_mut(index).filter(|seen| !**seen) {
            *seen = true;
            open.extend(inline.get(index).into_iter().flatten());
        }
    }
    false
}
