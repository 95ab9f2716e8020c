//! Parses Java samples: the setters called on the request, and on the objects that are set on it.
//!
//! Only code as the site generates it is supported (docs/pages.md, "Samples"): `new` declares a variable, and each
//! setter takes one literal, one call around a literal (`StringUtils.parseDateTime("…")`, `new FileItem("…")`) or one
//! variable.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{MAX_DEPTH, Node, Sample, Value, escape};

/// Returns the name of a parameter's setter, without `set`: `biz_date` and `bizDate` become `BizDate`.
///
/// ```
/// assert_eq!(topsdk_codegen::samples::setter_name("tk3rd_pub_id"), "Tk3rdPubId");
/// ```
pub fn setter_name(name: &str) -> String {
    let mut setter = String::with_capacity(name.len());
    for word in name.split(['.', '_', '-']) {
        let mut letters = word.chars();
        setter.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        setter.push_str(letters.as_str());
    }
    setter
}

impl Sample {
    /// Parses a request in Java.
    pub fn java(text: &str) -> Sample {
        let mut reader = JavaReader { text, ..JavaReader::default() };
        while reader.at < text.len() {
            reader.statement();
        }
        reader.finish()
    }
}

#[derive(Default)]
struct JavaReader<'a> {
    text: &'a str,
    at: usize,
    /// Whether no literal after this position is followed by `)`. Avoids searching again.
    no_end: bool,
    objects: Vec<JavaObject>,
    /// The object of each variable.
    variables: BTreeMap<&'a str, usize>,
    /// The object whose class is that of the request.
    request: Option<usize>,
    /// The variable passed to the client's `execute`.
    executed: Option<&'a str>,
    sample: Sample,
}

struct JavaObject {
    /// The span of the declaration, or `None` if a truncated sample lacks it.
    declared: Option<Range<usize>>,
    /// Whether this is a list. Lists get items by `add`; other objects get members by setters.
    list: bool,
    /// Whether the object is set on another object. Each object can be set only once.
    attached: bool,
    /// The values that are set, each with the object that it is.
    calls: Vec<(Node, Option<usize>)>,
}

impl<'a> JavaReader<'a> {
    /// Reads one statement, up to its `;`, or to the end of the line if there is none.
    fn statement(&mut self) {
        let rest = self.text[self.at..].trim_start();
        let start = self.text.len() - rest.len();
        if rest.starts_with("//") {
            self.at = start + rest.find('\n').unwrap_or(rest.len());
            return;
        }
        // In the site's samples, no string literal or nested code precedes the first of these characters in a statement.
        let Some(length) = rest.find(['(', ';', '\n']) else {
            self.at = self.text.len();
            if !rest.is_empty() {
                self.sample.gap(start..self.at, "this statement has no end");
            }
            return;
        };
        let (head, arguments) = (&rest[..length], &rest[length + 1..]);
        self.at = start + length + 1;
        if !rest[length..].starts_with('(') {
            // `List<A> x;`, a blank line or something unknown, which sets nothing.
            return;
        }
        if head.trim_end().ends_with(".execute") {
            self.executed = arguments.split([',', ')', ';', '\n']).next().map(str::trim);
        } else if let Some((left, right)) = head.split_once('=') {
            self.declaration(left, right, start..start + length);
        } else if let Some((variable, call)) = head.rsplit_once('.') {
            self.call(variable.trim(), call.trim(), start + variable.len() + 1);
        }
        let rest = &self.text[self.at..];
        self.at += rest.find([';', '\n']).map_or(rest.len(), |length| length + 1);
    }

    /// Reads `Type variable = new Type(`. A variable assigned without `new` is the client's response.
    fn declaration(&mut self, left: &'a str, right: &'a str, span: Range<usize>) {
        let Some(class) = right.trim().strip_prefix("new ") else { return };
        let variable = left.split_whitespace().next_back().unwrap_or_default();
        let class = class.trim();
        let object = self.object(variable, Some(span), class.starts_with("ArrayList"));
        if self.request.is_none() && class.ends_with("Request") && !class.contains('.') {
            self.request = Some(object);
        }
    }

    fn object(&mut self, variable: &'a str, declared: Option<Range<usize>>, list: bool) -> usize {
        let object = self.objects.len();
        self.objects.push(JavaObject { declared, list, attached: false, calls: Vec::new() });
        self.variables.insert(variable, object);
        object
    }

    /// Reads `variable.setName(argument)` or `variable.add(argument)`. Other calls set nothing.
    fn call(&mut self, variable: &'a str, call: &'a str, call_start: usize) {
        let object = self.variables.get(variable).copied();
        let is_list = call == "add" && object.is_none_or(|object| self.objects[object].list);
        let name = match call.strip_prefix("set") {
            Some(name) if !name.is_empty() => name,
            _ if is_list => "",
            _ => return,
        };
        let name_span = call_start..call_start + call.len();
        let (argument, span) = self.argument();
        let object = object.unwrap_or_else(|| {
            self.sample.problem(name_span.clone(), format!("`{variable}` is not declared"));
            self.object(variable, None, is_list)
        });
        let mut node = Node { name: name.to_owned(), name_span, value: Value::Nothing, span };
        let is_variable = self.text[node.span.clone()] == argument;
        let mut target = self.variables.get(argument.as_str()).copied().filter(|_| is_variable);
        match target {
            None => node.value = Value::Text(argument),
            Some(other) if other == object || Some(other) == self.request || self.objects[other].attached => {
                self.sample.problem(node.span.clone(), format!("`{argument}` is set a second time"));
                target = None;
            }
            Some(other) => self.objects[other].attached = true,
        }
        self.objects[object].calls.push((node, target));
    }

