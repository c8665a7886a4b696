//! Groups matches into stories, by the columns of their segments.

use super::{
    deadline::DeadlineCheck,
    docs::{Match, doc_ref},
    layout,
    moments::Moments,
};
use crate::{
    article::BuiltIn,
    index::stories::{Candidate, Stories},
    text::Sketch,
};
use tantivy::Searcher;

/// Groups matches, which must be ordered by article, into stories.
pub(super) fn stories(searcher: &Searcher, matches: &[Match]) -> tantivy::Result<Stories> {
    let mut columns = Vec::new();
    for segment in searcher.segment_readers() {
        let fields = segment.fast_fields();
        let (hashes, sketches) = (fields.u64(layout::ARTICLE)?, fields.u64(layout::SKETCH)?);
        columns.push((hashes, sketches, Moments::open(segment, BuiltIn::Published.name())?));
    }
    let candidate = |found: &Match| {
        let (hashes, sketches, dates) = &columns[found.address.segment_ord as usize];
        let doc = found.address.doc_id;
        Candidate {
            doc: doc_ref(found.address),
            article: found.article,
            hash: hashes.first(doc).unwrap_or_default(),
            published: dates.first(doc),
            sketch: Sketch::from_bits(sketches.first(doc).unwrap_or_default()),
        }
    };
    let candidates: Vec<Candidate> = matches.iter().map(candidate).collect();
    let steps = DeadlineCheck::default();
    Stories::new(&candidates, || {
        steps.step();
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::stories as grouped;
    use crate::{
        article::{Article, Moment},
        index::{
            ScoredDoc,
            embedded::{
                docs::{Match, doc_ref},
                fixture::Fixture,
            },
            stories::Stories,
        },
    };
    use jiff::Timestamp;
    use tantivy::DocAddress;

    fn day(day: i64) -> Moment {
        Moment::Instant(Timestamp::from_second(day * 24 * 60 * 60).expect("a day"))
    }

    /// The stories of articles with the same text, published on these days.
    fn stories(days: &[Option<i64>]) -> Stories {
        let words: Vec<String> = (0..40).map(|number| format!("word{number}")).collect();
        let index = Fixture::of(
            days.iter().map(|at| Article { published: at.map(day), ..Fixture::article(&words.join(" ")) }),
        );
        let matches: Vec<Match> = (0..)
            .zip(0..)
            .take(days.len())
            .map(|(article, doc)| Match { article, address: DocAddress::new(0, doc) })
            .collect();
        grouped(&index.commit.searcher, &matches).expect("it can be read")
    }

    #[test]
    fn a_story_ends_six_weeks_after_its_first_article() {
        // For each article, the first one of its story in the order of the index.
        let cases: [(&[Option<i64>], &[usize]); 4] = [
            (&[Some(0), Some(42), Some(43)], &[0, 0, 2]),
            // Each is near the one before, but not near the first.
            (&[Some(0), Some(30), Some(60), Some(90)], &[0, 0, 2, 2]),
            (&[Some(60), Some(0), Some(90), Some(30)], &[0, 1, 0, 1]),
            (&[None, Some(0), None, Some(1)], &[0, 1, 2, 1]),
        ];
        for (days, expected) in cases {
            let stories = stories(days);
            let of: Vec<_> =
                (0..).take(days.len()).map(|doc| stories.of(doc_ref(DocAddress::new(0, doc)))).collect();
            let firsts: Vec<_> =
                of.iter().filter_map(|story| of.iter().position(|other| other == story)).collect();
            assert_eq!(firsts, expected, "{days:?}");
            let distinct = (0..).zip(expected).filter(|(number, first)| number == *first).count();
            assert_eq!(stories.count(), distinct, "{days:?}");
        }
    }

    #[test]
    fn a_story_is_shown_once_and_told_by_its_first_and_last_day() {
        let stories = stories(&[Some(20), Some(100), Some(0), Some(10)]);
        let doc = |number| DocAddress::new(0, number);
        let copies = stories.copies(doc_ref(doc(3))).expect("there are two");
        assert_eq!((copies.count, copies.first, copies.last), (2, day(0), day(20)));
        assert_eq!(stories.copies(doc_ref(doc(1))), None);
        assert_eq!(stories.copies(doc_ref(doc(7))), None, "no match");
        let page = |number| ScoredDoc {
            doc: doc_ref(doc(number)),
            score: None,
            published: None,
            value: None,
            copies: None,
        };
        let mut pages = [3, 1, 0, 2].map(page).to_vec();
        stories.keep_first(&mut pages);
        assert_eq!(pages.iter().map(|page| page.doc).collect::<Vec<_>>(), [3, 1].map(|n| doc_ref(doc(n))));
    }
}
