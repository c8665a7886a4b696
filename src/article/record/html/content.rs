//! Which text of a page is the article's.
//!
//! A block with a sentence of plain text is good, and one of links is not. The article is what is marked as one, else the
//! innermost element that holds nearly all good text, or most of it if its name says so. Of that, lists of links and what says
//! that it is something else (navigation, related articles, notes on cookies) are left out. It may say so by its tag, by its
//! classes, or by the words with which it begins (`notices.rs`).

mod notices;

use super::tree::{Aside, Element, Kind, Tree};
use crate::{
    article::{
        clean::fold_space,
        plain::{Gap, Lines},
    },
    text::joins,
};
use notices::Label;
use std::ops::Range;

/// A block with fewer bytes of text is no sentence: 40 Latin letters, 13 Han.
const MIN_GOOD_BYTES: u32 = 40;
/// A link of fewer bytes that is all of a block is no title of another article.
const MIN_LINK_BYTES: usize = 12;
/// Ends a block after which no blank line follows in the source: Unicode's separator of paragraphs.
pub(super) const PARAGRAPH_SEPARATOR: char = '\u{2029}';

/// The text of an article.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// The text, with the line breaks of its source.
    pub text: String,
    /// Lines of the source above the first line of the text.
    pub lines_above: usize,
}

/// The text of the article of a page, without a heading that repeats its title.
pub(super) fn article(tree: &Tree, title: &str) -> Content {
    let measures = Measures::of(tree);
    let root = measures.root(tree);
    let content = write(tree, &measures.left_out(tree, root), &measures.notices, title);
    if !content.text.is_empty() {
        return content;
    }
    write(tree, &vec![Fate::Kept; tree.elements.len()], &vec![false; tree.runs.len()], title)
}

/// The first heading of the page that is not beside the article.
pub(super) fn heading(tree: &Tree) -> String {
    let measures = Measures::of(tree);
    let is_heading = |element: &usize| {
        tree.elements[*element].kind == Kind::Title
            && !measures.is_aside[*element]
            && tree.elements[*element].own > 0
    };
    let Some(found) = (0..tree.elements.len()).find(is_heading) else { return String::new() };
    let runs = (0..tree.runs.len()).filter(|run| tree.runs[*run].element as usize == found);
    let mut heading = String::new();
    for run in runs {
        if tree.runs[run].gap != Gap::None {
            heading.push(' ');
        }
        heading.push_str(tree.text_of(run));
    }
    fold_space(&heading).into_owned()
}

/// What becomes of the text of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Outside of the article, or beside it.
    LeftOut,
    /// In a list of links.
    Links,
}

/// What is known of each element, by its number.
struct Measures {
    /// Whether it, or an element around it, stands beside the article.
    is_aside: Vec<bool>,
    /// Whether the heading of the page is in it.
    holds_heading: Vec<bool>,
    /// Whether good text stands in it, or in a paragraph directly in it.
    has_paragraphs: Vec<bool>,
    /// Bytes of good text in it, without what is beside the article.
    good: Vec<u64>,
    /// Bytes of all text in it.
    all: Vec<u64>,
    /// Bytes of linked text in it.
    linked: Vec<u64>,
    /// The links in it.
    links: Vec<u32>,
    /// Whether a notice begins with each run.
    notices: Vec<bool>,
}

impl Measures {
    fn of(tree: &Tree) -> Self {
        let elements = &tree.elements;
        let notices = notices(tree);
        let good = good(tree, &notices);
        let mut is_aside = asides(elements, &labelled(tree, &good));
        let is_left = good.iter().zip(&is_aside).any(|(good, is_aside)| *good > 0 && !is_aside);
        if !is_left {
            // Where all is marked, an end tag is missing.
            is_aside.fill(false);
        }
        let mut measures = Self {
            good: good
                .iter()
                .zip(&is_aside)
                .map(|(good, aside)| if *aside { 0 } else { u64::from(*good) })
                .collect(),
            is_aside,
            all: elements.iter().map(|element| u64::from(element.own)).collect(),
            linked: elements.iter().map(|element| u64::from(element.linked)).collect(),
            links: elements.iter().map(|element| element.links).collect(),
            notices,
            holds_heading: vec![false; elements.len()],
            has_paragraphs: vec![false; elements.len()],
        };
        for (index, element) in elements.iter().enumerate().skip(1).rev() {
            let parent = element.parent as usize;
            measures.holds_heading[index] |=
                element.kind == Kind::Title && element.own > 0 && !measures.is_aside[index];
            measures.holds_heading[parent] |= measures.holds_heading[index];
            measures.has_paragraphs[index] |= good[index] > 0 && !measures.is_aside[index];
            measures.has_paragraphs[parent] |= measures.good[index] > 0 && is_text(element.kind);
            measures.good[parent] += measures.good[index];
            measures.all[parent] += measures.all[index];
            measures.linked[parent] += measures.linked[index];
            measures.links[parent] = measures.links[parent].saturating_add(measures.links[index]);
        }
        measures
    }

