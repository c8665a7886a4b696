//! Feeds: RSS 2.0, RSS 1.0 and Atom, whose items are the records.
//!
//! The scanner knows where tags, comments, CDATA sections and declarations end, and nothing else of XML: an item with a
//! mistake spoils no other, and nothing is kept but the item that is read. Entities are not expanded.

use super::{CUT_OFF, Piece, Place, Shape, SplitError, scan::MARK};
use crate::article::Format;
use std::io::{self, BufRead};

/// Of the part before the first item, which says what the feed is, at most this many bytes are kept.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// A name of an element is compared up to this many bytes.
const MAX_NAME_BYTES: usize = 256;

pub(super) fn split(
    input: &mut dyn BufRead,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut scanner = Scanner::new(limit);
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let length = available.len();
        if length == 0 {
            break;
        }
        for byte in available {
            scanner.byte(*byte, each);
        }
        input.consume(length);
        if let Some(root) = &scanner.root
            && !root.is_feed()
        {
            let reason =
                format!("its root element is {:?}, and not that of a feed", String::from_utf8_lossy(&root.0));
            return Err(no_records(reason));
        }
    }
    scanner.finish(each)
}

/// Whether a text begins as a feed does.
pub(super) fn is_start(start: &[u8]) -> bool {
    let start = start.strip_prefix(MARK).unwrap_or(start).trim_ascii_start();
    let mut scanner = Scanner::new(0);
    if start.starts_with(b"<") {
        for byte in start {
            scanner.byte(*byte, &mut |_, _| ());
        }
    }
    scanner.root.is_some_and(|root| root.is_feed())
}

fn no_records(reason: String) -> SplitError {
    SplitError::NoRecords { code: "no-records", reason }
}

/// The name of an element, with its prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Name(Vec<u8>);

impl Name {
    /// The name without its prefix.
    fn local(&self) -> &[u8] {
        let colon = self.0.iter().rposition(|byte| *byte == b':');
        &self.0[colon.map_or(0, |at| at + 1)..]
    }

    fn is_feed(&self) -> bool {
        matches!(self.local(), b"rss" | b"RDF" | b"feed")
    }

    fn is_item(&self) -> bool {
        matches!(self.local(), b"item" | b"entry")
    }
}

/// What the scanner is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    /// After `<`, and so many bytes of what follows it.
    Open(usize),
    /// Each until its end, of which so many bytes were seen.
    Comment(usize),
    Data(usize),
    Instruction(bool),
    /// `<!DOCTYPE` in so many brackets.
    Declaration(u32),
    /// In the name of a tag.
    Name,
    /// In a tag, and perhaps in quotation marks, after a byte that may be `/`.
    Tag(Option<u8>, bool),
}

struct Scanner {
    limit: usize,
    state: State,
    /// The offset of the next byte, and the line on which it is, from 1.
    offset: u64,
    line: u32,
    /// Where the `<` is that was read last.
    tag_at: (u64, u32),
    /// The bytes since that `<`, or since the one of the item that is read, but no more than the limit.
    kept: Vec<u8>,
    /// Of the bytes that are kept, those before the last `<`.
    before_tag: usize,
    /// Whether the item that is read is over the limit, so that only its last tag is kept.
    is_over: bool,
    head: Vec<u8>,
    /// The name of the tag that is read, and whether it is an end tag.
    name: Name,
    is_end: bool,
    root: Option<Name>,
    /// Whether the end tag of the root was read, and neither an item nor a root that begins behind it.
    has_ended: bool,
    /// The name of the item that is read, and where it begins.
    item: Option<(Name, (u64, u32))>,
    items: u64,
}

