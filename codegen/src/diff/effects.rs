//! What the structs of two versions have that differs, and which change of the page did it.
//!
//! What a program notices is decided on structs alone, so that the verdict of a diff is a compiler's. Each effect is
//! then given to the change that caused it: the change of that very row, else rows that came, went, changed type or
//! order with places of the struct in them, else rows below the field. What no row accounts for by itself, because
//! another place of the type did it, becomes a change of its own.

use std::collections::{HashMap, HashSet};

use super::structs::{Key, Member, Structs, Value};
use super::table::Draft;
use super::{Change, Effect, Kind};
use topsdk_spec::Side;

/// Gives each draft its effect, and adds changes for effects without a draft.
pub(super) fn explain<'a>(
    method: &str,
    side: Side,
    old: &Structs<'a>,
    new: &Structs<'a>,
    mut drafts: Vec<Draft<'a>>,
) -> Vec<Change> {
    let mut effects = Effects::of(old, new);
    for step in [Step::TheRow, Step::WhatIsBelow, Step::WhatIsAbove] {
        let by_struct = effects.by_struct();
        let mut given = Vec::new();
        for draft in drafts.iter_mut().filter(|draft| !draft.change.kind.is_documentation()) {
            let found = match step {
                Step::TheRow => effects.of_the_row(draft),
                Step::WhatIsBelow => effects.of_what_is_below(draft, &by_struct),
                Step::WhatIsAbove => effects.of_what_is_above(draft),
            };
            for effect in found {
                draft.change.effect = worst(draft.change.effect, effect.effect);
                given.push(effect.of);
            }
        }
        effects.mark(&given);
    }
    let left = effects.found.iter().filter(|found| !found.is_given);
    let left: Vec<Change> = left.filter_map(|found| effects.left_over(method, side, found)).collect();
    drafts.into_iter().map(|draft| draft.change).chain(left).collect()
}

/// Where the cause of an effect is looked for, one after the other.
#[derive(Clone, Copy)]
enum Step {
    TheRow,
    WhatIsBelow,
    WhatIsAbove,
}

fn worst(one: Effect, other: Effect) -> Effect {
    if other.verdict() > one.verdict() { other } else { one }
}

/// One difference of two structs that are the same one.
struct Found<'a> {
    effect: Effect,
    old: usize,
    new: usize,
    /// The field; none where it is about the struct's constructor.
    name: Option<&'a str>,
    is_given: bool,
}

/// An effect that a draft has, and what is accounted for by that.
struct Given {
    effect: Effect,
    of: Of,
}

enum Of {
    /// The difference at this index.
    One(usize),
    /// All that is left of a struct, by its index in the old version.
    Struct(usize),
    /// Structs that are not the same one.
    Nothing,
}

/// The indices of differences, by struct and field.
type Index<'a> = HashMap<(usize, Option<&'a str>), Vec<usize>>;

/// The worst difference of each struct that is not accounted for, by its index in the old and in the new version, and
/// its index in the old one.
type ByStruct = [HashMap<usize, (Effect, usize)>; 2];

struct Effects<'s, 'a> {
    old: &'s Structs<'a>,
    new: &'s Structs<'a>,
    /// Which new struct an old one is.
    in_next: Vec<Option<usize>>,
    found: Vec<Found<'a>>,
    of_old: Index<'a>,
    of_new: Index<'a>,
}

impl<'s, 'a> Effects<'s, 'a> {
    fn of(old: &'s Structs<'a>, new: &'s Structs<'a>) -> Effects<'s, 'a> {
        let mut effects = Effects {
            in_next: old.in_next(new),
            old,
            new,
            found: Vec::new(),
            of_old: HashMap::new(),
            of_new: HashMap::new(),
        };
        for (before, object) in old.list.iter().enumerate() {
            let Some(after) = effects.in_next.get(before).copied().flatten() else { continue };
            let Some(next) = new.list.get(after) else { continue };
            for member in &object.members {
                effects.add(before, after, Some(member.name), &effects.members(Some(member), next.member(member.name)));
            }
            for member in next.members.iter().filter(|member| object.member(member.name).is_none()) {
                effects.add(before, after, Some(member.name), &effects.members(None, Some(member)));
            }
            let (arguments, in_next) = (object.arguments(), next.arguments());
            let sorted = |arguments: &[&'a str]| {
                let mut sorted = arguments.to_vec();
                sorted.sort_unstable();
                sorted
            };
            if arguments != in_next && sorted(&arguments) == sorted(&in_next) {
                effects.add(before, after, None, &[Effect::ArgumentsReordered]);
            }
        }
        effects
    }

