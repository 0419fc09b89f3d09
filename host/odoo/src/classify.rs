//! From a refusal to a typed error, whichever protocol brought it.
//!
//! A refusal has the class of a Python exception and its message. Only the class decides, or a message that is known as
//! a whole: the words may quote records.

use serde::Deserialize;

use crate::error::{OdooError, UNNAMED};
use crate::link::Answer;
use crate::templates::{Asked, field_name, holes, model_name, recognise};

/// A refusal. What else an error object holds (`debug`, `context`) is never read: it quotes records.
#[derive(Deserialize)]
pub(crate) struct Fault {
    /// The exception's class, with its module or without.
    pub(crate) name: String,
    /// Its words.
    pub(crate) message: String,
}

/// The meaning of JSON-2's error object; `None` when the answer is none of Odoo's.
pub(crate) fn json_fault(asked: Asked<'_>, database: Option<&str>, answer: &Answer) -> Option<OdooError> {
    // A proxy's limits count before whatever words it finds for them.
    if matches!(answer.status, 413 | 429) {
        return None;
    }
    let fault: Fault = serde_json::from_slice(&answer.body).ok()?;
    Some(meaning(asked, database, answer.status, &fault))
}

/// The meaning of a refusal over JSON-RPC or XML-RPC.
pub(crate) fn rpc_fault(asked: Asked<'_>, database: Option<&str>, status: u16, fault: &Fault) -> OdooError {
    match class(fault) {
        // Models and methods that are not there have other classes here: it is the service that is gone.
        "NotFound" => OdooError::LegacyOff,
        _ => meaning(asked, database, status, fault),
    }
}

/// The meaning of an answer that is a page: a proxy's, Odoo's web client's, or another server's.
pub(crate) fn page(database: Option<&str>, answer: &Answer) -> OdooError {
    match answer.status {
        413 => OdooError::TooLarge,
        429 => OdooError::RateLimited { retry_after: answer.retry_after },
        502..=504 => OdooError::Gateway { status: answer.status },
        404 if mentions(&answer.body, "No database is selected") => {
            OdooError::WrongDatabase { database: database.map(str::to_owned) }
        }
        // Odoo's web server answers so when the call itself broke down.
        500 => OdooError::Server { name: UNNAMED.to_owned(), status: 500 },
        status => OdooError::NotOdoo { status },
    }
}

/// Arguments that don't fit the method; the argument's name, when it is known.
pub(crate) fn bad_arguments(asked: Asked<'_>, argument: Option<&str>) -> OdooError {
    OdooError::BadArguments {
        model: asked.model.to_owned(),
        method: asked.method.to_owned(),
        argument: argument.and_then(field_name).unwrap_or(UNNAMED).to_owned(),
    }
}

fn class(fault: &Fault) -> &str {
    fault.name.rsplit('.').next().unwrap_or_default()
}

fn meaning(asked: Asked<'_>, database: Option<&str>, status: u16, fault: &Fault) -> OdooError {
    let (class, message) = (class(fault), fault.message.as_str());
    by_class(asked, database, class, message)
        .or_else(|| recognise(asked, message, None))
        .or_else(|| by_convention(asked, class, message))
        .unwrap_or_else(|| by_kind(asked, status, class))
}

/// Errors that their class alone tells.
fn by_class(asked: Asked<'_>, database: Option<&str>, class: &str, message: &str) -> Option<OdooError> {
    match class {
        "Unauthorized" | "AccessDenied" => Some(OdooError::WrongKey),
        "RequestEntityTooLarge" => Some(OdooError::TooLarge),
        "SerializationFailure" | "DeadlockDetected" | "LockNotAvailable" | "InFailedSqlTransaction" => {
            Some(OdooError::Serialization)
        }
        "OperationalError" if holes("{}database \"{}\" does not exist{}", message).is_some() => {
            Some(OdooError::WrongDatabase { database: database.map(str::to_owned) })
        }
        // Odoo or PostgreSQL was stopped under the call's feet.
        "OperationalError" | "InterfaceError" | "AdminShutdown" => Some(OdooError::Dropped),
        // On write, the whole message is the field's name; believed only when it is one that was sent.
        "KeyError" if asked.fields.iter().any(|field| field == message) => {
            let field = field_name(message).unwrap_or(UNNAMED).to_owned();
            Some(OdooError::NoField { model: asked.model.to_owned(), field })
        }
        _ => None,
    }
}

