//! Derives record types (structs) from the parameters of one side of an API.
//!
//! A page shows an object in every place where it occurs, often with different fields. If a type contains itself, the page
//! stops after some levels with a parameter of the type that has no fields (docs/pages.md, "Numbers"). The rules:
//!
//! * Places with the same type name share one struct with the union of their fields.
//! * If two places give a field different types, each place of the type gets its own struct, and so does each place of a
//!   type that contains such structs. An object without a type name always gets its own struct.
//! * A parameter without fields uses the struct of its type name if one exists. If each place of the type has its own
//!   struct, it uses that of the nearest enclosing object of the type, and is text if there is none.
//! * A field is required if every place of its struct has it and requires it. Response fields are never required.
//! * Siblings with the same name and type are one place. If their types differ, the first one counts. A parameter without a
//!   name makes no field, as it can be neither sent nor found.
//!
//! Except for such siblings, the order of the parameters determines only the order of structs and fields.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::{Basic, Param, Side, is_unnamed};

/// The structs of one side of an API.
///
/// ```
/// use topsdk_spec::{Param, Side};
/// use topsdk_spec::structs::{Structs, Value};
///
/// let param = |name: &str, type_name: &str| Param { name: name.into(), type_name: type_name.into(), ..Param::default() };
/// let node = Param { fields: vec![param("id", "Number"), param("parent", "Node")], ..param("node", "Node") };
/// let params = [node];
/// let structs = Structs::of(Side::Response, &params);
/// let node = &structs.list[1];
/// assert_eq!((node.type_name, node.members.len()), ("Node", 2));
/// assert_eq!((node.members[1].value, node.members[1].boxed), (Value::Struct(1), true));
/// ```
#[derive(Debug)]
pub struct Structs<'a> {
    /// The request or response itself, then its objects. Siblings precede the objects below them.
    pub list: Vec<Struct<'a>>,
    /// The places. Siblings precede the places below them.
    pub places: Vec<Place<'a>>,
    /// Parameters that repeat a sibling's name, or have no name.
    pub surplus: Vec<Surplus<'a>>,
    top: Range<usize>,
    by_name: HashMap<(Option<usize>, &'a str), usize>,
}

/// A struct.
#[derive(Debug)]
pub struct Struct<'a> {
    /// The documented type name; empty for the request and the response.
    pub type_name: &'a str,
    /// The path of its highest place: the shortest path, and the first in name order among equally short ones. Empty for
    /// the request and the response.
    pub path: Vec<&'a str>,
    /// Whether this struct belongs to that place alone.
    pub is_apart: bool,
    /// Whether no other place of its type is higher.
    pub is_highest: bool,
    /// The fields.
    pub members: Vec<Member<'a>>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Member<'a> {
    /// The parameter at its first place, for its name, type name, and whether it is a list.
    pub param: &'a Param,
    /// The first place, as an index into [`Structs::places`].
    pub place: usize,
    /// The type of the value, or of the list's items.
    pub value: Value,
    /// Whether every place of the struct has the field and requires it. Always false for responses.
    pub required: bool,
    /// Whether the field needs a `Box` because the struct would contain itself. In each cycle, this is the field whose type
    /// is no deeper than the struct that contains the field.
    pub boxed: bool,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A basic type. Types that are neither basic nor objects are text.
    Basic(Basic),
    /// The struct at this index in [`Structs::list`].
    Struct(usize),
}

/// All parameters with the same name and type under one parent place.
#[derive(Debug)]
pub struct Place<'a> {
    /// The first of these parameters.
    pub param: &'a Param,
    /// The parent place, as an index into [`Structs::places`]; `None` at the top level.
    pub parent: Option<usize>,
    /// The child places, as indices into [`Structs::places`].
    pub children: Range<usize>,
    /// The names from the top level to this place, its own last.
    pub path: Vec<&'a str>,
    /// The type of its value; for an object, its struct.
    pub value: Value,
    params: Vec<&'a Param>,
}

/// A parameter that makes no place of its own.
#[derive(Debug)]
pub struct Surplus<'a> {
    /// The parameter.
    pub param: &'a Param,
    /// The parent place; `None` at the top level.
    pub parent: Option<usize>,
    /// The place of the sibling with the same name; `None` for a parameter without a name.
    pub repeats: Option<usize>,
}

