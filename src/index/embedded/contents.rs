//! Compares the contents of an index whose files are sound: the tokens of every text with the postings, and field norms,
//! columns and sketches with the documents.

use super::{
    columns::{self, text_of},
    commit::Commit,
    fetch::ranked,
    guard::guarded,
    layout, message_of, pairs,
};
use crate::{
    article::{BuiltIn, Named, stated_names},
    index::{
        Finding, IndexError,
        place_table::TABLE,
        terms::{article_hash, name_term, spelling},
    },
    schema::{FieldDef, FieldKind},
    source::path_hash,
    text::{self, Sketch},
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    mem,
};
use tantivy::{
    DocId, DocSet as _, SegmentReader, TERMINATED, TantivyDocument, Term,
    columnar::StrColumn,
    fieldnorm::FieldNormReader,
    postings::Postings as _,
    schema::{Field, IndexRecordOption, Value as _},
};
use xxhash_rust::xxh3::xxh3_64;

/// Maximum number of findings per segment.
const MAX_FINDINGS: usize = 100;

/// The contradictions in an index whose files are sound.
pub(super) fn contents(commit: &Commit) -> Result<Vec<Finding>, IndexError> {
    let mut findings = Vec::new();
    for segment in commit.searcher.segment_readers() {
        findings.extend(of_segment(commit, segment));
    }
    for (_, path) in commit.guarded(None, duplicate_files)? {
        let message = "the index has two documents for this file".to_owned();
        findings.push(Finding { place: path, message });
    }
    Ok(findings)
}

/// The files with two documents, each with the index of the second one's segment. Two files with one key are no damage:
/// an ingest excludes all but one.
pub(super) fn duplicate_files(commit: &Commit) -> tantivy::Result<Vec<(usize, String)>> {
    let (mut seen, mut duplicates) = (HashSet::new(), Vec::new());
    for (place, segment) in commit.searcher.segment_readers().iter().enumerate() {
        let Some(paths) = segment.fast_fields().str(layout::PATH)? else { continue };
        let records = columns::optional_u64(segment, layout::RECORD)?;
        for doc in segment.doc_ids_alive() {
            let path = columns::first(Some(&paths), doc);
            let record = records.as_ref().and_then(|records| records.first(doc));
            if !seen.insert((path_hash(&path), record)) {
                duplicates.push((place, path));
            }
        }
    }
    Ok(duplicates)
}

/// The contradictions in a segment.
pub(super) fn of_segment(commit: &Commit, segment: &SegmentReader) -> Vec<Finding> {
    let name = format!("segment {}", segment.segment_id().short_uuid_string());
    let mut wrong = Vec::new();
    let done = guarded(|| {
        let mut check = SegmentCheck { commit, segment, wrong: &mut wrong, expected: HashMap::new() };
        check.deletions();
        check.documents()?;
        check.columns()?;
        check.words()
    });
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => wrong.push(message_of(&error)),
        Err(said) => wrong.push(said),
    }
    wrong.into_iter().map(|message| Finding { place: name.clone(), message }).collect()
}

/// The number of tokens of a field, and a check sum of them that does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TermSum {
    words: u64,
    sum: u64,
}

impl TermSum {
    /// Adds a token of a document. `position` is `None` if the order of the document's values is unknown.
    fn add(&mut self, word: &[u8], doc: DocId, position: Option<u32>) {
        let place = u64::from(doc) << 32 | u64::from(position.unwrap_or(u32::MAX));
        self.words += 1;
        self.sum = self.sum.wrapping_add(xxh3_64(&(xxh3_64(word) ^ place.rotate_left(17)).to_le_bytes()));
    }
}

struct SegmentCheck<'c> {
    commit: &'c Commit,
    segment: &'c SegmentReader,
    wrong: &'c mut Vec<String>,
    /// For each field whose values are known, the tally of its documents, and the documents with several values.
    expected: HashMap<Field, (TermSum, HashSet<DocId>)>,
}

