//! Finds the differences between the structs of two versions, and assigns each to the change of the page that caused it.
//!
//! Effects are derived from the structs alone, so that the verdict of a diff matches the compiler's. Structs with the same
//! name are the same struct: the new version gets its names from the old one, as in `topsdk update`. Each effect is then
//! assigned to the change that caused it. An effect that no row explains, because another place of the type caused it,
//! becomes a separate change.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use topsdk_spec::structs::{Member, Struct, Structs, Value};
use topsdk_spec::{Param, Side};

use super::table::{Draft, required};
use super::{Change, Effect, Kind, side_name};
use crate::names::{self, MOST_ARGUMENTS, Names};

/// Sets the effect of each draft, and adds changes for effects without a draft.
pub(super) fn explain<'a>(method: &str, side: Side, names: [&Names<'a>; 2], mut drafts: Vec<Draft<'a>>) -> Vec<Change> {
    let versions = names.map(|names| Version::of(side, names));
    let mut left = differences(&versions);
    let most = left.iter().map(|difference| difference.effect.verdict()).max().unwrap_or_default();
    for reach in [Reach::Row, Reach::Below, Reach::Above] {
        let by_part = by_part(&left);
        let mut explained = HashSet::new();
        for draft in drafts.iter_mut().filter(|draft| !draft.change.kind.is_documentation()) {
            let parts = reach.parts(&versions, draft);
            let mut found: Vec<Explanation> =
                parts.iter().filter_map(|part| by_part.get(part)).flatten().cloned().collect();
            if reach == Reach::Row {
                // Below a row whose type changed, the two structs differ; compare them as if one had become the other. The
                // result describes the larger change that contains the row, so its verdict may not exceed the worst of the
                // whole side. For example, a row below a sibling that repeats a name has no effect, because that sibling is
                // not a field.
                let effects = row_effects(&versions, draft).into_iter().filter(|effect| effect.verdict() <= most);
                found.extend(effects.map(|effect| (effect, 0..0)));
            }
            for (effect, range) in found.into_iter().filter(|found| reach.explains(draft.change.kind, found.0)) {
                draft.change.effect = worst(draft.change.effect, effect);
                explained.insert(range);
            }
        }
        let explained: HashSet<usize> = explained.into_iter().flatten().collect();
        let all = left.into_iter().enumerate();
        left = all.filter(|(index, _)| !explained.contains(index)).map(|(_, difference)| difference).collect();
    }
    let left: Vec<Change> = left.iter().map(|difference| left_over(method, side, &versions, difference)).collect();
    drafts.into_iter().map(|draft| draft.change).chain(left).collect()
}

fn worst(one: Effect, other: Effect) -> Effect {
    if other.verdict() > one.verdict() { other } else { one }
}

/// The structs of one side in one version.
struct Version<'n, 'a> {
    structs: &'n Structs<'a>,
    named: &'n [names::Struct<'a>],
    /// The structs and their fields, by the name of the struct in Rust.
    objects: HashMap<&'n str, &'n Struct<'a>>,
    members: HashMap<(&'n str, &'n str), &'n Member<'a>>,
}

impl<'n, 'a> Version<'n, 'a> {
    fn of(side: Side, names: &'n Names<'a>) -> Version<'n, 'a> {
        let (structs, named) = names.side(side);
        let objects = named.iter().map(|named| named.ident.as_str()).zip(&structs.list);
        let members = objects.clone().flat_map(|(ident, object)| {
            object.members.iter().map(move |member| ((ident, member.param.name.as_str()), member))
        });
        Version { structs, named, members: members.collect(), objects: objects.collect() }
    }

    /// Returns the name of the struct that holds the fields below a place, or of the top struct if `parent` is `None`.
    fn below(&self, parent: Option<usize>) -> Option<&'n str> {
        parent.map_or(Some(&self.named[0].ident), |parent| self.object(self.structs.places[parent].value))
    }

    fn object(&self, value: Value) -> Option<&'n str> {
        match value {
            Value::Struct(index) => Some(&self.named[index].ident),
            Value::Basic(_) => None,
        }
    }

    /// Returns the path of a place below the side, with `[]` after each list on the way.
    fn path(&self, place: Option<usize>) -> String {
        let Some(place) = place.map(|place| &self.structs.places[place]) else { return String::new() };
        let is_in_list = place.parent.is_some_and(|parent| self.structs.places[parent].param.list);
        format!("{}{}.{}", self.path(place.parent), if is_in_list { "[]" } else { "" }, place.param.name)
    }

    fn described(&self, member: &Member<'_>) -> String {
        let place = match member.value {
            Value::Struct(index) if self.structs.list[index].is_apart => {
                format!(" as at {}", self.structs.list[index].path.join("."))
            }
            _ => String::new(),
        };
        let list = if member.param.list { " []" } else { "" };
        let boxed = if member.boxed { ", boxed" } else { "" };
        format!("{}{place}{list}{boxed}", member.param.type_name)
    }
}

