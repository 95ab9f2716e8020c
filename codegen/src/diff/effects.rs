//! Finds the differences between the structs of two versions, and assigns each to the change of the page that caused it.
//!
//! Effects are derived from the structs alone, so that the verdict of a diff matches the compiler's. Structs with the same
//! name are the same struct: the new version gets its names from the old one, as in `topsdk update`. Each effect is then
//! assigned to the change that caused it. This is the change of the same row; else a row that contains places of the struct
//! and was added, removed, retyped or reordered; else a row below the field. An effect that no row explains, because
//! another place of the type caused it, becomes a separate change.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use topsdk_spec::Side;
use topsdk_spec::structs::{Member, Structs, Value};

use super::table::Draft;
use super::{Change, Effect, Kind, Verdict};
use crate::names::{MOST_ARGUMENTS, Names};

/// Sets the effect of each draft, and adds changes for effects without a draft.
pub(super) fn explain<'a>(
    method: &str,
    side: Side,
    [old, new]: [&Names<'a>; 2],
    mut drafts: Vec<Draft<'a>>,
) -> Vec<Change> {
    let mut effects = Effects::of(side, old, new);
    for step in [Effects::of_the_row, Effects::of_what_is_below, Effects::of_what_is_above] {
        let mut given = HashSet::new();
        for draft in drafts.iter_mut().filter(|draft| !draft.change.kind.is_documentation()) {
            for found in step(&effects, draft) {
                draft.change.effect = worst(draft.change.effect, found.effect);
                given.insert(found.of);
            }
        }
        effects.mark(given);
    }
    let left = effects.found.iter().filter(|found| !found.is_given);
    let left: Vec<Change> = left.map(|found| effects.left_over(method, side, found)).collect();
    drafts.into_iter().map(|draft| draft.change).chain(left).collect()
}

fn worst(one: Effect, other: Effect) -> Effect {
    if other.verdict() > one.verdict() { other } else { one }
}

/// Returns the worst effect that is not assigned to a draft yet.
fn worst_left(found: &[Found<'_>]) -> Option<Effect> {
    found.iter().filter(|found| !found.is_given).map(|found| found.effect).reduce(worst)
}

/// A difference between the two versions of a struct.
struct Found<'a> {
    effect: Effect,
    /// The indices of the struct in the old and in the new version.
    old: usize,
    new: usize,
    /// The field. `None` if the difference is about the struct's constructor.
    name: Option<&'a str>,
    is_given: bool,
}

/// An effect of a draft, and the differences that it explains.
struct Given {
    effect: Effect,
    of: Range<usize>,
}

/// The structs of one side in one version.
struct Version<'n, 'a> {
    structs: &'n Structs<'a>,
    members: HashMap<(usize, &'a str), &'n Member<'a>>,
    /// The index of the corresponding old struct, for each struct that both versions have.
    same: Vec<Option<usize>>,
}

impl<'n, 'a> Version<'n, 'a> {
    fn of(structs: &'n Structs<'a>, same: Vec<Option<usize>>) -> Version<'n, 'a> {
        let list = structs.list.iter().enumerate();
        let members = list.flat_map(|(index, object)| {
            object.members.iter().map(move |member| ((index, member.param.name.as_str()), member))
        });
        Version { structs, members: members.collect(), same }
    }

    /// Returns the struct that holds the fields below a place, or the top struct if `parent` is `None`.
    fn below(&self, parent: Option<usize>) -> Option<usize> {
        match parent.map(|parent| self.structs.places[parent].value) {
            None => Some(0),
            Some(Value::Struct(index)) => Some(index),
            Some(Value::Basic(_)) => None,
        }
    }

    /// Like `below`, but returns the index of the corresponding old struct.
    fn same_below(&self, parent: Option<usize>) -> Option<usize> {
        self.below(parent).and_then(|object| self.same[object])
    }

    fn member(&self, object: usize, name: &str) -> Option<&'n Member<'a>> {
        self.members.get(&(object, name)).copied()
    }