    /// The element that is the article.
    fn root(&self, tree: &Tree) -> usize {
        let best = |is_wanted: &dyn Fn(&Element) -> bool| {
            let wanted = tree.elements.iter().enumerate().filter(|(_, element)| is_wanted(element));
            // Of two with the same text the outer one, which may have more beside it.
            wanted
                .map(|(index, _)| index)
                .rev()
                .max_by_key(|index| self.good[*index])
                .filter(|index| self.good[*index] > 0)
        };
        let body = best(&|element| element.is_body);
        // Of many articles none is the one.
        let article = || {
            let found = best(&|element| element.kind == Kind::Article)?;
            (self.good[found] * 2 >= self.good[0]).then_some(found)
        };
        let main = || best(&|element| element.kind == Kind::Main);
        body.or_else(article).or_else(main).unwrap_or_else(|| self.densest(tree))
    }

    /// The innermost element that holds nearly all good text.
    fn densest(&self, tree: &Tree) -> usize {
        let mut densest = 0;
        // Elements are in order of their tags, so that each comes after the one that holds it.
        for (index, element) in tree.elements.iter().enumerate().skip(1) {
            // A paragraph beside the one with the heading may belong to it; what is in an element of its own is a notice.
            let share = match element {
                _ if element.is_named => 60,
                _ if self.holds_heading[index] && !self.has_paragraphs[densest] => 70,
                _ => 85,
            };
            let is_nearly_all = self.good[index] * 100 >= self.good[densest] * share && self.good[index] > 0;
            if is_nearly_all && !is_text(element.kind) && is_within(tree, index, densest, element.is_named) {
                densest = index;
            }
        }
        densest
    }

    /// What becomes of each element, if one is the article.
    fn left_out(&self, tree: &Tree, root: usize) -> Vec<Fate> {
        let mut fates = vec![Fate::LeftOut; tree.elements.len()];
        for (index, element) in tree.elements.iter().enumerate().skip(root) {
            let parent = if index == root { Fate::Kept } else { fates[element.parent as usize] };
            // An element after the article is in none that is kept.
            fates[index] = match parent {
                Fate::Kept if index != root && self.is_aside[index] => Fate::LeftOut,
                Fate::Kept if index != root && self.is_list_of_links(index, element.kind) => Fate::Links,
                fate => fate,
            };
        }
        fates
    }

    fn is_list_of_links(&self, index: usize, kind: Kind) -> bool {
        let is_linked = self.linked[index] * 10 >= self.all[index] * 6 && self.links[index] >= 2;
        !is_text(kind) && self.good[index] == 0 && is_linked
    }
}

/// Whether an element is in another one: directly, or `deep` at any depth.
fn is_within(tree: &Tree, index: usize, outer: usize, deep: bool) -> bool {
    let mut holder = tree.elements[index].parent as usize;
    while deep && holder > outer {
        holder = tree.elements[holder].parent as usize;
    }
    holder == outer
}

/// Whether an element is no place for more than one block.
fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Paragraph | Kind::Heading | Kind::Title)
}

/// Bytes of good text in each element, without those in it.
fn good(tree: &Tree, notices: &[bool]) -> Vec<u32> {
    let elements = &tree.elements;
    let mut own: Vec<(u32, u32)> = elements.iter().map(|element| (element.own, element.linked)).collect();
    for (run, _) in notices.iter().enumerate().filter(|(_, is_notice)| **is_notice) {
        let all = &mut own[tree.runs[run].element as usize].0;
        let bytes = tree.bytes_of(run..end_of_block(tree, run));
        *all = all.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
    }
    let mut good = vec![0; elements.len()];
    let mut holds_good = vec![false; elements.len()];
    for (index, element) in elements.iter().enumerate().rev() {
        let (all, linked) = own[index];
        let parent = element.parent as usize;
        if all >= MIN_GOOD_BYTES {
            let is_good = linked <= all / 2 && !matches!(element.kind, Kind::Title | Kind::Heading);
            good[index] = if is_good { all - linked } else { 0 };
        } else if index > 0
            && !holds_good[index]
            && matches!(element.kind, Kind::Cell | Kind::Row | Kind::Item)
        {
            // Short cells make a row, and short items a list.
            own[parent] = (own[parent].0.saturating_add(all), own[parent].1.saturating_add(linked));
        }
        holds_good[parent] |= holds_good[index] || good[index] > 0;
    }
    good
}

