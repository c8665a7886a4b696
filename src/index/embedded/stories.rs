//! Groups matches into stories: near-copies published within a few weeks.
//!
//! A story begins with its earliest article. Later articles belong to it if their texts agree with that first
//! one and they were published within six weeks of it. So a monthly notice with other numbers does not become
//! one story of ten years.

use super::{
    deadline::DeadlineCheck,
    docs::{Match, address},
    layout,
    moments::Moments,
};
use crate::{
    article::BuiltIn,
    index::{Copies, ScoredDoc, stamp::Stamp},
    text::Sketch,
};
use std::collections::{HashMap, HashSet};
use tantivy::{DocAddress, Searcher};

/// Maximum time between the first and the last article of a story, in milliseconds.
const SIX_WEEKS: i64 = 42 * 24 * 60 * 60 * 1000;

/// The stories of some matches.
pub(super) struct Stories {
    /// The index of the story of each page.
    of_page: HashMap<DocAddress, usize>,
    all: Vec<Story>,
}

struct Story {
    count: usize,
    /// When its first and its last article were published.
    published: Option<(Stamp, Stamp)>,
}

/// A page of a story's first article.
#[derive(Clone, Copy)]
struct First {
    sketch: Sketch,
    published: Stamp,
    story: usize,
}

impl Stories {
    /// Groups matches, which must be ordered by article, into stories.
    pub(super) fn new(searcher: &Searcher, matches: &[Match]) -> tantivy::Result<Self> {
        let mut sketches = Vec::new();
        let mut dates = Vec::new();
        let mut hashes = Vec::new();
        for segment in searcher.segment_readers() {
            sketches.push(segment.fast_fields().u64(layout::SKETCH)?);
            dates.push(Moments::open(segment, BuiltIn::Published.name())?);
            hashes.push(segment.fast_fields().u64(layout::ARTICLE)?);
        }
        let hash = |address: DocAddress| {
            hashes[address.segment_ord as usize].first(address.doc_id).unwrap_or_default()
        };
        let published = |address: DocAddress| dates[address.segment_ord as usize].first(address.doc_id);
        let sketch = |address: DocAddress| {
            Sketch::from_bits(
                sketches[address.segment_ord as usize].first(address.doc_id).unwrap_or_default(),
            )
        };
        // The pages of an article are adjacent among the matches. Articles of one instant are taken in an order of their own,
        // not in that of the documents, which changes with merges.
        let mut articles: Vec<(Option<Stamp>, u64, &[Match])> = Vec::new();
        for pages in matches.chunk_by(|a, b| a.article == b.article) {
            let at = pages.iter().filter_map(|page| published(page.address)).min();
            articles.push((at, hash(pages[0].address), pages));
        }
        articles.sort_by_key(|(at, hash, _)| (*at, *hash));
        let mut this = Self { of_page: HashMap::with_capacity(matches.len()), all: Vec::new() };
        // The pages of first articles, by the bands of their sketches, latest last.
        let mut firsts: HashMap<(u32, u64), Vec<First>> = HashMap::new();
        let steps = DeadlineCheck::default();
        for (at, _, pages) in articles {
            steps.step();
            let all = pages.iter().map(|page| sketch(page.address));
            let sketches: Vec<Sketch> = all.filter(|sketch| sketch.bits() != 0).collect();
            // An article without a date joins no story.
            let found = at.and_then(|at| {
                let near = sketches.iter().flat_map(|sketch| {
                    let firsts = &firsts;
                    sketch.bands().filter_map(move |band| {
                        let firsts = firsts.get(&band)?.iter().rev();
                        let mut recent =
                            firsts.take_while(|first| at.millis - first.published.millis <= SIX_WEEKS);
                        recent.find(|first| first.sketch.agrees(*sketch)).map(|first| first.story)
                    })
                });
                near.min()
            });
            let story = found.unwrap_or(this.all.len());
            if found.is_none() {
                this.all.push(Story { count: 0, published: at.map(|at| (at, at)) });
                for (published, sketch) in at.iter().flat_map(|at| sketches.iter().map(move |of| (*at, *of)))
                {
                    let first = First { sketch, published, story };
                    sketch.bands().for_each(|band| firsts.entry(band).or_default().push(first));
                }
            }
            let known = &mut this.all[story];
            known.count += 1;
            if let (Some((_, last)), Some(at)) = (&mut known.published, at) {
                *last = at.max(*last);
            }
            this.of_page.extend(pages.iter().map(|page| (page.address, story)));
        }
        Ok(this)
    }

    /// The number of stories.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The story of a page; `None` if the page is not a match.
    fn of(&self, address: DocAddress) -> Option<usize> {
        self.of_page.get(&address).copied()
    }

    /// The other articles in the story of a page, if there are any.
    pub(super) fn copies(&self, address: DocAddress) -> Option<Copies> {
        let story = &self.all[self.of(address)?];
        let (first, last) = story.published?;
        let (first, last) = (first.moment()?, last.moment()?);
        (story.count > 1).then_some(Copies { count: story.count - 1, first, last })
    }

    /// Keeps the first page of each story. The order stays.
    pub(super) fn keep_first(&self, pages: &mut Vec<ScoredDoc>) {
        let mut seen = HashSet::new();
        pages.retain(|page| self.of(address(page.doc)).is_none_or(|story| seen.insert(story)));
    }
}

#[cfg(test)]
mod tests {
    use super::Stories;
    use crate::{
        article::{Article, Moment},
        index::{
            ScoredDoc,
            embedded::{
                docs::{Match, doc_ref},
                fixture::Fixture,
            },
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
        Stories::new(&index.commit.searcher, &matches).expect("it can be read")
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
            let of: Vec<_> = (0..).take(days.len()).map(|doc| stories.of(DocAddress::new(0, doc))).collect();
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
        let copies = stories.copies(doc(3)).expect("there are two");
        assert_eq!((copies.count, copies.first, copies.last), (2, day(0), day(20)));
        assert_eq!(stories.copies(doc(1)), None);
        assert_eq!(stories.copies(doc(7)), None, "no match");
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
