//! The path of a file as the text that identifies it in the index, and back.
//!
//! A path is bytes and need not be UTF-8. A byte that is not is spelt `\\xE9`. A backslash that a file name has of its own
//! before `xE9` is spelt `\\x5C`, so that two paths never have one text; all other names are their own texts.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// Begins the spelling of a byte. Elsewhere than on Unix a backslash separates folders, and no file name has a `?`.
const MARK: char = if cfg!(unix) { '\\' } else { '?' };

/// A path as text.
#[must_use]
pub fn text_of(path: &Path) -> String {
    if let Some(text) = path.to_str().filter(|text| spelt_byte(text).is_none()) {
        return text.to_owned();
    }
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut valid = chunk.valid();
        while let Some(at) = spelt_byte(valid) {
            text.push_str(&valid[..at]);
            push_byte(&mut text, MARK as u8);
            valid = &valid[at + MARK.len_utf8()..];
        }
        text.push_str(valid);
        chunk.invalid().iter().for_each(|byte| push_byte(&mut text, *byte));
    }
    text
}

/// The path whose text this is: [`text_of`] backwards.
#[must_use]
pub fn file_of(text: &str) -> PathBuf {
    #[cfg(unix)]
    if let Some(mut at) = spelt_byte(text) {
        use std::os::unix::ffi::OsStringExt as _;
        let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
        loop {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            bytes.extend(u8::from_str_radix(&rest[at + 2..at + 4], 16).ok());
            rest = &rest[at + 4..];
            let Some(next) = spelt_byte(rest) else { break };
            at = next;
        }
        bytes.extend_from_slice(rest.as_bytes());
        return std::ffi::OsString::from_vec(bytes).into();
    }
    PathBuf::from(text)
}

/// Where the first spelling of a byte begins: the mark, `x` and two digits as [`push_byte`] writes them.
fn spelt_byte(text: &str) -> Option<usize> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
    text.match_indices(MARK).map(|(at, _)| at).find(|at| {
        let next = text.as_bytes().get(at + MARK.len_utf8()..).and_then(<[u8]>::first_chunk::<3>);
        next.is_some_and(|[x, high, low]| *x == b'x' && is_digit(high) && is_digit(low))
    })
}

fn push_byte(text: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{MARK}x{byte:02X}");
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::{file_of, text_of};
    use proptest::{collection::vec, prelude::*, sample::select};
    use std::{
        ffi::{OsStr, OsString},
        os::unix::ffi::{OsStrExt as _, OsStringExt as _},
        path::{Path, PathBuf},
    };

    #[test]
    fn what_is_not_utf8_is_spelt_and_nothing_else_changes() {
        for (path, text) in [
            (&b"/news/a.md"[..], "/news/a.md"),
            ("/新闻/a b.md".as_bytes(), "/新闻/a b.md"),
            (b"/caf\xE9.md", r"/caf\xE9.md"),
            (br"/caf\xE9.md", r"/caf\x5CxE9.md"),
            (br"/caf\x5CxE9.md", r"/caf\x5Cx5CxE9.md"),
            // No spelling of a byte.
            (br"/a\b\xe9\xG0\x4", r"/a\b\xe9\xG0\x4"),
            (b"/a\\\xFF", r"/a\\xFF"),
            (b"/a\\x\xFF\xC0", r"/a\x\xFF\xC0"),
        ] {
            let path = Path::new(OsStr::from_bytes(path));
            assert_eq!(text_of(path), text);
            assert_eq!(file_of(text), path);
        }
    }

    /// What names with and without spellings are made of.
    const PARTS: [&[u8]; 11] =
        [b"\\", b"x", b"F", b"5", b"C", b"e", b"/", b"\xFF", b"\xE9", b"\xC3\xA9", b"\xE4\xB8\xAD"];

    proptest! {
        #[test]
        fn a_path_comes_back_from_its_text(
            parts in vec(select(&PARTS[..]), 0..12),
        ) {
            let path = PathBuf::from(OsString::from_vec(parts.concat()));
            prop_assert_eq!(file_of(&text_of(&path)), path);
        }

        #[test]
        fn any_bytes_come_back_from_their_text(bytes in vec(any::<u8>(), 0..40)) {
            let path = PathBuf::from(OsString::from_vec(bytes));
            prop_assert_eq!(file_of(&text_of(&path)), path);
        }

        #[test]
        fn the_text_of_a_folder_begins_the_texts_of_its_files(
            folder in vec(any::<u8>(), 1..12), name in vec(any::<u8>(), 1..12),
        ) {
            let folder = PathBuf::from(OsString::from_vec(folder.into_iter().filter(|byte| *byte != b'/').collect()));
            let name = OsString::from_vec(name.into_iter().filter(|byte| *byte != b'/').collect());
            prop_assume!(!folder.as_os_str().is_empty());
            prop_assert_eq!(text_of(&folder.join(&name)), format!("{}/{}", text_of(&folder), text_of(Path::new(&name))));
        }
    }
}