    /// Reads a setter's argument, after the `(`: the text of the first literal in it, or the argument's source text.
    fn argument(&mut self) -> (String, Range<usize>) {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(['"', ')', ';', '\n']).unwrap_or(rest.len());
        if !rest[length..].starts_with('"') {
            let words = rest[..length].trim();
            let start = start + (rest.len() - rest.trim_start().len()).min(length);
            self.at += length;
            return (words.to_owned(), start..start + words.len());
        }
        let quote = start + length;
        let end = self.literal_end(quote);
        self.at = (end + 1).min(self.text.len());
        let raw = &self.text[quote + 1..end];
        if raw.contains('\n') {
            self.sample.problem(quote..quote + 1, "this text contains a line break");
        }
        let message = "`\\` does not begin a Java escape";
        (self.sample.unescaped(raw, quote + 1, '\\', escape, message), quote..self.at)
    }

    /// Returns the end of the literal that begins at `quote`: the first quote followed by `)`, because the site does not
    /// escape quotes in values; else the first quote, or the end of the text.
    fn literal_end(&mut self, quote: usize) -> usize {
        let (mut escaped, mut first) = (false, None);
        for (at, byte) in (quote + 1..).zip(self.text[quote + 1..].bytes()) {
            let is_quote = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            if !is_quote {
                continue;
            }
            if self.no_end || self.text[at + 1..].trim_start_matches(' ').starts_with(')') {
                if let Some(first) = first {
                    self.sample.problem(first..first + 1, "a quote in a text must be written `\\\"`");
                }
                return at;
            }
            first = first.or(Some(at));
        }
        self.no_end = true;
        self.sample.gap(quote..quote + 1, "this text is never closed");
        first.unwrap_or(self.text.len())
    }

    fn finish(mut self) -> Sample {
        self.sample.incomplete |= self.executed.is_none();
        // A truncated sample may lack the declaration. The site names its requests `req`.
        let variable = |name: &str| self.variables.get(name).copied();
        let request = self.executed.and_then(variable).or(self.request).or_else(|| variable("req"));
        let Some(request) = request else {
            self.sample.problem(0..self.text.len(), "no request object is created");
            return self.sample;
        };
        for (index, object) in self.objects.iter().enumerate() {
            // The client is also declared, but no setters are called on it.
            if index != request
                && !object.attached
                && !object.calls.is_empty()
                && let Some(declared) = &object.declared
            {
                self.sample.problem(declared.clone(), "this object is never set on another one");
            }
        }
        let span = self.objects[request].declared.clone().unwrap_or_default();
        let value = self.value(request, 1);
        self.sample.root = Some(Node { name: String::new(), name_span: span.clone(), value, span });
        self.sample.problems.sort_by_key(|problem| problem.span.start);
        self.sample
    }

    /// Returns the tree below an object. Takes each object's calls only once, so the recursion terminates.
    fn value(&mut self, object: usize, depth: usize) -> Value {
        let mut nodes = Vec::new();
        for (mut node, target) in std::mem::take(&mut self.objects[object].calls) {
            match target {
                Some(_) if depth == MAX_DEPTH => self.sample.too_deep(node.span.clone()),
                Some(target) => node.value = self.value(target, depth + 1),
                None => {}
            }
            nodes.push(node);
        }
        if self.objects[object].list { Value::Items(nodes) } else { Value::Members(nodes) }
    }
}

#[cfg(test)]
mod tests {
    use crate::cost::{LINEAR, growth};
    use crate::samples::{MAX_DEPTH, Sample, setter_name};

    fn outline(text: &str) -> String {
        Sample::java(text).root.as_ref().map(super::super::tests::outline).unwrap_or_default()
    }

    fn sample(setters: &str) -> String {
        format!(
            "TaobaoClient client = new DefaultTaobaoClient(url, appkey, secret);\nItemGetRequest req = new ItemGetRequest();\n{setters}\nItemGetResponse rsp = client.execute(req, sessionKey);\nSystem.out.println(rsp.getBody());"
        )
    }

