//! The dentally module.
