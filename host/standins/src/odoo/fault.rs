//! Odoo's refusals, with the status, the exception's name and the text that Odoo 19 gives over each protocol.

use serde_json::{Map, Value, json};

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// No such model.
    NoModel(String),
    /// No such method, as `model.method`.
    NoMethod(String),
    /// Arguments that don't fit a method: JSON-2's words and Python's.
    Arguments { json2: String, python: String },
    /// Refused before the model was reached: route, key, arguments.
    Http { status: u16, name: &'static str, message: String },
    /// One of Odoo's own exceptions.
    Odoo { status: u16, name: &'static str, message: String },
    /// A constraint of the database; JSON-2 puts a phrase before the text, `load` doesn't.
    Constraint { message: String, column: Option<String> },
    /// A Python or driver exception: status 500.
    Python { name: &'static str, message: String },
}

impl Fault {
    pub(crate) fn not_found(message: impl Into<String>) -> Fault {
        Fault::Http { status: 404, name: "werkzeug.exceptions.NotFound", message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Fault {
        Fault::Http { status: 400, name: "werkzeug.exceptions.BadRequest", message: message.into() }
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Fault {
        Fault::Http { status: 401, name: "werkzeug.exceptions.Unauthorized", message: message.into() }
    }

    pub(crate) fn denied() -> Fault {
        Fault::Odoo { status: 401, name: "odoo.exceptions.AccessDenied", message: "Access Denied".to_owned() }
    }

    pub(crate) fn access(message: impl Into<String>) -> Fault {
        Fault::Odoo { status: 403, name: "odoo.exceptions.AccessError", message: message.into() }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Fault {
        Fault::Odoo { status: 422, name: "odoo.exceptions.ValidationError", message: message.into() }
    }

    pub(crate) fn user(message: impl Into<String>) -> Fault {
        Fault::Odoo { status: 422, name: "odoo.exceptions.UserError", message: message.into() }
    }

    pub(crate) fn constraint(message: impl Into<String>) -> Fault {
        Fault::Constraint { message: message.into(), column: None }
    }

    pub(crate) fn value(message: impl Into<String>) -> Fault {
        Fault::Python { name: "builtins.ValueError", message: message.into() }
    }

    pub(crate) fn python(name: &'static str, message: impl Into<String>) -> Fault {
        Fault::Python { name, message: message.into() }
    }

    /// `MissingError` for records that aren't there.
    pub(crate) fn missing(model: &str, ids: &[i64]) -> Fault {
        let list = match ids {
            [one] => format!("{one},"),
            many => many.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        };
        Fault::Odoo {
            status: 404,
            name: "odoo.exceptions.MissingError",
            message: format!("Record does not exist or has been deleted.\n(Record: {model}({list}), User: 2)"),
        }
    }

    /// JSON-2's status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Fault::NoModel(_) | Fault::NoMethod(_) => 404,
            Fault::Http { status, .. } | Fault::Odoo { status, .. } => *status,
            Fault::Arguments { .. } | Fault::Constraint { .. } => 422,
            Fault::Python { .. } => 500,
        }
    }

    /// JSON-2's body.
    pub(crate) fn body(&self) -> Value {
        let not_found = "werkzeug.exceptions.NotFound";
        let (name, message) = match self {
            Fault::NoModel(model) => (not_found, format!("the model {} does not exist", repr_text(model))),
            Fault::NoMethod(method) => (not_found, format!("The method '{method}' does not exist")),
            Fault::Arguments { json2, .. } => ("werkzeug.exceptions.UnprocessableEntity", json2.clone()),
            Fault::Http { name, message, .. } => (*name, message.clone()),
            _ => self.exception(),
        };
        let of_http =
            matches!(self, Fault::NoModel(_) | Fault::NoMethod(_) | Fault::Arguments { .. } | Fault::Http { .. });
        let arguments = if of_http { json!([message, self.status()]) } else { json!([message]) };
        Self::data(name, message, arguments)
    }

    /// What JSON-RPC's `error` holds as `data`.
    pub(crate) fn rpc_data(&self) -> Value {
        let (name, message) = self.exception();
        let arguments = json!([message]);
        Self::data(name, message, arguments)
    }

    fn data(name: &str, message: String, arguments: Value) -> Value {
        let mut body = Map::new();
        let debug = format!("Traceback (most recent call last):\n{name}: {message}\n");
        body.insert("name".to_owned(), name.into());
        body.insert("message".to_owned(), message.into());
        body.insert("arguments".to_owned(), arguments);
        body.insert("context".to_owned(), json!({}));
        body.insert("debug".to_owned(), debug.into());
        Value::Object(body)
    }

    /// The Python exception and its message, as JSON-RPC and XML-RPC tell them.
    pub(crate) fn exception(&self) -> (&'static str, String) {
        match self {
            Fault::NoModel(model) => ("odoo.exceptions.UserError", format!("Object {model} doesn't exist")),
            Fault::NoMethod(method) => ("builtins.AttributeError", format!("The method '{method}' does not exist")),
            Fault::Arguments { python, .. } => ("builtins.TypeError", python.clone()),
            Fault::Http { name, message, .. } | Fault::Odoo { name, message, .. } | Fault::Python { name, message } => {
                (*name, message.clone())
            }
            Fault::Constraint { message, .. } => {
                ("odoo.exceptions.ValidationError", format!("The operation cannot be completed: {message}"))
            }
        }
    }

    /// XML-RPC's fault code and text: a whole traceback for what is none of Odoo's own exceptions.
    pub(crate) fn xml(&self) -> (i64, String) {
        let (name, message) = self.exception();
        match name.strip_prefix("odoo.exceptions.") {
            Some("AccessDenied") => (3, message),
            Some("AccessError") => (4, message),
            Some(_) => (2, message),
            None => {
                let class = name.strip_prefix("builtins.").unwrap_or(name);
                let message = if class == "KeyError" { repr_text(&message) } else { message };
                let at = "  File \"<odoo>/service/model.py\", line 93, in call_kw\n    result = method(recs, *args, **kwargs)\n";
                (1, format!("Traceback (most recent call last):\n{at}{class}: {message}\n"))
            }
        }
    }
}

/// Python's `repr` of a JSON value, as Odoo quotes values in its messages.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => repr_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let items: Vec<String> = map.iter().map(|(k, v)| format!("{}: {}", repr_text(k), repr(v))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// Python's `repr` of a string.
pub(crate) fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 0x20 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// What Python calls the type of a value.
pub(crate) fn type_name(value: Option<&Value>) -> &'static str {
    match value {
        None | Some(Value::Null) => "NoneType",
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(number)) if number.is_i64() => "int",
        Some(Value::Number(_)) => "float",
        Some(Value::String(_)) => "str",
        Some(Value::Array(_)) => "list",
        Some(Value::Object(_)) => "dict",
    }
}
