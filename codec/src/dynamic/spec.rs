//! Types made at run time, of an API's spec.
//!
//! They are the structs that are generated from the same spec: one shape a type name, with the fields of all its places;
//! but one a place where two places give a field different types, and where the page names no type. A row without fields
//! whose type has fields elsewhere is an object of that type.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use topsdk_spec::{Api, Basic, Param, is_unnamed, item_name};

use super::{DynamicType, Kind, ShapeId};

impl<'s> DynamicType<'s> {
    /// The parameters of an API.
    pub fn request(api: &'s Api) -> DynamicType<'s> {
        of(&api.request)
    }

    /// The answer of an API: the fields below the root.
    pub fn response(api: &'s Api) -> DynamicType<'s> {
        of(&api.response)
    }
}

fn of(params: &[Param]) -> DynamicType<'_> {
    let mut rows = Rows { rows: Vec::new(), objects: BTreeSet::new(), apart: BTreeSet::new() };
    let tops = rows.grow(params.iter().collect(), None);
    rows.objects = rows.rows.iter().filter(|row| row.is_object()).map(Row::word).collect();
    rows.set_apart();

    let mut types = DynamicType::new("");
    let mut shapes: BTreeMap<Type<'_>, ShapeId> = BTreeMap::new();
    for (index, row) in rows.rows.iter().enumerate().filter(|(_, row)| row.is_object()) {
        shapes.entry(rows.type_of(index)).or_insert_with(|| types.shape(item(row.word())));
    }
    let mut add = |shape: ShapeId, children: &[usize]| {
        for index in children {
            let Some(row) = rows.rows.get(*index) else { continue };
            let kind = match rows.type_of(*index) {
                Type::Basic(kind) => kind,
                object => shapes.get(&object).map_or(Kind::String, |shape| Kind::Object(*shape)),
            };
            match row.param.list {
                true => types.list(shape, &row.param.name, kind, item(row.word())),
                false => types.field(shape, &row.param.name, kind),
            }
        }
    };
    add(DynamicType::ROOT, &tops);
    for (index, row) in rows.rows.iter().enumerate().filter(|(_, row)| row.is_object()) {
        if let Some(shape) = shapes.get(&rows.type_of(index)) {
            add(*shape, &row.children);
        }
    }
    rows.require(&mut types, DynamicType::ROOT, &[&tops]);
    for (shape_of, shape) in &shapes {
        let places: Vec<&[usize]> = rows
            .rows
            .iter()
            .enumerate()
            .filter(|(index, row)| row.is_object() && rows.type_of(*index) == *shape_of)
            .map(|(_, row)| row.children.as_slice())
            .collect();
        rows.require(&mut types, *shape, &places);
    }
    types
}

/// What a field is, as far as it decides whether two places agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Type<'s> {
    Basic(Kind),
    /// The shape of all places of this type.
    Word(&'s str),
    /// The shape of this row alone.
    Row(usize),
}

/// All rows of one name below one parent: mostly one, but the names of siblings can repeat.
struct Row<'s> {
    param: &'s Param,
    /// Whether a request must have it: only if each row says so.
    required: bool,
    parent: Option<usize>,
    children: Vec<usize>,
}

impl<'s> Row<'s> {
    fn word(&self) -> &'s str {
        &self.param.type_name
    }

    fn is_object(&self) -> bool {
        !self.children.is_empty()
    }
}

struct Rows<'s> {
    rows: Vec<Row<'s>>,
    /// The types that have fields somewhere.
    objects: BTreeSet<&'s str>,
    /// The types of which two places contradict each other.
    apart: BTreeSet<&'s str>,
}

