//! Text files that a user writes: schemas, synonyms, names, saved queries, sets of questions.

use std::io;

/// The text of such a file, without its byte order mark. Windows Notepad writes one before UTF-8, and offers UTF-16, which
/// only its mark tells.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidData`] for bytes that are neither UTF-8 nor UTF-16 with a mark.
pub fn user_text(bytes: Vec<u8>) -> io::Result<String> {
    let text = match bytes.as_slice() {
        [0xff, 0xfe, units @ ..] => utf16(units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => utf16(units, u16::from_be_bytes),
        // UTF-16 without a mark would be UTF-8 too, full of NULs.
        [_, 0, _, 0, ..] | [0, _, 0, _, ..] => None,
        _ => String::from_utf8(bytes).ok(),
    };
    match text {
        Some(text) => Ok(without_mark(&text).to_owned()),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text; save it as UTF-8")),
    }
}

/// A text without the byte order mark at its start, or several: each program of a chain may add one.
#[must_use]
pub fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks();
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::user_text;

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_text() {
        for bytes in [
            &b"- PV\n"[..],
            b"\xef\xbb\xbf- PV\n",
            b"\xef\xbb\xbf\xef\xbb\xbf- PV\n",
            b"\xff\xfe-\0 \0P\0V\0\n\0",
            b"\xfe\xff\0-\0 \0P\0V\0\n",
        ] {
            assert_eq!(user_text(bytes.to_vec()).ok().as_deref(), Some("- PV\n"), "{bytes:?}");
        }
        // The mark inside a text is a character of it.
        assert_eq!(user_text("a\u{feff}b".into()).ok().as_deref(), Some("a\u{feff}b"));
    }

    #[test]
    fn other_bytes_are_no_text() {
        // Latin-1, UTF-16 without a mark, half a unit, half a pair of surrogates.
        for bytes in [&b"caf\xe9"[..], b"a\0b\0", b"\xff\xfea\0b", b"\xff\xfe\x00\xd8a\0"] {
            assert!(user_text(bytes.to_vec()).is_err(), "{bytes:?}");
        }
    }
}
