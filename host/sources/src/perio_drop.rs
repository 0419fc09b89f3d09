//! Perio drop.
use crate::{ObjectSpec, Page, SourceError};
use std::path::Path;

/// A folder of perio exams.
#[derive(Debug)]
pub struct PerioDrop;

impl PerioDrop {
    /// Opens the folder and checks it whole.
    pub fn open(root: &Path) -> Result<Self, SourceError> {
        unimplemented!()
    }
    /// What the drop offers.
    pub fn objects(&self) -> &[ObjectSpec] {
        unimplemented!()
    }
    /// One page.
    pub fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        unimplemented!()
    }
}
