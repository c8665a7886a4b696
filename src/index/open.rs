//! Opens the engine at a location.

use super::{
    Index, IndexError, Location, Maintenance, Rebuild, RemoteLocation,
    cluster::{Cluster, ClusterRebuild},
    embedded::{Embedded, EmbeddedRebuild, Folder, schema_of},
};
use crate::schema::Schema;
use std::sync::Arc;

impl Location {
    /// Opens the index for searching. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is no index; [`IndexError::Foreign`], [`IndexError::Older`] or
    /// [`IndexError::Newer`] if this version cannot read it; [`IndexError::Damaged`] or [`IndexError::Unreadable`];
    /// [`IndexError::Unsupported`], [`IndexError::Unreachable`] or [`IndexError::Unauthorized`] for a URL.
    pub fn open(&self) -> Result<Arc<dyn Index>, IndexError> {
        Ok(match self {
            Self::Folder(path) => Arc::new(Embedded::open(path)?),
            Self::Remote(remote) => Arc::new(Cluster::open(remote)?),
        })
    }

    /// Opens the index for writing, and creates it with `schema` if there is none.
    ///
    /// # Errors
    ///
    /// As [`Location::open`]; [`IndexError::Schema`] if the index has another schema; [`IndexError::Locked`] while
    /// another process creates it or writes; [`IndexError::Unwritable`].
    pub fn create_or_open(&self, schema: &Schema) -> Result<Arc<dyn Index>, IndexError> {
        Ok(match self {
            Self::Folder(path) => Arc::new(Embedded::create_or_open(path, schema)?),
            Self::Remote(remote) => Arc::new(Cluster::create_or_open(remote, schema)?),
        })
    }

    /// The schema that the index was made with, also by an older version. `None` if there is no index, or if that cannot
    /// be told.
    #[must_use]
    pub fn schema(&self) -> Option<Schema> {
        match self {
            Self::Folder(path) => schema_of(path),
            Self::Remote(remote) => Cluster::schema_of(remote),
        }
    }

    /// Begins to build the index anew, with a schema. The present index is served until the new one replaces it; it may
    /// be of an older format, or damaged.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is no index; [`IndexError::Foreign`] or [`IndexError::Newer`] if another program
    /// or a newer version wrote it; [`IndexError::Locked`] while another process writes; [`IndexError::Unreadable`];
    /// [`IndexError::Unwritable`]; [`IndexError::Unsupported`] for an engine or a schema that is not supported.
    pub fn rebuild(&self, schema: &Schema) -> Result<Box<dyn Rebuild>, IndexError> {
        Ok(match self {
            Self::Folder(path) => Box::new(EmbeddedRebuild::new(path, schema)?),
            Self::Remote(remote) => Box::new(ClusterRebuild::new(remote, schema)?),
        })
    }

    /// The maintenance of the index, which does not open it.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unsupported`] for a URL, whose engine maintains itself.
    pub fn maintenance(&self) -> Result<Box<dyn Maintenance>, IndexError> {
        match self {
            Self::Folder(path) => Ok(Box::new(Folder(path.clone()))),
            Self::Remote(_) => Err(IndexError::Unsupported {
                location: self.clone(),
                what: "the maintenance of an index".into(),
                instead: "the engine checks and merges its own shards; `newsdex ingest PATH --reindex` builds the index anew"
                    .into(),
            }),
        }
    }
}

impl RemoteLocation {
    /// Removes the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is none; [`IndexError::Foreign`] if it is not one of newsdex;
    /// [`IndexError::Unwritable`] if the engine does not remove it; else as [`Location::open`].
    pub fn remove(&self) -> Result<(), IndexError> {
        Cluster::remove(self)
    }

    /// The indexes of newsdex whose names go on after that of this one.
    ///
    /// # Errors
    ///
    /// As [`Location::open`].
    pub fn continued(&self) -> Result<Vec<Self>, IndexError> {
        Cluster::continued(self)
    }
}