impl<'a> Structs<'a> {
    /// Derives the structs of one side.
    pub fn of(side: Side, params: &'a [Param]) -> Structs<'a> {
        let mut structs =
            Structs { list: Vec::new(), places: Vec::new(), surplus: Vec::new(), top: 0..0, by_name: HashMap::new() };
        structs.grow(params);
        let types = Types::of(&structs.places);
        // The places of each struct. That of the request or response itself is the top level.
        let mut parents: Vec<Vec<Option<usize>>> = vec![vec![None]];
        let mut of_kind: HashMap<Kind<'_>, usize> = HashMap::new();
        for (index, _) in structs.places.iter().enumerate().filter(|(_, place)| place.is_object()) {
            let object = *of_kind.entry(types.kind(index)).or_insert(parents.len());
            if object == parents.len() {
                parents.push(Vec::new());
            }
            parents[object].push(Some(index));
        }
        let values = (0..structs.places.len()).map(|index| match types.kind(index) {
            Kind::Basic(basic) => Value::Basic(basic),
            kind => Value::Struct(of_kind[&kind]),
        });
        let values: Vec<Value> = values.collect();
        let Types { highest, apart, .. } = types;
        for (place, value) in structs.places.iter_mut().zip(values) {
            place.value = value;
        }
        let list = parents.iter().map(|parents| {
            let places = parents.iter().flatten().map(|index| &structs.places[*index]);
            let place = places.min_by(|one, other| one.height().cmp(&other.height()));
            let type_name = place.map_or("", Place::type_name);
            Struct {
                type_name,
                path: place.map(|place| place.path.clone()).unwrap_or_default(),
                is_apart: place.is_some() && is_apart(&apart, type_name),
                is_highest: place.is_none_or(|place| structs.places[highest[type_name]].path == place.path),
                members: structs.members(side, parents),
            }
        });
        structs.list = list.collect();
        put_boxes(&mut structs.list);
        structs
    }

    /// Returns the place with this name under a parent place, or at the top level.
    pub fn find(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.by_name.get(&(parent, name)).copied()
    }

    /// Returns the places under a parent place, or at the top level.
    pub fn below(&self, parent: Option<usize>) -> Range<usize> {
        parent.map_or_else(|| self.top.clone(), |parent| self.places[parent].children.clone())
    }

    /// Returns the union of the fields of these places.
    fn members(&self, side: Side, parents: &[Option<usize>]) -> Vec<Member<'a>> {
        let mut members: Vec<Member<'a>> = Vec::new();
        // The index of each member, and the number of places that have it.
        let mut by_name: HashMap<&str, (usize, usize)> = HashMap::new();
        for index in parents.iter().flat_map(|parent| self.below(*parent)) {
            let place = &self.places[index];
            let required = side == Side::Request && place.is_required();
            let (member, places) = by_name.entry(&place.param.name).or_insert((members.len(), 0));
            *places += 1;
            match members.get_mut(*member) {
                Some(member) => member.required &= required,
                None => {
                    let (param, value) = (place.param, place.value);
                    members.push(Member { param, place: index, value, required, boxed: false });
                }
            }
        }
        for member in &mut members {
            member.required &= by_name[member.param.name.as_str()].1 == parents.len();
        }
        members
    }

    fn grow(&mut self, params: &'a [Param]) {
        let mut open: Vec<(Option<usize>, Vec<&'a Param>)> = vec![(None, params.iter().collect())];
        while let Some((parent, params)) = open.pop() {
            let first = self.places.len();
            for param in params {
                self.add(parent, param);
            }
            let children = first..self.places.len();
            open.extend(children.clone().rev().map(|index| {
                let params = self.places[index].params.iter();
                (Some(index), params.flat_map(|param| &param.fields).collect())
            }));
            match parent {
                Some(parent) => self.places[parent].children = children,
                None => self.top = children,
            }
        }
    }

    fn add(&mut self, parent: Option<usize>, param: &'a Param) {
        let repeats = self.find(parent, &param.name);
        if repeats.is_some() || param.name.is_empty() {
            self.surplus.push(Surplus { param, parent, repeats });
        }
        match repeats.map(|index| &mut self.places[index]) {
            Some(place) if (place.type_name(), place.param.list) == (&param.type_name, param.list) => {
                place.params.push(param);
            }
            None if !param.name.is_empty() => {
                let mut path = parent.map(|parent| self.places[parent].path.clone()).unwrap_or_default();
                path.push(param.name.as_str());
                self.by_name.insert((parent, &param.name), self.places.len());
                let value = Value::Basic(Basic::String);
                self.places.push(Place { param, parent, children: 0..0, path, value, params: vec![param] });
            }
            _ => {}
        }
    }
}

impl<'a> Place<'a> {
    /// Returns whether the place has fields.
    pub fn is_object(&self) -> bool {
        self.params.iter().any(|param| param.is_object())
    }

    fn type_name(&self) -> &'a str {
        &self.param.type_name
    }

    fn is_required(&self) -> bool {
        self.params.iter().all(|param| param.required)
    }

