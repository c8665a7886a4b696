//! Tells tags of HTML from text that only looks like them.
//!
//! News writes names and codes in angle brackets (`<GM>`, `<International Telecom Japan Inc>`), which
//! Markdown reads as tags. A tag here has the name of an element and plausible attributes. Some codes are
//! names of elements too (`<S>`, `<DD>`, `<NAV>`), so a tag in capitals must also be closed in the same
//! block.

/// The elements of HTML, obsolete ones included, sorted.
const ELEMENTS: [&str; 131] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "pre",
    "progress",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
    "xmp",
];

/// Elements that are never closed and are not codes of securities: in capitals they are tags too.
const VOID: [&str; 4] = ["br", "hr", "img", "wbr"];

/// Attributes that need no value; any other word without a value is text.
const BARE: [&str; 18] = [
    "allowfullscreen",
    "async",
    "autoplay",
    "checked",
    "controls",
    "defer",
    "disabled",
    "hidden",
    "itemscope",
    "loop",
    "multiple",
    "muted",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "playsinline",
    "selected",
];

/// A tag at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// The element, in lower case.
    pub name: &'static str,
    pub is_closing: bool,
    /// Length in bytes with both brackets; `None` if the text ends inside the tag.
    pub length: Option<usize>,
    /// Whether it may be a code in brackets: a name in capitals without attributes.
    pub is_doubtful: bool,
}

/// The tag at the start of a text, whose first byte must be `<`; `None` if it is not a tag.
pub(super) fn read(text: &str) -> Option<Tag> {
    let inner = text.strip_prefix('<')?;
    let after = inner.strip_prefix('/');
    let (is_closing, inner) = (after.is_some(), after.unwrap_or(inner));
    let (written, rest) = inner.split_at(inner.bytes().take_while(u8::is_ascii_alphanumeric).count());
    let name = element(written)?;
    let end = end_of_attributes(rest)?;
    if is_closing && !end.is_bare {
        return None;
    }
    let length = end.rest.map(|rest| text.len() - rest.len());
    let is_capital = !written.contains(|c: char| c.is_ascii_lowercase());
    let is_doubtful = is_capital && !is_closing && end.is_bare && length.is_some() && !VOID.contains(&name);
    Some(Tag { name, is_closing, length, is_doubtful })
}

/// The element with this name, in either case.
fn element(written: &str) -> Option<&'static str> {
    // No name is longer; the limit keeps long words from being copied.
    let name = written.get(..written.len().min(11)).filter(|name| !name.is_empty())?.to_ascii_lowercase();
    ELEMENTS.binary_search(&name.as_str()).ok().filter(|_| written.len() == name.len()).map(|at| ELEMENTS[at])
}

struct End<'t> {
    /// The text after the tag; `None` if the text ends inside it.
    rest: Option<&'t str>,
    /// Whether there is no attribute.
    is_bare: bool,
}

/// The end of a tag, from the text after its name; `None` if that text does not look like attributes.
fn end_of_attributes(text: &str) -> Option<End<'_>> {
    let mut rest = text;
    let mut is_bare = true;
    loop {
        let inked = rest.trim_ascii_start();
        if let Some(rest) = inked.strip_prefix('>').or_else(|| inked.strip_prefix("/>")) {
            return Some(End { rest: Some(rest), is_bare });
        }
        if inked.is_empty() {
            return Some(End { rest: None, is_bare });
        }
        if inked.len() == rest.len() {
            return None;
        }
        is_bare = false;
        match attribute(inked)? {
            "" => return Some(End { rest: None, is_bare }),
            after => rest = after,
        }
    }
}

/// The text after the attribute at the start of a text; empty if its value does not end, `None` if there is
/// no attribute.
fn attribute(text: &str) -> Option<&str> {
    let is_of_name = |c: char| !c.is_whitespace() && !"\"'<>/=".contains(c);
    let (name, rest) = text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len()));
    let Some(value) = rest.trim_ascii_start().strip_prefix('=') else {
        let is_known = BARE.iter().any(|bare| name.eq_ignore_ascii_case(bare)) || name.starts_with("data-");
        return is_known.then_some(rest);
    };
    let value = value.trim_ascii_start();
    if name.is_empty() {
        return None;
    }
    if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        return Some(value[1..].split_once(quote).map_or("", |(_, rest)| rest));
    }
    let end = value.find(|c: char| c.is_whitespace() || "\"'<>`=".contains(c)).unwrap_or(value.len());
    (end > 0).then_some(&value[end..])
}

/// The closing tags of one block of a source, collected when first needed.
#[derive(Debug, Default)]
pub(in crate::article) struct Closings {
    block: std::ops::Range<usize>,
    /// The closed elements, each with the byte offset of its last closing tag in the source.
    last: Option<Vec<(&'static str, usize)>>,
}

impl Closings {
    /// The closing tags of a block.
    pub(in crate::article) fn of(block: std::ops::Range<usize>) -> Self {
        Self { block, last: None }
    }

    /// Whether an element that is opened at byte `at` of the source is closed after it.
    pub(in crate::article) fn closes(&mut self, source: &str, name: &str, at: usize) -> bool {
        let last = self.last.get_or_insert_with(|| last_closings(source, self.block.clone()));
        last.iter().any(|(closed, last)| *closed == name && *last > at)
    }
}

fn last_closings(source: &str, block: std::ops::Range<usize>) -> Vec<(&'static str, usize)> {
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    for (at, _) in source.get(block.clone()).unwrap_or_default().match_indices("</") {
        let at = block.start + at;
        let Some(tag) = read(&source[at..block.end]) else { continue };
        match found.iter_mut().find(|(name, _)| *name == tag.name) {
            Some((_, last)) => *last = at,
            None => found.push((tag.name, at)),
        }
    }
    found
}
