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

#[cfg(test)]
mod tests {
    use super::mended;
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