    /// Returns the sort key of its height: a smaller key is higher.
    fn height(&self) -> (usize, &[&'a str]) {
        (self.path.len(), &self.path)
    }
}

/// The type of a place, used to compare places.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind<'a> {
    Basic(Basic),
    /// The struct shared by all places of this type.
    Type(&'a str),
    /// The struct of this place alone.
    Place(usize),
}

struct Types<'p, 'a> {
    places: &'p [Place<'a>],
    /// The highest place of each type that has fields in some place.
    highest: HashMap<&'a str, usize>,
    /// The types whose places contradict each other.
    apart: HashSet<&'a str>,
}

impl<'p, 'a> Types<'p, 'a> {
    fn of(places: &'p [Place<'a>]) -> Types<'p, 'a> {
        let mut types = Types { places, highest: HashMap::new(), apart: HashSet::new() };
        for (index, place) in places.iter().enumerate().filter(|(_, place)| place.is_object()) {
            let highest = types.highest.entry(place.type_name()).or_insert(index);
            if place.height() < places[*highest].height() {
                *highest = index;
            }
        }
        // A type contradicts itself if it contains such a type in two places. Each round propagates this by one level of
        // nesting.
        loop {
            let found = types.contradictions();
            if found.is_empty() {
                return types;
            }
            types.apart.extend(found);
        }
    }

    fn contradictions(&self) -> Vec<&'a str> {
        let mut fields: HashMap<(&str, &str), (Kind<'_>, bool)> = HashMap::new();
        let mut found = Vec::new();
        for place in self.places.iter().filter(|place| place.is_object() && !is_apart(&self.apart, place.type_name())) {
            for index in place.children.clone() {
                let Param { name, list, .. } = self.places[index].param;
                let shown = (self.kind(index), *list);
                if *fields.entry((place.type_name(), name)).or_insert(shown) != shown {
                    found.push(place.type_name());
                }
            }
        }
        found
    }

    fn kind(&self, index: usize) -> Kind<'a> {
        let place = &self.places[index];
        let type_name = place.type_name();
        match (place.is_object(), Basic::of(type_name)) {
            (true, _) if is_apart(&self.apart, type_name) => Kind::Place(index),
            (true, _) => Kind::Type(type_name),
            (false, Some(basic)) => Kind::Basic(basic),
            (false, None) if is_unnamed(type_name) || !self.highest.contains_key(type_name) => {
                Kind::Basic(Basic::String)
            }
            (false, None) if !self.apart.contains(type_name) => Kind::Type(type_name),
            (false, None) => std::iter::successors(place.parent, |above| self.places[*above].parent)
                .find(|above| self.places[*above].type_name() == type_name)
                .map_or(Kind::Basic(Basic::String), Kind::Place),
        }
    }
}

fn is_apart(apart: &HashSet<&str>, type_name: &str) -> bool {
    is_unnamed(type_name) || apart.contains(type_name)
}

/// Boxes the back edges. Every cycle has one, and a parameter added elsewhere does not move it.
fn put_boxes(list: &mut [Struct<'_>]) {
    let inline = |member: &Member<'_>| match member.value {
        Value::Struct(index) if !member.param.list => Some(index),
        _ => None,
    };
    let held: Vec<Vec<usize>> = list.iter().map(|object| object.members.iter().filter_map(inline).collect()).collect();
    let circles = circles(&held);
    let heights: Vec<(usize, Vec<&str>)> = list.iter().map(|object| (object.path.len(), object.path.clone())).collect();
    for (from, object) in list.iter_mut().enumerate() {
        for member in &mut object.members {
            let is_boxed = |to: usize| circles[to] == circles[from] && heights[to] <= heights[from];
            member.boxed = inline(member).is_some_and(is_boxed);
        }
    }
}

/// Numbers the strongly connected components of a graph: nodes that reach each other get the same number. This is
/// Kosaraju's algorithm without recursion, as pages determine its depth.
fn circles(next: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); next.len()];
    let mut finished = Vec::with_capacity(next.len());
    let mut seen = vec![false; next.len()];
    for start in 0..next.len() {
        next[start].iter().for_each(|to| before[*to].push(start));
        let mut open = vec![(start, false)];
        while let Some((node, is_done)) = open.pop() {
            if is_done {
                finished.push(node);
            } else if !std::mem::replace(&mut seen[node], true) {
                open.push((node, true));
                open.extend(next[node].iter().map(|to| (*to, false)));
            }
        }
    }
    let mut numbers = vec![None; next.len()];
    for start in finished.into_iter().rev() {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if numbers[node].is_none() {
                numbers[node] = Some(start);
                open.extend(&before[node]);
            }
        }
    }
    numbers.into_iter().flatten().collect()
}
