//! Groups matches into stories: near-copies published within a few weeks.
//!
//! A story begins with its earliest article. Later articles belong to it if their texts agree with that first
//! one and they were published within six weeks of it. So a monthly notice with other numbers does not become
//! one story of ten years.

use super::{
    deadline::DeadlineCheck,
    docs::{Match, address},
    layout,
};
use crate::{
    article::BuiltIn,
    index::{Copies, ScoredDoc},
    text::Sketch,
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use tantivy::{DateTime, DocAddress, Searcher};

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
    /// When its first and its last article were published, in milliseconds since 1970.
    published: Option<(i64, i64)>,
}

/// A page of a story's first article.
#[derive(Clone, Copy)]
struct First {
    sketch: Sketch,
    published: i64,
    story: usize,
}

impl Stories {
    /// Groups matches, which must be ordered by article, into stories.
    pub(super) fn new(searcher: &Searcher, matches: &[Match]) -> tantivy::Result<Self> {
        let mut sketches = Vec::new();
        let mut dates = Vec::new();
        for segment in searcher.segment_readers() {
            sketches.push(segment.fast_fields().u64(layout::SKETCH)?);
            dates.push(segment.fast_fields().date(BuiltIn::Published.name())?);
        }
        let published = |address: DocAddress| {
            dates[address.segment_ord as usize].first(address.doc_id).map(DateTime::into_timestamp_millis)
        };
        let sketch = |address: DocAddress| {
            Sketch::from_bits(
                sketches[address.segment_ord as usize].first(address.doc_id).unwrap_or_default(),
            )
        };
        // The pages of an article are adjacent among the matches.
        let mut articles: Vec<(Option<i64>, &[Match])> = Vec::new();
        for pages in matches.chunk_by(|a, b| a.article == b.article) {
            articles.push((pages.iter().filter_map(|page| published(page.address)).min(), pages));
        }
        articles.sort_by_key(|(at, pages)| (*at, pages[0].address));
        let mut this = Self { of_page: HashMap::with_capacity(matches.len()), all: Vec::new() };
        // The pages of first articles, by the bands of their sketches, latest last.
        let mut firsts: HashMap<(u32, u64), Vec<First>> = HashMap::new();
        let steps = DeadlineCheck::default();
        for (at, pages) in articles {
            steps.step();
            let all = pages.iter().map(|page| sketch(page.address));
            let sketches: Vec<Sketch> = all.filter(|sketch| sketch.bits() != 0).collect();
            // An article without a date joins no story.
            let found = at.and_then(|at| {
                let near = sketches.iter().flat_map(|sketch| {
                    let firsts = &firsts;
                    sketch.bands().filter_map(move |band| {
                        let firsts = firsts.get(&band)?.iter().rev();
                        let mut recent = firsts.take_while(|first| at - first.published <= SIX_WEEKS);
                        recent.find(|first| first.sketch.agrees(*sketch)).map(|first| first.story)
                    })
                });
                near.min()
            });
            let story = found.unwrap_or(this.all.len());
            if found.is_none() {
                this.all.push(Story { count: 0, published: at.map(|at| (at, at)) });
                for sketch in at.iter().flat_map(|_| &sketches) {
                    let first = First { sketch: *sketch, published: at.unwrap_or_default(), story };
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
        let time = |at| Timestamp::from_millisecond(at).ok();
        let (first, last) = story.published?;
        (story.count > 1).then_some(Copies { count: story.count - 1, first: time(first)?, last: time(last)? })
    }

    /// Keeps the first page of each story. The order stays.
    pub(super) fn keep_first(&self, pages: &mut Vec<ScoredDoc>) {
        let mut seen = HashSet::new();
        pages.retain(|page| self.of(address(page.doc)).is_none_or(|story| seen.insert(story)));
    }
}
