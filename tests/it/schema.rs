//! The schema: what a file of the user's may say, and how an index remembers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::schema::Schema;
use std::fs;

/// A table as an index has it after it has been written and read.
fn remembered(schema: &Schema) -> Schema {
    let rows = serde_json::to_string(schema.fields()).unwrap();
    Schema::from_stored(serde_json::from_str(&rows).unwrap()).unwrap()
}

#[test]
fn the_built_in_file_reads_and_writes_back() {
    let schema = Schema::built_in().unwrap();
    assert_eq!(Schema::extended_by(&schema.to_yaml()).unwrap(), schema);
    assert_eq!(remembered(&schema), schema);
    for missing in 0..schema.fields().len() {
        let mut rows = schema.fields().to_vec();
        let name = rows.remove(missing).name;
        assert_eq!(Schema::from_stored(rows).unwrap_err(), format!("field `{name}` is missing"));
    }
    assert_eq!(schema.fields().len(), 11);
}

#[test]
fn the_built_in_keys_are_those_of_the_built_in_file() {
    assert_eq!(Schema::built_in().unwrap().keys(), newsdex::article::Keys::default());
}

#[test]
fn any_front_matter_key_survives_in_the_index() {
    for key in ["au\u{a0}thor", "作者", "a\\b\"c", "👩\u{200d}👩", "tab\there"] {
        let text =
            format!("version: 1\nfields:\n  own: {{kind: keyword, from: [{}]}}\n", serde_json::json!(key));
        let schema = Schema::extended_by(&text).unwrap();
        assert_eq!(Schema::extended_by(&schema.to_yaml()).unwrap(), schema, "{key}");
        assert_eq!(remembered(&schema), schema, "{key}");
    }
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let head = "version: 1\nfields:\n";
    let table = [
        (format!("{head}  author: {{kind: words, from: [author]}}\n"), 3, "unknown variant `words`"),
        (format!("{head}  author: {{kind: keyword}}\n"), 3, "needs `from`"),
        (
            format!("{head}  ok: {{kind: keyword, from: [ok]}}\n  Author: {{kind: keyword, from: [a]}}\n"),
            4,
            "is not a valid field name",
        ),
        (format!("{head}  market: {{kind: keyword, from: [m]}}\n"), 3, "queries use it already"),
        (format!("{head}  title: {{kind: keyword, from: [t]}}\n"), 3, "has the kind text"),
        (format!("{head}  id: {{kind: keyword, count: false}}\n"), 3, "needs `count: true`"),
        (format!("{head}  a: {{kind: text, from: [a], boost: -1}}\n"), 3, "boost -1 is not over 0"),
        (format!("{head}  a: {{kind: number, from: [a], search: true}}\n"), 3, "can have `search: true`"),
        (format!("{head}  a: {{kind: text, from: [a], count: true}}\n"), 3, "make it a keyword"),
        (format!("{head}  a: {{kind: text, from: [a], stroed: true}}\n"), 3, "unknown field `stroed`"),
        (format!("{head}  a: [\n"), 4, ""),
        ("version: 7\nfields: {}\n".to_owned(), 1, "unknown version 7"),
        ("fields: {}\n".to_owned(), 1, "missing field `version`"),
        ("version: 1\nfields: {}\nfoo: 1\n".to_owned(), 3, "unknown field `foo`"),
    ];
    for (text, line, message) in table {
        let error = Schema::extended_by(&text).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.line, line, "{text}: {error}");
    }
}

#[test]
fn a_field_of_the_user_is_searched_filtered_and_counted() {
    let bench = Workbench::new();
    let page = |id: u64, front: &str| {
        format!("---\ntitle: \"T{id}\"\nurl: \"https://n.example/en/news/{id}.md\"\n{front}\n---\n\nsolar\n")
    };
    bench.write(
        "1.md",
        &page(200_000_001, "author: Wang Gang\nrating: 4\ntopics: [energy/solar, policy]\nwhen: 2024-05-06"),
    );
    bench.write("2.md", &page(200_000_002, "author: Li Na\nrating: 2.5\ndesk:\n  name: Shanghai"));
    fs::write(
        bench.path().join("own.yaml"),
        "version: 1\nfields:\n  author: {kind: keyword, from: [author], search: true}\n  rating: {kind: number, from: [rating]}\n  \
         topic: {kind: facet, from: [topic, topics]}\n  held: {kind: date, from: [when]}\n  desk: {kind: text, from: [desk.name]}\n",
    )
    .unwrap();
    bench.ok(&["ingest", "news", "--schema", "own.yaml"]);
    let table: [(&[&str], &[&str]); 12] = [
        (&["author:wang"], &["200000001/en"]),
        (&["author:\"li na\""], &["200000002/en"]),
        (&["gang"], &["200000001/en"]),
        (&["rating:>=3"], &["200000001/en"]),
        (&["rating:2..3"], &["200000002/en"]),
        (&["rating:*"], &["200000001/en", "200000002/en"]),
        (&["topic:energy"], &["200000001/en"]),
        (&["topic:energy/solar"], &["200000001/en"]),
        (&["topic:solar"], &[]),
        (&["held:2024-05"], &["200000001/en"]),
        (&["desk:shanghai"], &["200000002/en"]),
        (&["desk:*"], &["200000002/en"]),
    ];
    for (query, keys) in table {
        assert_eq!(bench.sorted_keys(query), keys, "{query:?}");
    }
    let counts = bench.json(&["facets", "--by", "author,topic", "--format", "json"]);
    assert_eq!(
        counts["facets"]["author"],
        serde_json::json!([{"value": "Li Na", "count": 1}, {"value": "Wang Gang", "count": 1}])
    );
    assert_eq!(counts["facets"]["topic"][0]["value"], "energy/solar");
    assert!(bench.ok(&["schema"]).contains("author"), "the index remembers");

    // A path of thousands of levels is cut, not indexed level by level.
    bench.write("3.md", &page(200_000_003, &format!("topic: {}", "a/".repeat(20_000))));
    bench.ok(&["ingest", "news"]);
    assert_eq!(bench.keys(&["topic:a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"]), ["200000003/en"]);

    // The index goes on with its own schema, and refuses another by name.
    bench.ok(&["ingest", "news"]);
    fs::write(
        bench.path().join("other.yaml"),
        "version: 1\nfields:\n  source: {kind: keyword, from: [source]}\n",
    )
    .unwrap();
    let said = bench.fails(&["ingest", "news", "--schema", "other.yaml"], 2);
    for part in [
        "has another schema",
        "`author` is only in the index",
        "`source` is not in the index",
        "with --index",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = bench.fails(&["ingest", "news", "--schema", "nowhere.yaml"], 2);
    assert!(said.contains("cannot read nowhere.yaml"), "{said}");
}
