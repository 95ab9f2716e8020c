//! Which structs the generated crate has for one side of an API, as far as a compiler could tell two versions apart.
//!
//! The rule of the generated code, restated without names: one type is one struct, the union of its places;
//! places that contradict each other are structs of their own; a leaf of a type that has fields elsewhere is that
//! struct. `topsdk-codegen` decides the same with names; tests there compare both on any input and compile the result.

use std::collections::{BTreeSet, HashMap};

use super::tree::{Node, Tree};
use topsdk_spec::{Basic, Param, Side, is_unnamed};

/// More required parameters than this are named in a struct, and their order is nobody's concern.
const MOST_ARGUMENTS: usize = 3;

/// The structs of one side.
pub(super) struct Structs<'a> {
    pub(super) tree: Tree<'a>,
    /// The request or response itself is the first.
    pub(super) list: Vec<Struct<'a>>,
    /// The struct that a node's value is, where it is an object.
    of_node: Vec<Option<usize>>,
}

pub(super) struct Struct<'a> {
    pub(super) key: Key<'a>,
    /// The path of its highest place.
    pub(super) highest: Vec<&'a str>,
    name: Name<'a>,
    pub(super) members: Vec<Member<'a>>,
    by_name: HashMap<&'a str, usize>,
}

/// What makes a struct of the next version the same struct.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    /// The request or the response itself.
    Root,
    /// The struct of all places of a type.
    Type(&'a str),
    /// The struct of one place: its type, its path.
    Place(&'a str, Vec<&'a str>),
}

impl<'a> Key<'a> {
    /// The documented type; empty for the request or the response itself.
    fn word(&self) -> &'a str {
        match self {
            Key::Root => "",
            Key::Type(word) | Key::Place(word, _) => word,
        }
    }
}

/// What its name is made from, where it has none from the version before.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Name<'a> {
    /// The documented type: also of the highest place, where the places of a type are structs of their own.
    Type(&'a str),
    /// The names that lead to it.
    Path(Vec<&'a str>),
    /// The last of these names, as the page gives it no type.
    Last(Vec<&'a str>),
}

pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) word: &'a str,
    pub(super) value: Value,
    pub(super) list: bool,
    pub(super) boxed: bool,
    pub(super) required: bool,
    /// Its first place.
    pub(super) node: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Basic(Basic),
    /// The struct of this index.
    Object(usize),
}

impl<'a> Struct<'a> {
    pub(super) fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.by_name.get(name).and_then(|index| self.members.get(*index))
    }

    /// The arguments of `new`, where their order matters.
    pub(super) fn arguments(&self) -> Vec<&'a str> {
        let required: Vec<&str> =
            self.members.iter().filter(|member| member.required).map(|member| member.name).collect();
        if required.len() > MOST_ARGUMENTS { Vec::new() } else { required }
    }
}

