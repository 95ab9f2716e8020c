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
use topsdk_spec::structs::{Member, Struct, Structs, Value};

use super::table::Draft;
use super::{Change, Effect, Kind, Verdict};
use crate::names::{MOST_ARGUMENTS, Names};

/// Sets the effect of each draft, and adds changes for effects without a draft.
pub(super) fn explain<'a>(method: &str, side: Side, names: [&Names<'a>; 2], mut drafts: Vec<Draft<'a>>) -> Vec<Change> {
    let mut differences = Differences::of(side, names);
    for step in [Differences::of_the_row, Differences::of_what_is_below, Differences::of_what_is_above] {
        let mut explained = HashSet::new();
        for draft in drafts.iter_mut().filter(|draft| !draft.change.kind.is_documentation()) {
            for (effect, found) in step(&differences, draft) {
                draft.change.effect = worst(draft.change.effect, effect);
                explained.insert(found);
            }
        }
        differences.mark(explained);
    }
    let left = differences.found.iter().filter(|found| !found.is_explained);
    let left: Vec<Change> = left.map(|found| differences.left_over(method, side, found)).collect();
    drafts.into_iter().map(|draft| draft.change).chain(left).collect()
}

fn worst(one: Effect, other: Effect) -> Effect {
    if other.verdict() > one.verdict() { other } else { one }
}

/// A difference between the two versions of a struct.
struct Difference<'a> {
    effect: Effect,
    object: Id,
    /// The field. `None` if the difference is about the struct's constructor.
    name: Option<&'a str>,
    is_explained: bool,
}

/// The effect of a draft, and the differences that it explains.
type Explanation = (Effect, Range<usize>);

/// Identifies a struct in both versions.
type Id = usize;

/// The structs of one side in one version.
struct Version<'n, 'a> {
    side: Side,
    structs: &'n Structs<'a>,
    ids: Vec<Id>,
    objects: HashMap<Id, &'n Struct<'a>>,
    members: HashMap<(Id, &'a str), &'n Member<'a>>,
}

impl<'n, 'a> Version<'n, 'a> {
    fn of(side: Side, names: &'n Names<'a>, id_of: &mut HashMap<&'n str, Id>) -> Version<'n, 'a> {
        let (structs, named) = names.side(side);
        let mut ids = Vec::with_capacity(named.len());
        let (mut objects, mut members) = (HashMap::new(), HashMap::new());
        for (object, named) in structs.list.iter().zip(named) {
            let next = id_of.len();
            let id = *id_of.entry(&named.ident).or_insert(next);
            ids.push(id);
            objects.insert(id, object);
            members.extend(object.members.iter().map(|member| ((id, member.param.name.as_str()), member)));
        }
        Version { side, structs, ids, objects, members }
    }

    /// Returns the struct that holds the fields below a place, or the top struct if `parent` is `None`.
    fn below(&self, parent: Option<usize>) -> Option<Id> {
        match parent.map(|parent| self.structs.places[parent].value) {
            None => Some(self.ids[0]),
            Some(Value::Struct(index)) => Some(self.ids[index]),
            Some(Value::Basic(_)) => None,
        }
    }

    fn member(&self, object: Id, name: &str) -> Option<&'n Member<'a>> {
        self.members.get(&(object, name)).copied()
    }

    /// Returns the type of a field. Unlike its value, it can be compared with one of the other version.
    fn value(&self, member: &Member<'_>) -> Value {
        match member.value {
            Value::Struct(index) => Value::Struct(self.ids[index]),
            basic => basic,
        }
    }

    /// Returns the arguments of `new` in order. Returns an empty list if their order does not matter, because they are too
    /// many and become fields of a struct.
    fn arguments(&self, object: Id) -> Vec<&'a str> {
        let required = self.objects[&object].members.iter().filter(|member| member.required);
        let required: Vec<&str> = required.map(|member| member.param.name.as_str()).collect();
        if required.len() > MOST_ARGUMENTS { Vec::new() } else { required }
    }

    /// Returns the path of a place, with `[]` after each list on the way.
    fn path(&self, place: Option<usize>) -> String {
        let Some(place) = place.map(|place| &self.structs.places[place]) else {
            return super::side_name(self.side).to_owned();
        };
        let is_in_list = place.parent.is_some_and(|parent| self.structs.places[parent].param.list);
        format!("{}{}.{}", self.path(place.parent), if is_in_list { "[]" } else { "" }, place.param.name)
    }

