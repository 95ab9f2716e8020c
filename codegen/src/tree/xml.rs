//! The shape of an XML sample. Takes what a page may show: no declaration, stray end tags, a cut end.

use std::collections::HashMap;

use super::shape::{Names, Shape};

/// Reads the shape of an XML text; `None` where it has no element.
pub(super) fn shape(text: &str) -> Option<Shape> {
    let mut shape = Shape::new(Names::Wire);
    let mut open: Vec<u32> = vec![0];
    // How many elements of each name are open: a stray end tag must not be looked for in all of them.
    let mut open_names: HashMap<&str, usize> = HashMap::new();
    // Where the name of each node begins in the text.
    let mut starts = vec![0];
    let mut at = 0;
    while let Some(tag) = text[at..].find('<').map(|found| at + found) {
        let inner = open.last().copied().unwrap_or(0);
        push_value(&mut shape, inner, &text[at..tag]);
        let rest = &text[tag..];
        at = if rest.starts_with("<!--") {
            after(text, tag, "-->")
        } else if rest.starts_with("<![CDATA[") {
            let end = after(text, tag, "]]>");
            let content = text.get(tag + 9..end.saturating_sub(3)).unwrap_or_default();
            shape.nodes[inner as usize].value.push_str(content);
            end
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            after(text, tag, ">")
        } else if let Some(name) = rest.strip_prefix("</") {
            let name = name_of(name);
            if open_names.get(name).is_some_and(|count| *count > 0) {
                while let Some(node) = open.pop().filter(|node| *node > 0) {
                    let found = name_of(&text[starts[node as usize]..]);
                    if let Some(count) = open_names.get_mut(found) {
                        *count -= 1;
                    }
                    if found == name {
                        break;
                    }
                    shape.complete = false;
                }
            } else {
                shape.complete = false;
            }
            after(text, tag, ">")
        } else {
            let name = name_of(&rest[1..]);
            if name.is_empty() {
                push_value(&mut shape, inner, "<");
                tag + 1
            } else {
                let end = after(text, tag, ">");
                let node = shape.add(inner, name);
                starts.push(tag + 1);
                if !text[..end].ends_with("/>") {
                    *open_names.entry(name).or_default() += 1;
                    open.push(node);
                }
                end
            }
        };
    }
    push_value(&mut shape, open.last().copied().unwrap_or(0), &text[at..]);
    shape.complete &= open.len() == 1;
    for node in &mut shape.nodes {
        let value = node.value.trim();
        node.value = if node.children.is_empty() { entities(value) } else { String::new() };
    }
    let roots = &shape.nodes[0].children;
    match roots[..] {
        [] => None,
        [root] => {
            let mut shape = shape.rooted_at(root);
            shape.fold_items();
            Some(shape)
        }
        // Several: the sample was shown without its root.
        _ => {
            shape.fold_items();
            Some(shape)
        }
    }
}

fn push_value(shape: &mut Shape, node: u32, text: &str) {
    let node = &mut shape.nodes[node as usize];
    if node.children.is_empty() {
        node.value.push_str(text);
    }
}

/// The byte behind the next `mark`, or the end of the text.
fn after(text: &str, from: usize, mark: &str) -> usize {
    text[from..].find(mark).map_or(text.len(), |found| from + found + mark.len())
}

fn name_of(text: &str) -> &str {
    let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, '/' | '>' | '<'));
    let name = &text[..end.unwrap_or(text.len())];
    if name.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') { name } else { "" }
}

/// Resolves the entities that the site's samples use; any other stays as it is.
fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&amp;", '&'),
            ("&quot;", '"'),
            ("&apos;", '\''),
            ("&#39;", '\''),
            ("&#x27;", '\''),
        ];
        let (letter, length) = known
            .iter()
            .find(|(entity, _)| rest.starts_with(entity))
            .map_or(('&', 1), |(entity, letter)| (*letter, entity.len()));
        plain.push(letter);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::shape;

    fn outline(text: &str) -> (Vec<String>, bool) {
        let shape = shape(text).unwrap();
        let mut work = vec![(0, 0)];
        let mut lines = Vec::new();
        while let Some((node, depth)) = work.pop() {
            lines.push(format!("{}{}={}", " ".repeat(depth), shape.name(node), shape.value(node)));
            work.extend(shape.children(node).iter().rev().map(|&child| (child, depth + 1)));
        }
        (lines, shape.is_complete())
    }

    #[test]
    fn names_nest_as_in_the_text() {
        let text = "<?xml version=\"1.0\"?><!-- a --><r><a x=\"1\"> &lt;&amp;&nbsp; </a><b/><l><i><c>1</c></i><i><c>2</c><d>3</d></i></l></r><!--top-->";
        let lines = ["r=", " a=<&&nbsp;", " b=", " l=", "  i=", "   c=1", "   d=3"].map(str::to_owned);
        assert_eq!(outline(text), (lines.to_vec(), true));
    }

    #[test]
    fn what_is_not_closed_is_not_complete() {
        assert_eq!(outline("<r><a>1</b><c>2").0, ["r=", " a=", "  c=2"]);
        assert!(!outline("<r><a>1</b><c>2").1);
        assert!(!outline("<r><a><b></a></r>").1);
        assert!(shape("no < element").is_none());
    }
}
