//! Which side of an API, and paths of parameters on it (`result.items[].value`).

use serde::{Deserialize, Serialize};

use crate::{Api, Param};

/// One side of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the caller sends.
    Request,
    /// What the gateway answers.
    Response,
}

impl Side {
    /// Both sides, in the page's order.
    pub const BOTH: [Side; 2] = [Side::Request, Side::Response];

    /// The heading of the side's table on a page.
    pub fn heading(self) -> &'static str {
        match self {
            Side::Request => "请求参数",
            Side::Response => "响应参数",
        }
    }
}

impl Api {
    /// The parameters of one side.
    pub fn side(&self, side: Side) -> &[Param] {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// The parameters of one side, to be changed.
    pub fn side_mut(&mut self, side: Side) -> &mut Vec<Param> {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }
}

/// Every parameter that `path` names, as index paths, in the page's order.
///
/// Names are joined by `.`; a list may be written `items` or `items[]`. There is more than one where siblings share a
/// name, which real pages do. Names that hold a dot themselves are found too.
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
    // Depth first without recursion: pairs of a parameter list with its index path, and what is left of `path` there.
    let mut open = vec![(params, Vec::new(), path)];
    while let Some((siblings, at, rest)) = open.pop() {
        let mut deeper = Vec::new();
        for (index, param) in siblings.iter().enumerate() {
            let Some(after) = rest.strip_prefix(param.name.as_str()) else { continue };
            let after = after.strip_prefix("[]").unwrap_or(after);
            let mut here = at.clone();
            here.push(index);
            if after.is_empty() {
                found.push(here);
            } else if let Some(rest) = after.strip_prefix('.') {
                deeper.push((param.fields.as_slice(), here, rest));
            }
        }
        open.extend(deeper.into_iter().rev());
    }
    found.sort();
    found
}

/// The parameter at an index path.
pub fn param_at<'a>(params: &'a [Param], at: &[usize]) -> Option<&'a Param> {
    let (first, rest) = at.split_first()?;
    let mut param = params.get(*first)?;
    for index in rest {
        param = param.fields.get(*index)?;
    }
    Some(param)
}

/// The list that holds the parameter at an index path, to be changed, and the parameter's index in it.
pub fn siblings_at<'a>(params: &'a mut Vec<Param>, at: &[usize]) -> Option<(&'a mut Vec<Param>, usize)> {
    let (last, parents) = at.split_last()?;
    let mut siblings = params;
    for index in parents {
        siblings = &mut siblings.get_mut(*index)?.fields;
    }
    (*last < siblings.len()).then_some((siblings, *last))
}

/// The path of the parameter at an index path, with `[]` behind each list that is stepped into.
///
/// As much of it as exists, where the index path leads nowhere.
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

/// The existing path that is most like `path`, which does not exist: what its author may have meant.
///
/// A parameter of the same last name at another place comes before one whose name only looks alike; nothing is
/// returned where nothing is alike.
pub fn nearest(params: &[Param], path: &str) -> Option<String> {
    let wanted = path.replace("[]", "");
    let last = |path: &str| path.rsplit_once('.').map_or(path, |(_, last)| last).to_owned();
    let wanted_last = last(&wanted);
    let mut best: Option<(bool, usize, String)> = None;
    let mut open: Vec<Vec<usize>> = (0..params.len()).rev().map(|index| vec![index]).collect();
    while let Some(at) = open.pop() {
        let Some(param) = param_at(params, &at) else { continue };
        open.extend((0..param.fields.len()).rev().map(|index| [at.as_slice(), &[index]].concat()));
        let shown = path_of(params, &at);
        let other = shown.replace("[]", "");
        let distance = distance(&wanted, &other);
        let renamed = last(&other) != wanted_last;
        let alike = !renamed || distance <= wanted.chars().count().div_ceil(3);
        if alike && best.as_ref().is_none_or(|(other_renamed, least, _)| (renamed, distance) < (*other_renamed, *least))
        {
            best = Some((renamed, distance, shown));
        }
    }
    best.map(|(_, _, path)| path)
}

/// How many letters must be added, taken away or exchanged to make one text of the other. Looks at the last 120
/// letters only, as its cost is the product of both lengths.
fn distance(one: &str, other: &str) -> usize {
    let tail = |text: &str| text.chars().rev().take(120).collect::<String>();
    strsim::levenshtein(&tail(one), &tail(other))
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, param_at, path_of, resolve, siblings_at};
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
    fn a_path_names_every_parameter_of_that_name() {
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
    fn index_paths_that_lead_nowhere_are_no_parameters() {
        let mut tree = tree();
        assert!(param_at(&tree, &[]).is_none());
        assert!(param_at(&tree, &[0, 7]).is_none());
        assert!(siblings_at(&mut tree, &[0, 2]).is_none());
        assert!(siblings_at(&mut tree, &[0, 1]).is_some());
    }

    #[test]
    fn the_nearest_path_is_a_typing_error_or_another_place() {
        let tree = tree();
        assert_eq!(nearest(&tree, "result.items.vlaue").as_deref(), Some("result.items[].value"));
        assert_eq!(nearest(&tree, "result.value").as_deref(), Some("result.items[].value"));
        assert_eq!(nearest(&tree, "something.else.altogether"), None);
    }

    #[test]
    fn distances_count_letters() {
        for (one, other, letters) in [("", "abc", 3), ("kitten", "sitting", 3), ("淘宝", "淘客", 1), ("a", "a", 0)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}