/// Errors of the calling convention: what is called isn't there, or not with these arguments.
fn by_convention(asked: Asked<'_>, class: &str, message: &str) -> Option<OdooError> {
    let no_method = || OdooError::NoMethod { model: asked.model.to_owned(), method: asked.method.to_owned() };
    match class {
        "NotFound" | "UserError" => {
            let model = ["the model '{}' does not exist", "Object {} doesn't exist"]
                .into_iter()
                .find_map(|template| holes(template, message));
            match model {
                Some(parts) => Some(OdooError::NoModel { model: model_name(parts[0]).unwrap_or(UNNAMED).to_owned() }),
                None if class == "NotFound" || message == "This method can only be accessed over HTTP" => {
                    Some(no_method())
                }
                None => None,
            }
        }
        "AttributeError" => holes("The method '{}' does not exist", message).map(|_| no_method()),
        "AccessError" if message.starts_with("Private methods ") => Some(no_method()),
        "UnprocessableEntity" | "TypeError" => {
            let argument = [
                ("missing a required argument: '{}'", 0),
                ("got an unexpected keyword argument '{}'", 0),
                ("{}() missing {} required positional argument{}: '{}'{}", 3),
                ("{}() got an unexpected keyword argument '{}'{}", 1),
            ]
            .into_iter()
            .find_map(|(template, hole)| holes(template, message).map(|parts| parts[hole]));
            match argument {
                None if class == "TypeError" => None,
                None if message.ends_with(" with ids") => Some(bad_arguments(asked, Some("ids"))),
                argument => Some(bad_arguments(asked, argument)),
            }
        }
        "BadRequest" | "ExpatError" => Some(bad_arguments(asked, None)),
        _ => None,
    }
}

/// What is left: whose fault it is.
fn by_kind(asked: Asked<'_>, status: u16, class: &str) -> OdooError {
    match (status, class) {
        (_, "AccessError" | "Forbidden") | (403, _) => {
            OdooError::NoRights { model: asked.model.to_owned(), operation: asked.method.to_owned() }
        }
        (_, "MissingError") => OdooError::MissingRecord { model: asked.model.to_owned() },
        (_, "UserError" | "ValidationError" | "RedirectWarning") => OdooError::Refused,
        (502..=504, _) => OdooError::Gateway { status },
        _ => OdooError::Server { name: class_name(class), status },
    }
}

/// A Python class's name, if it is spelled as that of an exception.
fn class_name(class: &str) -> String {
    let exception = ["Error", "Exception", "Warning", "Failure", "Violation", "Denied"];
    let spelled = field_name(class).filter(|name| exception.into_iter().any(|end| name.ends_with(end)));
    spelled.unwrap_or(UNNAMED).to_owned()
}

fn mentions(body: &[u8], words: &str) -> bool {
    body.windows(words.len()).any(|window| window == words.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, kind: "text/html".to_owned(), retry_after: None, body: body.as_bytes().to_vec() }
    }

    fn of(fields: &[String], class: &str, message: &str) -> OdooError {
        let fault = Fault { name: class.to_owned(), message: message.to_owned() };
        meaning(Asked { model: "res.partner", method: "write", fields }, None, 500, &fault)
    }

    #[test]
    fn a_key_error_is_believed_only_about_a_field_that_was_sent() {
        let fields = ["x_alert".to_owned()];
        let unknown = OdooError::Server { name: "KeyError".to_owned(), status: 500 };
        assert_eq!(of(&fields, "builtins.KeyError", "Margaret"), unknown);
        let no_field = OdooError::NoField { model: "res.partner".to_owned(), field: "x_alert".to_owned() };
        assert_eq!(of(&fields, "KeyError", "x_alert"), no_field);
    }

    #[test]
    fn a_class_is_named_only_when_it_is_spelled_as_one() {
        assert_eq!(of(&[], "zlib.error.Margaret", "x"), OdooError::Server { name: "?".to_owned(), status: 500 });
    }

    #[test]
    fn a_proxy_in_odoos_place_leaves_the_outcome_unknown() {
        for status in [502, 503, 504] {
            let error = page(None, &answer(status, "<html><h1>Gateway Time-out</h1></html>"));
            assert_eq!(error, OdooError::Gateway { status });
            assert!(error.outcome_is_unknown());
        }
        let asked = Asked { model: "res.partner", method: "load", fields: &[] };
        let wait = Some(Duration::from_secs(7));
        let busy = Answer { retry_after: wait, ..answer(429, "{\"name\": \"x\", \"message\": \"slow down\"}") };
        assert_eq!(json_fault(asked, None, &busy), None);
        assert_eq!(page(None, &busy), OdooError::RateLimited { retry_after: wait });
        assert_eq!(page(None, &answer(413, "")), OdooError::TooLarge);
        assert_eq!(page(None, &answer(404, "<html>")), OdooError::NotOdoo { status: 404 });
    }
}