    fn add(&mut self, old: usize, new: usize, name: Option<&'a str>, effects: &[Effect]) {
        for effect in effects {
            let index = self.found.len();
            self.of_old.entry((old, name)).or_default().push(index);
            self.of_new.entry((new, name)).or_default().push(index);
            self.found.push(Found { effect: *effect, old, new, name, is_given: false });
        }
    }

    /// What a program notices about a field.
    fn members(&self, old: Option<&Member<'_>>, new: Option<&Member<'_>>) -> Vec<Effect> {
        let (old, new) = match (old, new) {
            (None, None) => return Vec::new(),
            (None, Some(new)) if new.required => return vec![Effect::RequiredAdded],
            (None, Some(_)) => return vec![Effect::OptionalAdded],
            (Some(_), None) => return vec![Effect::FieldGone],
            (Some(old), Some(new)) => (old, new),
        };
        let same_value = match (old.value, new.value) {
            (Value::Basic(old), Value::Basic(new)) => old == new,
            (Value::Object(old), Value::Object(new)) => self.in_next.get(old) == Some(&Some(new)),
            _ => false,
        };
        let mut effects = Vec::new();
        if old.list != new.list {
            effects.push(Effect::ListOrNot);
        }
        // A list needs no box: a change of both is one of the list.
        if !same_value || (old.list == new.list && old.boxed != new.boxed) {
            effects.push(Effect::Retyped);
        }
        match (old.required, new.required) {
            (false, true) => effects.push(Effect::NowRequired),
            (true, false) => effects.push(Effect::NoLongerRequired),
            _ => {}
        }
        effects
    }

    /// Effects on the very field that the draft is about.
    fn of_the_row(&self, draft: &Draft<'a>) -> Vec<Given> {
        let takes = |effect: Effect| match draft.change.kind {
            Kind::Type => matches!(effect, Effect::Retyped | Effect::ListOrNot),
            Kind::List => effect == Effect::ListOrNot,
            Kind::Required => matches!(effect, Effect::NowRequired | Effect::NoLongerRequired),
            _ => true,
        };
        let old = self.old.below(draft.old_parent);
        let new = self.new.below(draft.new_parent);
        let names = match (draft.old_name, draft.new_name) {
            (None, None) => vec![None],
            (old, new) if old == new => vec![old],
            (old, new) => [old, new].into_iter().filter(Option::is_some).collect(),
        };
        let mut given = Vec::new();
        for name in names {
            let mut indices: Vec<usize> = Vec::new();
            indices.extend(old.and_then(|old| self.of_old.get(&(old, name))).into_iter().flatten());
            indices.extend(new.and_then(|new| self.of_new.get(&(new, name))).into_iter().flatten());
            given.extend(indices.into_iter().filter_map(|index| self.give(index)));
            // Below a row whose type changed, both structs differ: compared as if one had become the other. That says what
            // the row is part of, so it is no worse than what a program notices of the whole side: below a sibling that
            // repeats a name, and is no field, nothing is noticed.
            if let (Some(name), Some(old), Some(new)) = (name, old, new)
                && self.in_next.get(old) != Some(&Some(new))
            {
                let old = self.old.list.get(old).and_then(|old| old.member(name));
                let new = self.new.list.get(new).and_then(|new| new.member(name));
                let worst = self.found.iter().map(|found| found.effect.verdict()).max().unwrap_or_default();
                let effects = self.members(old, new).into_iter().filter(|effect| effect.verdict() <= worst);
                given.extend(effects.map(|effect| Given { effect, of: Of::Nothing }));
            }
        }
        given.retain(|given| takes(given.effect));
        given
    }

