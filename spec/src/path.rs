//! The sides of an API, and the paths of parameters on a side (`result.items[].value`).

use serde::{Deserialize, Serialize};

use crate::{Api, Param};

/// A side of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The parameters that the caller sends.
    Request,
    /// The fields that the gateway returns.
    Response,
}

impl Side {
    /// Both sides, in page order.
    pub const BOTH: [Side; 2] = [Side::Request, Side::Response];

    /// Returns the heading of the side's table on a page.
    pub fn heading(self) -> &'static str {
        match self {
            Side::Request => "请求参数",
            Side::Response => "响应参数",
        }
    }
}

impl Api {
    /// Returns the parameters of one side.
    pub fn side(&self, side: Side) -> &[Param] {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// Returns the parameters of one side, mutably.
    pub fn side_mut(&mut self, side: Side) -> &mut Vec<Param> {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }
}

/// Returns the index path of every parameter that `path` names, in page order.
///
/// Names are joined by `.`; a list may be written `items` or `items[]`. Several parameters match if siblings share a name,
/// as on some real pages. Names that contain a dot are found too.
///
/// ```
/// use topsdk_spec::{Param, resolve};
///
/// let value = Param { name: "value".to_owned(), ..Param::default() };
/// let items = Param { name: "items".to_owned(), list: true, fields: vec![value], ..Param::default() };
/// assert_eq!(resolve(&[items.clone()], "items[].value"), [vec![0, 0]]);
/// assert_eq!(resolve(&[items.clone()], "items.value"), [vec![0, 0]]);
/// assert!(resolve(&[items], "items.valeu").is_empty());
/// ```
pub fn resolve(params: &[Param], path: &str) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for (index, param) in params.iter().enumerate() {
        let Some(after) = path.strip_prefix(param.name.as_str()) else { continue };
        let after = after.strip_prefix("[]").unwrap_or(after);
        if after.is_empty() {
            found.push(vec![index]);
        } else if let Some(rest) = after.strip_prefix('.') {
            found.extend(resolve(&param.fields, rest).into_iter().map(|below| [vec![index], below].concat()));
        }
    }
    found
}

/// Returns the parameter at an index path.
pub fn param_at<'a>(params: &'a [Param], at: &[usize]) -> Option<&'a Param> {
    let (first, rest) = at.split_first()?;
    rest.iter().try_fold(params.get(*first)?, |param, index| param.fields.get(*index))
}

/// Returns the list that contains the parameter at an index path, mutably, and the parameter's index in it.
pub fn siblings_at<'a>(params: &'a mut Vec<Param>, at: &[usize]) -> Option<(&'a mut Vec<Param>, usize)> {
    let (last, parents) = at.split_last()?;
    let siblings = parents.iter().try_fold(params, |siblings, index| Some(&mut siblings.get_mut(*index)?.fields))?;
    (*last < siblings.len()).then_some((siblings, *last))
}

/// Returns the path of the parameter at an index path, with `[]` after each list on the way.
///
/// If the index path is invalid, returns the part that exists.
pub fn path_of(params: &[Param], at: &[usize]) -> String {
    let mut path = String::new();
    let mut siblings = params;
    let mut list = false;
    for index in at {
        let Some(param) = siblings.get(*index) else { break };
        if !path.is_empty() {
            path.push_str(if list { "[]." } else { "." });
        }
        path.push_str(&param.name);
        list = param.list;
        siblings = &param.fields;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{param_at, path_of, resolve, siblings_at};
    use crate::Param;

    fn param(name: &str, fields: Vec<Param>) -> Param {
        Param { name: name.to_owned(), fields, ..Param::default() }
    }

    fn tree() -> Vec<Param> {
        let mut items = param("items", vec![param("value", vec![]), param("id", vec![])]);
        items.list = true;
        vec![
            param("result", vec![items, param("code", vec![])]),
            param("a.b", vec![]),
            param("result", vec![param("code", vec![])]),
        ]
    }

    #[test]
    fn a_path_resolves_to_every_parameter_of_that_name() {
        let tree = tree();
        assert_eq!(resolve(&tree, "result.code"), [vec![0, 1], vec![2, 0]]);
        assert_eq!(resolve(&tree, "result.items[].id"), [vec![0, 0, 1]]);
        assert_eq!(resolve(&tree, "a.b"), [vec![1]]);
        assert_eq!(resolve(&tree, "result.item"), Vec::<Vec<usize>>::new());
        assert_eq!(resolve(&tree, ""), Vec::<Vec<usize>>::new());
        assert_eq!(path_of(&tree, &[0, 0, 1]), "result.items[].id");
        assert_eq!(param_at(&tree, &[0, 0, 1]).unwrap().name, "id");
    }

    #[test]
    fn invalid_index_paths_find_no_parameter() {
        let mut tree = tree();
        assert!(param_at(&tree, &[]).is_none());
        assert!(param_at(&tree, &[0, 7]).is_none());
        assert!(siblings_at(&mut tree, &[0, 2]).is_none());
        assert!(siblings_at(&mut tree, &[0, 1]).is_some());
    }
}
