//! Removes the articles of files that are gone. A file that only a glob or an unreadable folder hides is not gone.
//!
//! A root that holds no file at all may be a disk that is not mounted: its articles stay unless the options say otherwise.

use super::{file::FileReader, tally::Tally, target::Target};
use crate::{
    index::{IndexError, Ledger, Record, RecordFilter},
    source::{Source, is_below, path_hash},
};

/// Removes the articles of the files that the walk has not seen and that are gone.
pub(super) fn remove(
    reader: &FileReader<'_>,
    ledger: &Ledger,
    target: &dyn Target,
    tally: &mut Tally,
) -> Result<(), IndexError> {
    let (source, unseen) = (reader.source, ledger.unseen());
    if unseen.is_empty() {
        return Ok(());
    }
    let mut records = target.records(&RecordFilter::Sources { sources: unseen, below: source.roots() })?;
    // Remove a file with two documents, which only damage causes, once.
    records.dedup_by(|a, b| a.file.path == b.file.path);
    let empty_roots = || if reader.options.allow_empty { Vec::new() } else { source.empty_roots() };
    let kept = |root: &str, files| tally.report.kept(root, files);
    for Record { file, .. } in surely_gone(records, Source::is_gone, empty_roots, kept) {
        let source = path_hash(&file.path);
        target.remove(&file.path);
        tally.wrote = true;
        tally.give_up(&file.path, 0, ledger.get(source).and_then(|known| known.key));
        for (record, held) in ledger.records(source).iter() {
            tally.give_up(&file.path, record, held);
        }
    }
    Ok(())
}

/// The records whose files are gone, without those below an empty root, whose number `kept` is told.
///
/// Everything is asked again after the roots, because a disk may come or go meanwhile.
fn surely_gone(
    records: Vec<Record>,
    is_gone: impl Fn(&str) -> bool,
    empty_roots: impl FnOnce() -> Vec<String>,
    mut kept: impl FnMut(&str, usize),
) -> Vec<Record> {
    let (mut gone, there): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| is_gone(&record.file.path));
    if gone.is_empty() {
        return gone;
    }
    for root in empty_roots() {
        let below = |record: &Record| is_below(&record.file.path, &root);
        // Where globs hide all files that are left, it is not empty.
        let is_hidden = there.iter().any(|record| below(record) && !is_gone(&record.file.path));
        kept(&root, if is_hidden { 0 } else { gone.extract_if(.., |record| below(record)).count() });
    }
    gone.retain(|record| is_gone(&record.file.path));
    gone
}

#[cfg(test)]
mod tests {
    use super::{Record, surely_gone};
    use crate::source::File;
    use std::cell::Cell;

    /// The files that are found gone, and those that are kept, of three below a root of which `removed` is truly gone. The disk
    /// is there or away at each look at a file or at the root, in this order, and at all later looks as at the last.
    fn found(disk: &[bool]) -> (Vec<String>, usize) {
        let records = ["/news/a", "/news/removed", "/news/z"].map(|path| Record {
            file: File { path: path.to_owned(), size: 1, ..File::default() },
            id: String::new(),
            locale: String::new(),
            published: None,
            yields: false,
        });
        let looks = Cell::new(0);
        let is_there = || {
            let look = looks.replace(looks.get() + 1);
            disk[look.min(disk.len() - 1)]
        };
        let mut files = 0;
        let gone = surely_gone(
            records.into(),
            |path| !is_there() || path == "/news/removed",
            || if is_there() { Vec::new() } else { vec!["/news".to_owned()] },
            |_, kept| files += kept,
        );
        (gone.into_iter().map(|record| record.file.path).collect(), files)
    }

    #[test]
    fn a_disk_that_comes_or_goes_meanwhile_loses_nothing() {
        let removed = || vec!["/news/removed".to_owned()];
        let nothing = Vec::new;
        for (disk, expected) in [
            (&[true] as &[_], (removed(), 0)),
            (&[false], (nothing(), 3)),
            // It goes away after the first file, or after all.
            (&[true, false], (nothing(), 2)),
            (&[true, true, true, false], (nothing(), 1)),
            // It comes back before the look at the root.
            (&[false, false, false, true], (removed(), 0)),
            (&[true, false, false, true], (removed(), 0)),
        ] {
            assert_eq!(found(disk), expected, "{disk:?}");
        }
    }
}
