//! Reads the tokens of a page into a flat tree of elements and runs of text.
//!
//! This is no tree of a browser: it knows which text stands in which block, which of it is linked, and on which line it
//! is. Elements inside a sentence have no node. Time is linear in the page, depth and number of elements are bounded.

mod kind;

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};
use std::{borrow::Cow, convert::Infallible, ops::Range};
use xxhash_rust::xxh3::xxh3_64;

use crate::article::{
    clean::{self, fold_space},
    plain::{Gap, count_lines},
};
pub(super) use kind::Kind;

/// Elements nested deeper than this are parts of the one above them.
const MAX_DEPTH: usize = 256;
/// Elements after this many are parts of the one that they stand in.
const MAX_ELEMENTS: usize = 1 << 20;
/// Values of attributes are kept up to this many bytes.
const MAX_VALUE_BYTES: usize = 10_000;
/// So many tags of metadata are read at most.
const MAX_METADATA: usize = 512;
/// A script with linked data of more bytes is not read.
const MAX_LINKED_DATA_BYTES: usize = 4 << 20;

/// An element that holds blocks or text.
#[derive(Debug)]
pub(super) struct Element {
    /// The element that holds it; itself for the first.
    pub parent: u32,
    pub kind: Kind,
    /// Whether its tag or its classes say that it is not a part of the article.
    pub aside: Aside,
    /// Whether it says that it is the text of the article.
    pub is_body: bool,
    /// Whether its classes say so.
    pub is_named: bool,
    /// Bytes of its own text, without that of elements in it.
    pub own: u32,
    /// Those of them that are linked.
    pub linked: u32,
    /// Links that begin in it.
    pub links: u32,
}

/// What says that an element is not a part of the article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Aside {
    /// Nothing.
    #[default]
    No,
    /// The words of its class or id.
    Classes,
    /// Its tag, its role, or that it is hidden.
    Tag,
}

/// Text of one element without a gap in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// Its first byte in the text of the tree. It ends where the next one begins.
    pub at: usize,
    /// The line of the source on which it begins, from 0.
    pub line: u32,
    pub element: u32,
    /// What separates it from the run before.
    pub gap: Gap,
    pub is_linked: bool,
}

/// A tag that tells something about the page, in lower case.
#[derive(Debug)]
pub(super) struct Metadata {
    /// `name`, `property` or `itemprop` of a `meta`, `canonical` for that `link`, `time` for a `time`.
    pub name: String,
    pub value: String,
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In order of their tags; the first holds all others.
    pub elements: Vec<Element>,
    /// In order of the page.
    pub runs: Vec<Run>,
    pub text: String,
    pub metadata: Vec<Metadata>,
    /// The text of `title`.
    pub title: String,
    /// The language of the page, as its first tag has it.
    pub language: String,
    /// Scripts with linked data: the line from 0, and the JSON.
    pub linked_data: Vec<(u32, String)>,
}

impl Tree {
    /// Reads a page or a fragment of one.
    pub(super) fn read(source: &str) -> Self {
        let mut builder = Builder::new(source);
        let mut emitter =
            CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| -> Option<Infallible> {
                builder.event(&event, span);
                None
            });
        emitter.naively_switch_states(true);
        let Ok(()) = Tokenizer::new_with_emitter(source, emitter).finish();
        builder.tree
    }

    /// The number of bytes of some runs.
    pub(super) fn bytes_of(&self, runs: Range<usize>) -> usize {
        let start = |run: usize| self.runs.get(run).map_or(self.text.len(), |run| run.at);
        start(runs.end) - start(runs.start)
    }

    /// The text of a run.
    pub(super) fn text_of(&self, run: usize) -> &str {
        let end = self.runs.get(run + 1).map_or(self.text.len(), |next| next.at);
        &self.text[self.runs[run].at..end]
    }
}

/// An element that is not closed yet.
struct Open {
    /// The hash of its name.
    name: u64,
    kind: Kind,
    element: u32,
}

/// A tag while its attributes are read.
#[derive(Default)]
struct Tag {
    name: Vec<u8>,
    attribute: Attribute,
    classes: String,
    role: String,
    /// `name`, `property`, `itemprop`, `rel` or `type`, whichever comes first.
    key: String,
    /// `content`, `href` or `datetime`.
    value: String,
    language: String,
    is_hidden: bool,
}

