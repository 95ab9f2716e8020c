//! XML's own forms: docs/protocol.md section 5.2.

use super::{Inner, Kinds, List, error, json, one_anomaly, strict, xml};
use crate::Error;

fn texts(fields: &str) -> Vec<String> {
    strict::<Kinds>(&xml(fields)).texts
}

fn text(fields: &str) -> Option<String> {
    strict::<Kinds>(&xml(fields)).text
}

#[test]
fn a_list_has_its_attribute_or_not_and_any_item_names() {
    for list in [
        "<texts><string>a</string><string>b</string></texts>",
        "<texts list=\"true\"><string>a</string><string>b</string></texts>",
        "<texts><texts>a</texts><texts>b</texts></texts>",
        "<texts>\n  <x>a</x>\n  <y z='1'>b</y>\n</texts>",
        "<texts><!-- first --><a>a</a><?pi?><b>b</b></texts>",
    ] {
        assert_eq!(texts(list), ["a", "b"], "{list}");
    }
}

#[test]
fn an_item_named_like_its_list_or_like_its_own_field_is_an_item() {
    let body = xml("<objects><objects><id>1</id></objects></objects>\
         <inner_list><inner><id>2</id><inner><id>3</id></inner></inner></inner_list>");
    let value = strict::<Kinds>(&body);
    assert_eq!(value.objects, [Inner { id: Some(1), name: None }]);
    assert_eq!(value.inner_list, [List { id: Some(2), inner: Some(Inner { id: Some(3), name: None }) }]);
}

#[test]
fn empty_lists_and_empty_items_are_distinguished() {
    for list in ["<texts/>", "<texts></texts>", "<texts list=\"true\">\n</texts>", "<texts>null</texts>", ""] {
        assert!(texts(list).is_empty(), "{list}");
    }
    assert_eq!(texts("<texts><string>20160513</string><string></string></texts>"), ["20160513", ""]);
    assert_eq!(texts("<texts><string/></texts>"), [""]);
    for list in ["<objects/>", "<objects></objects>", "<objects>null</objects>"] {
        assert!(strict::<Kinds>(&xml(list)).objects.is_empty(), "{list}");
    }
    assert_eq!(strict::<Kinds>(&xml("<objects><a/><b></b></objects>")).objects, vec![Inner::default(); 2]);
}

#[test]
fn a_list_shown_as_one_value_is_a_list_of_one() {
    assert_eq!(texts("<texts>a b</texts>"), ["a b"]);
    assert_eq!(strict::<Kinds>(&xml("<numbers>7</numbers>")).numbers, [7]);
}

#[test]
fn text_and_cdata_and_references_make_one_text() {
    assert_eq!(text("<text>a<![CDATA[<b>&amp;]]>c</text>").unwrap(), "a<b>&amp;c");
    assert_eq!(text("<text>a<!-- no -->b<?no?>c</text>").unwrap(), "abc");
    assert_eq!(text("<text>&lt;&gt;&amp;&quot;&apos;&#23567;&#x660E;&#13;</text>").unwrap(), "<>&\"'小明\r");
    assert_eq!(text("<text>don&apos;t</text>").unwrap(), "don't");
    assert_eq!(text("<text><![CDATA[]]></text>").unwrap(), "");
    assert_eq!(strict::<Kinds>(&xml("<number>1<![CDATA[2]]>&#51;</number>")).number, Some(123));
}

#[test]
fn a_text_keeps_its_white_space_and_other_values_lose_theirs() {
    assert_eq!(text("<text>  a\n b </text>").unwrap(), "  a\n b ");
    assert_eq!(text("<text>null</text>").unwrap(), "null");
    let value = strict::<Kinds>(&xml("<number>\n 12 </number><boolean> true\n</boolean><date> 2019-08-08 </date>"));
    assert_eq!((value.number, value.boolean), (Some(12), Some(true)));
    assert_eq!(value.date.unwrap().to_string(), "2019-08-08T00:00:00");
}

