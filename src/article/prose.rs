//! Texts that are written as a list of paragraphs, as the block formats of editors are.

use std::borrow::Cow;

use super::{
    Keys,
    front::{Children, Value, from_json},
};

/// Where a block of an editor has its text: in a value of its own, or in the spans that it consists of.
const BLOCK_TEXTS: [&str; 7] = ["", "text", "content", "value", "data.text", "children.text", "content.text"];

/// The text that a value says: a text, or paragraphs with blank lines between them. `None` for any other value.
///
/// Paragraphs are a list of texts or of blocks, in a table also as JSON. A list of articles is none: one in which more texts have
/// a title, a summary or a date beside them than not. An image, say, may have any of them.
pub(super) fn prose<'v>(value: &'v Value<'_>, keys: &Keys) -> Option<Cow<'v, str>> {
    let text = match value {
        Value::Text(text) => match list_in(text) {
            Some(list) => Cow::Owned(paragraphs(&list, keys)?),
            None => Cow::Borrowed(text.as_ref()),
        },
        list => Cow::Owned(paragraphs(list, keys)?),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The list of texts or of objects that a text is as JSON.
fn list_in(text: &str) -> Option<Value<'_>> {
    let inside = text.trim_start().strip_prefix('[')?.trim_start();
    inside.starts_with(['"', '{']).then(|| from_json(text.trim())).flatten()
}

fn paragraphs(list: &Value<'_>, keys: &Keys) -> Option<String> {
    let texts: Vec<Cow<'_, str>> = match list {
        Value::List(items) => items.iter().map(|item| Cow::Borrowed(item.as_ref())).collect(),
        Value::Maps(maps) => blocks(maps, keys)?,
        Value::Null | Value::Text(_) | Value::Map(_) => return None,
    };
    let texts: Vec<&str> = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    Some(texts.join("\n\n"))
}

/// The texts of blocks; `None` if they are articles.
fn blocks<'t>(maps: &[Children], keys: &Keys) -> Option<Vec<Cow<'t, str>>> {
    let mut texts = Vec::with_capacity(maps.len());
    let (mut plain, mut of_articles) = (0_usize, 0_usize);
    for map in maps {
        let text = block(map);
        let is_of_article = map.iter().any(|(name, _)| keys.is_of_article(name));
        if !text.trim().is_empty() {
            *(if is_of_article { &mut of_articles } else { &mut plain }) += 1;
        }
        texts.push(Cow::Owned(text));
    }
    (plain > 0 && plain >= of_articles).then_some(texts)
}

/// The text of a block; empty for one without text, such as an image.
fn block(map: &Children) -> String {
    let said = |name: &&str| -> String {
        let spans = map.iter().filter(|(child, _)| child.eq_ignore_ascii_case(name));
        spans.map(|(_, texts)| texts.join("\n")).collect()
    };
    BLOCK_TEXTS.iter().map(said).find(|text| !text.trim().is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Keys, Value, from_json, prose};
    use std::borrow::Cow;

    /// The prose of a value in JSON, and of the same JSON as the text of a cell.
    fn read(json: &str) -> [Option<String>; 2] {
        let cell = Value::Text(Cow::from(json));
        let value = from_json(json).expect("it is JSON");
        [&value, &cell].map(|value| prose(value, &Keys::default()).map(Cow::into_owned))
    }

    #[test]
    fn paragraphs_have_blank_lines_between_them() {
        for json in [
            r#"["One.", "Two."]"#,
            r#"["One.", "", " Two. "]"#,
            r#"[{"text": "One."}, {"text": "Two."}]"#,
            r#"[{"type": "text", "content": "One."}, {"type": "image", "url": "x"}, {"content": "Two."}]"#,
            r#"[{"value": "One."}, "Two."]"#,
            r#"[{"text": "One."}, {"type": "image", "title": "pic", "date": "2025-03-07"}, {"text": "Two."}]"#,
            r#"[{"text": "One."}, {"description": "a chart", "url": "x"}, {"title": "Outlook", "text": "Two."}]"#,
            r#"[{"type": "paragraph", "data": {"text": "One."}}, {"type": "paragraph", "data": {"text": "Two."}}]"#,
            r#"[{"children": [{"text": "On"}, {"text": "e."}]}, {"children": [{"text": "Two."}]}]"#,
            r#"[{"content": [{"type": "text", "text": "One."}]}, {"content": [{"text": "Two"}, {"text": "."}]}]"#,
        ] {
            assert_eq!(
                read(json),
                [Some("One.\n\nTwo.".to_owned()), Some("One.\n\nTwo.".to_owned())],
                "{json}"
            );
        }
    }

    #[test]
    fn lists_of_anything_else_are_no_text() {
        for json in [
            "[]",
            r#"["", " "]"#,
            r#"[{"title": "a", "text": "One."}, {"title": "b", "text": "Two."}]"#,
            r#"[{"date": "2025-03-07", "text": "One."}]"#,
            r#"[{"title": "a", "text": "One."}, {"title": "b", "text": "Two."}, {"text": "Three."}]"#,
            r#"[{"title": "a", "summary": "One."}, {"title": "b", "summary": "Two."}]"#,
            r#"[{"url": "x"}]"#,
        ] {
            assert_eq!(read(json)[0], None, "{json}");
        }
    }

    #[test]
    fn a_text_in_brackets_is_a_text() {
        for text in ["[\"One\" or two](https://e.example)", "[1] One.", "[\"One.\", ", "[{x}] One."] {
            let value = Value::Text(Cow::from(text));
            assert_eq!(prose(&value, &Keys::default()).as_deref(), Some(text));
        }
    }
}
