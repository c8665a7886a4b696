//! Groups matches into stories: near-copies published within a few weeks.
//!
//! A story begins with its earliest article. Later articles belong to it if their texts agree with that first
//! one and they were published within six weeks of it. So a monthly notice with other numbers does not become
//! one story of ten years.

use super::{Copies, DocRef, ScoredDoc, stamp::Stamp};
use crate::text::Sketch;
use std::collections::{HashMap, HashSet};

/// Maximum time between the first and the last article of a story, in milliseconds.
const SIX_WEEKS: i64 = 42 * 24 * 60 * 60 * 1000;

/// A page that matches, by what stories are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub doc: DocRef,
    /// The number of its article, by which the pages of an article are told.
    pub article: u64,
    /// The hash of the id of its article.
    pub hash: u64,
    pub published: Option<Stamp>,
    pub sketch: Sketch,
}

/// The stories of some matches.
pub(super) struct Stories {
    /// The index of the story of each page.
    of_page: HashMap<DocRef, usize>,
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
    /// Groups pages into stories. The pages of an article must be adjacent. `step` is called for each article.
    pub(super) fn new<E>(matches: &[Candidate], mut step: impl FnMut() -> Result<(), E>) -> Result<Self, E> {
        // Articles of one instant are taken in an order of their own, not in that of the documents, which an engine changes.
        let mut articles: Vec<(Option<Stamp>, u64, &[Candidate])> = Vec::new();
        for pages in matches.chunk_by(|a, b| a.article == b.article) {
            let at = pages.iter().filter_map(|page| page.published).min();
            articles.push((at, pages[0].hash, pages));
        }
        articles.sort_by_key(|(at, hash, _)| (*at, *hash));
        let mut this = Self { of_page: HashMap::with_capacity(matches.len()), all: Vec::new() };
        // The pages of first articles, by the bands of their sketches, latest last.
        let mut firsts: HashMap<(u32, u64), Vec<First>> = HashMap::new();
        for (at, _, pages) in articles {
            step()?;
            let all = pages.iter().map(|page| page.sketch);
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
            this.of_page.extend(pages.iter().map(|page| (page.doc, story)));
        }
        Ok(this)
    }

    /// The number of stories.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The story of a page; `None` if the page is not a match.
    pub(super) fn of(&self, doc: DocRef) -> Option<usize> {
        self.of_page.get(&doc).copied()
    }

    /// The other articles in the story of a page, if there are any.
    pub(super) fn copies(&self, doc: DocRef) -> Option<Copies> {
        let story = &self.all[self.of(doc)?];
        let (first, last) = story.published?;
        let (first, last) = (first.moment()?, last.moment()?);
        (story.count > 1).then_some(Copies { count: story.count - 1, first, last })
    }

    /// Keeps the first page of each story. The order stays.
    pub(super) fn keep_first(&self, pages: &mut Vec<ScoredDoc>) {
        let mut seen = HashSet::new();
        pages.retain(|page| self.of(page.doc).is_none_or(|story| seen.insert(story)));
    }
}