/// A difference between the two versions of a struct.
struct Difference<'n> {
    effect: Effect,
    /// The name of the struct in Rust.
    object: &'n str,
    part: Part<'n>,
}

/// A part of a struct.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part<'n> {
    Whole,
    Constructor,
    Field(&'n str),
}

/// Returns all differences between structs that both versions have. Those of a struct are adjacent.
fn differences<'n>(versions: &[Version<'n, '_>; 2]) -> Vec<Difference<'n>> {
    let [old, new] = versions;
    let mut found = Vec::new();
    for (named, before) in old.named.iter().zip(&old.structs.list) {
        let object = named.ident.as_str();
        let Some(after) = new.objects.get(object) else { continue };
        let name_of = |member: &'n Member<'_>| member.param.name.as_str();
        let added = after.members.iter().map(name_of).filter(|name| !old.members.contains_key(&(object, *name)));
        for name in before.members.iter().map(name_of).chain(added) {
            let effects = effects(versions, [object, object], name).into_iter();
            found.extend(effects.map(|effect| Difference { effect, object, part: Part::Field(name) }));
        }
        let arguments = [before, after].map(arguments);
        let [before, after] = arguments.each_ref().map(|names| names.iter().collect::<BTreeSet<_>>());
        if arguments[0] != arguments[1] && before == after {
            found.push(Difference { effect: Effect::ArgumentsReordered, object, part: Part::Constructor });
        }
    }
    found
}

/// Returns the effects of the change of a field from the old struct to the new one.
fn effects(versions: &[Version<'_, '_>; 2], objects: [&str; 2], name: &str) -> Vec<Effect> {
    let [old, new] = [0, 1].map(|version| versions[version].members.get(&(objects[version], name)));
    let (old, new) = match (old, new) {
        (None, None) => return Vec::new(),
        (None, Some(new)) if new.required => return vec![Effect::RequiredAdded],
        (None, Some(_)) => return vec![Effect::OptionalAdded],
        (Some(_), None) => return vec![Effect::FieldGone],
        (Some(old), Some(new)) => (old, new),
    };
    let mut effects = Vec::new();
    if old.param.list != new.param.list {
        effects.push(Effect::ListOrNot);
    }
    let is_same_type = match (old.value, new.value) {
        (Value::Basic(old), Value::Basic(new)) => old == new,
        (old, new) => versions[0].object(old) == versions[1].object(new),
    };
    // A list needs no box, so a change of both is reported as a change of the list only.
    if !is_same_type || (old.param.list == new.param.list && old.boxed != new.boxed) {
        effects.push(Effect::Retyped);
    }
    match (old.required, new.required) {
        (false, true) => effects.push(Effect::NowRequired),
        (true, false) => effects.push(Effect::NoLongerRequired),
        _ => {}
    }
    effects
}

/// Returns the arguments of `new` in order. Returns an empty list if their order does not matter, because they are too many
/// and become fields of a struct.
fn arguments<'s>(object: &'s Struct<'_>) -> Vec<&'s str> {
    let required = object.members.iter().filter(|member| member.required);
    let required: Vec<&str> = required.map(|member| member.param.name.as_str()).collect();
    if required.len() > MOST_ARGUMENTS { Vec::new() } else { required }
}

/// An effect, and the range of the differences that have it.
type Explanation = (Effect, Range<usize>);

/// Returns the differences of each part of a struct one by one, and those of each whole struct as one with the worst effect.
fn by_part<'n>(differences: &[Difference<'n>]) -> HashMap<(&'n str, Part<'n>), Vec<Explanation>> {
    let mut by_part: HashMap<_, Vec<Explanation>> = HashMap::new();
    for (index, Difference { effect, object, part }) in differences.iter().enumerate() {
        by_part.entry((*object, *part)).or_default().push((*effect, index..index + 1));
        let whole = by_part.entry((*object, Part::Whole)).or_insert_with(|| vec![(*effect, index..index)]);
        whole[0] = (worst(whole[0].0, *effect), whole[0].1.start..index + 1);
    }
    by_part
}

