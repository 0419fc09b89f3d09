//! XML-RPC: `POST /xmlrpc/2/<service>`, on every version until Odoo removes it. Refusals come with status 200, those of
//! Python's as a whole traceback.

use serde_json::Value;

use super::rpc::Request;
use super::wire::Answer;
use super::xml::{self, Misfit, Response};
use crate::classify::{self, Fault};
use crate::error::{OdooError, UNNAMED};
use crate::templates::{Asked, field_name};

/// The request's body.
///
/// # Errors
/// [`OdooError::BadValue`] for what XML-RPC can't carry; nothing is sent.
pub(crate) fn write(asked: Asked<'_>, request: &Request<'_>) -> Result<Vec<u8>, OdooError> {
    xml::call(request.method, &request.arguments).map(String::into_bytes).map_err(|Misfit { name, problem }| {
        let field = name.as_deref().and_then(field_name).unwrap_or(UNNAMED).to_owned();
        OdooError::BadValue { model: asked.model.to_owned(), field, problem }
    })
}

/// What an answer means.
pub(crate) fn read(asked: Asked<'_>, database: Option<&str>, answer: &Answer) -> Result<Value, OdooError> {
    if answer.status == 404 {
        return Err(OdooError::LegacyOff);
    }
    if answer.status != 200 || !matches!(answer.kind.as_str(), "text/xml" | "application/xml") {
        return Err(classify::page(database, answer));
    }
    let text = std::str::from_utf8(&answer.body).map_err(|_| OdooError::Dropped)?;
    // What is no whole answer was cut off: Odoo's own are always well-formed.
    let (code, words) = match xml::response(text).ok_or(OdooError::Dropped)? {
        Response::Result(value) => return Ok(value),
        Response::Fault(code, words) => (code, words),
    };
    let fault = match code {
        2 => Fault { name: "UserError".to_owned(), message: words },
        3 => Fault { name: "AccessDenied".to_owned(), message: words },
        4 => Fault { name: "AccessError".to_owned(), message: words },
        _ => raised(&words),
    };
    // Committed before the answer was written: the method returns nothing.
    if fault.name == "TypeError" && fault.message.starts_with("cannot marshal None ") {
        return Ok(Value::Null);
    }
    Err(classify::rpc_fault(asked, database, answer.status, &fault))
}

/// The exception at the end of a traceback. Its message may go over several lines.
fn raised(traceback: &str) -> Fault {
    const HEAD: &str = "Traceback (most recent call last):\n";
    // An exception that was raised while another was handled comes after it.
    let last = traceback.rfind(HEAD).map_or(traceback, |at| &traceback[at + HEAD.len()..]);
    // The calls are indented, each with its lines of code.
    let mut rest = last;
    while let Some((line, after)) = rest.split_once('\n') {
        if !line.starts_with(' ') {
            break;
        }
        rest = after;
    }
    let (name, message) = rest.split_once(": ").unwrap_or((rest, ""));
    let message = message.strip_suffix('\n').unwrap_or(message);
    // Python quotes the key, JSON doesn't.
    let message = match message.strip_prefix('\'').and_then(|message| message.strip_suffix('\'')) {
        Some(key) if name == "KeyError" => key,
        _ => message,
    };
    Fault { name: name.trim_end().to_owned(), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(traceback: &str) -> (String, String) {
        let fault = raised(traceback);
        (fault.name, fault.message)
    }

    #[test]
    fn the_last_exception_of_a_traceback_counts() {
        let chained = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n    g()\nKeyError: 'nodb'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"x.py\", line 3, in h\n    i()\n    ^^^\npsycopg2.OperationalError: connection failed: FATAL:  database \"nodb\" does not exist\n\n";
        let (name, message) = of(chained);
        assert_eq!(name, "psycopg2.OperationalError");
        assert_eq!(message, "connection failed: FATAL:  database \"nodb\" does not exist\n");
    }

    #[test]
    fn a_key_loses_its_quotes() {
        let text = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nKeyError: 'nope'\n";
        assert_eq!(of(text), ("KeyError".to_owned(), "nope".to_owned()));
    }

    #[test]
    fn a_message_may_be_missing_or_long() {
        let text = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nZeroDivisionError\n";
        assert_eq!(of(text), ("ZeroDivisionError".to_owned(), String::new()));
        let text = "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nValueError: one\n  two\nthree\n";
        assert_eq!(of(text), ("ValueError".to_owned(), "one\n  two\nthree".to_owned()));
        assert_eq!(of("words"), ("words".to_owned(), String::new()));
    }
}
