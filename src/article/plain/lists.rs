//! Trailing lists of links as the Markdown parser sees them: numbered, nested in style, under any heading.
//!
//! The line scan of `tail` takes the usual shape. This follows the events for the rest, and forgets what it
//! has as soon as anything else follows at the top level.

use pulldown_cmark::{HeadingLevel, Tag, TagEnd};

use super::Mark;
use crate::article::{address::Target, tail::Link};

/// A link of the tail: its text and its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::article) struct OwnedLink {
    /// What is shown.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

impl OwnedLink {
    /// The same, with what its address names.
    pub(in crate::article) fn link(&self) -> Option<Link<'_>> {
        Some(Link { text: &self.text, target: Target::of(&self.url)? })
    }
}

/// The trailing lists of links so far.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Where the first of them begins, with its heading, and the links of all.
    tail: Option<(Mark, Vec<OwnedLink>)>,
    /// Where the headings right above the next block begin.
    heading: Option<Mark>,
    /// The list that is being read, as long as it holds nothing but such links.
    list: Option<List>,
}

#[derive(Debug, Default)]
struct List {
    mark: Mark,
    links: Vec<OwnedLink>,
    is_in_link: bool,
    /// Links of the item, and the byte of the text at which the last begins.
    of_item: usize,
    text_at: usize,
}

impl Lists {
    /// A block begins, `depth` blocks deep, where `mark` is.
    pub(super) fn start(&mut self, tag: &Tag<'_>, depth: usize, mark: Mark) {
        match tag {
            _ if depth > 0 => {
                if !matches!(tag, Tag::Item | Tag::Paragraph) {
                    self.list = None;
                }
            }
            Tag::Heading { level, .. } if *level != HeadingLevel::H1 => {
                // Sections that are empty go with the lists beside them.
                self.heading.get_or_insert(mark);
            }
            Tag::List(_) => {
                let mark = self.heading.take().unwrap_or(mark);
                self.list = Some(List { mark, ..List::default() });
            }
            _ => *self = Self::default(),
        }
    }

    /// A block ends that was `depth` blocks deep.
    pub(super) fn end(&mut self, tag: TagEnd, depth: usize) {
        match tag {
            TagEnd::Item => {
                self.list.take_if(|list| std::mem::take(&mut list.of_item) != 1);
            }
            TagEnd::List(_) if depth == 0 => match self.list.take() {
                Some(list) => match &mut self.tail {
                    Some((_, links)) => links.extend(list.links),
                    tail => *tail = Some((list.mark, list.links)),
                },
                None => self.tail = None,
            },
            _ => {}
        }
    }

    /// A link begins, with the byte of the text at which its own will.
    pub(super) fn link(&mut self, url: &str, text_at: usize) {
        self.list.take_if(|_| Target::of(url).is_none());
        if let Some(list) = &mut self.list {
            list.links.push(OwnedLink { text: String::new(), url: url.to_owned() });
            (list.is_in_link, list.text_at) = (true, text_at);
            list.of_item += 1;
        }
    }

    /// The link ends; `text` is all that was written.
    pub(super) fn end_link(&mut self, text: &str) {
        if let Some(list) = &mut self.list {
            list.is_in_link = false;
            if let Some(link) = list.links.last_mut() {
                text.get(list.text_at..).unwrap_or_default().trim().clone_into(&mut link.text);
            }
        }
    }

    /// Text is written; outside of a link it makes its list an ordinary one.
    pub(super) fn text(&mut self, text: &str) {
        self.list.take_if(|list| !list.is_in_link && !text.trim().is_empty());
    }

    /// Where the trailing lists begin, and their links in order.
    pub(super) fn tail(&mut self) -> Option<(Mark, Vec<OwnedLink>)> {
        self.tail.take().filter(|(_, links)| !links.is_empty())
    }
}
