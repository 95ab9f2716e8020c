//! Who gets which name, where several items wish for one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The names that items have already, by their key (side, type, place).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(pub BTreeMap<String, String>);

impl Held {
    /// These names, and those of `other` for items that have none here.
    #[must_use]
    pub fn or(mut self, other: &Held) -> Held {
        for (key, name) in &other.0 {
            self.0.entry(key.clone()).or_insert_with(|| name.clone());
        }
        self
    }
}

/// An item that needs a name.
#[derive(Clone)]
pub(super) struct Claim {
    /// Which item.
    pub(super) key: String,
    /// The item that this one was part of before the page told them apart.
    pub(super) before: Option<String>,
    /// The item that this one becomes if the page tells its places apart one day, or no longer does.
    pub(super) after: Option<String>,
    /// The place that the item is for alone, whatever its type is called there.
    pub(super) place: Option<String>,
    /// Who chooses first: the lowest; among equals the lowest key.
    pub(super) rank: u8,
    /// What it would be called, best first. Not empty.
    pub(super) wishes: Vec<String>,
    /// What stands before the number, where all wishes are taken.
    pub(super) between: &'static str,
}

/// Gives names away, one set of items after the other.
pub(super) struct Claims<'h> {
    before: &'h Held,
    types: BTreeSet<String>,
    held: Held,
    contested: Held,
}

impl<'h> Claims<'h> {
    pub(super) fn new(before: &'h Held) -> Claims<'h> {
        Claims { before, types: BTreeSet::new(), held: Held::default(), contested: Held::default() }
    }

    /// A name that follows from the method alone: no other item can have it.
    pub(super) fn reserve(&mut self, name: String) {
        self.types.insert(name);
    }

    /// Names for items of the module, distinct from each other and from those that were given before.
    pub(super) fn settle(&mut self, claims: Vec<Claim>) -> Vec<String> {
        let mut taken = std::mem::take(&mut self.types);
        let names = self.give(claims, &mut taken);
        self.types = taken;
        names
    }

    /// Names for the fields of a struct, distinct from each other.
    pub(super) fn settle_apart(&mut self, claims: Vec<Claim>) -> Vec<String> {
        self.give(claims, &mut BTreeSet::new())
    }

    /// All names that were given, and those that more than one item wished for.
    pub(super) fn into_settled(self) -> (Held, Held) {
        (self.held, self.contested)
    }

    fn give(&mut self, claims: Vec<Claim>, taken: &mut BTreeSet<String>) -> Vec<String> {
        let mut names: Vec<Option<String>> = vec![None; claims.len()];
        // Whose very name it is comes before whoever was part of that item, and that before whoever stands in its place.
        let keys: [fn(&Claim) -> Option<String>; 3] =
            [|claim| Some(claim.key.clone()), |claim| claim.before.clone(), |claim| claim.place.clone()];
        for key in keys {
            for (claim, name) in claims.iter().zip(&mut names).filter(|(_, name)| name.is_none()) {
                let held = key(claim).and_then(|key| self.before.0.get(&key));
                *name = held.filter(|held| is_ident(held) && taken.insert((*held).clone())).cloned();
            }
        }
        let mut order: Vec<usize> = (0..claims.len()).collect();
        order.sort_by(|one, other| {
            let of = |index: &usize| claims.get(*index).map(|claim| (claim.rank, claim.key.as_str()));
            of(one).cmp(&of(other))
        });
        for index in order {
            let (Some(claim), Some(name)) = (claims.get(index), names.get_mut(index)) else { continue };
            if name.is_none() {
                *name = Some(first_free(claim, taken));
            }
        }
        let mut wishers: HashMap<&str, usize> = HashMap::new();
        for wish in claims.iter().filter_map(|claim| claim.wishes.first()) {
            *wishers.entry(wish).or_default() += 1;
        }
        let mut given = Vec::with_capacity(claims.len());
        for (claim, name) in claims.iter().zip(names) {
            let name = name.unwrap_or_default();
            let wish = claim.wishes.first().map_or("", String::as_str);
            let is_contested = name != wish || wishers.get(wish).is_some_and(|wishers| *wishers > 1);
            for key in std::iter::once(&claim.key).chain(&claim.after).chain(&claim.place) {
                if is_contested {
                    self.contested.0.insert(key.clone(), name.clone());
                }
                self.held.0.insert(key.clone(), name.clone());
            }
            given.push(name);
        }
        given
    }
}

fn first_free(claim: &Claim, taken: &mut BTreeSet<String>) -> String {
    if let Some(free) = claim.wishes.iter().find(|wish| taken.insert((*wish).clone())) {
        return free.clone();
    }
    let wish = claim.wishes.first().map_or("", String::as_str);
    // A second `_` in a row is not snake case, and one in the middle (`Self_`) not a type's.
    let wish = wish.trim_end_matches('_');
    let mut number = 2_usize;
    loop {
        let name = format!("{wish}{between}{number}", between = claim.between);
        if taken.insert(name.clone()) {
            return name;
        }
        number += 1;
    }
}

/// Whether a name from a file may be written into code.
fn is_ident(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