impl<'a> Structs<'a> {
    pub(super) fn of(side: Side, params: &'a [Param]) -> Structs<'a> {
        let places = Places::of(Tree::of(params));
        let mut indices: HashMap<Kind<'a>, usize> = HashMap::new();
        let mut shown: Vec<Vec<usize>> = vec![Vec::new()];
        for (index, _) in places.tree.nodes.iter().enumerate().filter(|(_, node)| node.is_object()) {
            let at = *indices.entry(places.kind(index)).or_insert_with(|| {
                shown.push(Vec::new());
                shown.len() - 1
            });
            if let Some(nodes) = shown.get_mut(at) {
                nodes.push(index);
            }
        }
        let value = |index: usize| match places.kind(index) {
            Kind::Basic(basic) => Value::Basic(basic),
            object => indices.get(&object).map_or(Value::Basic(Basic::String), |index| Value::Object(*index)),
        };
        let nodes = &places.tree.nodes;
        let tops = places.tree.below(None);
        let mut list = vec![Struct {
            key: Key::Root,
            highest: Vec::new(),
            name: Name::Path(Vec::new()),
            members: members(nodes, &[&tops], side, &value),
            by_name: HashMap::new(),
        }];
        for same in shown.iter().skip(1) {
            let of_struct = || same.iter().filter_map(|index| nodes.get(*index));
            let children: Vec<&[usize]> = of_struct().map(|node| node.children.as_slice()).collect();
            let Some(highest) = of_struct().min_by_key(|node| node.height()) else { continue };
            let word = highest.word();
            let path = highest.path.clone();
            let is_first = places.highest.get(word) == Some(&path);
            list.push(Struct {
                key: match places.is_apart(word) {
                    true => Key::Place(word, highest.path.clone()),
                    false => Key::Type(word),
                },
                highest: highest.path.clone(),
                name: match (is_unnamed(word), path.len()) {
                    (true, 2..) => Name::Last(path),
                    (false, _) if is_first || !places.is_apart(word) => Name::Type(word),
                    _ => Name::Path(path),
                },
                members: members(nodes, &children, side, &value),
                by_name: HashMap::new(),
            });
        }
        let of_node = (0..nodes.len())
            .map(|index| match value(index) {
                Value::Object(index) => Some(index),
                Value::Basic(_) => None,
            })
            .collect();
        for object in &mut list {
            object.by_name = object.members.iter().enumerate().map(|(index, member)| (member.name, index)).collect();
        }
        put_boxes(&mut list);
        Structs { of_node, list, tree: places.tree }
    }

    /// The struct that holds the fields below a node, or at the top.
    pub(super) fn below(&self, parent: Option<usize>) -> Option<usize> {
        match parent {
            None => Some(0),
            Some(node) => self.of_node.get(node).copied().flatten(),
        }
    }

    /// The path of a node, with `[]` behind each list that is stepped into.
    pub(super) fn path(&self, node: Option<usize>) -> String {
        let mut names = Vec::new();
        let mut next = node.and_then(|node| self.tree.nodes.get(node));
        while let Some(node) = next {
            let is_stepped_into = !names.is_empty() && node.is_list();
            names.push(if is_stepped_into { format!("{}[]", node.name()) } else { node.name().to_owned() });
            next = node.parent.and_then(|parent| self.tree.nodes.get(parent));
        }
        names.reverse();
        names.join(".")
    }

    /// For each struct of this version, which it is in the next: the one that has its name there.
    ///
    /// These are the steps in which `names` finds the stored name of a struct: what has not changed at all; then the same
    /// place, whatever its type is called, for a struct of one place, and the same type for the others; then the highest
    /// place of a type that has split. Else names that are made from the same are the same.
    pub(super) fn in_next(&self, next: &Structs<'a>) -> Vec<Option<usize>> {
        let mut pairing = Pairing { found: vec![None; self.list.len()], is_taken: vec![false; next.list.len()] };
        let (old, new) = (|| self.list.iter().enumerate(), || next.list.iter().enumerate());
        let mut by_both: HashMap<(&str, &[&str]), usize> = HashMap::new();
        let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_place: HashMap<&[&str], usize> = HashMap::new();
        for (index, object) in old() {
            by_both.entry((object.key.word(), &object.highest)).or_insert(index);
            by_word.entry(object.key.word()).or_default().push(index);
            if object.key != Key::Root {
                by_place.entry(&object.highest).or_insert(index);
            }
        }
        for (index, object) in new() {
            pairing.pair(by_both.get(&(object.key.word(), &object.highest)), index);
        }
        for (index, object) in new() {
            match &object.key {
                Key::Root => {}
                Key::Place(_, path) => pairing.pair(by_place.get(path.as_slice()), index),
                Key::Type(word) => pairing.pair_first(by_word.get(word), index),
            }
        }
        for (index, object) in new() {
            if let (Key::Place(word, _), Name::Type(_)) = (&object.key, &object.name) {
                pairing.pair_first(by_word.get(word), index);
            }
        }
        let by_name: HashMap<&Name<'_>, usize> = old()
            .filter(|(index, _)| pairing.found.get(*index) == Some(&None))
            .map(|(index, object)| (&object.name, index))
            .collect();
        for (index, object) in new() {
            pairing.pair(by_name.get(&object.name), index);
        }
        // An object without a type is called by its last name, wherever it has gone.
        let last = |object: &Struct<'a>| match &object.name {
            Name::Last(path) => path.last().copied(),
            Name::Type(_) | Name::Path(_) => None,
        };
        let by_last: HashMap<&str, usize> = old()
            .filter(|(index, _)| pairing.found.get(*index) == Some(&None))
            .filter_map(|(index, object)| Some((last(object)?, index)))
            .collect();
        for (index, object) in new() {
            pairing.pair(last(object).and_then(|last| by_last.get(last)), index);
        }
        pairing.found
    }
}

struct Pairing {
    found: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Pairing {
    /// Makes a pair of two structs that have no partner.
    fn pair(&mut self, old: Option<&usize>, new: usize) {
        let found = old.and_then(|old| self.found.get_mut(*old));
        if let (Some(found @ None), Some(is_taken @ false)) = (found, self.is_taken.get_mut(new)) {
            *found = Some(new);
            *is_taken = true;
        }
    }

    /// Makes a pair with the first of these that has no partner.
    fn pair_first(&mut self, old: Option<&Vec<usize>>, new: usize) {
        for old in old.into_iter().flatten() {
            self.pair(Some(old), new);
        }
    }
}

/// What decides whether two places of a field agree.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind<'a> {
    Basic(Basic),
    Type(&'a str),
    Node(usize),
}

struct Places<'a> {
    tree: Tree<'a>,
    /// The highest place of each type that has fields somewhere.
    highest: HashMap<&'a str, Vec<&'a str>>,
    /// The types that contradict themselves.
    apart: BTreeSet<&'a str>,
}

