//! Index pages in Markdown: each item is a record.

use super::{Piece, Place, Shape, SplitError};
use crate::article::{Format, IndexPage};
use std::io::{BufRead, Read as _};

/// Splits a Markdown file of at most `limit` bytes, which is read whole.
pub(super) fn split(
    input: &mut dyn BufRead,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut text = String::new();
    input.take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_string(&mut text)?;
    let reason = "it is no index page any more".to_owned();
    split_index_page(&text, each).ok_or(SplitError::NoRecords { code: "no-records", reason })
}

/// Calls `each` with the items of a Markdown file that is an index page. `None` if it is an article.
pub fn split_index_page(text: &str, each: &mut dyn FnMut(Place, Piece<'_>)) -> Option<Shape> {
    let page = IndexPage::find(text)?;
    let (mut line, mut counted) = (1, 0);
    for item in page.items {
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..item.start]).count();
        counted = item.start;
        let place = Place {
            offset: item.start as u64,
            bytes: u32::try_from(item.len()).unwrap_or(u32::MAX),
            line: u32::try_from(line).unwrap_or(u32::MAX),
        };
        each(place, Piece::Record(&text.as_bytes()[item]));
    }
    Some(Shape { format: Format::IndexItem, head: page.head.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::{Format, Piece, split_index_page};

    #[test]
    fn each_item_of_an_index_page_is_a_record_with_its_place() {
        let item = |id: u32| format!("- [t](https://longbridge.com/en/news/{id})\n  - Summary: s");
        let text = format!("# News\n\n{}\n\n{}\n", item(230_905_679), item(230_905_680));
        let mut found = Vec::new();
        let shape = split_index_page(&text, &mut |place, piece| {
            let Piece::Record(bytes) = piece else { panic!("no item is broken") };
            let start = usize::try_from(place.offset).expect("small");
            assert_eq!(&text.as_bytes()[start..start + place.bytes as usize], bytes);
            found.push((place.line, String::from_utf8_lossy(bytes).into_owned()));
        });
        assert_eq!(found, [(3, item(230_905_679)), (6, item(230_905_680))]);
        assert_eq!(shape.map(|shape| (shape.format, shape.head)), Some((Format::IndexItem, Vec::new())));
        assert_eq!(split_index_page("# An article\n\nIts text.\n", &mut |_, _| panic!("no item")), None);
    }
}