impl Scanner {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            state: State::Text,
            offset: 0,
            line: 1,
            tag_at: (0, 1),
            kept: Vec::new(),
            before_tag: 0,
            is_over: false,
            head: Vec::new(),
            name: Name::default(),
            is_end: false,
            root: None,
            has_ended: false,
            item: None,
            items: 0,
        }
    }

    fn byte(&mut self, byte: u8, each: &mut dyn FnMut(Place, Piece<'_>)) {
        if byte == b'<' && matches!(self.state, State::Text | State::Open(0)) {
            self.tag_at = (self.offset, self.line);
            self.is_over |= self.kept.len() > self.limit;
            if self.item.is_none() || self.is_over {
                self.kept.clear();
            }
            self.before_tag = self.kept.len();
        }
        let is_kept = self.item.is_some()
            || !matches!(self.state, State::Text | State::Comment(_) | State::Data(_))
            || byte == b'<';
        // One byte more than the limit tells that there are more. A tag is kept whole, as it may begin the next item.
        let most =
            if self.state == State::Text { self.limit } else { self.before_tag.saturating_add(self.limit) };
        if is_kept && self.kept.len() <= most {
            self.kept.push(byte);
        }
        if self.items == 0 && self.item.is_none() && self.head.len() < MAX_HEAD_BYTES {
            self.head.push(byte);
        }
        self.offset += 1;
        self.line = self.line.saturating_add(u32::from(byte == b'\n'));
        self.state = self.next(byte);
        if byte == b'>' && self.state == State::Text && !self.name.0.is_empty() {
            self.tag(each);
            self.name.0.clear();
        }
    }

    /// The state after a byte. A tag that is complete leaves its name and the state of text.
    fn next(&mut self, byte: u8) -> State {
        let text_after = |is_end: bool, other: State| if is_end { State::Text } else { other };
        match self.state {
            State::Text if byte == b'<' => State::Open(0),
            State::Text => State::Text,
            State::Open(0) => self.open(byte),
            State::Open(seen) => declaration(seen, byte),
            State::Comment(seen) => {
                let dashes = if byte == b'-' { (seen + 1).min(2) } else { 0 };
                text_after(seen == 2 && byte == b'>', State::Comment(dashes))
            }
            State::Data(seen) => {
                let brackets = if byte == b']' { (seen + 1).min(2) } else { 0 };
                text_after(seen == 2 && byte == b'>', State::Data(brackets))
            }
            State::Instruction(is_end) => {
                text_after(is_end && byte == b'>', State::Instruction(byte == b'?'))
            }
            State::Declaration(depth) => {
                let deeper = match byte {
                    b'[' => depth.saturating_add(1),
                    b']' => depth.saturating_sub(1),
                    _ => depth,
                };
                text_after(depth == 0 && byte == b'>', State::Declaration(deeper))
            }
            State::Name => match byte {
                b'>' => State::Text,
                b'/' => State::Tag(None, true),
                byte if byte.is_ascii_whitespace() => State::Tag(None, false),
                byte => {
                    if self.name.0.len() < MAX_NAME_BYTES {
                        self.name.0.push(byte);
                    }
                    State::Name
                }
            },
            State::Tag(Some(quote), _) => State::Tag(Some(quote).filter(|quote| *quote != byte), false),
            State::Tag(None, is_empty) => match byte {
                b'>' => {
                    if is_empty {
                        self.name.0.clear();
                    }
                    State::Text
                }
                b'"' | b'\'' => State::Tag(Some(byte), false),
                byte => State::Tag(None, byte == b'/'),
            },
        }
    }

    /// The state after the byte that follows a `<`.
    fn open(&mut self, byte: u8) -> State {
        match byte {
            b'!' => State::Open(1),
            b'?' => State::Instruction(false),
            b'<' => State::Open(0),
            b'/' => {
                self.is_end = true;
                State::Name
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                self.is_end = false;
                self.name.0.push(byte);
                State::Name
            }
            _ => State::Text,
        }
    }

    /// Reads a tag that is complete and not that of an empty element.
    fn tag(&mut self, each: &mut dyn FnMut(Place, Piece<'_>)) {
        let Some(root) = &self.root else {
            self.root = Some(self.name.clone());
            return;
        };
        if *root == self.name {
            self.has_ended = self.is_end;
        } else if self.name.is_item() {
            self.has_ended = false;
        }
        match &self.item {
            Some((name, start)) if self.is_end && *name == self.name => {
                let start = *start;
                self.item = None;
                self.record(start, each);
            }
            // An item in an item: the end tag of the first one is missing.
            Some((name, start)) if !self.is_end && *name == self.name => {
                let (start, end) = (*start, self.tag_at.0);
                let reason = "the next item begins before the end tag of this one".to_owned();
                self.items += 1;
                each(place(start, end), Piece::Broken { code: "bad-record", reason });
                self.kept.drain(..self.before_tag.min(self.kept.len()));
                self.begin();
            }
            None if !self.is_end && self.name.is_item() => {
                if self.items == 0 {
                    let head = usize::try_from(self.tag_at.0).unwrap_or(usize::MAX);
                    self.head.truncate(head);
                }
                self.begin();
            }
            _ => {}
        }
    }

    fn begin(&mut self) {
        self.item = Some((self.name.clone(), self.tag_at));
        (self.before_tag, self.is_over) = (0, false);
    }

    fn record(&mut self, start: (u64, u32), each: &mut dyn FnMut(Place, Piece<'_>)) {
        self.items += 1;
        let place = place(start, self.offset);
        let broken = |code, reason| Piece::Broken { code, reason };
        each(
            place,
            if self.is_over || self.kept.len() > self.limit {
                let reason =
                    format!("a record of {} bytes, over the limit of {}", self.offset - start.0, self.limit);
                broken("too-large", reason)
            } else {
                Piece::Record(&self.kept)
            },
        );
        self.kept.clear();
    }

    /// Whether the file ends between its first tag and the end tag of its root.
    fn is_cut(&self) -> bool {
        let Some(root) = &self.root else {
            let start = self.head.strip_prefix(MARK).unwrap_or(&self.head).trim_ascii_start();
            let is_prolog = start.starts_with(b"<?") || start.starts_with(b"<!");
            return is_prolog || start.starts_with(b"<") && self.state != State::Text;
        };
        root.is_feed() && !self.has_ended
    }

    fn finish(mut self, each: &mut dyn FnMut(Place, Piece<'_>)) -> Result<Shape, SplitError> {
        if let Some((_, start)) = self.item.take() {
            self.items += 1;
            let (code, reason) = if self.has_ended {
                ("bad-record", "the feed ends before the end tag of this item")
            } else {
                (CUT_OFF, "the file ends within it")
            };
            each(place(start, self.offset), Piece::Broken { code, reason: reason.to_owned() });
        } else if self.is_cut() {
            let reason = "the file ends before its root element does".to_owned();
            each(place((self.offset, self.line), self.offset), Piece::Broken { code: CUT_OFF, reason });
            return Ok(Shape { format: Format::FeedItem, head: self.head });
        }
        match self.root {
            None => Err(no_records("it has no XML element".to_owned())),
            Some(root) if !root.is_feed() => Err(no_records(format!(
                "its root element is {:?}, and not that of a feed",
                String::from_utf8_lossy(&root.0)
            ))),
            Some(_) if self.items == 0 => Err(no_records("it is a feed without items".to_owned())),
            Some(_) => Ok(Shape { format: Format::FeedItem, head: self.head }),
        }
    }
}

/// The state after a byte that follows `<!` and perhaps more of `<!--` or `<![CDATA[`.
fn declaration(seen: usize, byte: u8) -> State {
    match (seen, byte) {
        (1, b'-') => State::Open(2),
        (1, b'[') => State::Open(3),
        (2, b'-') => State::Comment(0),
        (3..=8, byte) if byte == b"CDATA["[seen - 3] => {
            if seen == 8 {
                State::Data(0)
            } else {
                State::Open(seen + 1)
            }
        }
        (_, b'>') => State::Text,
        (_, b'[') => State::Declaration(1),
        _ => State::Declaration(0),
    }
}

/// The place from where an item begins to an offset.
fn place(start: (u64, u32), end: u64) -> Place {
    Place { offset: start.0, bytes: u32::try_from(end - start.0).unwrap_or(u32::MAX), line: start.1 }
}

#[cfg(test)]
mod tests {
    use super::super::{Piece, SplitError};
    use super::split;
    use proptest::prelude::*;

    /// The head of a feed and its pieces as `line: record`, or the code of what is broken; else why there are none.
    fn pieces(text: &[u8], limit: usize) -> Result<(String, Vec<String>), String> {
        let mut found = Vec::new();
        for capacity in [1, 7, 1 << 16] {
            let mut these = Vec::new();
            let mut input = std::io::BufReader::with_capacity(capacity, text);
            let shape = split(&mut input, limit, &mut |place, piece| {
                let (start, length) = (usize::try_from(place.offset).expect("small"), place.bytes as usize);
                let what = match piece {
                    Piece::Record(bytes) => {
                        assert_eq!(bytes, &text[start..start + length]);
                        String::from_utf8_lossy(bytes).into_owned()
                    }
                    Piece::Broken { code, .. } => format!("{code} {length}"),
                };
                assert_eq!(place.line as usize, 1 + memchr::memchr_iter(b'\n', &text[..start]).count());
                these.push(format!("{}: {what}", place.line));
            });
            let result = match shape {
                Ok(shape) => Ok((String::from_utf8_lossy(&shape.head).into_owned(), these)),
                Err(SplitError::NoRecords { code, reason }) => Err(format!("{code}: {reason}")),
                Err(SplitError::Unreadable(error)) => panic!("memory can be read: {error}"),
            };
            found.push(result);
        }
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "the size of the buffer does not matter");
        found.swap_remove(0)
    }

    #[test]
    fn each_item_is_a_record() {
        let head = "<?xml version=\"1.0\"?>\n<!DOCTYPE rss [<!ENTITY a \"<item>\">]>\n<!-- <item> --><rss><channel a='>'>\n";
        let items = [
            "<item><title>a > b</title></item>",
            "<item x='/>'><![CDATA[</item> ]] ]]]></item>",
            "<item><!-- </item> -- --><items/><item/></item >",
        ];
        let text = format!("{head}{}\n<item/>{}\n\n{}</channel></rss>", items[0], items[1], items[2]);
        let expected = [format!("4: {}", items[0]), format!("5: {}", items[1]), format!("7: {}", items[2])];
        assert_eq!(pieces(text.as_bytes(), 100), Ok((head.to_owned(), expected.to_vec())));
        let atom = "\u{feff}<a:feed><a:entry>1</a:entry></a:feed>";
        assert_eq!(
            pieces(atom.as_bytes(), 100),
            Ok(("\u{feff}<a:feed>".to_owned(), vec!["1: <a:entry>1</a:entry>".to_owned()]))
        );
    }

    #[test]
    fn a_feed_is_told_by_its_root() {
        for (text, is_feed) in [
            ("\u{feff}<?xml version=\"1.0\"?>\n<!-- made by hand --><rss version=\"2.0\"><channel>", true),
            ("<feed xmlns=\"http://www.w3.org/2005/Atom\">", true),
            ("<rdf:RDF><channel>", true),
            ("<!DOCTYPE html><html><feed>", false),
            ("a < b <rss>", false),
            ("", false),
        ] {
            assert_eq!(super::is_start(text.as_bytes()), is_feed, "{text}");
        }
    }

    #[test]
    fn a_broken_item_spoils_no_other() {
        let text =
            b"<rss><item>0123456789012345</item><item>a<item>b</item><item>\xff</item><item>c</item><item>d";
        let over = b"<rss><item>01234567890123456<item>b</item></rss>";
        let found = ["1: bad-record 23", "1: <item>b</item>"].map(str::to_owned).to_vec();
        assert_eq!(pieces(over, 20), Ok(("<rss>".to_owned(), found)));
        let over = b"<rss><item>0123456789<item>b</item></rss>";
        let found = ["1: bad-record 16", "1: <item>b</item>"].map(str::to_owned).to_vec();
        assert_eq!(pieces(over, 20), Ok(("<rss>".to_owned(), found)));
        let expected = [
            "1: too-large 29",
            "1: bad-record 7",
            "1: <item>b</item>",
            "1: <item>\u{fffd}</item>",
            "1: <item>c</item>",
            "1: cut-off 7",
        ];
        assert_eq!(pieces(text, 20), Ok(("<rss>".to_owned(), expected.map(str::to_owned).to_vec())));
    }

    #[test]
    fn what_is_no_feed_is_told_by_its_root() {
        let cases: [(&[u8], &str); 4] = [
            (
                b"<?xml version='1.0'?><urlset><url/></urlset>",
                "no-records: its root element is \"urlset\", and not that of a feed",
            ),
            (b"", "no-records: it has no XML element"),
            (b"just < text", "no-records: it has no XML element"),
            (b"<feed><title>x</title></feed>", "no-records: it is a feed without items"),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text, 100), Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_feed_that_ends_before_its_root_does_is_cut_off() {
        let whole =
            "<?xml version='1.0'?><rss><channel><title>x</title><item>a</item><item>b</item></channel></rss>";
        let items = |text: &str| text.matches("</item>").count();
        for end in 1..=whole.len() {
            let (_, mut found) = pieces(&whole.as_bytes()[..end], 100).expect("it may go on");
            let is_cut = found.last().is_some_and(|last| last.starts_with("1: cut-off "));
            assert_eq!(is_cut, end < whole.len(), "{}", &whole[..end]);
            found.retain(|piece| !piece.contains("cut-off"));
            assert_eq!(found.len(), items(&whole[..end]), "{}", &whole[..end]);
        }
        // What is behind the end of a feed does not matter, nor that its last item has no end.
        for (text, expected) in [
            ("<rss><item>a</item></rss>\n<!-- made by hand --><script>x</script>", "1: <item>a</item>"),
            ("<rss><item>a</rss>", "1: bad-record 13"),
            ("<rss><item>a</rss></item><item>", "1: <item>a</rss></item>"),
        ] {
            let (_, found) = pieces(text.as_bytes(), 100).expect("a feed");
            assert_eq!(found[0], expected, "{text}");
            assert_eq!(found.len(), 1 + usize::from(text.ends_with("<item>")), "{text}");
        }
        assert!(
            pieces(b"<rss><channel></channel></rss>", 100).is_err_and(|why| why.contains("without items"))
        );
    }

    #[test]
    fn what_is_before_the_first_item_is_bounded() {
        let text = format!("<rss>{}<item>x</item></rss>", "<a>".repeat(100_000));
        let (head, items) = pieces(text.as_bytes(), 100).expect("a feed");
        assert_eq!((head.len(), items), (64 << 10, vec!["1: <item>x</item>".to_owned()]));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_split(bytes in proptest::collection::vec(
            prop_oneof![
                Just(b"<item>".to_vec()), Just(b"</item>".to_vec()), Just(b"<![CDATA[".to_vec()), Just(b"]]>".to_vec()),
                Just(b"<!--".to_vec()), Just(b"-->".to_vec()), Just(b"<x a='".to_vec()), Just(b"'/>".to_vec()),
                Just(b"<?".to_vec()), Just(b"<!D [".to_vec()), proptest::collection::vec(any::<u8>(), 0..4),
            ], 0..40)) {
            let text = [b"<rss>".to_vec(), bytes.concat()].concat();
            let _ = pieces(&text, 30);
        }
    }
}