impl<'s> Rows<'s> {
    /// Adds the rows below a parent, and what is below them; gives their positions.
    fn grow(&mut self, params: Vec<&'s Param>, parent: Option<usize>) -> Vec<usize> {
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let mut same: Vec<(usize, Vec<&'s Param>)> = Vec::new();
        for param in params {
            let place = *by_name.entry(&param.name).or_insert_with(|| {
                self.rows.push(Row { param, required: true, parent, children: Vec::new() });
                same.push((self.rows.len() - 1, Vec::new()));
                same.len() - 1
            });
            if let Some((position, params)) = same.get_mut(place)
                && let Some(row) = self.rows.get_mut(*position)
                && (&row.param.type_name, row.param.list) == (&param.type_name, param.list)
            {
                row.required &= param.required;
                params.push(param);
            }
        }
        let positions = same.iter().map(|(position, _)| *position).collect();
        for (position, params) in same {
            let below = self.grow(params.iter().flat_map(|param| &param.fields).collect(), Some(position));
            if let Some(row) = self.rows.get_mut(position) {
                row.children = below;
            }
        }
        positions
    }

    /// Finds the types that contradict themselves. One that holds such a type at two places does so too.
    fn set_apart(&mut self) {
        loop {
            let mut shown: BTreeMap<(&str, &str), (Type<'s>, bool)> = BTreeMap::new();
            let mut found = BTreeSet::new();
            for row in self.rows.iter().filter(|row| row.is_object() && !self.is_apart(row.word())) {
                for index in &row.children {
                    let Some(child) = self.rows.get(*index) else { continue };
                    let field = (self.type_of(*index), child.param.list);
                    if *shown.entry((row.word(), &child.param.name)).or_insert(field) != field {
                        found.insert(row.word());
                    }
                }
            }
            if found.is_empty() {
                return;
            }
            self.apart.extend(found);
        }
    }

    fn is_apart(&self, word: &str) -> bool {
        is_unnamed(word) || self.apart.contains(word)
    }

    fn type_of(&self, index: usize) -> Type<'s> {
        let Some(row) = self.rows.get(index) else { return Type::Basic(Kind::String) };
        let word = row.word();
        if row.is_object() {
            return if self.is_apart(word) { Type::Row(index) } else { Type::Word(word) };
        }
        match Basic::of(word) {
            Some(basic) => Type::Basic(kind(basic)),
            None if is_unnamed(word) || !self.objects.contains(word) => Type::Basic(Kind::String),
            None if !self.apart.contains(word) => Type::Word(word),
            // The row closes the circle with the nearest object of its type around it.
            None => self.around(row.parent, word).map_or(Type::Basic(Kind::String), Type::Row),
        }
    }

    fn around(&self, mut parent: Option<usize>, word: &str) -> Option<usize> {
        while let Some(index) = parent {
            let row = self.rows.get(index)?;
            if row.word() == word {
                return Some(index);
            }
            parent = row.parent;
        }
        None
    }

    /// A field is required if every place of its object has it and requires it.
    fn require(&self, types: &mut DynamicType<'s>, shape: ShapeId, places: &[&[usize]]) {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for row in places.iter().copied().flatten().filter_map(|index| self.rows.get(*index)).filter(|row| row.required)
        {
            *times.entry(&row.param.name).or_default() += 1;
        }
        types.require(shape, |name| times.get(name) == Some(&places.len()));
    }
}

fn kind(basic: Basic) -> Kind {
    match basic {
        Basic::String => Kind::String,
        Basic::Number => Kind::Number,
        Basic::Boolean => Kind::Boolean,
        Basic::Date => Kind::Date,
        Basic::Decimal => Kind::Decimal,
        Basic::Json => Kind::Json,
        Basic::File => Kind::File,
    }
}

/// What the items of a list of this type are called.
fn item(word: &str) -> Cow<'_, str> {
    match word {
        _ if is_unnamed(word) => Cow::Borrowed("string"),
        _ if word.bytes().any(|letter| letter.is_ascii_uppercase()) => Cow::Owned(item_name(word)),
        _ => Cow::Borrowed(word),
    }
}