    /// Returns the arguments of `new` in order. Returns an empty list if their order does not matter, because they are too
    /// many and become fields of a struct.
    fn arguments(&self, object: usize) -> Vec<&'a str> {
        let required = self.structs.list[object].members.iter().filter(|member| member.required);
        let required: Vec<&str> = required.map(|member| member.param.name.as_str()).collect();
        if required.len() > MOST_ARGUMENTS { Vec::new() } else { required }
    }

    /// Returns the path of a place, with `[]` after each list on the way.
    fn path(&self, place: Option<usize>) -> String {
        let mut path = String::new();
        let mut next = place.map(|place| &self.structs.places[place]);
        while let Some(place) = next {
            let sign = match (path.is_empty(), place.param.list) {
                (true, _) => "",
                (false, true) => "[].",
                (false, false) => ".",
            };
            path.insert_str(0, &format!("{}{sign}", place.param.name));
            next = place.parent.map(|parent| &self.structs.places[parent]);
        }
        path
    }

    fn described(&self, member: &Member<'_>) -> String {
        let mut text = member.param.type_name.clone();
        if let Value::Struct(index) = member.value
            && let object = &self.structs.list[index]
            && object.is_apart
        {
            text = format!("{} as at {}", object.type_name, object.path.join("."));
        }
        if member.param.list {
            text.push_str(" []");
        }
        if member.boxed {
            text.push_str(", boxed");
        }
        text
    }
}

struct Effects<'n, 'a> {
    old: Version<'n, 'a>,
    new: Version<'n, 'a>,
    /// All differences. Those of one struct are adjacent, and so are those of one field.
    found: Vec<Found<'a>>,
    /// The differences of each old struct, with the worst effect that is not assigned to a draft yet.
    of_struct: HashMap<usize, (Range<usize>, Option<Effect>)>,
    of_field: HashMap<(usize, Option<&'a str>), Range<usize>>,
    /// The worst verdict of the whole side.
    worst: Verdict,
}

impl<'n, 'a> Effects<'n, 'a> {
    fn of(side: Side, old: &'n Names<'a>, new: &'n Names<'a>) -> Effects<'n, 'a> {
        let ((old, old_structs), (new, new_structs)) = (old.side(side), new.side(side));
        let in_new: HashMap<&str, usize> =
            new_structs.iter().enumerate().map(|(index, object)| (object.ident.as_str(), index)).collect();
        let mut pairs = Vec::new();
        let (mut same_old, mut same_new) = (vec![None; old.list.len()], vec![None; new.list.len()]);
        for (index, object) in old_structs.iter().enumerate() {
            if let Some(next) = in_new.get(object.ident.as_str()) {
                (same_old[index], same_new[*next]) = (Some(index), Some(index));
                pairs.push((index, *next));
            }
        }
        let (old, new) = (Version::of(old, same_old), Version::of(new, same_new));
        let (found, of_struct, of_field) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut effects = Effects { old, new, found, of_struct, of_field, worst: Verdict::None };
        for (old, new) in pairs {
            effects.compare(old, new);
        }
        effects.worst = effects.found.iter().map(|found| found.effect.verdict()).max().unwrap_or_default();
        effects
    }

    /// Finds the differences between two versions of a struct.
    fn compare(&mut self, old: usize, new: usize) {
        let first = self.found.len();
        let (before, after) = (&self.old.structs.list[old].members, &self.new.structs.list[new].members);
        let added = after.iter().filter(|member| self.old.member(old, &member.param.name).is_none());
        let names: Vec<&str> = before.iter().chain(added).map(|member| member.param.name.as_str()).collect();
        for name in names {
            let effects = self.members(self.old.member(old, name), self.new.member(new, name));
            self.add(old, new, Some(name), effects);
        }
        let arguments = [self.old.arguments(old), self.new.arguments(new)];
        let sorted = arguments.clone().map(|mut arguments| {
            arguments.sort_unstable();
            arguments
        });
        if arguments[0] != arguments[1] && sorted[0] == sorted[1] {
            self.add(old, new, None, vec![Effect::ArgumentsReordered]);
        }
        let of = first..self.found.len();
        self.of_struct.insert(old, (of.clone(), worst_left(&self.found[of])));
    }

