//! From a location to the engine that is there.

use super::{
    Index, IndexError, Location, Maintenance,
    embedded::{Embedded, Folder},
};
use crate::schema::Schema;
use std::{path::Path, sync::Arc};

impl Location {
    /// Opens the index for searching. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is no index; [`IndexError::Foreign`], [`IndexError::Older`] or [`IndexError::Newer`]
    /// if this version does not read what is there; [`IndexError::Damaged`] or [`IndexError::Unreadable`].
    pub fn open(&self) -> Result<Arc<dyn Index>, IndexError> {
        Ok(Arc::new(Embedded::open(self.folder()?)?))
    }

    /// Opens the index for writing, and creates it with `schema` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Location::open`]; [`IndexError::Schema`] if the index has another schema; [`IndexError::Locked`] while another
    /// process creates it; [`IndexError::Unwritable`].
    pub fn create_or_open(&self, schema: &Schema) -> Result<Arc<dyn Index>, IndexError> {
        Ok(Arc::new(Embedded::create_or_open(self.folder()?, schema)?))
    }

    /// What looks after the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unsupported`] if its engine looks after itself.
    pub fn maintenance(&self) -> Result<Box<dyn Maintenance>, IndexError> {
        Ok(Box::new(Folder(self.folder()?.to_owned())))
    }

    fn folder(&self) -> Result<&Path, IndexError> {
        match self {
            Self::Folder(path) => Ok(path),
            Self::Remote(_) => Err(IndexError::Unsupported {
                location: self.clone(),
                what: "an index behind a URL".into(),
                instead: "name a folder with --index DIR".into(),
            }),
        }
    }
}
