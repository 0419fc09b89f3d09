//! From an HTTP answer of JSON-2 to a typed error.

use std::time::Duration;

use serde::Deserialize;

use crate::error::{OdooError, UNNAMED};
use crate::templates::{Asked, field_name, holes, model_name, recognise};

/// The flat error object of JSON-2. `debug` and `context` are never read: they quote records.
#[derive(Deserialize)]
struct Fault {
    name: String,
    message: String,
}

/// The meaning of an answer whose status is not 2xx.
pub(crate) fn refusal(
    asked: Asked<'_>,
    database: Option<&str>,
    status: u16,
    retry_after: Option<&str>,
    body: &[u8],
) -> OdooError {
    match status {
        413 => return OdooError::TooLarge,
        429 => {
            let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
            return OdooError::RateLimited { retry_after };
        }
        _ => {}
    }
    let Ok(fault) = serde_json::from_slice::<Fault>(body) else {
        return match status {
            502..=504 => OdooError::Gateway { status },
            404 if mentions(body, "No database is selected") => {
                OdooError::WrongDatabase { database: database.map(str::to_owned) }
            }
            _ => OdooError::NotOdoo { status },
        };
    };
    let class = fault.name.rsplit('.').next().unwrap_or_default();
    if let Some(error) = by_class(asked, database, class, &fault.message) {
        return error;
    }
    if let Some(error) = recognise(asked, &fault.message, None) {
        return error;
    }
    by_status(asked, status, class, &fault.message)
}

/// Errors that their class alone tells.
fn by_class(asked: Asked<'_>, database: Option<&str>, class: &str, message: &str) -> Option<OdooError> {
    match class {
        "Unauthorized" | "AccessDenied" => Some(OdooError::WrongKey),
        "RequestEntityTooLarge" => Some(OdooError::TooLarge),
        "SerializationFailure" | "DeadlockDetected" | "LockNotAvailable" | "InFailedSqlTransaction" => {
            Some(OdooError::Serialization)
        }
        "MissingError" => Some(OdooError::MissingRecord { model: asked.model.to_owned() }),
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

/// Errors of the calling convention, and what is left.
fn by_status(asked: Asked<'_>, status: u16, class: &str, message: &str) -> OdooError {
    let model = asked.model.to_owned();
    let method = asked.method.to_owned();
    match (status, class) {
        (404, "NotFound") => {
            if let Some(parts) = holes("the model '{}' does not exist", message) {
                return OdooError::NoModel { model: model_name(parts[0]).unwrap_or(UNNAMED).to_owned() };
            }
            OdooError::NoMethod { model, method }
        }
        (422, "UnprocessableEntity") => {
            let argument = ["missing a required argument: '{}'", "got an unexpected keyword argument '{}'"]
                .into_iter()
                .find_map(|template| holes(template, message))
                .and_then(|parts| field_name(parts[0]))
                .unwrap_or(if message.ends_with(" with ids") { "ids" } else { UNNAMED });
            OdooError::BadArguments { model, method, argument: argument.to_owned() }
        }
        (400, "BadRequest") => OdooError::BadArguments { model, method, argument: UNNAMED.to_owned() },
        (403, "AccessError") if message.starts_with("Private methods ") => OdooError::NoMethod { model, method },
        (403, _) => OdooError::NoRights { model, operation: method },
        (422, "UserError" | "ValidationError") => OdooError::Refused,
        (502..=504, _) => OdooError::Gateway { status },
        _ => OdooError::Server { name: class_name(class), status },
    }
}

/// A Python class's name, if it is spelled as one.
fn class_name(class: &str) -> String {
    field_name(class).unwrap_or(UNNAMED).to_owned()
}

fn mentions(body: &[u8], words: &str) -> bool {
    body.windows(words.len()).any(|window| window == words.as_bytes())
}