    /// Effects on structs that have places in what came, went, changed its type or its order.
    fn of_what_is_below(&self, draft: &Draft<'a>, by_struct: &ByStruct) -> Vec<Given> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Type | Kind::Order) {
            return Vec::new();
        }
        // Places that stand in another order can only do the same to the fields of their union.
        let is_order = draft.change.kind == Kind::Order;
        let takes = |effect: Effect| !is_order || effect == Effect::ArgumentsReordered;
        let mut given = Vec::new();
        let sides = [(self.old, draft.old_parent, draft.old_name), (self.new, draft.new_parent, draft.new_name)];
        for ((structs, parent, name), effects) in sides.into_iter().zip(by_struct) {
            let mut open = match name {
                Some(name) => structs.tree.find(parent, name).into_iter().collect(),
                None if is_order => structs.tree.below(parent),
                None => Vec::new(),
            };
            while let Some(index) = open.pop() {
                let found = structs.below(Some(index)).and_then(|object| effects.get(&object));
                let found = found.filter(|(effect, _)| takes(*effect));
                given.extend(found.map(|(effect, object)| Given { effect: *effect, of: Of::Struct(*object) }));
                open.extend(structs.tree.nodes.get(index).into_iter().flat_map(|node| &node.children));
            }
        }
        given
    }

    /// Effects on fields that hold what the draft is about: a leaf that becomes an object or the reverse, an object
    /// that becomes a struct of its own or the reverse.
    fn of_what_is_above(&self, draft: &Draft<'a>) -> Vec<Given> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type | Kind::List) {
            return Vec::new();
        }
        let mut given = Vec::new();
        for (structs, parent, effects) in
            [(self.old, draft.old_parent, &self.of_old), (self.new, draft.new_parent, &self.of_new)]
        {
            let mut above = parent.and_then(|parent| structs.tree.nodes.get(parent));
            while let Some(node) = above {
                let found = structs.below(node.parent).and_then(|object| effects.get(&(object, Some(node.name()))));
                let found = found.into_iter().flatten().filter_map(|index| self.give(*index));
                given.extend(found.filter(|given| matches!(given.effect, Effect::Retyped)));
                above = node.parent.and_then(|parent| structs.tree.nodes.get(parent));
            }
        }
        given
    }

    fn by_struct(&self) -> ByStruct {
        let mut by_struct: ByStruct = Default::default();
        for found in self.found.iter().filter(|found| !found.is_given) {
            for (effects, object) in by_struct.iter_mut().zip([found.old, found.new]) {
                let (effect, _) = effects.entry(object).or_insert((found.effect, found.old));
                *effect = worst(*effect, found.effect);
            }
        }
        by_struct
    }

    fn mark(&mut self, given: &[Of]) {
        let mut structs = HashSet::new();
        for of in given {
            match of {
                Of::One(index) => self.found.get_mut(*index).into_iter().for_each(|found| found.is_given = true),
                Of::Struct(object) => {
                    structs.insert(*object);
                }
                Of::Nothing => {}
            }
        }
        for found in self.found.iter_mut().filter(|found| structs.contains(&found.old)) {
            found.is_given = true;
        }
    }

    fn give(&self, index: usize) -> Option<Given> {
        let found = self.found.get(index).filter(|found| !found.is_given)?;
        Some(Given { effect: found.effect, of: Of::One(index) })
    }

    /// The change that tells of an effect which no row of the page accounts for.
    fn left_over(&self, method: &str, side: Side, found: &Found<'a>) -> Option<Change> {
        let (old, new) = (self.old.list.get(found.old)?, self.new.list.get(found.new)?);
        let shown = |structs: &Structs<'a>, member: Option<&Member<'a>>| {
            let member = member?;
            Some(match found.effect {
                Effect::NowRequired | Effect::NoLongerRequired if member.required => "required".to_owned(),
                Effect::NowRequired | Effect::NoLongerRequired => "optional".to_owned(),
                _ => described(structs, member),
            })
        };
        let (path, texts) = match found.name {
            Some(name) => {
                let (old, new) = (old.member(name), new.member(name));
                let node = new.map(|member| (self.new, member.node)).or(old.map(|member| (self.old, member.node)));
                let path = node.map(|(structs, node)| structs.path(Some(node))).unwrap_or_default();
                (path, (shown(self.old, old), shown(self.new, new)))
            }
            None => {
                let place = new.members.first().and_then(|member| self.new.tree.nodes.get(member.node));
                let path = self.new.path(place.and_then(|node| node.parent));
                (path, (Some(old.arguments().join(", ")), Some(new.arguments().join(", "))))
            }
        };
        let side_name = super::side_name(side);
        let path = if path.is_empty() { side_name.to_owned() } else { format!("{side_name}.{path}") };
        let mut change = Change::new(method, Some(side), path, Kind::Struct, texts);
        change.effect = found.effect;
        Some(change)
    }
}

fn described(structs: &Structs<'_>, member: &Member<'_>) -> String {
    let mut text = match member.value {
        Value::Basic(_) => member.word.to_owned(),
        Value::Object(index) => match structs.list.get(index).map(|object| &object.key) {
            Some(Key::Place(word, path)) => format!("{word} as at {}", path.join(".")),
            _ => member.word.to_owned(),
        },
    };
    if member.list {
        text.push_str(" []");
    }
    if member.boxed {
        text.push_str(", boxed");
    }
    text
}
