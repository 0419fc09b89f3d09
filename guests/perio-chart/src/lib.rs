//! The perio-chart module.
