//! Phrases in which a slot has several terms, as in `A股` (a word, then any bigram that begins with 股), or
//! with slop.
//!
//! tantivy's `PhraseQuery` takes one term per position and is faster; exact phrases of single terms use it.

use super::{
    deadline::{self, DeadlineCheck},
    expand::ExpandedTerms,
    word::mean_length,
};
use crate::query::{Filler, Shape};
use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, sync::Arc};
use tantivy::{
    DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED, TantivyError,
    fieldnorm::FieldNormReader,
    postings::{Postings, SegmentPostings},
    query::{Bm25Weight, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight},
    schema::{Field, IndexRecordOption},
};

/// The matches of a loose phrase in a text are looked for in blocks of so many places, which bounds the memory of a long text.
const BLOCK: i64 = 8192;

/// A phrase in one field. Any of several terms may stand in each slot.
#[derive(Clone, Debug)]
pub(super) struct SlopPhraseQuery {
    pub field: Field,
    /// The terms of each slot.
    pub slots: Vec<Arc<ExpandedTerms>>,
    /// How the slots must stand to each other.
    pub shape: Shape,
    /// Only positions below this one count.
    pub within: u32,
}

impl Query for SlopPhraseQuery {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        // The idf of the phrase is that of its rarest slot.
        let rarest = self.slots.iter().map(|found| found.doc_freq()).min().unwrap_or(0);
        let bm25 = bm25(scoring, self.field, rarest)?;
        Ok(Box::new(SlopPhraseWeight { query: self.clone(), bm25 }))
    }
}

/// The BM25 weight of a term with this document frequency in a field; `None` without scoring.
fn bm25(scoring: EnableScoring<'_>, field: Field, doc_freq: u64) -> tantivy::Result<Option<Bm25Weight>> {
    let EnableScoring::Enabled { statistics_provider, .. } = scoring else { return Ok(None) };
    let documents = statistics_provider.total_num_docs()?;
    let mean = mean_length(statistics_provider.total_num_tokens(field)?, documents);
    Ok(Some(Bm25Weight::for_one_term(doc_freq.min(documents), documents, mean)))
}

/// The field norms of a field. A keyword field has none: each document counts as one token.
fn norms(segment: &SegmentReader, field: Field) -> tantivy::Result<FieldNormReader> {
    let norms = segment.fieldnorms_readers().get_field(field)?;
    Ok(norms.unwrap_or_else(|| FieldNormReader::constant(segment.max_doc(), 1)))
}

struct SlopPhraseWeight {
    query: SlopPhraseQuery,
    bm25: Option<Bm25Weight>,
}

