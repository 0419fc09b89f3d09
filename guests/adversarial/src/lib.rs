//! Modules that misbehave, one behaviour each.