/// Whether each run begins a notice of the site.
fn notices(tree: &Tree) -> Vec<bool> {
    let mut found = vec![false; tree.runs.len()];
    let mut run = 0;
    while run < tree.runs.len() {
        let end = end_of_block(tree, run);
        let is_short = tree.bytes_of(run..end) <= notices::MAX_NOTICE_BYTES;
        found[run] = is_short && {
            let linked = (run..end).filter(|run| tree.runs[*run].is_linked);
            let linked = linked.map(|run| tree.text_of(run).len()).sum();
            notices::is_notice(&text_of(tree, run..end), linked)
        };
        run = end;
    }
    found
}

/// Whether the first words in each element are a heading of something else: `Most read`. A label in doubt does not count above
/// good text, unless a fourth of all text is linked.
fn labelled(tree: &Tree, good: &[u32]) -> Vec<bool> {
    // The first and the last run in each element.
    let mut within: Vec<Option<(usize, usize)>> = vec![None; tree.elements.len()];
    for (run, of) in tree.runs.iter().enumerate() {
        within[of.element as usize].get_or_insert((run, run)).1 = run;
    }
    for (index, element) in tree.elements.iter().enumerate().skip(1).rev() {
        let Some((first, last)) = within[index] else { continue };
        let outer = within[element.parent as usize].get_or_insert((first, last));
        *outer = (outer.0.min(first), outer.1.max(last));
    }
    let label = |run: usize| {
        let end = end_of_label(tree, run);
        let may_be = !tree.runs[run].is_linked && tree.bytes_of(run..end) <= notices::MAX_LABEL_BYTES;
        may_be.then(|| notices::label(&text_of(tree, run..end))).flatten()
    };
    let mut labels = vec![None; tree.elements.len()];
    let mut before = None;
    for (index, element) in tree.elements.iter().enumerate() {
        // One that holds nothing but the label is not what it is the label of.
        let holds_more = |(first, last): &(usize, usize)| *last >= end_of_label(tree, *first);
        let Some((first, _)) = within[index].filter(holds_more) else { continue };
        if before.replace(first) == Some(first) {
            // The innermost element that begins so is the one; those around it come before it.
            labels[index] = labels[element.parent as usize].take();
        } else {
            labels[index] = label(first);
        }
    }
    let mut good_within: Vec<u64> = good.iter().map(|good| u64::from(*good)).collect();
    for (index, element) in tree.elements.iter().enumerate().skip(1).rev() {
        good_within[element.parent as usize] += good_within[index];
    }
    // The bytes of linked text before each run.
    let mut linked_before = vec![0];
    for (run, of) in tree.runs.iter().enumerate() {
        let linked = if of.is_linked { tree.text_of(run).len() } else { 0 };
        linked_before.push(linked_before[run] + linked);
    }
    let is_mostly_good = |index: usize| {
        let Some((first, last)) = within[index] else { return false };
        let linked = linked_before[last + 1] - linked_before[first];
        good_within[index] > 0 && linked * 4 < tree.bytes_of(first..last + 1)
    };
    let is_beside = |(index, label): (usize, &Option<Label>)| match label {
        Some(Label::Sure) => true,
        Some(Label::Doubtful) => !is_mostly_good(index),
        None => false,
    };
    labels.iter().enumerate().map(is_beside).collect()
}

/// Where the block ends that begins with a run; no further than a label may be long.
fn end_of_label(tree: &Tree, run: usize) -> usize {
    let is_end =
        |next: &usize| is_block_start(tree, *next) || tree.bytes_of(run..*next) > notices::MAX_LABEL_BYTES;
    (run + 1..tree.runs.len()).find(is_end).unwrap_or(tree.runs.len())
}

/// Where the block ends that begins with a run: with its element, or at a break.
fn end_of_block(tree: &Tree, run: usize) -> usize {
    (run + 1..tree.runs.len()).find(|next| is_block_start(tree, *next)).unwrap_or(tree.runs.len())
}

fn is_block_start(tree: &Tree, run: usize) -> bool {
    run == 0 || tree.runs[run].gap == Gap::Block || tree.runs[run].element != tree.runs[run - 1].element
}

/// The text of some runs.
fn text_of(tree: &Tree, runs: Range<usize>) -> String {
    let first = runs.start;
    let mut text = String::new();
    for run in runs {
        if run > first && tree.runs[run].gap != Gap::None {
            text.push(' ');
        }
        text.push_str(tree.text_of(run));
    }
    text
}

