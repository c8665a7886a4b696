//! Maintains the index in a folder, whether or not it opens.

use super::{Embedded, check, repair, writer::EmbeddedWriter};
use crate::index::{Finding, IndexError, Lost, Maintenance, Repaired, Writer as _, WriterOptions};
use std::path::PathBuf;

/// A folder that has, or should have, an index.
pub(in crate::index) struct Folder(pub PathBuf);

impl Maintenance for Folder {
    fn optimize(&self) -> Result<(), IndexError> {
        let index = Embedded::open(&self.0)?;
        let mut writer = EmbeddedWriter::new(&index, WriterOptions { threads: 1, memory: 0 })?;
        writer.optimize()?;
        Box::new(writer).finish(false)
    }

    fn check(&self, files: bool) -> Result<Vec<Finding>, IndexError> {
        let findings = check::check(&self.0)?;
        if findings.is_empty() && files {
            return check::changed_files(&Embedded::open(&self.0)?.current().commit);
        }
        Ok(findings)
    }

    fn repair(&self) -> Result<Repaired, IndexError> {
        repair::repair(&self.0)
    }

    fn mark_read_again(&self, except: &[Lost]) -> Result<(), IndexError> {
        repair::mark_read_again(&self.0, except)
    }
}