    fn described(&self, member: &Member<'_>) -> String {
        let type_name = match member.value {
            Value::Struct(index) if self.structs.list[index].is_apart => {
                let object = &self.structs.list[index];
                format!("{} as at {}", object.type_name, object.path.join("."))
            }
            _ => member.param.type_name.clone(),
        };
        let list = if member.param.list { " []" } else { "" };
        let boxed = if member.boxed { ", boxed" } else { "" };
        format!("{type_name}{list}{boxed}")
    }
}

/// The differences between the structs of both versions.
struct Differences<'n, 'a> {
    old: Version<'n, 'a>,
    new: Version<'n, 'a>,
    /// All differences. Those of one struct are adjacent, and so are those of one field.
    found: Vec<Difference<'a>>,
    of_struct: HashMap<Id, Range<usize>>,
    of_field: HashMap<(Id, Option<&'a str>), Range<usize>>,
    /// The worst effect on each struct that is not explained yet.
    left: HashMap<Id, Effect>,
    /// The worst verdict of the whole side.
    worst: Verdict,
}

impl<'n, 'a> Differences<'n, 'a> {
    fn of(side: Side, [old, new]: [&'n Names<'a>; 2]) -> Differences<'n, 'a> {
        let mut ids = HashMap::new();
        let (old, new) = (Version::of(side, old, &mut ids), Version::of(side, new, &mut ids));
        let (of_struct, of_field, left) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut differences =
            Differences { old, new, found: Vec::new(), of_struct, of_field, left, worst: Verdict::None };
        for (object, before) in differences.old.structs.list.iter().enumerate() {
            differences.compare(differences.old.ids[object], before);
        }
        for (index, Difference { object, name, .. }) in differences.found.iter().enumerate() {
            differences.of_struct.entry(*object).or_insert(index..index).end = index + 1;
            differences.of_field.entry((*object, *name)).or_insert(index..index).end = index + 1;
        }
        differences.worst = differences.found.iter().map(|found| found.effect.verdict()).max().unwrap_or_default();
        differences.mark(HashSet::new());
        differences
    }

    /// Finds the differences between two versions of a struct, if both have it.
    fn compare(&mut self, object: Id, before: &'n Struct<'a>) {
        let Some(after) = self.new.objects.get(&object) else { return };
        let mut add = |name, effect| self.found.push(Difference { effect, object, name, is_explained: false });
        let added = after.members.iter().filter(|member| self.old.member(object, &member.param.name).is_none());
        for name in before.members.iter().chain(added).map(|member| member.param.name.as_str()) {
            let effects = effects([&self.old, &self.new], [object, object], name);
            effects.into_iter().for_each(|effect| add(Some(name), effect));
        }
        let arguments = [self.old.arguments(object), self.new.arguments(object)];
        let sorted = arguments.clone().map(|mut arguments| {
            arguments.sort_unstable();
            arguments
        });
        if arguments[0] != arguments[1] && sorted[0] == sorted[1] {
            add(None, Effect::ArgumentsReordered);
        }
    }

    fn versions(&self) -> [&Version<'n, 'a>; 2] {
        [&self.old, &self.new]
    }

    /// Explains the differences of the draft's own field.
    fn of_the_row(&self, draft: &Draft<'a>) -> Vec<Explanation> {
        let takes = |effect: Effect| match draft.change.kind {
            Kind::Type => matches!(effect, Effect::Retyped | Effect::ListOrNot),
            Kind::List => effect == Effect::ListOrNot,
            Kind::Required => matches!(effect, Effect::NowRequired | Effect::NoLongerRequired),
            _ => true,
        };
        let objects = [0, 1].map(|version| self.versions()[version].below(draft.parents[version]));
        let mut explanations = Vec::new();
        for name in draft.names.into_iter().filter(|name| name.is_some() || draft.names == [None, None]) {
            for object in objects.into_iter().flatten() {
                explanations.extend(self.each_left(self.of_field.get(&(object, name))));
            }
            // Below a row whose type changed, the two structs differ; compare them as if one had become the other. The
            // result describes the larger change that contains the row, so its verdict may not exceed the worst of the
            // whole side. For example, a row below a sibling that repeats a name has no effect, because that sibling is not
            // a field.
            if let (Some(name), [Some(old), Some(new)]) = (name, objects)
                && old != new
            {
                let effects = effects(self.versions(), [old, new], name).into_iter();
                explanations
                    .extend(effects.filter(|effect| effect.verdict() <= self.worst).map(|effect| (effect, 0..0)));
            }
        }
        explanations.retain(|(effect, _)| takes(*effect));
        explanations
    }