#[test]
fn line_ends_are_line_feeds_as_xml_says() {
    assert_eq!(text("<text>a\r\nb\rc&#13;\n<![CDATA[\r\n]]></text>").unwrap(), "a\nb\nc\r\n\n");
}

#[test]
fn an_empty_element_is_an_empty_text_and_no_other_value() {
    for fields in ["<text/><number/><boolean/><date/><decimal/><file/>", "<text></text><number></number><date> </date>"]
    {
        let value = strict::<Kinds>(&xml(fields));
        assert_eq!(value, Kinds { text: Some(String::new()), ..Kinds::default() });
    }
    let value =
        strict::<Kinds>(&xml("<number>null</number><boolean>null</boolean><date>null</date><decimal>null</decimal>"));
    assert_eq!(value, Kinds::default());
    assert_eq!(strict::<Kinds>(&xml("<object/>")).object, Some(Inner::default()));
    assert_eq!(strict::<Kinds>(&xml("<object></object>")).object, Some(Inner::default()));
    assert_eq!(strict::<Kinds>(&xml("<object>null</object>")).object, None);
}

#[test]
fn xml_and_json_give_equal_values_of_every_kind() {
    let from_xml =
        strict::<Kinds>(&xml("<text>小&amp;/明</text><number>7104300007405429232</number><boolean>true</boolean>\
         <date>2019-08-08 15:15:41</date><decimal>12.00</decimal><json>{&quot;a&quot;: [1,2.50]}</json>\
         <object><id>1</id><name></name></object><texts><string>a</string><string></string></texts>\
         <numbers><number>1</number><number>-2</number></numbers><booleans><boolean>false</boolean></booleans>\
         <dates><date>2019-08-08 00:00:00</date></dates><decimals><price>0.10</price></decimals>\
         <jsons><json>{}</json></jsons><objects><inner><id>1</id></inner><inner></inner></objects>\
         <self><id>1</id><self><id>2</id></self></self>"));
    for members in [
        r#""text":"小&\/明","number":7104300007405429232,"boolean":true,"date":"2019-08-08 15:15:41",
           "decimal":"12.00","json":"{\"a\": [1,2.50]}","object":{"id":1,"name":""},
           "texts":{"string":["a",""]},"numbers":{"number":[1,-2]},"booleans":{"boolean":[false]},
           "dates":{"date":["2019-08-08"]},"decimals":{"price":["0.10"]},"jsons":{"json":[{}]},
           "objects":{"inner":[{"id":1},{}]},"self":{"id":1,"self":{"id":2}}"#,
        r#""text":"小&/明","number":"7104300007405429232","boolean":"true","date":1565248541000,
           "decimal":12.00,"json":{"a": [1,2.50]},"object":{"name":"","id":"1"},
           "texts":["a",""],"numbers":["1",-2],"booleans":["false"],
           "dates":["2019-08-08 00:00:00"],"decimals":[0.10],"jsons":["{}"],
           "objects":[{"id":1},{}],"self":{"self":{"id":2},"id":1}"#,
    ] {
        assert_eq!(strict::<Kinds>(&json(members)), from_xml);
    }
}

#[test]
fn an_undefined_entity_and_a_lone_ampersand_are_kept_as_written() {
    for (written, found) in [
        ("a&nbsp;b", "&nbsp;"),
        ("a & b", "&"),
        ("a&#xD83D;b", "&#xD83D;"),
        ("a&#0;", "&#0;"),
        ("&", "&"),
        ("a & b; c", "&"),
        ("&;", "&"),
    ] {
        let body = xml(&format!("<text>{written}</text>"));
        let (value, anomaly) = one_anomaly(&body);
        assert_eq!(value.text.unwrap(), written);
        assert_eq!((anomaly.path.as_str(), anomaly.found.as_str()), ("text", found));
        assert_eq!(&body[anomaly.offset..][..found.len()], found);
    }
}

#[test]
fn doctype_is_refused() {
    for body in [
        "<!DOCTYPE a [<!ENTITY b \"c\">]><kinds_get_response/>",
        "<?xml version=\"1.0\"?><!DOCTYPE kinds_get_response SYSTEM \"file:///etc/passwd\"><kinds_get_response/>",
    ] {
        let Error::Syntax(error) = error(body) else { panic!("{body}") };
        assert!(error.expected.contains("DOCTYPE"), "{error}");
    }
}

