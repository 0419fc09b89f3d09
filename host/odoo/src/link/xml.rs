//! XML-RPC's values: JSON values out, JSON values in.
//!
//! Going out, what XML 1.0 or XML-RPC can't carry is told before anything is sent. Coming in, Odoo has left control
//! characters out of texts, and an empty value is `false`, as over JSON.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::rpc::Argument;
use crate::problem::Problem;

/// How deep values may lie in each other: deeper than any answer of Odoo's, and far from the stack's end.
const DEPTH: usize = 64;

/// A value that XML-RPC can't carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The innermost name it stands under, if any: a field's, when it is written.
    pub(crate) name: Option<String>,
    pub(crate) problem: Problem,
}

/// Why a text can't travel in XML 1.0.
pub(crate) fn misfit(text: &str) -> Option<Problem> {
    let odd = |character: &char| matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.chars().find(odd)? {
        '\0' => Some(Problem::Nul),
        _ => Some(Problem::Control),
    }
}

/// A call as XML.
pub(crate) fn call(method: &str, arguments: &[Argument<'_>]) -> Result<String, Misfit> {
    let mut xml = Writer { out: String::new(), name: None };
    xml.out.push_str("<?xml version=\"1.0\"?><methodCall><methodName>");
    xml.escaped(method)?;
    xml.out.push_str("</methodName><params>");
    for argument in arguments {
        xml.out.push_str("<param>");
        xml.argument(argument)?;
        xml.out.push_str("</param>");
    }
    xml.out.push_str("</params></methodCall>");
    Ok(xml.out)
}

struct Writer<'a> {
    out: String,
    /// The innermost name so far.
    name: Option<&'a str>,
}

impl<'a> Writer<'a> {
    fn argument(&mut self, argument: &Argument<'a>) -> Result<(), Misfit> {
        match argument {
            Argument::Text(text) => self.text(text),
            Argument::Id(id) => self.integer(Some(*id)),
            Argument::List(items) => self.array(items.iter().copied()),
            Argument::Named(members) => self.members(members.iter().map(|(name, value)| (*name, *value))),
        }
    }

    fn value(&mut self, value: &'a Value) -> Result<(), Misfit> {
        match value {
            Value::Null => self.out.push_str("<value><nil/></value>"),
            Value::Bool(flag) => self.typed("boolean", u8::from(*flag)),
            Value::Number(number) if number.is_f64() => self.typed("double", number),
            Value::Number(number) => return self.integer(number.as_i64()),
            Value::String(text) => return self.text(text),
            Value::Array(items) => return self.array(items.iter()),
            Value::Object(members) => {
                return self.members(members.iter().map(|(name, value)| (name.as_str(), value)));
            }
        }
        Ok(())
    }

    fn array(&mut self, items: impl Iterator<Item = &'a Value>) -> Result<(), Misfit> {
        self.out.push_str("<value><array><data>");
        for item in items {
            self.value(item)?;
        }
        self.out.push_str("</data></array></value>");
        Ok(())
    }

    fn members(&mut self, members: impl Iterator<Item = (&'a str, &'a Value)>) -> Result<(), Misfit> {
        let outer = self.name;
        self.out.push_str("<value><struct>");
        for (name, value) in members {
            self.name = Some(name);
            self.out.push_str("<member><name>");
            self.escaped(name)?;
            self.out.push_str("</name>");
            self.value(value)?;
            self.out.push_str("</member>");
        }
        self.out.push_str("</struct></value>");
        self.name = outer;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Misfit> {
        self.out.push_str("<value><string>");
        self.escaped(text)?;
        self.out.push_str("</string></value>");
        Ok(())
    }

    /// XML-RPC's whole numbers have 32 bits; Odoo reads its extension to 64, too.
    fn integer(&mut self, number: Option<i64>) -> Result<(), Misfit> {
        let Some(number) = number else { return Err(self.misfit(Problem::Range)) };
        self.typed(if i32::try_from(number).is_ok() { "int" } else { "i8" }, number);
        Ok(())
    }

    fn typed(&mut self, kind: &str, value: impl std::fmt::Display) {
        // Writing to a string can't fail.
        let _ = write!(self.out, "<value><{kind}>{value}</{kind}></value>");
    }

    fn escaped(&mut self, text: &str) -> Result<(), Misfit> {
        if let Some(problem) = misfit(text) {
            return Err(self.misfit(problem));
        }
        for character in text.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                // A bare one would arrive as a line feed.
                '\r' => self.out.push_str("&#13;"),
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    fn misfit(&self, problem: Problem) -> Misfit {
        Misfit { name: self.name.map(str::to_owned), problem }
    }
}

/// What the server answered.
#[derive(Debug, PartialEq)]
pub(crate) enum Response {
    /// The method's result.
    Result(Value),
    /// A refusal: its code and its words.
    Fault(i64, String),
}

/// The answer to a call; `None` when the text is none, or ends in the middle.
pub(crate) fn response(text: &str) -> Option<Response> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut parser = Parser { reader };
    parser.open("methodResponse")?;
    let response = match parser.tag()? {
        Tag::Open("params") => {
            parser.open("param")?;
            parser.open("value")?;
            let value = parser.value(0)?;
            parser.close("param")?;
            parser.close("params")?;
            Response::Result(value)
        }
        Tag::Open("fault") => {
            parser.open("value")?;
            let fault = parser.value(0)?;
            parser.close("fault")?;
            Response::Fault(fault["faultCode"].as_i64()?, fault["faultString"].as_str()?.to_owned())
        }
        _ => return None,
    };
    parser.close("methodResponse")?;
    Some(response)
}

struct Parser<'x> {
    reader: Reader<&'x [u8]>,
}