impl SlopPhraseWeight {
    /// The scorer before its first document; `None` if a slot has no term in the segment.
    fn unplaced(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Option<SlopPhraseScorer>> {
        let index = reader.inverted_index(self.query.field)?;
        let shape = self.query.shape.clone();
        let mut groups: Vec<Union> = Vec::with_capacity(self.query.slots.len());
        for (slot, found) in self.query.slots.iter().enumerate() {
            if shape.group(slot) < slot {
                continue;
            }
            let slots = shape.slots(slot).collect();
            let mut union =
                Union { slots, postings: Vec::new(), order: BinaryHeap::new(), positions: Vec::new() };
            for info in found.of_segment(reader) {
                let record = IndexRecordOption::WithFreqsAndPositions;
                let postings = index.read_postings_from_terminfo(info, record)?;
                union.order.push(Reverse((postings.doc(), union.postings.len())));
                union.postings.push(postings);
            }
            if union.postings.is_empty() {
                return Ok(None);
            }
            groups.push(union);
        }
        // The rarest group leads.
        groups.sort_by_key(Union::size_hint);
        let norms = norms(reader, self.query.field)?;
        let bm25 = self.bm25.as_ref().map(|bm25| bm25.boost_by(boost));
        let (buffers, steps) = (Buffers::default(), DeadlineCheck::default());
        let (within, slots) = (self.query.within, self.query.slots.len());
        Ok(Some(SlopPhraseScorer {
            groups,
            slots,
            shape,
            within,
            doc: 0,
            count: 0,
            bm25,
            norms,
            buffers,
            steps,
        }))
    }
}

impl Weight for SlopPhraseWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Some(mut scorer) = self.unplaced(reader, boost)? else { return Ok(Box::new(EmptyScorer)) };
        scorer.advance_to_match(0);
        Ok(Box::new(scorer))
    }

    fn scorer_danger(
        &self,
        reader: &SegmentReader,
        target: DocId,
        boost: Score,
    ) -> tantivy::Result<(SeekDangerResult, Box<dyn Scorer>)> {
        let Some(mut scorer) = self.unplaced(reader, boost)? else {
            return Ok((SeekDangerResult::SeekLowerBound(TERMINATED), Box::new(EmptyScorer)));
        };
        Ok((scorer.seek_danger(target), Box::new(scorer)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let (found, mut scorer) = self.scorer_danger(reader, doc, 1.0)?;
        if found != SeekDangerResult::Found {
            return Err(TantivyError::InvalidArgument(format!("document #({doc}) does not match")));
        }
        Ok(Explanation::new("phrase with several terms at one position", scorer.score()))
    }
}

/// The union of the postings of the terms of some slots, with the least document on top of a heap.
struct Union {
    /// The slots; the first is their group.
    slots: Vec<usize>,
    postings: Vec<SegmentPostings>,
    order: BinaryHeap<Reverse<(DocId, usize)>>,
    /// The positions that were [read](Union::read), in order.
    positions: Vec<u32>,
}

impl Union {
    fn doc(&self) -> DocId {
        self.order.peek().map_or(TERMINATED, |Reverse((doc, _))| *doc)
    }

    fn seek(&mut self, target: DocId) -> DocId {
        while let Some(mut least) = self.order.peek_mut() {
            let Reverse((doc, index)) = *least;
            if doc >= target {
                break;
            }
            *least = Reverse((self.postings[index].seek(target), index));
        }
        self.doc()
    }

    fn size_hint(&self) -> u32 {
        self.postings.iter().map(DocSet::size_hint).fold(0, u32::saturating_add)
    }

    /// Reads the positions of the tokens of the current document that may stand in the slots, below a bound, in order.
    fn read(&mut self, within: u32, here: &mut Vec<usize>) {
        let doc = self.doc();
        let positions = &mut self.positions;
        positions.clear();
        // The terms of the current document are on top of the heap: a few of thousands.
        while let Some(Reverse((at, index))) = self.order.peek().copied()
            && at == doc
        {
            self.order.pop();
            self.postings[index].append_positions_with_offset(0, positions);
            here.push(index);
        }
        if here.len() > 1 {
            positions.sort_unstable();
            positions.dedup();
        }
        positions.truncate(positions.partition_point(|position| *position < within));
        self.order.extend(here.drain(..).map(|index| Reverse((doc, index))));
    }
}

struct SlopPhraseScorer {
    /// The terms, those of several slots once.
    groups: Vec<Union>,
    slots: usize,
    shape: Shape,
    within: u32,
    doc: DocId,
    count: u32,
    bm25: Option<Bm25Weight>,
    norms: FieldNormReader,
    buffers: Buffers,
    steps: DeadlineCheck,
}

#[derive(Default)]
struct Buffers {
    fillers: Vec<Filler>,
    begins: Vec<i64>,
    here: Vec<usize>,
}

impl SlopPhraseScorer {
    /// Advances to the first document from `target` on that matches.
    fn advance_to_match(&mut self, mut target: DocId) -> DocId {
        loop {
            match self.seek_danger(target) {
                SeekDangerResult::Found => return target,
                SeekDangerResult::SeekLowerBound(TERMINATED) => {
                    self.doc = TERMINATED;
                    return TERMINATED;
                }
                SeekDangerResult::SeekLowerBound(next) => target = next,
            }
        }
    }

    /// Whether the document on which all groups stand matches.
    fn matches(&mut self) -> bool {
        // A single word needs no others. How often it is there is not asked without scores.
        if self.slots == 1 && self.bm25.is_none() && self.within == u32::MAX {
            return true;
        }
        let matches = if self.shape.is_exact() { self.exact_matches() } else { self.loose_matches() };
        self.count = u32::try_from(matches).unwrap_or(u32::MAX);
        matches > 0
    }

    /// The number of matches of an exact phrase.
    fn exact_matches(&mut self) -> usize {
        let mut is_first = true;
        for group in &mut self.groups {
            group.read(self.within, &mut self.buffers.here);
            let begins = &mut self.buffers.begins;
            for slot in &group.slots {
                let mut here = group.positions.iter().map(|at| self.shape.begins(*slot, *at)).peekable();
                if is_first {
                    begins.clear();
                    begins.extend(here);
                } else {
                    // Both are in order.
                    begins.retain(|begin| {
                        while here.next_if(|other| other < begin).is_some() {}
                        here.peek() == Some(begin)
                    });
                }
                is_first = false;
                if begins.is_empty() {
                    return 0;
                }
            }
        }
        self.buffers.begins.len()
    }

    /// About the number of matches of a loose phrase; at least 1 if there is one.
    fn loose_matches(&mut self) -> usize {
        let (mut from, mut last) = (i64::MAX, i64::MIN);
        for group in &mut self.groups {
            group.read(self.within, &mut self.buffers.here);
            if !self.shape.may_suffice(group.slots[0], &group.positions) {
                return 0;
            }
            for slot in &group.slots {
                let begins = |position: Option<&u32>| position.map(|at| self.shape.begins(*slot, *at));
                from = from.min(begins(group.positions.first()).unwrap_or(from));
                last = last.max(begins(group.positions.last()).unwrap_or(last));
            }
        }
        let mut words = 0;
        while from <= last {
            deadline::check();
            let block = from..from + BLOCK;
            // Windows reach over both ends of the block.
            self.read_fillers(
                block.start - i64::from(self.shape.slop)..block.end + i64::from(self.shape.slop),
            );
            let fillers = &self.buffers.fillers;
            let belongs = self.shape.matching(fillers).into_iter();
            words += fillers
                .iter()
                .zip(belongs)
                .filter(|(filler, it)| *it && block.contains(&filler.begins))
                .count();
            from = block.end;
        }
        words / self.slots
    }

    /// Lists the tokens that may fill slots and with which the phrase would begin at one of these places, in order.
    fn read_fillers(&mut self, places: Range<i64>) {
        let fillers = &mut self.buffers.fillers;
        fillers.clear();
        for group in &self.groups {
            for slot in group.slots.iter().copied() {
                let begins = |position: &u32| self.shape.begins(slot, *position);
                let before = |end: i64| group.positions.partition_point(|position| begins(position) < end);
                let here = &group.positions[before(places.start)..before(places.end)];
                fillers.extend(here.iter().map(|at| Filler { begins: begins(at), slot, position: *at }));
            }
        }
        fillers.sort_unstable();
    }
}

impl DocSet for SlopPhraseScorer {
    fn advance(&mut self) -> DocId {
        if self.doc == TERMINATED { TERMINATED } else { self.advance_to_match(self.doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if target <= self.doc {
            self.doc
        } else if target >= TERMINATED {
            self.doc = TERMINATED;
            TERMINATED
        } else {
            self.advance_to_match(target)
        }
    }

    /// Reads the positions of no other document than the target.
    fn seek_danger(&mut self, target: DocId) -> SeekDangerResult {
        self.steps.step();
        if target >= TERMINATED {
            return SeekDangerResult::SeekLowerBound(TERMINATED);
        }
        for group in &mut self.groups {
            let doc = group.seek(target);
            if doc > target {
                return SeekDangerResult::SeekLowerBound(doc);
            }
        }
        if !self.matches() {
            return SeekDangerResult::SeekLowerBound(target + 1);
        }
        self.doc = target;
        SeekDangerResult::Found
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.groups.first().map_or(0, Union::size_hint)
    }

    /// As for tantivy's phrases: the positions of a document cost far more than a posting.
    fn cost(&self) -> u64 {
        u64::from(self.size_hint()) * 10 * self.slots as u64
    }
}

impl Scorer for SlopPhraseScorer {
    fn score(&mut self) -> Score {
        let norm = self.norms.fieldnorm_id(self.doc);
        self.bm25.as_ref().map_or(1.0, |bm25| bm25.score(norm, self.count))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        index::embedded::{fixture::Fixture, lower::lower},
        query::{Query, Words},
    };

    /// All texts of up to five words of `abc`.
    fn texts() -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut last = texts.clone();
        for _ in 0..5 {
            last =
                last.iter().flat_map(|text| ["a", "b", "c"].map(|word| format!("{text}{word} "))).collect();
            texts.extend(last.iter().cloned());
        }
        texts
    }

    /// Whether the words of a text can fill the slots from the given one on, each with a word of its own, so that all
    /// begin within the slop, and together within a unit. `filled` has the places of the slots before.
    fn can_fill(words: &Words, text: &[&str], filled: &mut Vec<usize>) -> bool {
        let Some(slot) = words.slots.get(filled.len()) else {
            let begins = |(slot, at): (usize, &usize)| {
                let offset = words.slots[slot].offset;
                (words.slots[slot].unit, i64::try_from(*at).expect("it is small") - i64::from(offset))
            };
            let all: Vec<(usize, i64)> = filled.iter().enumerate().map(begins).collect();
            return all.iter().all(|(unit, at)| {
                all.iter().all(|(other, from)| {
                    (at - from).abs() <= i64::from(words.slop) && (unit != other || at == from)
                })
            });
        };
        let matcher = slot.terms.matcher();
        (0..text.len()).any(|at| {
            if !matcher.takes(text[at]) || filled.contains(&at) {
                return false;
            }
            filled.push(at);
            let fits = can_fill(words, text, filled);
            filled.pop();
            fits
        })
    }

    #[test]
    fn a_phrase_matches_if_every_slot_can_have_a_word_of_its_own() {
        let texts = texts();
        let bodies: Vec<&str> = texts.iter().map(String::as_str).collect();
        let index = Fixture::of_bodies(&bodies);
        let queries = [
            "body:\"a b\"",
            "body:\"a b\"~1",
            "body:\"a b\"~2",
            "body:\"a a\"~1",
            "body:\"a b a\"~2",
            "body:\"a a b b\"~3",
            "body:(a near/1 b)",
            "body:(a near/2 a)",
            "body:(\"a b\" near/2 c)",
            "body:(\"a b\" near/2 \"c c\")",
            "body:((a OR b) near/2 (b OR c) near/2 a)",
        ];
        for text in queries {
            let query = Fixture::query(text);
            let Query::Words(words) = &query else { panic!("one leaf, not {query}") };
            let expected: Vec<usize> = (0..texts.len())
                .filter(|number| {
                    let text: Vec<&str> = texts[*number].split_whitespace().collect();
                    can_fill(words, &text, &mut Vec::new())
                })
                .collect();
            let lowered = lower(&index.commit, &query).expect("it is within the limits");
            let found = index.scored(&*lowered);
            let found: Vec<usize> = found.into_iter().map(|(doc, _)| doc as usize).collect();
            assert!(!expected.is_empty() && expected.len() < texts.len(), "{text} tells texts apart");
            assert_eq!(found, expected, "{text}");
        }
    }

    /// Okapi BM25 as tantivy and Lucene have it, with k1 = 1.2 and b = 0.75: idf · 2.2 tf / (tf + 1.2) for the mean
    /// length. The rarest word is in two of four documents: its idf is ln(1 + 2.5 / 2.5).
    #[test]
    fn a_loose_phrase_is_scored_as_a_term_with_the_idf_of_its_rarest_word() {
        let index = Fixture::of_bodies(&[
            "solar and glass here",
            "solar glass solar glass",
            "solar and wind here",
            "some other words here",
        ]);
        let lowered = lower(&index.commit, &Fixture::query("body:\"solar glass\"~1"));
        let found = index.scored(&*lowered.expect("it is within the limits"));
        let idf = 2.0_f32.ln();
        for ((_, score), expected) in found.iter().zip([idf * 2.2 / 2.2, idf * 4.4 / 3.2]) {
            assert!((score - expected).abs() < 1e-5, "{found:?}");
        }
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_slot_with_several_terms_seeks_all_of_them() {
        let index =
            Fixture::of_bodies(&["A股", "A轮", "A股市场", "股A", "A股票 A股", "B股", "A股市", "A 轮 A股价"]);
        let query = lower(&index.commit, &Fixture::query("body:A股")).expect("it is within the limits");
        let found: Vec<u32> = index.scored(&*query).into_iter().map(|(doc, _)| doc).collect();
        assert_eq!(found, [0, 2, 4, 6, 7]);
        index.assert_seeks(&*query);
        let loose = lower(&index.commit, &Fixture::query("body:(股* near/1 a)"));
        index.assert_seeks(&*loose.expect("it is within the limits"));
    }

    /// The text is read in blocks of 8,192 places; a match may begin in one and end in the next.
    #[test]
    fn a_match_over_the_end_of_a_block_is_found() {
        let texts: Vec<String> =
            (8185..8197).map(|words| format!("{}sun wind moon", "w ".repeat(words))).collect();
        let index = Fixture::of_bodies(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let count = |text: &str| {
            let lowered = lower(&index.commit, &Fixture::query(text)).expect("it is within the limits");
            index.scored(&*lowered).len()
        };
        assert_eq!((count("body:\"sun moon\"~1"), count("body:\"moon sun\"~3")), (12, 12));
        assert_eq!(
            count("body:\"moon sun\"~2"),
            0,
            "two neighbours that are swapped take two, and one is between"
        );
        // All but `wind` fill a slot with each other.
        assert_eq!(count("body:\"w w moon\"~2"), 12);
    }
}