/// An attribute that is read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Attribute {
    #[default]
    Other,
    Class,
    Role,
    Key,
    Value,
    Language,
    Style,
    AriaHidden,
}

struct Builder<'s> {
    source: &'s str,
    /// A byte offset of the source and the number of line feeds before it.
    counted: (usize, u32),
    tree: Tree,
    open: Vec<Open>,
    /// Elements that are open and too deep for `open`.
    deeper: usize,
    /// The name of the element whose content is not text, and how many of it are open.
    hidden: Option<(u64, u32)>,
    /// Whether a paragraph or a heading ends the hidden element, whose end tag must be missing.
    is_fragile: bool,
    /// What the text of a hidden element is.
    raw: Raw,
    /// Whether a link is open, and in how many open elements.
    link: Option<usize>,
    gap: Gap,
    tag: Tag,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Raw {
    Nothing,
    Title,
    LinkedData,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        let all = Element {
            parent: 0,
            kind: Kind::Block,
            aside: Aside::No,
            is_body: false,
            is_named: false,
            own: 0,
            linked: 0,
            links: 0,
        };
        Self {
            source,
            counted: (0, 0),
            tree: Tree { elements: vec![all], ..Tree::default() },
            open: Vec::new(),
            deeper: 0,
            hidden: None,
            is_fragile: false,
            raw: Raw::Nothing,
            link: None,
            gap: Gap::Block,
            tag: Tag::default(),
        }
    }

    fn event(&mut self, event: &CallbackEvent<'_>, span: Span<usize>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Tag { name: name.to_vec(), ..Tag::default() };
            }
            CallbackEvent::AttributeName { name } => self.attribute(name),
            CallbackEvent::AttributeValue { value } => self.value(value),
            CallbackEvent::CloseStartTag { self_closing } => self.start(*self_closing),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.string(&String::from_utf8_lossy(value), span),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }

    fn attribute(&mut self, name: &[u8]) {
        let is_meta = matches!(self.tag.name.as_slice(), b"meta" | b"link" | b"time" | b"script");
        self.tag.attribute = match name {
            b"class" | b"id" => Attribute::Class,
            b"role" => Attribute::Role,
            b"itemprop" | b"property" => Attribute::Key,
            b"name" | b"rel" | b"type" | b"http-equiv" if is_meta => Attribute::Key,
            b"content" | b"href" | b"datetime" if is_meta => Attribute::Value,
            b"lang" | b"xml:lang" => Attribute::Language,
            b"style" => Attribute::Style,
            b"aria-hidden" => Attribute::AriaHidden,
            b"hidden" => {
                self.tag.is_hidden = true;
                Attribute::Other
            }
            _ => Attribute::Other,
        };
    }

    fn value(&mut self, value: &[u8]) {
        let value = String::from_utf8_lossy(&value[..value.len().min(MAX_VALUE_BYTES)]);
        let tag = &mut self.tag;
        match tag.attribute {
            Attribute::Class => {
                tag.classes.push(' ');
                tag.classes.push_str(&value);
            }
            Attribute::Role => tag.role = value.to_ascii_lowercase(),
            Attribute::Key if tag.key.is_empty() => tag.key = value.trim().to_ascii_lowercase(),
            Attribute::Value if tag.value.is_empty() => value.trim().clone_into(&mut tag.value),
            Attribute::Language if tag.language.is_empty() => value.trim().clone_into(&mut tag.language),
            Attribute::Style => {
                let style: String = value.to_ascii_lowercase().split_whitespace().collect();
                tag.is_hidden |= style.contains("display:none") || style.contains("visibility:hidden");
            }
            Attribute::AriaHidden => tag.is_hidden |= value.as_ref() == "true",
            _ => {}
        }
    }

    fn start(&mut self, self_closing: bool) {
        let tag = std::mem::take(&mut self.tag);
        let (name, kind) = (xxh3_64(&tag.name), Kind::of(&tag.name));
        if self.is_fragile && matches!(kind, Kind::Title | Kind::Paragraph | Kind::Article | Kind::Main) {
            self.hidden = None;
        }
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += u32::from(*hidden == name && !self_closing);
            return;
        }
        self.metadata(&tag);
        match kind {
            Kind::Void => {}
            Kind::Inline => {
                if tag.is_hidden || tag.classes.contains("sr-only") {
                    self.hide(name, &tag, self_closing);
                }
            }
            Kind::Link => {
                let element = self.element() as usize;
                self.tree.elements[element].links += 1;
                self.link = Some(self.open.len());
            }
            Kind::Break => self.gap = Gap::Block,
            Kind::Hidden => self.hide(name, &tag, self_closing),
            _ => self.open(name, kind, &tag),
        }
    }

    /// Passes over the content of an element.
    fn hide(&mut self, name: u64, tag: &Tag, self_closing: bool) {
        if self_closing && tag.name != b"script" {
            return;
        }
        self.hidden = Some((name, 1));
        self.is_fragile = matches!(tag.name.as_slice(), b"button" | b"math" | b"select" | b"svg");
        self.raw = match tag.name.as_slice() {
            b"title" if self.tree.title.is_empty() => Raw::Title,
            b"script" if tag.key.contains("ld+json") => Raw::LinkedData,
            _ => Raw::Nothing,
        };
    }

    fn metadata(&mut self, tag: &Tag) {
        if self.tree.language.is_empty() && matches!(tag.name.as_slice(), b"html" | b"body") {
            self.tree.language.clone_from(&tag.language);
        }
        let name = match tag.name.as_slice() {
            b"meta" => tag.key.as_str(),
            b"link" if tag.key == "canonical" => "canonical",
            b"time" => "time",
            _ => return,
        };
        let is_new = |known: &Metadata| known.name != name || known.value != tag.value;
        if !tag.value.is_empty()
            && self.tree.metadata.len() < MAX_METADATA
            && self.tree.metadata.iter().all(is_new)
        {
            self.tree.metadata.push(Metadata { name: name.to_owned(), value: tag.value.clone() });
        }
    }

    fn open(&mut self, name: u64, kind: Kind, tag: &Tag) {
        self.close_implied(kind);
        self.gap = self.gap.max(if kind == Kind::Cell { Gap::Cell } else { Gap::Block });
        if self.open.len() == MAX_DEPTH {
            self.deeper += 1;
            return;
        }
        let element = if self.tree.elements.len() < MAX_ELEMENTS {
            let parent = self.element();
            self.tree.elements.push(Element {
                parent,
                kind: kind_by_role(kind, &tag.role),
                aside: self.aside(kind, tag),
                is_body: tag.key == "articlebody",
                is_named: kind::is_article(&tag.classes),
                own: 0,
                linked: 0,
                links: 0,
            });
            u32::try_from(self.tree.elements.len() - 1).unwrap_or(parent)
        } else {
            self.element()
        };
        self.open.push(Open { name, kind, element });
    }

    /// Whether an element says that it is not a part of the article.
    fn aside(&self, kind: Kind, tag: &Tag) -> Aside {
        let in_article = || {
            let holds = |open: &Open| matches!(open.kind, Kind::Article | Kind::Main);
            self.open.iter().any(holds)
        };
        let by_role = matches!(
            tag.role.as_str(),
            "navigation"
                | "banner"
                | "contentinfo"
                | "complementary"
                | "search"
                | "dialog"
                | "alertdialog"
                | "menu"
        );
        if tag.is_hidden || kind == Kind::Aside || by_role || kind == Kind::Header && !in_article() {
            return Aside::Tag;
        }
        let is_whole =
            matches!(kind, Kind::Article | Kind::Main) || matches!(tag.name.as_slice(), b"html" | b"body");
        // A custom element may be named for what it holds: `amp-sidebar`.
        let is_named = tag.name.contains(&b'-') && kind::is_aside(&String::from_utf8_lossy(&tag.name));
        if !is_whole && (is_named || kind::is_aside(&tag.classes)) { Aside::Classes } else { Aside::No }
    }

    /// Closes the elements that a tag ends without an end tag of theirs.
    fn close_implied(&mut self, kind: Kind) {
        if self.deeper > 0 {
            return;
        }
        if self.open.last().is_some_and(|open| open.kind == Kind::Paragraph) {
            self.close_to(self.open.len() - 1);
        }
        let is_end = |open: &Open| match kind {
            Kind::Item => open.kind == Kind::List || open.kind.is_scope(),
            Kind::Cell => matches!(open.kind, Kind::Row | Kind::Table),
            Kind::Row => open.kind == Kind::Table,
            _ => true,
        };
        let is_same = |open: &Open| open.kind == kind || kind == Kind::Row && open.kind == Kind::Cell;
        let bound = self.open.iter().rposition(is_end).map_or(0, |at| at + 1);
        if let Some(at) = self.open[bound..].iter().position(is_same) {
            self.close_to(bound + at);
        }
    }

    fn end(&mut self, name: &[u8]) {
        let hash = xxh3_64(name);
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= u32::from(*hidden == hash);
            if *depth == 0 {
                self.hidden = None;
                self.raw = Raw::Nothing;
            }
            return;
        }
        let kind = Kind::of(name);
        match kind {
            Kind::Link => self.link = None,
            Kind::Inline | Kind::Void | Kind::Hidden => {}
            Kind::Break => self.gap = Gap::Block,
            _ => {
                self.gap = self.gap.max(if kind == Kind::Cell { Gap::Cell } else { Gap::Block });
                if self.deeper > 0 {
                    self.deeper -= 1;
                    return;
                }
                let is_end = |open: &Open| open.name == hash || open.kind.is_scope() && !kind.is_of_table();
                if let Some(at) = self.open.iter().rposition(is_end).filter(|at| self.open[*at].name == hash)
                {
                    self.close_to(at);
                }
            }
        }
    }

    /// Closes all elements but the first so many.
    fn close_to(&mut self, depth: usize) {
        self.open.truncate(depth);
        self.link = self.link.filter(|link| *link <= depth);
    }

    /// The innermost element that is open.
    fn element(&self) -> u32 {
        self.open.last().map_or(0, |open| open.element)
    }

    fn string(&mut self, text: &str, span: Span<usize>) {
        if self.hidden.is_some() {
            match self.raw {
                Raw::Title => self.tree.title.push_str(text),
                Raw::LinkedData if text.len() <= MAX_LINKED_DATA_BYTES => {
                    let line = self.line_of(span.start);
                    self.tree.linked_data.push((line, text.to_owned()));
                }
                _ => {}
            }
            return;
        }
        let first = self.line_of(span.start);
        let (text, _) = clean::clean(Cow::Borrowed(text));
        // A line feed from an entity is not a line of the source.
        let breaks = self.source.get(span.start..span.end).map_or(0, count_lines);
        let text = if breaks == count_lines(&text) { text } else { Cow::Owned(text.replace('\n', " ")) };
        for (line, part) in (first..).zip(text.split_inclusive('\n')) {
            self.part(part, line);
        }
    }

    /// Adds a part of one line.
    fn part(&mut self, part: &str, line: u32) {
        if part.starts_with(char::is_whitespace) {
            self.gap = self.gap.max(Gap::Soft);
        }
        let words = fold_space(part);
        if words.is_empty() {
            return;
        }
        let index = self.element();
        let element = &mut self.tree.elements[index as usize];
        let bytes = u32::try_from(words.len()).unwrap_or(u32::MAX);
        element.own = element.own.saturating_add(bytes);
        if self.link.is_some() {
            element.linked = element.linked.saturating_add(bytes);
        }
        let is_linked = self.link.is_some();
        let goes_on = |last: &Run| {
            self.gap == Gap::None && (last.element, last.line, last.is_linked) == (index, line, is_linked)
        };
        if !self.tree.runs.last().is_some_and(goes_on) {
            self.tree.runs.push(Run {
                at: self.tree.text.len(),
                line,
                element: index,
                gap: self.gap,
                is_linked,
            });
        }
        self.tree.text.push_str(&words);
        self.gap = if part.ends_with(char::is_whitespace) { Gap::Soft } else { Gap::None };
    }

    /// The number of line feeds before a byte of the source. Tokens come in order, so each byte is counted once.
    fn line_of(&mut self, at: usize) -> u32 {
        if let Some(more) = self.source.get(self.counted.0..at) {
            let lines = u32::try_from(count_lines(more)).unwrap_or(u32::MAX);
            self.counted = (at, self.counted.1.saturating_add(lines));
        }
        self.counted.1
    }
}

/// The kind that the role of an element makes of it.
fn kind_by_role(kind: Kind, role: &str) -> Kind {
    match role {
        "main" => Kind::Main,
        "article" => Kind::Article,
        _ => kind,
    }
}