enum Tag<'x> {
    Open(&'x str),
    Close(&'x str),
}

impl<'x> Parser<'x> {
    /// The next tag; only blanks and comments may stand before it.
    fn tag(&mut self) -> Option<Tag<'x>> {
        loop {
            match self.reader.read_event().ok()? {
                Event::Start(tag) => return Some(Tag::Open(self.name(tag.name().into_inner())?)),
                Event::End(tag) => return Some(Tag::Close(self.name(tag.name().into_inner())?)),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                _ => return None,
            }
        }
    }

    /// A tag's name, out of the few that XML-RPC has.
    fn name(&self, name: &str) -> Option<&'static str> {
        const NAMES: [&str; 20] = [
            "methodResponse",
            "params",
            "param",
            "fault",
            "value",
            "array",
            "data",
            "struct",
            "member",
            "name",
            "nil",
            "boolean",
            "int",
            "i4",
            "i8",
            "double",
            "string",
            "dateTime.iso8601",
            "base64",
            "ex:nil",
        ];
        NAMES.into_iter().find(|known| *known == name)
    }

    fn open(&mut self, name: &str) -> Option<()> {
        matches!(self.tag()?, Tag::Open(found) if found == name).then_some(())
    }

    fn close(&mut self, name: &str) -> Option<()> {
        matches!(self.tag()?, Tag::Close(found) if found == name).then_some(())
    }

    /// The value whose `<value>` was just read, to its end.
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth == DEPTH {
            return None;
        }
        let (text, tag) = self.text()?;
        let kind = match tag {
            // Without a type it is a text.
            Tag::Close("value") => return Some(Value::String(text)),
            Tag::Open(kind) if text.trim().is_empty() => kind,
            _ => return None,
        };
        let value = match kind {
            "array" => self.array(depth)?,
            "struct" => self.members(depth)?,
            _ => {
                let (text, end) = self.text()?;
                if !matches!(end, Tag::Close(found) if found == kind) {
                    return None;
                }
                scalar(kind, text)?
            }
        };
        self.close("value")?;
        Some(value)
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.open("data")?;
        let mut items = Vec::new();
        loop {
            match self.tag()? {
                Tag::Open("value") => items.push(self.value(depth + 1)?),
                Tag::Close("data") => break,
                _ => return None,
            }
        }
        self.close("array")?;
        Some(Value::Array(items))
    }

    fn members(&mut self, depth: usize) -> Option<Value> {
        let mut members = Map::new();
        loop {
            match self.tag()? {
                Tag::Open("member") => {}
                Tag::Close("struct") => return Some(Value::Object(members)),
                _ => return None,
            }
            self.open("name")?;
            let (name, Tag::Close("name")) = self.text()? else { return None };
            self.open("value")?;
            let value = self.value(depth + 1)?;
            members.insert(name, value);
            self.close("member")?;
        }
    }

    /// The text up to the next tag, and that tag. Line ends stay as they are: Odoo writes `\r` bare.
    fn text(&mut self) -> Option<(String, Tag<'x>)> {
        let mut text = String::new();
        loop {
            match self.reader.read_event().ok()? {
                Event::Text(part) => text.push_str(&part),
                Event::CData(part) => text.push_str(&part.into_inner()),
                Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                    Some(character) => text.push(character),
                    None => text.push_str(resolve_predefined_entity(&name)?),
                },
                Event::Comment(_) => {}
                Event::Start(tag) => return Some((text, Tag::Open(self.name(tag.name().into_inner())?))),
                Event::End(tag) => return Some((text, Tag::Close(self.name(tag.name().into_inner())?))),
                _ => return None,
            }
        }
    }
}

fn scalar(kind: &str, text: String) -> Option<Value> {
    Some(match kind {
        "string" => Value::String(text),
        "int" | "i4" | "i8" => text.trim().parse::<i64>().ok()?.into(),
        "boolean" => match text.trim() {
            "1" => true.into(),
            "0" => false.into(),
            _ => return None,
        },
        // A float is a float also when it is whole, as over JSON.
        "double" => Value::Number(serde_json::Number::from_f64(text.trim().parse().ok()?)?),
        "nil" | "ex:nil" => Value::Null,
        // Base64 is what Odoo's binary fields hold over JSON, too.
        "base64" => Value::String(text.split_ascii_whitespace().collect()),
        "dateTime.iso8601" => Value::String(moment(text.trim())?),
        _ => return None,
    })
}