    fn add(&mut self, old: usize, new: usize, name: Option<&'a str>, effects: Vec<Effect>) {
        let first = self.found.len();
        self.found.extend(effects.into_iter().map(|effect| Found { effect, old, new, name, is_given: false }));
        self.of_field.insert((old, name), first..self.found.len());
    }

    /// Returns the effects of the change of a field.
    fn members(&self, old: Option<&Member<'_>>, new: Option<&Member<'_>>) -> Vec<Effect> {
        let (old, new) = match (old, new) {
            (None, None) => return Vec::new(),
            (None, Some(new)) if new.required => return vec![Effect::RequiredAdded],
            (None, Some(_)) => return vec![Effect::OptionalAdded],
            (Some(_), None) => return vec![Effect::FieldGone],
            (Some(old), Some(new)) => (old, new),
        };
        let is_same = match (old.value, new.value) {
            (Value::Struct(old), Value::Struct(new)) => {
                self.old.same[old].is_some() && self.old.same[old] == self.new.same[new]
            }
            (old, new) => old == new,
        };
        let is_list = [old.param.list, new.param.list];
        let mut effects = Vec::new();
        if is_list[0] != is_list[1] {
            effects.push(Effect::ListOrNot);
        }
        // A list needs no box, so a change of both is reported as a change of the list only.
        if !is_same || (is_list[0] == is_list[1] && old.boxed != new.boxed) {
            effects.push(Effect::Retyped);
        }
        match (old.required, new.required) {
            (false, true) => effects.push(Effect::NowRequired),
            (true, false) => effects.push(Effect::NoLongerRequired),
            _ => {}
        }
        effects
    }

    fn versions(&self) -> [&Version<'n, 'a>; 2] {
        [&self.old, &self.new]
    }

    /// Returns the effects on the field of the draft itself.
    fn of_the_row(&self, draft: &Draft<'a>) -> Vec<Given> {
        let takes = |effect: Effect| match draft.change.kind {
            Kind::Type => matches!(effect, Effect::Retyped | Effect::ListOrNot),
            Kind::List => effect == Effect::ListOrNot,
            Kind::Required => matches!(effect, Effect::NowRequired | Effect::NoLongerRequired),
            _ => true,
        };
        let [old, new] = [0, 1].map(|version| self.versions()[version].below(draft.parents[version]));
        let same = [old.and_then(|old| self.old.same[old]), new.and_then(|new| self.new.same[new])];
        let mut names: Vec<Option<&str>> = draft.names.to_vec();
        names.dedup();
        names.retain(|name| name.is_some() || draft.names == [None, None]);
        let mut given = Vec::new();
        for name in names {
            for object in same.into_iter().flatten() {
                given.extend(self.of_field.get(&(object, name)).into_iter().flat_map(|found| self.give(found)));
            }
            // Below a row whose type changed, the two structs differ; compare them as if one had become the other. The
            // result describes the larger change that contains the row, so its verdict may not exceed the worst of the
            // whole side. For example, a row below a sibling that repeats a name has no effect, because that sibling is not
            // a field.
            if let (Some(name), Some(old), Some(new)) = (name, old, new)
                && (same[0].is_none() || same[0] != same[1])
            {
                let effects = self.members(self.old.member(old, name), self.new.member(new, name)).into_iter();
                let effects = effects.filter(|effect| effect.verdict() <= self.worst);
                given.extend(effects.map(|effect| Given { effect, of: 0..0 }));
            }
        }
        given.retain(|given| takes(given.effect));
        given
    }

