//! JSON with small mistakes of its writers, made JSON.
//!
//! Each has one meaning only: numbers that JSON does not have become null, and a comma without a value behind it goes. In
//! strings, control characters are escaped, and a backslash that begins no escape of JSON is one character.

use std::fmt::Write as _;

/// Numbers that JavaScript and Python write and JSON does not have.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// The text without such mistakes. It may have others.
pub(super) fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', ',', 'N', 'I', '-']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix('"') {
            out.push('"');
            rest = string(inside, &mut out);
        } else if let Some(behind) = rest.strip_prefix(',') {
            if !behind.trim_start().starts_with([',', '}', ']']) {
                out.push(',');
            }
            rest = behind;
        } else if let Some(behind) = NO_NUMBERS.iter().find_map(|name| rest.strip_prefix(name)) {
            out.push_str("null");
            rest = behind;
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out + rest
}

/// Copies what is left of a string with its closing quote. Returns what is behind it.
fn string<'t>(mut rest: &'t str, out: &mut String) -> &'t str {
    while let Some(at) = rest.find(|character: char| matches!(character, '"' | '\\' | '\0'..='\x1f')) {
        out.push_str(&rest[..at]);
        let (found, behind) = rest[at..].split_at(1);
        rest = behind;
        match found {
            "\"" => {
                out.push('"');
                return rest;
            }
            "\\" => rest = escape(rest, out),
            control => {
                for byte in control.bytes() {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{byte:04x}");
                }
            }
        }
    }
    out.push_str(rest);
    ""
}

/// Copies an escape, whose backslash was passed. Returns what is behind it.
fn escape<'t>(rest: &'t str, out: &mut String) -> &'t str {
    let length = match rest.as_bytes() {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 1,
        [b'u', digits @ ..] if digits.len() >= 4 && digits[..4].iter().all(u8::is_ascii_hexdigit) => 5,
        // JavaScript escapes an apostrophe too.
        [b'\'', ..] => return rest,
        _ => {
            out.push_str("\\\\");
            return rest;
        }
    };
    let (escaped, behind) = rest.split_at(length);
    out.push('\\');
    out.push_str(escaped);
    behind
}

/// Whether a text of JSON has an escape of half a UTF-16 pair without its other half: `\ud83d`.
pub(super) fn has_half_character(json: &[u8]) -> bool {
    let is_likely = [&b"\\ud"[..], b"\\uD"].iter().any(|half| memchr::memmem::find(json, half).is_some());
    let mut rest = if is_likely { json } else { &[] };
    while let Some(at) = memchr::memchr(b'\\', rest) {
        rest = &rest[at..];
        let length = match (unit(rest), unit(rest.get(6..).unwrap_or_default())) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => return true,
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

/// The UTF-16 unit of the escape with which a text begins.
fn unit(json: &[u8]) -> Option<u16> {
    let digits =
        json.strip_prefix(b"\\u")?.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{has_half_character, mended};
    use serde_json::{Value, json};

    #[test]
    fn mistakes_with_one_meaning_are_mended() {
        for (text, value) in [
            (r#"{"a": NaN, "b": [Infinity, -Infinity, -1.5]}"#, json!({"a": null, "b": [null, null, -1.5]})),
            ("{\"a\": [1, 2, ], \"b\": {\"c\": 3,\n},}", json!({"a": [1, 2], "b": {"c": 3}})),
            (r#"{"a": 1,, "b": 2}"#, json!({"a": 1, "b": 2})),
            ("{\"a\": \"one\ntwo\tthree\u{0}\"}", json!({"a": "one\ntwo\tthree\u{0}"})),
            (
                r#"{"a": "it\'s 5\% of C:\new \u00e9 \u12 铜", "b\"": "\\"}"#,
                json!({"a": "it's 5\\% of C:\new é \\u12 铜", "b\"": "\\"}),
            ),
            // What stands in a string is no mistake.
            (r#"{"a": "NaN, ,} -Infinity"}"#, json!({"a": "NaN, ,} -Infinity"})),
        ] {
            let mended = mended(text);
            assert_eq!(serde_json::from_str::<Value>(&mended).ok(), Some(value), "{mended}");
        }
    }

    #[test]
    fn half_a_pair_is_found() {
        for json in [
            r#"{"a": "\ud83d"}"#,
            r#"{"a": "\uD83D x"}"#,
            r#"{"a": "\ude00\ud83d"}"#,
            r#"["\n\ud83d\u0041"]"#,
            r#"["\ud83d\ud83d\ude00"]"#,
        ] {
            assert!(has_half_character(json.as_bytes()), "{json}");
        }
        for json in
            [r#"{"a": "\ud83d\ude00"}"#, r#"["\\ud83d"]"#, r#"["\ud7ff\ue000"]"#, r#"["\ud83"#, "\\", ""]
        {
            assert!(!has_half_character(json.as_bytes()), "{json}");
        }
    }

    #[test]
    fn valid_json_stays_as_it_is() {
        let text = r#"{"a": [1, -2.5e3, "\u00e9\n\"", {"b": null}], "": true}"#;
        assert_eq!(mended(text), text);
    }

    #[test]
    fn what_has_other_mistakes_stays_no_json() {
        for text in ["{\"a\": \"cut", "{\"a\": }", "{'a': 1}", "{\"a\" 1}", "{\"a\": \"\\", "{\"a\": 1"] {
            assert!(serde_json::from_str::<Value>(&mended(text)).is_err(), "{text}");
        }
    }
}