/// `20200229T10:11:12` as Odoo spells moments: `2020-02-29 10:11:12`.
fn moment(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let digits: String = date.chars().filter(|character| *character != '-').collect();
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}-{}-{} {time}", &digits[..4], &digits[4..6], &digits[6..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(value: &Value) -> Result<String, Misfit> {
        call("m", &[Argument::List(vec![value])])
    }

    fn answered(value: &str) -> Option<Value> {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<methodResponse>\n<params>\n<param>\n{value}\n</param>\n</params>\n\n</methodResponse>\n"
        );
        match response(&text)? {
            Response::Result(value) => Some(value),
            Response::Fault(..) => None,
        }
    }

    /// Each value as it is written, read as if a server had answered it.
    #[test]
    fn what_is_written_reads_back() {
        let value = json!({
            "text": "a <b> & \"c\" 'd' ]]> \r\n\t é 🦷 מרים", "blank": "  ", "empty": "", "none": null, "yes": true,
            "no": false, "whole": -2_147_483_648, "long": 2_147_483_648_i64, "part": 1234.5, "tiny": 1e-9, "large": 1e300, "list": [1, ["x", []], {}],
            "odd name <&>": [{ "a": 1 }],
        });
        let xml = written(&value).expect("all of it can travel");
        let start = xml.find("<data>").expect("the list") + "<data>".len();
        let end = xml.rfind("</data>").expect("the list's end");
        assert_eq!(answered(&xml[start..end]), Some(value));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("JSON has it", |number| number.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[ -~\r\n\t]{0,12}".prop_map(Value::from),
        ];
        scalar.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[ -~\r\n]{0,6}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::Object(members) => members.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn any_value_reads_back_or_is_told(value in any_value()) {
            match written(&value) {
                Ok(xml) => {
                    let start = xml.find("<data>").expect("the list") + "<data>".len();
                    let end = xml.rfind("</data>").expect("the list's end");
                    prop_assert_eq!(answered(&xml[start..end]), Some(value));
                }
                Err(_) => prop_assert!(texts(&value).into_iter().any(|text| misfit(text).is_some())),
            }
        }
    }

    #[test]
    fn what_xml_cannot_carry_is_told_with_its_name() {
        let tell = |value: Value| written(&value).expect_err("it can't travel");
        let misfit = |name: Option<&str>, problem| Misfit { name: name.map(str::to_owned), problem };
        assert_eq!(tell(json!([{ "ref": "x" }, { "name": "Cy\u{7}" }])), misfit(Some("name"), Problem::Control));
        assert_eq!(tell(json!({ "lines": [[0, 0, { "note": "a\u{0}b" }]] })), misfit(Some("note"), Problem::Nul));
        assert_eq!(tell(json!({ "a": { "b": 1 }, "color": u64::MAX })), misfit(Some("color"), Problem::Range));
        assert_eq!(tell(json!([["x\u{ffff}"]])), misfit(None, Problem::Control));
        assert_eq!(written(&json!("tab\t, line\n, return\r")).map(|xml| xml.contains("&#13;")), Ok(true));
    }

    #[test]
    fn types_that_odoo_does_not_send_are_read_too() {
        for (xml, value) in [
            ("<value>plain <b></value>", None),
            ("<value>plain &lt;b&gt;</value>", Some(json!("plain <b>"))),
            ("<value/>", Some(json!(""))),
            ("<value><string/></value>", Some(json!(""))),
            ("<value><!-- c --><i4>7</i4></value>", Some(json!(7))),
            ("<value><i8>4294967296</i8></value>", Some(json!(4_294_967_296_i64))),
            ("<value><nil/></value>", Some(Value::Null)),
            ("<value><string><![CDATA[<a&b>]]></string></value>", Some(json!("<a&b>"))),
            ("<value><string>&#x41;&#66;</string></value>", Some(json!("AB"))),
            (
                "<value><dateTime.iso8601>20200229T10:11:12</dateTime.iso8601></value>",
                Some(json!("2020-02-29 10:11:12")),
            ),
            ("<value><base64>aGVs\nbG8=</base64></value>", Some(json!("aGVsbG8="))),
            ("<value><boolean>2</boolean></value>", None),
            ("<value><double>nan</double></value>", None),
            ("<value><string>&bomb;</string></value>", None),
            ("<value><struct><member><name>a</name></member></struct></value>", None),
            ("<html>a proxy's words</html>", None),
        ] {
            assert_eq!(answered(xml), value, "{xml}");
        }
    }

    #[test]
    fn an_answer_that_is_cut_anywhere_is_none() {
        let text = "<?xml version=\"1.0\"?><methodResponse><fault><value><struct><member><name>faultCode</name><value><int>2</int></value></member><member><name>faultString</name><value><string>Record &lt;</string></value></member></struct></value></fault></methodResponse>";
        assert_eq!(response(text), Some(Response::Fault(2, "Record <".to_owned())));
        for end in 0..text.len() {
            assert_eq!(response(&text[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let (open, close) = ("<value><array><data>".repeat(depth), "</data></array></value>".repeat(depth));
            answered(&format!("{open}{close}"))
        };
        assert!(nested(DEPTH - 1).is_some());
        assert_eq!(nested(100_000), None);
    }
}