/// Returns the effects on a row from the struct that holds it in the old version to that of the new version.
fn row_effects(versions: &[Version<'_, '_>; 2], draft: &Draft<'_>) -> Vec<Effect> {
    let [Some(old), Some(new)] = objects(versions, draft) else { return Vec::new() };
    draft.rows.into_iter().flatten().flat_map(|row| effects(versions, [old, new], &row.name)).collect()
}

/// Returns the names of the structs that hold the draft's row in both versions.
fn objects<'n>(versions: &[Version<'n, '_>; 2], draft: &Draft<'_>) -> [Option<&'n str>; 2] {
    [0, 1].map(|version| versions[version].below(draft.parents[version]))
}

/// Where a draft looks for the differences that it causes. Each is tried for all drafts before the next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// At its own row.
    Row,
    /// In structs with places below it.
    Below,
    /// In the fields that contain it: a leaf that becomes an object, an object that becomes a separate struct, or the
    /// reverse of either.
    Above,
}

impl Reach {
    /// Returns whether a change of this kind can have this effect there.
    fn explains(self, kind: Kind, effect: Effect) -> bool {
        match (self, kind) {
            (Reach::Row, Kind::Type) => matches!(effect, Effect::Retyped | Effect::ListOrNot),
            (Reach::Row, Kind::List) => effect == Effect::ListOrNot,
            (Reach::Row, Kind::Required) => matches!(effect, Effect::NowRequired | Effect::NoLongerRequired),
            (Reach::Row, _) | (Reach::Below, Kind::Added | Kind::Removed | Kind::Type) => true,
            // A different order of places can only change the order of the fields in their union.
            (Reach::Below, Kind::Order) => effect == Effect::ArgumentsReordered,
            (Reach::Above, Kind::Added | Kind::Removed | Kind::Renamed | Kind::Type | Kind::List) => {
                effect == Effect::Retyped
            }
            (Reach::Below | Reach::Above, _) => false,
        }
    }

    /// Returns the parts of structs where the differences may be.
    fn parts<'n>(self, versions: &[Version<'n, '_>; 2], draft: &Draft<'n>) -> Vec<(&'n str, Part<'n>)> {
        let mut found = Vec::new();
        let is_order = draft.change.kind == Kind::Order;
        let field = |param: &'n Param| Part::Field(&param.name);
        for ((version, mut parent), row) in versions.iter().zip(draft.parents).zip(draft.rows) {
            match self {
                Reach::Row => {
                    let part = if is_order { Some(Part::Constructor) } else { row.map(field) };
                    let objects = objects(versions, draft).into_iter().flatten();
                    found.extend(objects.filter_map(|object| Some((object, part?))));
                }
                Reach::Below => {
                    let mut open: Vec<usize> = match row {
                        Some(row) => version.structs.find(parent, &row.name).into_iter().collect(),
                        None if is_order => version.structs.below(parent).collect(),
                        None => Vec::new(),
                    };
                    while let Some(place) = open.pop() {
                        open.extend(version.structs.below(Some(place)));
                        found.extend(version.below(Some(place)).map(|object| (object, Part::Whole)));
                    }
                }
                Reach::Above => {
                    while let Some(place) = parent.map(|place| &version.structs.places[place]) {
                        parent = place.parent;
                        found.extend(version.below(parent).map(|object| (object, field(place.param))));
                    }
                }
            }
        }
        found
    }
}

/// Returns the change for a difference that no row of the page explains.
fn left_over(method: &str, side: Side, versions: &[Version<'_, '_>; 2], left: &Difference<'_>) -> Change {
    let [old, new] = versions;
    let Difference { effect, object, part } = *left;
    let (path, texts) = match part {
        Part::Field(name) => {
            let members = versions.each_ref().map(|version| version.members.get(&(object, name)));
            let path = match members {
                [_, Some(member)] => new.path(Some(member.place)),
                [member, None] => old.path(member.map(|member| member.place)),
            };
            let is_about_required = matches!(effect, Effect::NowRequired | Effect::NoLongerRequired);
            let shown = |version: usize| match members[version] {
                None => String::new(),
                Some(member) if is_about_required => required(member.required),
                Some(member) => versions[version].described(member),
            };
            (path, [0, 1].map(shown))
        }
        Part::Constructor | Part::Whole => {
            let first = new.objects[object].members.first();
            let place = first.and_then(|member| new.structs.places[member.place].parent);
            (new.path(place), versions.each_ref().map(|version| arguments(version.objects[object]).join(", ")))
        }
    };
    Change { effect, ..Change::new(method, Some(side), side_name(side).to_owned() + &path, Kind::Struct, texts) }
}
