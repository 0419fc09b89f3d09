//! XML-RPC as Python's `xmlrpc.client` reads it and Odoo's marshaller writes it.
//!
//! Written apart from the client's, so that a fault in one is not hidden by the same fault in the other.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Map, Number, Value};

/// An element with what stands in it.
#[derive(Default)]
struct Node {
    name: String,
    text: String,
    nodes: Vec<Node>,
}

impl Node {
    fn child(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }
}

/// A call: method and arguments.
///
/// # Errors
/// The parser's words, roughly those of Python's.
pub(super) fn call(body: &[u8]) -> Result<(String, Vec<Value>), String> {
    let text = std::str::from_utf8(body).map_err(|_| "not well-formed (invalid token): line 1, column 0".to_owned())?;
    if let Some(at) = text.find(|c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r')) {
        let (line, column) = (text[..at].matches('\n').count() + 1, at - text[..at].rfind('\n').map_or(0, |n| n + 1));
        return Err(format!("not well-formed (invalid token): line {line}, column {column}"));
    }
    let root = tree(text).ok_or_else(|| "unclosed token: line 1, column 12".to_owned())?;
    let odd = || "syntax error: line 1, column 0".to_owned();
    let call = root.child("methodCall").ok_or_else(odd)?;
    let method = call.child("methodName").ok_or_else(odd)?.text.clone();
    let params = call.child("params").map(|params| params.nodes.as_slice()).unwrap_or_default();
    let arguments = params.iter().map(|param| value(param.child("value")?)).collect::<Option<Vec<_>>>();
    Ok((method, arguments.ok_or_else(odd)?))
}

fn tree(text: &str) -> Option<Node> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                open.push(Node { name: tag.name().into_inner().to_owned(), ..Node::default() });
            }
            Event::End(_) => {
                let node = open.pop()?;
                open.last_mut()?.nodes.push(node);
            }
            // A bare line end is a line feed to every XML parser.
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.into_inner()),
            Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                Some(character) => open.last_mut()?.text.push(character),
                None => open.last_mut()?.text.push_str(resolve_predefined_entity(&name)?),
            },
            Event::Eof if open.len() == 1 => return open.pop(),
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn value(node: &Node) -> Option<Value> {
    let Some(typed) = node.nodes.first() else { return Some(node.text.clone().into()) };
    let number = typed.text.trim();
    Some(match typed.name.as_str() {
        "string" => typed.text.clone().into(),
        "int" | "i4" | "i8" => number.parse::<i64>().ok()?.into(),
        "boolean" => (number == "1").into(),
        "double" => Number::from_f64(number.parse().ok()?).map(Value::Number)?,
        "nil" => Value::Null,
        "array" => typed.child("data")?.nodes.iter().map(value).collect::<Option<Vec<_>>>()?.into(),
        "struct" => {
            let mut members = Map::new();
            for member in &typed.nodes {
                members.insert(member.child("name")?.text.clone(), value(member.child("value")?)?);
            }
            members.into()
        }
        _ => return None,
    })
}

/// A result.
///
/// # Errors
/// The exception's class and words for a value that the protocol doesn't have.
pub(super) fn response(result: &Value) -> Result<String, (&'static str, String)> {
    let mut out = "<?xml version=\"1.0\"?>\n<methodResponse>\n<params>\n<param>\n".to_owned();
    dump(&mut out, result)?;
    out.push_str("</param>\n</params>\n\n</methodResponse>\n");
    Ok(out)
}

/// A refusal.
pub(super) fn fault(code: i64, words: &str) -> String {
    let words = escaped(words);
    format!(
        "<?xml version=\"1.0\"?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n\
         <value><int>{code}</int></value>\n</member>\n<member>\n<name>faultString</name>\n\
         <value><string>{words}</string></value>\n</member>\n</struct></value>\n</fault>\n\n</methodResponse>\n"
    )
}

fn dump(out: &mut String, value: &Value) -> Result<(), (&'static str, String)> {
    match value {
        Value::Null => {
            return Err(("builtins.TypeError", "cannot marshal None unless allow_none is enabled".to_owned()));
        }
        Value::Bool(flag) => line(out, "boolean", u8::from(*flag)),
        Value::Number(number) if number.is_f64() => line(out, "double", number),
        Value::Number(number) => {
            if number.as_i64().is_none_or(|number| i32::try_from(number).is_err()) {
                return Err(("builtins.OverflowError", "int exceeds XML-RPC limits".to_owned()));
            }
            line(out, "int", number);
        }
        Value::String(text) => line(out, "string", escaped(text)),
        Value::Array(items) => {
            out.push_str("<value><array><data>\n");
            for item in items {
                dump(out, item)?;
            }
            out.push_str("</data></array></value>\n");
        }
        Value::Object(members) => {
            out.push_str("<value><struct>\n");
            for (name, value) in members {
                // Writing to a string can't fail.
                let _ = writeln!(out, "<member>\n<name>{}</name>", escaped(name));
                dump(out, value)?;
                out.push_str("</member>\n");
            }
            out.push_str("</struct></value>\n");
        }
    }
    Ok(())
}

fn line(out: &mut String, kind: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "<value><{kind}>{value}</{kind}></value>");
}

/// Without the control characters that XML 1.0 hasn't, as Odoo leaves them out.
fn escaped(text: &str) -> String {
    let kept: String = text.chars().filter(|c| *c >= ' ' || matches!(c, '\t' | '\n' | '\r')).collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