#[test]
fn broken_xml_is_an_error_with_its_place() {
    for (body, expected, found, offset) in [
        ("<a_response><text>x</a_response>", "`</text>`", "`</a_response>`", 19),
        ("<a_response><text>x</text>", "the end of every element", "the end of the body", 26),
        ("<a_response><text>x</te", "`>`", "the end of the body", 23),
        (
            "<a_response><text><![CDATA[x</text></a_response>",
            "`]]>` at the end of a CDATA section",
            "the end of the body",
            48,
        ),
        ("<a_response><!-- x </a_response>", "`-->` at the end of a comment", "the end of the body", 32),
        ("<a_response></a_response><b/>", "nothing after the response", "`<b/>`", 25),
        ("<a_response/>garbage", "nothing after the response", "`garbage`", 13),
        ("<a_response/></a_response>", "nothing after the response", "`</a_response>`", 13),
        ("<!-- only a comment -->", "a root element", "the end of the body", 23),
        ("<?xml version=\"1.0\"?>text<a_response/>", "a root element", "`text<a_response/>`", 21),
        ("</a_response>", "a root element", "`</a_response>`", 0),
        ("<a_response><!x></a_response>", "a comment or a CDATA section", "`<!x></a_response>`", 12),
        ("<", "`>`", "the end of the body", 1),
        ("<a_response><text a='>", "the end of an attribute's value", "the end of the body", 22),
        ("<a_response a=\"1\"<b/></a_response>", "`>`", "`<b/></a_response>`", 17),
        ("<a_response><1/></a_response>", "an element's name", "`<1/></a_response>`", 12),
        ("<a_response>a < b</a_response>", "an element's name", "`< b</a_response>`", 14),
        ("<a_response><x><y></z></x></a_response>", "`</y>`", "`</z>`", 18),
        ("<a_response></a_response x>", "`</a_response>`", "`</a_response x>`", 12),
        ("<a_response>a < b", "an element's name", "`< b`", 14),
        ("<a_response>it's 5 <'6</a_response>", "an element's name", "`<'6</a_response>`", 19),
        ("<a_response><![foo]]></a_response>", "a comment or a CDATA section", "`<![foo]]></a_response>`", 12),
        ("<a_response><?></a_response>", "an instruction's name", "`<?></a_response>`", 12),
        ("<a_response><text a='<'/></a_response>", "`>`", "`<'/></a_response>`", 21),
        ("<a_response><!", "a comment or a CDATA section", "the end of the body", 14),
        ("<a_response><![CDA", "`]]>` at the end of a CDATA section", "the end of the body", 18),
    ] {
        let Error::Syntax(error) = error(body) else { panic!("{body}") };
        assert_eq!(error.format, "XML");
        assert!(error.expected.starts_with(expected), "{body}: {error}");
        assert_eq!(error.found, found, "{body}");
        assert_eq!(error.position.offset, offset, "{body}: {error}");
        assert_eq!(error.is_cut_off(), offset == body.len(), "{body}");
    }
}

#[test]
fn an_error_inside_a_field_names_it() {
    let body = xml("\n<objects><inner><id>1</id></inner>\n<inner><name>x</id></inner></objects>");
    assert_eq!(
        error(&body).to_string(),
        "broken XML at line 3, column 15 (byte 70), in `objects[1].name`: expected `</name>`, found `</id>`; \
         keep the body and report it: the gateway does not write this. Around: \
         `…<inner><id>1</id></inner> <inner><name>x</id></inner></objects></kinds_get_respo…`"
    );
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_where_they_stand() {
    let mut body = xml("<text>ab</text>").into_bytes();
    body[26] = 0xFF;
    let Err(Error::Syntax(error)) = crate::Decoder::new().decode::<Kinds>(body) else { panic!() };
    assert_eq!((&*error.expected, error.position.offset), ("UTF-8", 26));
}