    #[test]
    fn objects_nest_in_the_object_that_they_are_set_on() {
        let text = sample(
            "ItemGetRequest.A obj1 = new ItemGetRequest.A();\nItemGetRequest.B obj2 = new ItemGetRequest.B();\nobj2.setX(1L);\nobj1.setB(obj2);\nobj1.setOn(true);\nreq.setA(obj1);\nreq.setDay(StringUtils.parseDateTime(\"2000-01-01 00:00:00\"));\nreq.setFile(new FileItem(\"/tmp/file.txt\"));\nreq.setNone(null);",
        );
        let sample = Sample::java(&text);
        assert_eq!(sample.problems, []);
        assert_eq!(outline(&text), "{A{B{X=1L} On=true} Day=2000-01-01 00:00:00 File=/tmp/file.txt None=null}");
    }

    #[test]
    fn lists_are_filled_by_add() {
        let text = sample(
            "List<A> list2 = new ArrayList<A>();\nA obj3 = new A();\nlist2.add(obj3);\nobj3.setX(\"1\");\nreq.setItems(list2);",
        );
        assert_eq!(Sample::java(&text).problems, []);
        assert_eq!(outline(&text), "{Items[{X=1}]}");
    }

    #[test]
    fn truncated_sample_keeps_its_nesting_and_is_incomplete() {
        let whole = sample("A obj1 = new A();\nobj1.setX(1L);\nreq.setA(obj1);\nreq.setB(2L);");
        assert!(Sample::java(&whole).is_complete());
        let without_end = whole.split("ItemGetResponse").next().unwrap();
        assert_eq!(outline(without_end), "{A{X=1L} B=2L}");
        assert!(!Sample::java(without_end).is_complete());
        assert_eq!(outline("obj1.setX(1L);\nlist2.add(obj1);\nreq.setA(list2);\nreq.setB(2L);"), "{A[{X=1L}] B=2L}");
        assert_eq!(outline("r.setB(2L);\nclient.execute(r, sessionKey);"), "{B=2L}");
        assert_eq!(outline(&sample("A o = new A();\no.setX(1L);\nreq.setA(o);\nreq.setB(o);")), "{A{X=1L} B-}");
    }

    #[test]
    fn string_literals_may_contain_any_text() {
        for (literal, value) in [
            (r#""a;b) \"c\" \\ \n\u4e2d\ud83d\ude00""#, "a;b) \"c\" \\ \n中😀"),
            (r#""{"a":"b"}""#, r#"{"a":"b"}"#),
            ("\"一\n二\"", "一\n二"),
            (r#""C:\dir""#, r"C:\dir"),
            ("\"//x\"", "//x"),
            ("\"\"", ""),
        ] {
            assert_eq!(
                outline(&sample(&format!("req.setA({literal});\nreq.setB(2L);"))),
                format!("{{A={value} B=2L}}"),
                "{literal}"
            );
        }
    }

    #[test]
    fn literal_equal_to_a_variable_name_is_text() {
        assert_eq!(outline(&sample("A obj1 = new A();\nreq.setName(\"obj1\");\nreq.setA(obj1);")), "{Name=obj1 A{}}");
    }

    #[test]
    fn contradictory_or_malformed_calls_are_reported() {
        for (setters, message) in [
            ("obj9.setX(1L);", "`obj9` is not declared"),
            ("A obj1 = new A();\nobj1.setX(1L);", "never set on another"),
            ("A obj1 = new A();\nreq.setX(obj1);\nreq.setY(obj1);", "second time"),
            ("A obj1 = new A();\nobj1.setX(obj1);", "second time"),
            ("A obj1 = new A();\nobj1.setX(req);", "second time"),
            ("req.setX(\"abc);", "never closed"),
            (r#"req.setX("\ud83d!");"#, "does not begin a Java escape"),
        ] {
            let problems = Sample::java(&sample(setters)).problems;
            assert!(problems.iter().any(|problem| problem.message.contains(message)), "{setters}: {problems:?}");
        }
        assert!(Sample::java("").problems[0].message.contains("no request object"));
    }

    #[test]
    fn nesting_is_bounded_and_takes_linear_time() {
        let nested = |size: usize| {
            let objects = (0..size).map(|index| format!("A o{index} = new A();\n"));
            let setters = (1..size).map(|index| format!("o{}.setA(o{index});\n", index - 1));
            sample(&(objects.chain(setters).collect::<String>() + "req.setA(o0);"))
        };
        let read = |text: &String| {
            let problems = Sample::java(text).problems;
            assert!(problems.iter().any(|problem| problem.message.contains(&MAX_DEPTH.to_string())), "{problems:?}");
        };
        assert!(growth(2_000, nested, read) < LINEAR);
        for hostile in ["req.setX(\"", "\"", "a.b(", "=", "req.setX(\" x", "\\"] {
            let read = |text: &String| drop(Sample::java(text));
            let growth = growth(5_000, |size| sample(&hostile.repeat(size)), read);
            assert!(growth < LINEAR, "{hostile}: {growth}");
        }
    }

    #[test]
    fn setter_names_match_the_sdk() {
        for (name, setter) in [
            ("biz_date", "BizDate"),
            ("ownerCode", "OwnerCode"),
            ("is_3D", "Is3D"),
            ("a.b", "AB"),
            ("", ""),
            ("名_a", "名A"),
        ] {
            assert_eq!(setter_name(name), setter);
        }
    }
}
