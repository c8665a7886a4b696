//! The ledger of a cluster: fields of the documents themselves, read with a scan.

use super::{
    document::{contents, file, long, published},
    engine::Engine,
    mapping::{self, Doc},
    places::unread,
};
use crate::{
    article::BuiltIn,
    index::{
        ExcludedFile, Exclusions, IndexError, Known, Ledger, LedgerBuilder, Record, RecordFilter,
        place_table::TABLE,
    },
    source::is_below,
};
use serde_json::{Value, json};
use std::{num::NonZeroU64, time::Instant};

/// Number of hashes of a filter in one request: an engine takes no more.
const AT_ONCE: usize = 50_000;

/// The order of a scan, in which no two documents are equal.
pub(super) fn order() -> Value {
    json!([mapping::SOURCE, mapping::RECORD, {mapping::ARTICLE: {"order": "asc", "missing": "_first"}}])
}

/// The whole ledger.
pub(super) fn ledger(engine: &Engine, deadline: Option<Instant>) -> Result<Ledger, IndexError> {
    let mut builder = LedgerBuilder::default();
    let columns = [
        mapping::DOC,
        mapping::SOURCE,
        mapping::RECORD,
        mapping::KEY,
        "file.modified",
        "file.size",
        "file.hash",
        "file.documents",
        "file.format",
    ];
    let body = json!({
        "query": {"exists": {"field": mapping::SOURCE}}, "_source": false, "docvalue_fields": columns, "sort": order(),
    });
    let mut scan = engine.scan(body, deadline)?;
    while let Some(hits) = scan.next_batch()? {
        for hit in &hits {
            let fields = &hit["fields"];
            let number = |name: &str| fields[name][0].as_i64();
            let bits = |name: &str| number(name).unwrap_or_default().cast_unsigned();
            let (source, record) = (bits(mapping::SOURCE), bits(mapping::RECORD));
            let key = number(mapping::KEY).and_then(|key| NonZeroU64::new(key.cast_unsigned()));
            let doc = fields[mapping::DOC][0].as_str().unwrap_or_default();
            let has_records = doc == Doc::Records.as_str();
            if doc == Doc::Places.as_str() {
                builder.part(source);
            } else if record > TABLE {
                builder.record(source, record, key);
            } else {
                let (modified, size, hash) =
                    (number("file.modified").unwrap_or_default(), bits("file.size"), bits("file.hash"));
                let contents = contents(&fields["file.format"][0]);
                builder.file(source, Known { modified, size, hash, key, has_records, contents, seen: false });
            }
            if has_records {
                builder.expect(source, bits("file.documents"));
            }
        }
    }
    let mut ledger = builder.finish();
    let mut exclusions = Exclusions::default();
    let kept = [Doc::Excluded, Doc::Records].map(Doc::as_str);
    let body = json!({"query": {"terms": {mapping::DOC: kept}}, "_source": ["file", "kept", mapping::DOC], "sort": order()});
    let mut scan = engine.scan(body, deadline)?;
    while let Some(hits) = scan.next_batch()? {
        for hit in &hits {
            let (source, kept) = (&hit["_source"], &hit["_source"]["kept"]);
            let of = file(source);
            if source[mapping::DOC] == Doc::Records.as_str() {
                let unread = unread(kept);
                if !unread.by_code.is_empty() {
                    ledger.unread.push((of.path, unread));
                }
                continue;
            }
            let text = |name: &str| kept[name].as_str().unwrap_or_default().to_owned();
            let why = ExcludedFile { code: text("code"), reason: text("reason"), key: text("key") };
            ledger.excluded.push(exclusions.entry(&of.path, of.record, why));
        }
    }
    Ok(ledger)
}

/// The records that a filter selects, ordered by path and record.
pub(super) fn records(
    engine: &Engine,
    filter: &RecordFilter,
    deadline: Option<Instant>,
) -> Result<Vec<Record>, IndexError> {
    let (field, wanted, below): (_, Vec<i64>, Option<&[String]>) = match filter {
        RecordFilter::Keys(keys) => (mapping::KEY, keys.iter().map(|key| long(key.get())).collect(), None),
        RecordFilter::Sources { sources, below } => {
            (mapping::SOURCE, sources.iter().map(|source| long(*source)).collect(), Some(below))
        }
    };
    let mut records: Vec<Record> = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        let source = json!(["file", "f.id", "f.locale", "day.published", "at.published", "page.yields"]);
        let body = json!({"query": {"terms": {field: some}}, "_source": source, "sort": order()});
        let mut scan = engine.scan(body, deadline)?;
        while let Some(hits) = scan.next_batch()? {
            for hit in &hits {
                let source = &hit["_source"];
                let of = file(source);
                if below.is_some_and(|below| !below.iter().any(|root| is_below(&of.path, root))) {
                    continue;
                }
                // Of a file of many records, a filter of files takes one document, whichever it is.
                if below.is_some() && records.last().is_some_and(|last| last.file.path == of.path) {
                    continue;
                }
                let text = |field: BuiltIn| source["f"][field.name()].as_str().unwrap_or_default().to_owned();
                records.push(Record {
                    file: of,
                    id: text(BuiltIn::Id),
                    locale: text(BuiltIn::Locale),
                    published: published(source),
                    yields: source["page"]["yields"] == true,
                });
            }
        }
    }
    records.sort_by(|a, b| (&a.file.path, a.file.record).cmp(&(&b.file.path, b.file.record)));
    Ok(records)
}