impl<'a> Places<'a> {
    fn of(tree: Tree<'a>) -> Places<'a> {
        let mut highest: HashMap<&str, Vec<&str>> = HashMap::new();
        for node in tree.nodes.iter().filter(|node| node.is_object()) {
            let least = highest.entry(node.word()).or_insert_with(|| node.path.clone());
            if node.height() < (least.len(), least) {
                least.clone_from(&node.path);
            }
        }
        let mut places = Places { tree, highest, apart: BTreeSet::new() };
        // A type that holds a contradicting type at two places contradicts itself: once a level of nesting.
        loop {
            let found = places.contradictions();
            if found.is_empty() {
                return places;
            }
            places.apart.extend(found);
        }
    }

    fn contradictions(&self) -> Vec<&'a str> {
        let mut fields: HashMap<(&str, &str), (Kind<'_>, bool)> = HashMap::new();
        let mut found = Vec::new();
        for node in self.tree.nodes.iter().filter(|node| node.is_object() && !self.is_apart(node.word())) {
            for (index, child) in node.children.iter().filter_map(|index| Some((*index, self.tree.nodes.get(*index)?)))
            {
                let shown = (self.kind(index), child.is_list());
                if *fields.entry((node.word(), child.name())).or_insert(shown) != shown {
                    found.push(node.word());
                }
            }
        }
        found
    }

    fn is_apart(&self, word: &str) -> bool {
        is_unnamed(word) || self.apart.contains(word)
    }

    fn kind(&self, index: usize) -> Kind<'a> {
        let Some(node) = self.tree.nodes.get(index) else { return Kind::Basic(Basic::String) };
        let word = node.word();
        match (node.is_object(), Basic::of(word)) {
            (true, _) if self.is_apart(word) => Kind::Node(index),
            (true, _) => Kind::Type(word),
            (false, Some(basic)) => Kind::Basic(basic),
            (false, None) if is_unnamed(word) || !self.highest.contains_key(word) => Kind::Basic(Basic::String),
            (false, None) if !self.apart.contains(word) => Kind::Type(word),
            // A cut-off row of a type of many shapes is the nearest object of the type that it stands in.
            (false, None) => {
                let mut above = node.parent;
                while let Some((index, ancestor)) = above.and_then(|index| Some((index, self.tree.nodes.get(index)?))) {
                    if ancestor.word() == word {
                        return Kind::Node(index);
                    }
                    above = ancestor.parent;
                }
                Kind::Basic(Basic::String)
            }
        }
    }
}

/// The union of places. A field is required only where every place requires it.
fn members<'a>(
    nodes: &[Node<'a>],
    places: &[&[usize]],
    side: Side,
    value: &impl Fn(usize) -> Value,
) -> Vec<Member<'a>> {
    let mut members: Vec<(Member<'a>, usize)> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for index in places.iter().copied().flatten() {
        let Some(node) = nodes.get(*index) else { continue };
        let required = side == Side::Request && node.is_required();
        if let Some((member, times)) = seen.get(node.name()).and_then(|member| members.get_mut(*member)) {
            member.required &= required;
            *times += 1;
            continue;
        }
        seen.insert(node.name(), members.len());
        let (name, word, list) = (node.name(), node.word(), node.is_list());
        members.push((Member { name, word, value: value(*index), list, boxed: false, required, node: *index }, 1));
    }
    members
        .into_iter()
        .map(|(mut member, times)| {
            member.required &= times == places.len();
            member
        })
        .collect()
}

/// A struct that would contain itself has a `Box` where the circle comes back up: at the field whose type stands as
/// high as the field's struct, or higher.
fn put_boxes(list: &mut [Struct<'_>]) {
    let inline: Vec<Vec<usize>> = list
        .iter()
        .map(|object| {
            let held = object.members.iter().filter(|member| !member.list);
            held.filter_map(|member| if let Value::Object(to) = member.value { Some(to) } else { None }).collect()
        })
        .collect();
    let circles = circles(&inline);
    let heights: Vec<Vec<&str>> = list.iter().map(|object| object.highest.clone()).collect();
    for (from, object) in list.iter_mut().enumerate() {
        for member in object.members.iter_mut().filter(|member| !member.list) {
            let Value::Object(to) = member.value else { continue };
            let height = |index: usize| heights.get(index).map(|path| (path.len(), path));
            member.boxed = circles.get(to) == circles.get(from) && height(to) <= height(from);
        }
    }
}

/// Which nodes of a graph reach each other: those of one number (Kosaraju's algorithm, without recursion).
fn circles(next: &[Vec<usize>]) -> Vec<usize> {
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); next.len()];
    for (from, tos) in next.iter().enumerate() {
        for to in tos {
            if let Some(back) = back.get_mut(*to) {
                back.push(from);
            }
        }
    }
    let mut finished = Vec::with_capacity(next.len());
    let mut seen = vec![false; next.len()];
    for start in 0..next.len() {
        let mut open = vec![(start, false)];
        while let Some((node, is_done)) = open.pop() {
            match (is_done, seen.get_mut(node)) {
                (true, _) => finished.push(node),
                (false, Some(seen @ false)) => {
                    *seen = true;
                    open.push((node, true));
                    open.extend(next.get(node).into_iter().flatten().map(|to| (*to, false)));
                }
                _ => {}
            }
        }
    }
    let mut number: Vec<usize> = vec![usize::MAX; next.len()];
    for start in finished.into_iter().rev() {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if let Some(free @ &mut usize::MAX) = number.get_mut(node) {
                *free = start;
                open.extend(back.get(node).into_iter().flatten());
            }
        }
    }
    number
}
