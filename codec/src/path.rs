//! The path of the value being read or written: a linked list on the stack, formatted only for a message.

use std::fmt;

/// A step of a path, linked to the step before it.
#[derive(Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Item(usize),
}

impl<'p> Path<'p> {
    /// The outermost value.
    pub(crate) const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// Returns the path of a field of this object.
    pub(crate) fn field(&'p self, name: &'p str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// Returns the path of an item of this list.
    pub(crate) fn item(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Item(index) }
    }

    /// Returns the names of the steps, last one first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'p str> {
        std::iter::successors(Some(*self), |path| path.parent.copied()).filter_map(|path| match path.step {
            Step::Field(name) => Some(name),
            Step::Root | Step::Item(_) => None,
        })
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = Vec::new();
        let mut place = Some(self);
        while let Some(path) = place {
            steps.push(path.step);
            place = path.parent;
        }
        let mut first = true;
        for step in steps.iter().rev() {
            match step {
                Step::Root => continue,
                Step::Field(name) if first => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
            first = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_like_an_expression() {
        let result = Path::ROOT.field("result");
        let list = result.field("after_property_list");
        let item = list.item(3);
        assert_eq!(item.field("value").to_string(), "result.after_property_list[3].value");
        assert_eq!(Path::ROOT.to_string(), "");
    }
}
