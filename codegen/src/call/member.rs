//! Finds the member of an object that the path of an anomaly names, such as `items[2].price`.

use topsdk_spec::{Param, param_at, path_of, resolve};

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Member {
    /// The path of the object. Empty for the top level.
    pub(super) object: String,
    /// The name of the member.
    pub(super) name: String,
    /// Whether it is one of the documented fields of the object.
    pub(super) is_documented: bool,
}

impl Member {
    /// Resolves a path. Returns `None` if it leads through something that is not a documented object.
    ///
    /// A page may show the fields of a type only once. At other uses of that type, the path of the first use is returned.
    pub(super) fn resolve(params: &[Param], path: &str) -> Option<Member> {
        let (mut object, mut rest) = (String::new(), path);
        loop {
            let known = fields(params, &object).iter().filter(|field| {
                let after = rest.strip_prefix(field.name.as_str());
                after.is_some_and(|after| after.is_empty() || after.starts_with(['.', '[']))
            });
            // A name may contain dots.
            let Some(field) = known.max_by_key(|field| field.name.len()) else {
                return Some(Member { object, name: rest.to_owned(), is_documented: false });
            };
            let after = &rest[field.name.len()..];
            let after =
                after.strip_prefix('[').and_then(|after| after.split_once(']')).map_or(after, |(_, after)| after);
            let Some(after) = after.strip_prefix('.') else {
                return after.is_empty().then(|| Member { object, name: field.name.clone(), is_documented: true });
            };
            let at = match field.is_object() {
                true => resolve(params, &joined(&object, &field.name)).into_iter().next()?,
                false => first_of_type(params, &field.type_name)?,
            };
            (object, rest) = (path_of(params, &at), after);
        }
    }
}

/// Returns the documented fields of the object at a path of [`Member::resolve`].
pub(super) fn fields<'a>(params: &'a [Param], object: &str) -> &'a [Param] {
    let at = resolve(params, object).into_iter().next().filter(|_| !object.is_empty());
    at.and_then(|at| param_at(params, &at)).map_or(params, |object| &object.fields)
}

/// Returns the path of a member.
pub(super) fn joined(object: &str, name: &str) -> String {
    if object.is_empty() { name.to_owned() } else { format!("{object}.{name}") }
}

/// Returns the index path of the first object of a type.
fn first_of_type(params: &[Param], type_name: &str) -> Option<Vec<usize>> {
    params.iter().enumerate().find_map(|(index, param)| {
        if param.is_object() && param.type_name == type_name {
            return Some(vec![index]);
        }
        first_of_type(&param.fields, type_name).map(|below| [vec![index], below].concat())
    })
}
