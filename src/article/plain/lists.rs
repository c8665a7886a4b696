//! Finds trailing lists of links in the parser's events: numbered, in bold or italics, under any heading.
//!
//! The line scan of `tail` finds the usual shape. This follows the events for the rest, and drops its lists
//! as soon as anything else follows at the top level.

use pulldown_cmark::{HeadingLevel, Tag, TagEnd};

use super::Mark;
use crate::article::{address::Target, tail::Link};

/// A link of the tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::article) struct OwnedLink {
    /// The text of the link.
    pub text: String,
    /// Its URL.
    pub url: String,
}

impl OwnedLink {
    /// The link with what its URL names; `None` if that is neither a security nor an article.
    pub(in crate::article) fn link(&self) -> Option<Link<'_>> {
        Some(Link { text: &self.text, target: Target::of(&self.url)? })
    }
}

/// The trailing lists of links so far.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// The place where the first list begins, with its heading, and the links of all lists.
    tail: Option<(Mark, Vec<OwnedLink>)>,
    /// The place where the headings right above the next block begin.
    heading: Option<Mark>,
    /// The list being read, as long as it holds nothing but such links.
    list: Option<List>,
}

#[derive(Debug, Default)]
struct List {
    mark: Mark,
    links: Vec<OwnedLink>,
    is_in_link: bool,
    /// The number of links of the item, and the byte offset in the text at which the last one begins.
    of_item: usize,
    text_at: usize,
}

impl Lists {
    /// Starts a block that is `depth` blocks deep and begins at `mark`.
    pub(super) fn start(&mut self, tag: &Tag<'_>, depth: usize, mark: Mark) {
        match tag {
            _ if depth > 0 => {
                if !matches!(tag, Tag::Item | Tag::Paragraph) {
                    self.list = None;
                }
            }
            Tag::Heading { level, .. } if *level != HeadingLevel::H1 => {
                // Empty sections are cut with the lists beside them.
                self.heading.get_or_insert(mark);
            }
            Tag::List(_) => {
                let mark = self.heading.take().unwrap_or(mark);
                self.list = Some(List { mark, ..List::default() });
            }
            _ => *self = Self::default(),
        }
    }

    /// Ends a block that is `depth` blocks deep.
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

    /// Starts a link whose text will begin at byte `text_at` of the output.
    pub(super) fn link(&mut self, url: &str, text_at: usize) {
        self.list.take_if(|_| Target::of(url).is_none());
        if let Some(list) = &mut self.list {
            list.links.push(OwnedLink { text: String::new(), url: url.to_owned() });
            (list.is_in_link, list.text_at) = (true, text_at);
            list.of_item += 1;
        }
    }

    /// Ends the link; `text` is the whole output so far.
    pub(super) fn end_link(&mut self, text: &str) {
        if let Some(list) = &mut self.list {
            list.is_in_link = false;
            if let Some(link) = list.links.last_mut() {
                text.get(list.text_at..).unwrap_or_default().trim().clone_into(&mut link.text);
            }
        }
    }

    /// Takes in text. Text outside of a link makes its list an ordinary one.
    pub(super) fn text(&mut self, text: &str) {
        self.list.take_if(|list| !list.is_in_link && !text.trim().is_empty());
    }

    /// The place where the trailing lists begin, and their links in order.
    pub(super) fn tail(&mut self) -> Option<(Mark, Vec<OwnedLink>)> {
        self.tail.take().filter(|(_, links)| !links.is_empty())
    }
}