    /// Explains the differences of structs with places in rows that were added, removed, retyped or reordered.
    fn of_what_is_below(&self, draft: &Draft<'a>) -> Vec<Explanation> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Type | Kind::Order) {
            return Vec::new();
        }
        // A different order of places can only change the order of the fields in their union.
        let is_order = draft.change.kind == Kind::Order;
        let mut explanations = Vec::new();
        for ((version, parent), name) in self.versions().into_iter().zip(draft.parents).zip(draft.names) {
            let mut open: Vec<usize> = match name {
                Some(name) => version.structs.find(parent, name).into_iter().collect(),
                None if is_order => version.structs.below(parent).collect(),
                None => Vec::new(),
            };
            while let Some(place) = open.pop() {
                open.extend(version.structs.below(Some(place)));
                let object = version.below(Some(place));
                let left = object.and_then(|object| Some((*self.left.get(&object)?, self.of_struct[&object].clone())));
                explanations.extend(left.filter(|(effect, _)| !is_order || *effect == Effect::ArgumentsReordered));
            }
        }
        explanations
    }

    /// Explains the differences of fields that contain the row of the draft: a leaf that becomes an object, an object that
    /// becomes a separate struct, or the reverse of either.
    fn of_what_is_above(&self, draft: &Draft<'a>) -> Vec<Explanation> {
        if !matches!(draft.change.kind, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type | Kind::List) {
            return Vec::new();
        }
        let mut explanations = Vec::new();
        for (version, mut above) in self.versions().into_iter().zip(draft.parents) {
            while let Some(place) = above.map(|place| &version.structs.places[place]) {
                above = place.parent;
                let field = version.below(place.parent).map(|object| (object, Some(place.param.name.as_str())));
                let found = self.each_left(field.and_then(|field| self.of_field.get(&field)));
                explanations.extend(found.filter(|(effect, _)| *effect == Effect::Retyped));
            }
        }
        explanations
    }

    /// Returns those of these differences that are not explained yet, one by one.
    fn each_left(&self, found: Option<&Range<usize>>) -> impl Iterator<Item = Explanation> {
        let left = found.cloned().unwrap_or_default().filter(|index| !self.found[*index].is_explained);
        left.map(|index| (self.found[index].effect, index..index + 1))
    }

    fn mark(&mut self, explained: HashSet<Range<usize>>) {
        for index in explained.into_iter().flatten() {
            self.found[index].is_explained = true;
        }
        self.left.clear();
        for found in self.found.iter().filter(|found| !found.is_explained) {
            let left = self.left.entry(found.object).or_insert(found.effect);
            *left = worst(*left, found.effect);
        }
    }

    /// Returns the change for a difference that no row of the page explains.
    fn left_over(&self, method: &str, side: Side, found: &Difference<'a>) -> Change {
        let (old, new) = (&self.old, &self.new);
        let (path, texts) = match found.name {
            Some(name) => {
                let members = self.versions().map(|version| version.member(found.object, name));
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
                let first = new.objects[&found.object].members.first();
                let place = first.and_then(|member| new.structs.places[member.place].parent);
                (new.path(place), self.versions().map(|version| version.arguments(found.object).join(", ")))
            }
        };
        Change { effect: found.effect, ..Change::new(method, Some(side), path, Kind::Struct, texts) }
    }
}

/// Returns the effects of the change of a field from the old struct to the new one.
fn effects(versions: [&Version<'_, '_>; 2], objects: [Id; 2], name: &str) -> Vec<Effect> {
    let [old, new] = [0, 1].map(|version| versions[version].member(objects[version], name));
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (None, Some(new)) if new.required => return vec![Effect::RequiredAdded],
        (None, Some(_)) => return vec![Effect::OptionalAdded],
        (Some(_), None) => return vec![Effect::FieldGone],
        (Some(old), Some(new)) => (old, new),
    };
    let is_list = [old.param.list, new.param.list];
    let mut effects = Vec::new();
    if is_list[0] != is_list[1] {
        effects.push(Effect::ListOrNot);
    }
    // A list needs no box, so a change of both is reported as a change of the list only.
    let is_boxed_now = is_list[0] == is_list[1] && old.boxed != new.boxed;
    if versions[0].value(old) != versions[1].value(new) || is_boxed_now {
        effects.push(Effect::Retyped);
    }
    match (old.required, new.required) {
        (false, true) => effects.push(Effect::NowRequired),
        (true, false) => effects.push(Effect::NoLongerRequired),
        _ => {}
    }
    effects
}