impl<'c> SegmentCheck<'c> {
    fn tell(&mut self, message: String) {
        if self.wrong.len() < MAX_FINDINGS {
            self.wrong.push(message);
        }
    }

    fn deletions(&mut self) {
        let alive = self.segment.alive_bitset().map(|alive| u32::try_from(alive.num_alive_docs()).ok());
        if alive.is_some_and(|alive| alive != Some(self.segment.num_docs())) {
            self.tell("meta.json and the segment differ in the number of documents".into());
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&'c FieldDef, Field)> + use<'c> {
        let commit = self.commit;
        commit.definition.schema.fields().iter().zip(commit.definition.layout.fields.iter().copied())
    }

    /// Adds the tokens of a document's values to the tally, and compares their number with the field norm.
    fn expect(
        &mut self,
        field: Field,
        doc: DocId,
        values: &[&str],
        in_order: bool,
        length: Option<&FieldNormReader>,
    ) {
        let (tally, several) = self.expected.entry(field).or_default();
        if values.len() > 1 {
            several.insert(doc);
        }
        let before = tally.words;
        for value in values {
            for word in text::tokens(value) {
                let position = Some(word.position).filter(|_| in_order && values.len() == 1);
                tally.add(word.text.as_bytes(), doc, position);
            }
        }
        let words = u32::try_from(tally.words - before).unwrap_or(u32::MAX);
        if length.is_some_and(|norms| norms.fieldnorm_id(doc) != FieldNormReader::fieldnorm_to_id(words)) {
            self.tell(format!("document {doc}: a field length does not match the text"));
        }
    }

    /// Compares every stored document with its field norms and its sketch.
    fn documents(&mut self) -> tantivy::Result<()> {
        let store = self.segment.get_store_reader(1)?;
        let stored: Vec<_> = self
            .rows()
            .filter(|(def, _)| def.stored && matches!(def.kind, FieldKind::Text | FieldKind::Keyword))
            .collect();
        let mut norms = HashMap::new();
        for (def, field) in stored.iter().filter(|(def, _)| def.kind == FieldKind::Text) {
            norms.insert(&def.name, self.segment.get_fieldnorms_reader(*field)?);
        }
        let keywords: Vec<_> =
            self.rows().filter(|(def, _)| def.kind == FieldKind::Keyword && !def.count).collect();
        let tells_keywords = keywords.iter().all(|(def, _)| def.stored);
        let symbols = self.segment.fast_fields().str(BuiltIn::Symbol.name())?;
        let paths: Vec<String> = match &symbols {
            Some(column) => all_values(column)?.iter().map(|path| text_of(path, true)).collect(),
            None => Vec::new(),
        };
        let sketches = self.segment.fast_fields().u64(layout::SKETCH)?;
        let keyed = self.segment.fast_fields().str(layout::KEYS)?;
        let key = |pair: &Vec<u8>| {
            String::from_utf8_lossy(pair.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
        };
        let keys_of: Vec<String> = match &keyed {
            Some(column) => all_values(column)?.iter().map(key).collect(),
            None => Vec::new(),
        };
        let spellings = self.segment.fast_fields().str(layout::SPELLINGS)?;
        let spelled = spellings.as_ref().map(all_values).transpose()?.unwrap_or_default();
        let named =
            |field| stored.iter().find(|(def, _)| def.built_in() == Some(field)).map(|(_, field)| *field);
        let texts = named(BuiltIn::Title).zip(named(BuiltIn::Body));
        let mut number: DocId = 0;
        for document in store.iter::<TantivyDocument>(None) {
            let (document, doc) = (document?, number);
            number += 1;
            for (def, field) in &stored {
                let values: Vec<&str> = document.get_all(*field).filter_map(|value| value.as_str()).collect();
                self.expect(*field, doc, &values, true, norms.get(&def.name));
            }
            if tells_keywords {
                let has = keywords.iter().filter(|(_, field)| document.get_first(*field).is_some());
                let has = has.map(|(def, _)| def.name.clone());
                let pairs = keyed.iter().flat_map(|column| column.term_ords(doc));
                let pairs = pairs.filter_map(|ordinal| keys_of.get(usize::try_from(ordinal).ok()?).cloned());
                self.expect_whole(self.commit.definition.layout.has, doc, has.chain(pairs).collect());
            }
            let ordinals = symbols.iter().flat_map(|column| column.term_ords(doc));
            let of_doc = ordinals.filter_map(|ordinal| paths.get(usize::try_from(ordinal).ok()?).cloned());
            let symbols = self.expect_symbols(&document, doc, of_doc.collect());
            if let (Some((title, body)), Some(bits)) = (texts, sketches.first(doc)) {
                let text =
                    |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
                let stated = stated_names(text(title), text(body), &symbols);
                let terms = stated.iter().map(name_term).collect();
                self.expect_whole(self.commit.definition.layout.names, doc, terms);
                let expected: BTreeSet<String> = stated.iter().filter_map(spelling).collect();
                let ordinals = spellings.iter().flat_map(|column| column.term_ords(doc));
                let found = ordinals.filter_map(|ordinal| spelled.get(usize::try_from(ordinal).ok()?));
                let found: BTreeSet<&[u8]> = found.map(Vec::as_slice).collect();
                if !found.into_iter().eq(expected.iter().map(String::as_bytes)) {
                    let field = layout::SPELLINGS;
                    self.tell(format!("field {field}: document {doc}: the names do not match the text"));
                }
                if Sketch::of(&[text(title), text(body)]).bits() != bits {
                    self.tell(format!("document {doc}: the near-duplicate sketch does not match the text"));
                }
            }
        }
        if number != self.segment.max_doc() {
            self.tell(format!("{number} of {} documents are stored", self.segment.max_doc()));
        }
        Ok(())
    }

    /// Compares every column with what is derived from it.
    fn columns(&mut self) -> tantivy::Result<()> {
        let columns = self.segment.fast_fields();
        let max_doc = self.segment.max_doc();
        let (articles, numbers) = (columns.u64(layout::ARTICLE)?, columns.f64("nsymbols")?);
        for (def, field) in self.rows().filter(|(def, _)| def.count) {
            let Some(column) = columns.str(&def.name)? else { continue };
            let values = all_values(&column)?;
            for doc in 0..max_doc {
                let of_doc =
                    column.term_ords(doc).map(|ordinal| usize::try_from(ordinal).unwrap_or(usize::MAX));
                let of_doc: Vec<&[u8]> =
                    of_doc.filter_map(|ordinal| values.get(ordinal)).map(Vec::as_slice).collect();
                if def.kind == FieldKind::Facet {
                    self.expect_paths(field, doc, &of_doc);
                    continue;
                }
                let texts: Vec<&str> = of_doc.iter().filter_map(|value| str::from_utf8(value).ok()).collect();
                // Stored values were added already, with their positions.
                if !def.stored {
                    self.expect(field, doc, &texts, texts.len() == 1, None);
                }
                if def.built_in() == Some(BuiltIn::Id)
                    && articles.first(doc) != texts.first().map(|id| article_hash(id))
                {
                    self.tell(format!("document {doc}: the hash of the article does not match the id"));
                }
            }
        }
        if let Some(symbols) = columns.str(BuiltIn::Symbol.name())? {
            for doc in 0..max_doc {
                #[expect(clippy::cast_precision_loss, reason = "an article has at most a thousand symbols")]
                let count = symbols.term_ords(doc).count() as f64;
                if numbers.first(doc).is_some_and(|number| number.to_bits() != count.to_bits()) {
                    self.tell(format!("document {doc}: the count of its securities is wrong"));
                }
            }
        }
        for (def, field) in self.rows().filter(|(def, _)| def.kind == FieldKind::Number) {
            let column = columns.f64(&def.name)?;
            let (tally, _) = self.expected.entry(field).or_default();
            for doc in 0..max_doc {
                let numbers: HashSet<u64> = column.values_for_doc(doc).map(f64::to_bits).collect();
                for number in numbers {
                    let term = Term::from_field_f64(field, f64::from_bits(number));
                    tally.add(term.serialized_value_bytes(), doc, None);
                }
            }
        }
        self.keys()?;
        if let Some(paths) = columns.str(layout::PATH)? {
            let values = all_values(&paths)?;
            let tally = &mut self.expected.entry(self.commit.definition.layout.path).or_default().0;
            for doc in 0..max_doc {
                for ordinal in paths.term_ords(doc) {
                    if let Some(path) = usize::try_from(ordinal).ok().and_then(|ordinal| values.get(ordinal))
                    {
                        tally.add(path, doc, None);
                    }
                }
            }
            self.expected.entry(self.commit.definition.layout.path).or_default().1.extend(0..max_doc);
        }
        if let (Some(paths), Some(records)) =
            (columns.str(layout::PATH)?, columns::optional_u64(self.segment, layout::RECORD)?)
        {
            let layout = &self.commit.definition.layout;
            for doc in 0..max_doc {
                let Some(record) = records.first(doc) else { continue };
                let path = columns::first(Some(&paths), doc);
                let table = (record < TABLE).then_some(TABLE);
                let tally = &mut self.expected.entry(layout.source).or_default().0;
                for number in [Some(record), table].into_iter().flatten() {
                    tally.add(layout.source_term(&path, number).serialized_value_bytes(), doc, None);
                }
            }
        }
        for column in [layout::HASH, layout::SIZE] {
            let column = columns.u64(column)?;
            let without = (0..max_doc).filter(|doc| column.first(*doc).is_none()).count();
            if without > 0 {
                self.tell(format!("{without} documents have no file fingerprint"));
            }
        }
        Ok(())
    }

    /// Adds the words of free keys, and compares what their values compare as.
    fn keys(&mut self) -> tantivy::Result<()> {
        let columns = self.segment.fast_fields();
        let Some(pairs) = columns.str(layout::KEYS)? else { return Ok(()) };
        let values = all_values(&pairs)?;
        let compared = columns.str(layout::COMPARABLE)?;
        let entries = compared.as_ref().map(all_values).transpose()?.unwrap_or_default();
        let field = self.commit.definition.layout.keys;
        for doc in 0..self.segment.max_doc() {
            let of_doc =
                pairs.term_ords(doc).filter_map(|ordinal| values.get(usize::try_from(ordinal).ok()?));
            let of_doc: Vec<&str> = of_doc.filter_map(|pair| str::from_utf8(pair).ok()).collect();
            let mut expected = BTreeSet::new();
            let (tally, several) = self.expected.entry(field).or_default();
            several.insert(doc);
            for (key, value) in of_doc.iter().filter_map(|pair| pair.split_once('\0')) {
                for word in text::tokens(value) {
                    tally.add(pairs::pair(key, &word.text).as_bytes(), doc, None);
                }
                expected.extend(pairs::comparables(key, value));
            }
            let ordinals = compared.iter().flat_map(|column| column.term_ords(doc));
            let found = ordinals.filter_map(|ordinal| entries.get(usize::try_from(ordinal).ok()?));
            let found: BTreeSet<&[u8]> = found.map(Vec::as_slice).collect();
            if !found.into_iter().eq(expected.iter().map(String::as_bytes)) {
                let field = layout::COMPARABLE;
                self.tell(format!("field {field}: document {doc}: the entries do not match the keys"));
            }
        }
        Ok(())
    }

    /// Adds the terms for what a document is about and for other readings of its securities, and returns these in the order
    /// of the article. `paths` are their facet paths, in column order.
    fn expect_symbols(&mut self, document: &TantivyDocument, doc: DocId, paths: Vec<String>) -> Vec<Named> {
        let layout = &self.commit.definition.layout;
        let ranks = document.get_first(layout.ranks).and_then(|ranks| ranks.as_str()).unwrap_or_default();
        if ranks.chars().count() != paths.len() {
            self.tell(format!("document {doc}: the order of its securities does not match their number"));
        }
        let symbols = ranked(ranks, paths);
        let (mut about, mut alternative) = (HashSet::new(), HashSet::new());
        layout.each_symbol_term(symbols.iter().map(|(symbol, sources)| (symbol, *sources)), |field, term| {
            let terms = if field == layout.about { &mut about } else { &mut alternative };
            terms.insert(term);
        });
        self.expect_whole(layout.about, doc, about);
        self.expect_whole(layout.alternative, doc, alternative);
        symbols.into_iter().map(|(symbol, sources)| Named { symbol, sources }).collect()
    }

    /// Adds the terms of a document in an untokenized field.
    fn expect_whole(&mut self, field: Field, doc: DocId, terms: HashSet<String>) {
        let (tally, _) = self.expected.entry(field).or_default();
        for term in terms {
            tally.add(term.as_bytes(), doc, None);
        }
    }

    /// Adds the facet paths of a document with all paths above them.
    fn expect_paths(&mut self, field: Field, doc: DocId, values: &[&[u8]]) {
        let mut paths: HashSet<&[u8]> = HashSet::new();
        for value in values {
            paths.insert(value);
            // Zero bytes separate the levels of a path; the root is above all paths.
            let ends = value.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(end, _)| end);
            paths.extend(ends.map(|end| &value[..end]));
            paths.insert(&[]);
        }
        let (tally, several) = self.expected.entry(field).or_default();
        several.insert(doc);
        for path in paths {
            tally.add(path, doc, None);
        }
    }

    /// Compares every posting list with the tallies of the documents.
    fn words(&mut self) -> tantivy::Result<()> {
        let max_doc = self.segment.max_doc();
        for (field, entry) in self.segment.schema().clone().fields().filter(|(_, entry)| entry.is_indexed()) {
            let index = self.segment.inverted_index(field)?;
            let several = self.expected.get(&field).map(|(_, several)| several);
            let option = entry.field_type().get_index_record_option().unwrap_or(IndexRecordOption::Basic);
            let mut found = TermSum::default();
            let mut positions = Vec::new();
            let mut terms = index.terms().stream()?;
            let mut bad = 0_u64;
            while terms.advance() {
                let mut postings = index.read_postings_from_terminfo(terms.value(), option)?;
                let (mut documents, mut next) = (0, 0);
                loop {
                    let doc = postings.doc();
                    if doc == TERMINATED {
                        break;
                    }
                    bad += u64::from(doc < next || doc >= max_doc);
                    (next, documents) = (doc.saturating_add(1), documents + 1);
                    let ordered =
                        option.has_positions() && several.is_none_or(|several| !several.contains(&doc));
                    if option.has_positions() {
                        postings.positions(&mut positions);
                        bad += u64::from(!positions.is_sorted());
                    } else {
                        positions.resize(1, 0);
                    }
                    for position in &positions {
                        found.add(terms.key(), doc, Some(*position).filter(|_| ordered));
                    }
                    postings.advance();
                }
                bad += u64::from(documents != terms.value().doc_freq);
            }
            let name = entry.name();
            if bad > 0 {
                self.tell(format!("field {name}: {bad} posting lists are damaged"));
            }
            let known = self.expected.remove(&field).map(|(tally, _)| tally);
            if let Some(known) = known
                && known != found
            {
                self.tell(format!(
                    "field {name}: the postings ({} positions) do not match the documents ({} positions)",
                    found.words, known.words
                ));
            }
        }
        for (field, (tally, _)) in mem::take(&mut self.expected) {
            if tally.words > 0 {
                let name = self.segment.schema().get_field_name(field).to_owned();
                self.tell(format!("field {name}: no term dictionary"));
            }
        }
        Ok(())
    }
}

/// The values of a column, indexed by ordinal.
fn all_values(column: &StrColumn) -> tantivy::Result<Vec<Vec<u8>>> {
    let mut values = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        values.push(stream.key().to_vec());
    }
    Ok(values)
}