    /// Returns the effects on structs with places in rows that were added, removed, retyped or reordered.
    fn of_what_is_below(&self, draft: &Draft<'a>) -> Vec<Given> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Type | Kind::Order) {
            return Vec::new();
        }
        // A different order of places can only change the order of the fields in their union.
        let is_order = draft.change.kind == Kind::Order;
        let takes = |effect: Effect| !is_order || effect == Effect::ArgumentsReordered;
        let mut given = Vec::new();
        for ((version, parent), name) in self.versions().into_iter().zip(draft.parents).zip(draft.names) {
            let mut open: Vec<usize> = match name {
                Some(name) => version.structs.find(parent, name).into_iter().collect(),
                None if is_order => version.structs.below(parent).collect(),
                None => Vec::new(),
            };
            while let Some(place) = open.pop() {
                open.extend(version.structs.below(Some(place)));
                let of = version.same_below(Some(place)).and_then(|object| self.of_struct.get(&object));
                if let Some((of, Some(effect))) = of
                    && takes(*effect)
                {
                    given.push(Given { effect: *effect, of: of.clone() });
                }
            }
        }
        given
    }

    /// Returns the effects on fields that contain the row of the draft: a leaf that becomes an object, an object that
    /// becomes a separate struct, or the reverse of either.
    fn of_what_is_above(&self, draft: &Draft<'a>) -> Vec<Given> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type | Kind::List) {
            return Vec::new();
        }
        let mut given = Vec::new();
        for (version, mut above) in self.versions().into_iter().zip(draft.parents) {
            while let Some(place) = above.map(|place| &version.structs.places[place]) {
                above = place.parent;
                let object = version.same_below(place.parent);
                let of = object.and_then(|object| self.of_field.get(&(object, Some(place.param.name.as_str()))));
                let of = of.into_iter().flat_map(|of| self.give(of));
                given.extend(of.filter(|given| given.effect == Effect::Retyped));
            }
        }
        given
    }

    /// Returns those of these differences that are not assigned to a draft yet, one by one.
    fn give(&self, of: &Range<usize>) -> impl Iterator<Item = Given> {
        let left = of.clone().filter(|index| !self.found[*index].is_given);
        left.map(|index| Given { effect: self.found[index].effect, of: index..index + 1 })
    }

    fn mark(&mut self, given: HashSet<Range<usize>>) {
        for index in given.into_iter().flatten() {
            self.found[index].is_given = true;
        }
        for (of, worst) in self.of_struct.values_mut() {
            *worst = worst_left(&self.found[of.clone()]);
        }
    }

    /// Returns the change for an effect that no row of the page explains.
    fn left_over(&self, method: &str, side: Side, found: &Found<'a>) -> Change {
        let (old, new) = (&self.old, &self.new);
        let (path, texts) = match found.name {
            Some(name) => {
                let members = [old.member(found.old, name), new.member(found.new, name)];
                let path = match members {
                    [_, Some(member)] => new.path(Some(member.place)),
                    [member, None] => old.path(member.map(|member| member.place)),
                };
                let shown = |version: &Version<'_, '_>, member: Option<&Member<'_>>| match (member, found.effect) {
                    (None, _) => String::new(),
                    (Some(member), Effect::NowRequired | Effect::NoLongerRequired) => {
                        if member.required { "required" } else { "optional" }.to_owned()
                    }
                    (Some(member), _) => version.described(member),
                };
                (path, [shown(old, members[0]), shown(new, members[1])])
            }
            None => {
                let first = new.structs.list[found.new].members.first();
                let place = first.and_then(|member| new.structs.places[member.place].parent);
                (new.path(place), [old.arguments(found.old), new.arguments(found.new)].map(|names| names.join(", ")))
            }
        };
        let side_name = super::side_name(side);
        let path = if path.is_empty() { side_name.to_owned() } else { format!("{side_name}.{path}") };
        Change { effect: found.effect, ..Change::new(method, Some(side), path, Kind::Struct, texts) }
    }
}
