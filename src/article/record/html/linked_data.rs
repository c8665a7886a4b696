//! Reads the article in the linked data of a page (JSON-LD, schema.org).

use serde_json::Value;

/// What linked data says of an article. Texts are empty where it says nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LinkedArticle {
    pub headline: String,
    pub description: String,
    pub published: String,
    pub modified: String,
    pub url: String,
    pub language: String,
    pub publisher: String,
    pub authors: Vec<String>,
    pub keywords: Vec<String>,
    /// The text, where the page gives it here too.
    pub body: String,
}

/// The first article in a script; `None` if there is none, or the script is not JSON.
pub(super) fn article(script: &str) -> Option<LinkedArticle> {
    let script = script.trim().trim_start_matches("<!--").trim_end_matches("-->");
    let script = script.trim().trim_start_matches("//<![CDATA[").trim_end_matches("//]]>");
    let value: Value = serde_json::from_str(script.trim()).ok()?;
    let found = nodes(&value).into_iter().find(|node| is_article(node))?;
    let text = |key: &str| found.get(key).and_then(text).unwrap_or_default();
    Some(LinkedArticle {
        headline: text("headline"),
        description: text("description"),
        published: text("datePublished"),
        modified: text("dateModified"),
        url: [text("url"), text("mainEntityOfPage")]
            .into_iter()
            .find(|url| !url.is_empty())
            .unwrap_or_default(),
        language: text("inLanguage"),
        publisher: text("publisher"),
        authors: found.get("author").map(texts).unwrap_or_default(),
        keywords: found.get("keywords").map(texts).unwrap_or_default(),
        body: text("articleBody"),
    })
}

/// The objects that are described: those at the top, in lists, and in graphs.
fn nodes(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(nodes).collect(),
        Value::Object(members) => {
            let graph = members.get("@graph").map(nodes).unwrap_or_default();
            std::iter::once(value).chain(graph).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an object is an article of any kind: `NewsArticle`, `ReportageNewsArticle`, `BlogPosting`.
fn is_article(node: &Value) -> bool {
    node.get("@type").map(texts).unwrap_or_default().iter().any(|kind| {
        let kind = kind.rsplit(['/', '#']).next().unwrap_or_default();
        kind.ends_with("Article") || kind.ends_with("Posting") || kind == "Report"
    })
}

/// The text of a value, or what names it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Array(items) => items.iter().find_map(text),
        Value::Object(members) => {
            ["name", "@value", "@id"].iter().find_map(|key| members.get(*key)?.as_str()).map(str::to_owned)
        }
        _ => None,
    }
}

/// The texts of a list, or of one value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::article;

    #[test]
    fn the_article_is_found_in_lists_and_graphs() {
        let node = r#"{"@type":["Thing","NewsArticle"],"headline":" H ","author":[{"@type":"Person","name":"A"},"B"],
            "keywords":"x, y","mainEntityOfPage":{"@id":"https://example.com/1"},"datePublished":"2026-01-02"}"#;
        let other = r#"{"@type":"Organization","name":"O","headline":"no"}"#;
        for script in [
            node.to_owned(),
            format!("[{other},{node}]"),
            format!(r#"{{"@context":"https://schema.org","@graph":[{other},{node}]}}"#),
            format!("<!--{node}-->"),
        ] {
            let found = article(&script).expect("an article");
            assert_eq!((found.headline.as_str(), found.published.as_str()), ("H", "2026-01-02"));
            assert_eq!(found.authors, ["A", "B"]);
            assert_eq!(found.keywords, ["x, y"]);
            assert_eq!(found.url, "https://example.com/1");
        }
        for script in [other, "", "{", "[1, null, \"x\"]"] {
            assert_eq!(article(script), None, "{script}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(article(&deep), None);
    }
}