/// Whether each element, or one around it, stands beside the article. What holds the main element does not, whatever it is
/// called, nor what is only called so, or begins so, and holds the heading of the page.
fn asides(elements: &[Element], labelled: &[bool]) -> Vec<bool> {
    let mut holds: Vec<(bool, bool)> = elements
        .iter()
        .map(|element| (element.kind == Kind::Main || element.is_body, element.kind == Kind::Title))
        .collect();
    for (index, element) in elements.iter().enumerate().skip(1).rev() {
        let (main, heading) = holds[index];
        let parent = &mut holds[element.parent as usize];
        *parent = (parent.0 || main, parent.1 || heading);
    }
    let mut is_aside = vec![false; elements.len()];
    for (index, element) in elements.iter().enumerate().skip(1) {
        let (main, heading) = holds[index];
        is_aside[index] = is_aside[element.parent as usize]
            || match element.aside {
                Aside::No => labelled[index] && !main && !heading,
                Aside::Classes => !main && !heading,
                Aside::Tag => !main,
            };
    }
    is_aside
}

/// Writes the text that is kept. A heading is written with the text after it, unless a list of links follows it.
fn write(tree: &Tree, fates: &[Fate], notices: &[bool], title: &str) -> Content {
    let mut lines = Lines::new(Some(PARAGRAPH_SEPARATOR), tree.text.len());
    let mut headings: Vec<usize> = Vec::new();
    let mut is_title_due = !title.is_empty();
    let mut gap = Gap::Block;
    let put = |lines: &mut Lines, run: usize| {
        let line = tree.runs[run].line as usize;
        lines.raise(tree.runs[run].gap);
        lines.write(tree.text_of(run), line);
    };
    // A link that stands alone leads to another article.
    let is_left_out = |run: usize| notices[run] || is_link(tree, run..end_of_block(tree, run));
    let mut run = 0;
    while run < tree.runs.len() {
        let element = tree.runs[run].element as usize;
        gap = gap.max(tree.runs[run].gap);
        match (fates[element], tree.elements[element].kind) {
            (Fate::LeftOut, _) => {}
            (Fate::Links, _) => headings.clear(),
            (Fate::Kept, kind @ (Kind::Title | Kind::Heading)) => {
                let end =
                    run + tree.runs[run..].iter().take_while(|next| next.element as usize == element).count();
                if kind == Kind::Title && is_title_due && is_title(tree, run..end, title) {
                    is_title_due = false;
                } else {
                    headings.extend(run..end);
                }
                run = end;
                continue;
            }
            (Fate::Kept, _) if is_block_start(tree, run) && is_left_out(run) => {
                headings.clear();
                run = end_of_block(tree, run);
                continue;
            }
            (Fate::Kept, _) => {
                for heading in headings.drain(..) {
                    lines.raise(gap);
                    put(&mut lines, heading);
                }
                lines.raise(gap);
                put(&mut lines, run);
                gap = Gap::None;
            }
        }
        run += 1;
    }
    if lines.is_empty() {
        for heading in headings {
            put(&mut lines, heading);
        }
    }
    let (text, lines_above) = lines.finish();
    Content { text, lines_above }
}

/// Whether a paragraph is nothing but a link to another article.
fn is_link(tree: &Tree, block: Range<usize>) -> bool {
    let kind = tree.elements[tree.runs[block.start].element as usize].kind;
    matches!(kind, Kind::Paragraph | Kind::Block)
        && tree.runs[block.clone()].iter().all(|run| run.is_linked)
        && tree.bytes_of(block) >= MIN_LINK_BYTES
}

/// Whether the text of some runs is the title.
fn is_title(tree: &Tree, runs: Range<usize>, title: &str) -> bool {
    let mut said = runs.flat_map(|run| tree.text_of(run).chars()).filter(|c| !c.is_whitespace());
    let mut wanted = title.chars().filter(|c| !c.is_whitespace());
    loop {
        match (said.next(), wanted.next()) {
            (None, None) => return true,
            (one, other) if one != other => return false,
            _ => {}
        }
    }
}

/// Whether white space between two texts does not part them.
fn is_joined(before: &str, after: &str) -> bool {
    before.chars().next_back().zip(after.chars().next()).is_some_and(|(before, after)| joins(before, after))
}

/// The text of a piece of HTML, such as a field of a record: all that is not hidden or navigation, with an empty line
/// between blocks.
pub(super) fn fragment(tree: &Tree) -> String {
    let mut is_aside = vec![false; tree.elements.len()];
    for (index, element) in tree.elements.iter().enumerate() {
        is_aside[index] = element.aside == Aside::Tag || is_aside[element.parent as usize];
    }
    let mut text = String::with_capacity(tree.text.len() + 16);
    let mut gap = Gap::Block;
    for (index, run) in tree.runs.iter().enumerate() {
        gap = gap.max(run.gap);
        if is_aside[run.element as usize] {
            continue;
        }
        let words = tree.text_of(index);
        if !text.is_empty() {
            text.push_str(match gap {
                Gap::None => "",
                Gap::Soft if is_joined(&text, words) => "",
                Gap::Soft => " ",
                Gap::Cell => " | ",
                Gap::Block => "\n\n",
            });
        }
        text.push_str(words);
        gap = Gap::None;
    }
    text
}
