//! Free keys: what the front matter says beyond the schema is searched, compared, counted and listed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use serde_json::json;
use std::{fmt::Write as _, fs};

/// Writes a page with some lines of front matter.
fn page(bench: &Workbench, id: u64, front: &str) {
    let url = format!("https://n.example/en/news/{id}.md");
    let text = format!("---\ntitle: T{id}\nurl: {url}\ndate: 2025-03-07\n{front}\n---\n\nSolar glass.\n");
    bench.write(&format!("{id}.md"), &text);
}

fn key(id: u64) -> String {
    format!("{id}/en")
}

const A: u64 = 200_000_001;
const B: u64 = 200_000_002;
const C: u64 = 200_000_003;
const D: u64 = 200_000_004;
const E: u64 = 200_000_005;

/// Three pages with keys that the built-in schema does not map.
fn bench() -> Workbench {
    let bench = Workbench::new();
    page(
        &bench,
        A,
        "tags: [Energy, solar power]\nauthor: Wang Gang\nsource: reuters\nprice: 9.50\ncreated: 2025-01-15\nstats:\n  likes: 3",
    );
    page(
        &bench,
        B,
        "tags: [energy, macro]\nauthor: Li Na\nprice: 10\ncreated: 2025-02-28T23:30:00Z\n关键词: 芯片\nstats:\n  likes: 12",
    );
    page(&bench, C, "Tags: power solar\nprice: -2\nnote: see a..b of it");
    bench.ok(&["ingest", "news"]);
    bench
}

#[test]
fn a_key_of_the_front_matter_is_a_field_without_a_schema() {
    let bench = bench();
    let table: [(&str, &[u64]); 36] = [
        ("tags:energy", &[A, B]),
        ("TAGS:Energy", &[A, B]),
        ("tags:energy tags:macro", &[B]),
        ("tags:(macro OR solar)", &[A, B, C]),
        ("tags:\"solar power\"", &[A]),
        ("tags:\"power solar\"", &[C]),
        ("tags:\"energy solar\"", &[]),
        ("tags:ener*", &[A, B]),
        ("tags:?nergy", &[A, B]),
        ("tags:/en.*|mac.*/", &[A, B]),
        ("tags:enrgy~1", &[A, B]),
        ("tags:*", &[A, B, C]),
        ("-tags:energy", &[C]),
        ("tags:energy^2 solar", &[A, B]),
        ("author:wang", &[A]),
        ("author:*", &[A, B]),
        ("source:reuters", &[A]),
        ("stats.likes:12", &[B]),
        ("stats.likes:>3", &[B]),
        ("关键词:芯片", &[B]),
        ("关键词:*", &[B]),
        ("price:>=9.5", &[A, B]),
        ("price:>9.5", &[B]),
        ("price:<0", &[C]),
        ("price:-2..9.5", &[A, C]),
        ("price:..0", &[C]),
        ("price:(>9.7 OR <0)", &[B, C]),
        ("price:>= 10", &[B]),
        ("created:>=2025-02", &[B]),
        ("created:2025-01..2025-02", &[A, B]),
        ("created:<2025-02-28", &[A]),
        ("created:>=2024", &[A, B]),
        ("created:2025-01", &[A]),
        // Text may have two dots.
        ("note:a..b", &[C]),
        // Plain words never search free keys.
        ("energy", &[]),
        ("reuters", &[]),
    ];
    for (query, ids) in table {
        let expected: Vec<String> = ids.iter().map(|id| key(*id)).collect();
        assert_eq!(bench.sorted_keys(&["--tz", "UTC", "--", query]), expected, "{query}");
    }
    bench.ok(&["check"]);
}

#[test]
fn the_keys_of_an_article_are_shown() {
    let bench = bench();
    let shown = bench.json(&["show", &key(A), "--format", "json"]);
    let keys = json!({
        "author": ["Wang Gang"], "created": ["2025-01-15"], "price": ["9.50"], "source": ["reuters"], "stats.likes": ["3"],
        "tags": ["Energy", "solar power"]
    });
    assert_eq!(shown["keys"], keys);
    let text = bench.ok(&["show", &key(A)]);
    for line in ["    author  Wang Gang", "stats.likes  3", "      tags  Energy, solar power"] {
        assert!(text.lines().any(|shown| shown == line), "{line}: {text}");
    }
    // Hits have no keys, and neither has an article without any.
    let hits = bench.json(&["query", "tags:energy", "--format", "json"]);
    assert!(hits["hits"][0].get("keys").is_none(), "{hits}");
    page(&bench, D, "locale: en");
    // What would move the cursor of a terminal is not printed.
    page(&bench, E, "\"mood\": \"calm \\e[2J\"");
    bench.ok(&["ingest", "news"]);
    assert_eq!(bench.json(&["show", &key(D), "--format", "json"])["keys"], json!({}));
    assert!(!bench.ok(&["show", &key(E)]).contains('\u{1b}'));
}

#[test]
fn keys_are_counted_and_listed() {
    let bench = bench();
    let counts = bench.json(&["facets", "--by", "tags,author", "--format", "json"]);
    let tags = json!([
        {"value": "Energy", "count": 1}, {"value": "energy", "count": 1}, {"value": "macro", "count": 1},
        {"value": "power solar", "count": 1}, {"value": "solar power", "count": 1}
    ]);
    assert_eq!(counts["facets"]["tags"], tags);
    let authors = json!([{"value": "Li Na", "count": 1}, {"value": "Wang Gang", "count": 1}]);
    assert_eq!(counts["facets"]["author"], authors);
    let some = bench.json(&["facets", "tags:energy", "--by", "Tags", "--format", "json"]);
    assert_eq!(some["facets"]["tags"].as_array().unwrap().len(), 4, "{some}");

    let keys = json!({
        "author": 2, "created": 2, "note": 1, "price": 3, "source": 1, "stats.likes": 2, "tags": 3, "关键词": 1
    });
    assert_eq!(bench.json(&["status", "--format", "json"])["keys"], keys);
    assert!(bench.ok(&["status"]).contains("keys      price 3, tags 3, author 2"));

    // What is removed is not counted.
    fs::remove_file(bench.news().join(format!("{B}.md"))).unwrap();
    bench.ok(&["ingest", "news"]);
    let keys =
        json!({"author": 1, "created": 1, "note": 1, "price": 2, "source": 1, "stats.likes": 1, "tags": 2});
    assert_eq!(bench.json(&["status", "--format", "json"])["keys"], keys);
    assert_eq!(bench.sorted_keys(&["tags:energy"]), [key(A)]);
}

#[test]
fn a_well_known_key_asks_for_its_other_spellings() {
    let bench = Workbench::new();
    page(&bench, A, "author: Wang Gang\nauthors: [Wang Gang, Li Na]\nkeywords: [tin]\nrank: 3");
    page(&bench, B, "author:\n  name: wang wei\npublisher: Reuters\ntags: [tin, zinc]\ncategory: metals");
    page(&bench, C, "作者: 王刚\nsite_name: Reuters\nsection: Metals");
    page(&bench, D, "byline: Ada Park\nsource: reuters\nsource_rank: 1");
    bench.ok(&["ingest", "news"]);
    let table: [(&str, &[u64]); 18] = [
        ("author:wang", &[A, B]),
        ("AUTHOR:wang", &[A, B]),
        ("author:\"wang gang\"", &[A]),
        ("author:王刚", &[C]),
        ("author:(park OR li)", &[A, D]),
        ("author:(wang gang)", &[A]),
        ("author:wa*", &[A, B]),
        ("author:*", &[A, B, C, D]),
        ("-author:wang", &[C, D]),
        ("source:reuters", &[B, C, D]),
        ("tags:tin", &[A, B]),
        ("section:metals", &[B, C]),
        ("category:metals", &[B, C]),
        // Every spelling can still be asked for by itself.
        ("authors:wang", &[A]),
        ("author.name:wang", &[B]),
        ("publisher:*", &[B]),
        ("keywords:tin", &[A]),
        ("作者:王刚", &[C]),
    ];
    for (query, ids) in table {
        let expected: Vec<String> = ids.iter().map(|id| key(*id)).collect();
        assert_eq!(bench.sorted_keys(&["--", query]), expected, "{query}");
    }
    // A has one author under two keys.
    let counts = bench.json(&["facets", "--by", "author,source,tags", "--format", "json"]);
    let of = |by: &str| counts["facets"][by].clone();
    let authors = [("Wang Gang", 1), ("Ada Park", 1), ("Li Na", 1), ("wang wei", 1), ("王刚", 1)];
    let mut counted: Vec<(String, u64)> = serde_json::from_value::<Vec<serde_json::Value>>(of("author"))
        .unwrap()
        .iter()
        .map(|count| (count["value"].as_str().unwrap().to_owned(), count["count"].as_u64().unwrap()))
        .collect();
    counted.sort();
    let mut expected = authors.map(|(value, count)| (value.to_owned(), count));
    expected.sort();
    assert_eq!(counted, expected);
    assert_eq!(of("source"), json!([{"value": "Reuters", "count": 2}, {"value": "reuters", "count": 1}]));
    assert_eq!(of("tags"), json!([{"value": "tin", "count": 2}, {"value": "zinc", "count": 1}]));
    // Ada Park, Li Na with Wang Gang, wang wei, 王刚; the least and the greatest of A.
    let sorted = |sort: &str| bench.keys(&["--sort", sort, "solar"]);
    assert_eq!(sorted("author"), [D, A, B, C].map(key));
    assert_eq!(sorted("author:desc"), [C, B, A, D].map(key));
    // Reuters twice, then reuters, then none.
    assert_eq!(sorted("source"), [B, C, D, A].map(key));
    assert_eq!(
        bench.json(&["status", "--format", "json"])["keys"]["author.name"],
        1,
        "keys are listed as written"
    );
}

#[test]
fn hits_are_sorted_by_the_values_of_a_key() {
    let bench = bench();
    page(&bench, D, "price: n/a\ncreated: 2025-02-28T08:00:00Z\nstats:\n  likes: [1, 20]\nfee: 0");
    page(&bench, E, "mood: calm");
    fs::write(bench.path().join("own.yaml"), "version: 1\nfields:\n  fee: {kind: number, from: [fee]}\n")
        .unwrap();
    bench.ok(&["ingest", "news", "--schema", "own.yaml", "--reindex"]);
    let cases: [(&str, &[u64]); 14] = [
        // 9.5, 10, −2, a text, and none.
        ("price", &[C, A, B, D, E]),
        ("price:asc", &[C, A, B, D, E]),
        ("price:desc", &[B, A, C, D, E]),
        ("PRICE:desc", &[B, A, C, D, E]),
        // A, the 15th of January; B, the 28th of February at 23:30; D, at 8:00.
        ("created", &[A, D, B, C, E]),
        ("created:desc", &[B, D, A, C, E]),
        // 3, 12, and 1 with 20.
        ("stats.likes", &[D, A, B, C, E]),
        ("stats.likes:desc", &[D, B, A, C, E]),
        // Energy and solar power, energy and macro, power solar: capitals stand before small letters.
        ("tags", &[A, B, C, D, E]),
        ("tags:desc", &[A, C, B, D, E]),
        // Equals are in the order of their dates, which are the same, and keys.
        ("mood", &[E, A, B, C, D]),
        ("fee", &[D, A, B, C, E]),
        ("fee:desc", &[D, A, B, C, E]),
        // A field of the built-in schema.
        ("id:desc", &[E, D, C, B, A]),
    ];
    for (sort, ids) in cases {
        let expected: Vec<String> = ids.iter().map(|id| key(*id)).collect();
        for query in ["solar", "*"] {
            assert_eq!(bench.keys(&["--sort", sort, query]), expected, "{sort} {query}");
        }
        assert_eq!(bench.keys(&["--sort", sort, "--offset", "1", "solar"]), expected[1..], "{sort}");
    }
}

#[test]
fn what_is_no_order_is_told_with_the_keys_of_the_index() {
    let bench = bench();
    for (sort, said) in [
        ("prise", "cannot sort by `prise`; use relevance, newest, oldest, price, tags,"),
        ("likes:desc", "cannot sort by `likes`; use relevance, newest, oldest, stats.likes, price, tags,"),
        // A field without an order.
        ("title", "cannot sort by `title`; use relevance, newest, oldest, price, tags,"),
        ("symbol", "cannot sort by `symbol`; use relevance, newest, oldest, price, tags,"),
        ("market", "cannot sort by `market`; use relevance, newest, oldest, price, tags,"),
        ("symbol", ", id, locale, kind, published"),
        ("price:down", "`price:down` is no order; write relevance, newest, oldest, KEY, KEY:asc or KEY:desc"),
    ] {
        let told = bench.fails(&["query", "--sort", sort, "solar"], 2);
        assert!(told.contains(said), "{sort}: {told}");
    }
    for (alias, order) in [("date", "newest"), ("date:desc", "newest"), ("date:asc", "oldest")] {
        assert_eq!(
            bench.keys(&["--sort", alias, "solar"]),
            bench.keys(&["--sort", order, "solar"]),
            "{alias}"
        );
    }
    let told = bench.fails(&["query", "--sort", "price", "--recency", "30d", "solar"], 2);
    assert!(told.contains("this query is not sorted by them"), "{told}");
}

#[test]
fn an_unknown_key_is_told_with_the_keys_of_the_index() {
    let bench = bench();
    let said = bench.fails(&["query", "tgas:energy"], 2);
    assert!(said.contains("there is no field `tgas`") && said.contains("did you mean `tags:`"), "{said}");
    // Three pages have `price` and `tags`, two the next three, and one each of the rest.
    let most_used = "price, tags, author, created, stats.likes, note, source, 关键词";
    let said = bench.fails(&["query", "nonsense:energy"], 2);
    assert!(said.contains(&format!("keys of the index: {most_used}; to search")), "{said}");
    let said = bench.fails(&["query", "likes:>3"], 2);
    assert!(said.contains("keys of the index: stats.likes, price, tags, author,"), "{said}");
    let said = bench.fails(&["facets", "--by", "nonsense"], 2);
    assert!(said.contains(most_used), "{said}");
    let said = bench.fails(&["facets", "--by", "nots"], 2);
    assert!(said.contains(", note, price, tags, author,"), "{said}");
    let said = bench.fails(&["facets", "--by", "nonsense"], 2);
    assert!(said.contains("cannot count by `nonsense`"), "{said}");
    let said = bench.fails(&["query", "price:>many"], 2);
    assert!(said.contains("`>many` compares neither numbers nor dates"), "{said}");
}

#[test]
fn words_with_a_colon_stay_words() {
    let bench = Workbench::new();
    // Keys that look like the beginning of an address, a clock, a remark and an exchange.
    page(&bench, A, "http: x\nnote: y\nsh: z\nnyse: v\n\"10\": w");
    bench.ok(&["ingest", "news"]);
    for query in ["http://solar", "10:30", "note: solar", "Note : solar", "note：solar", "SH:600586"] {
        let read = bench.ok(&["query", "--analyze", "--", query]);
        assert!(
            !read.contains("http:\"") && !read.contains("note:\"") && !read.contains("sh:\""),
            "{query}: {read}"
        );
    }
    assert_eq!(bench.sorted_keys(&["note:y"]), [key(A)]);
    assert_eq!(bench.sorted_keys(&["note:\"y\""]), [key(A)]);
}

#[test]
fn a_number_with_a_sign_is_asked_for_as_a_number() {
    let bench = Workbench::new();
    page(&bench, A, "chg: -3");
    page(&bench, B, "chg: 3");
    page(&bench, C, "chg: [3, -3.0]");
    page(&bench, D, "chg: 3 of 7");
    page(&bench, E, "chg: -3.5");
    bench.ok(&["ingest", "news"]);
    let table: [(&str, &[u64]); 16] = [
        ("chg:-3", &[A, C]),
        ("chg:\"-3\"", &[A, C]),
        ("chg:=-3", &[A, C]),
        ("chg:-3.0", &[A, C]),
        ("chg:－3", &[A, C]),
        ("chg:-3..-3", &[A, C]),
        ("chg:-3.5", &[E]),
        ("chg:+3", &[B, C]),
        ("chg:3", &[B, C, D]),
        ("chg:\"3\"", &[B, C, D]),
        ("chg:=3", &[B, C, D]),
        ("chg:(3 OR 7)", &[B, C, D]),
        ("chg:3.5", &[]),
        ("chg:\"3 of 7\"", &[D]),
        ("-chg:-3", &[B, D, E]),
        ("chg:-3^2 solar", &[A, C]),
    ];
    for (query, ids) in table {
        let expected: Vec<String> = ids.iter().map(|id| key(*id)).collect();
        assert_eq!(bench.sorted_keys(&["--", query]), expected, "{query}");
    }
    let read = bench.run(&["query", "chg:-3"]);
    let said = String::from_utf8([read.stdout, read.stderr].concat()).unwrap();
    assert!(!said.contains("punctuation"), "{said}");
}

#[test]
fn a_key_without_a_value_is_told() {
    let bench = bench();
    for query in ["tags:", "solar tags:", "(solar tags:)", "tags: energy"] {
        let output = bench.run(&["query", query]);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("no value follows `tags:`") && said.contains("`tags:*` finds any"),
            "{query}: {said}"
        );
        assert!(!said.contains("is not a field"), "{query}: {said}");
    }
}

#[test]
fn the_schema_types_and_renames_a_key() {
    let bench = Workbench::new();
    page(&bench, A, "author: Wang\nmood: calm\ntitle2: x");
    fs::write(
        bench.path().join("own.yaml"),
        "version: 1\nfields:\n  writer: {kind: keyword, from: [author], search: true}\n",
    )
    .unwrap();
    bench.ok(&["ingest", "news", "--schema", "own.yaml"]);
    assert_eq!(bench.sorted_keys(&["writer:wang"]), [key(A)]);
    assert_eq!(bench.sorted_keys(&["wang"]), [key(A)], "the schema says that plain words search it");
    assert_eq!(bench.sorted_keys(&["mood:calm"]), [key(A)]);
    assert!(bench.fails(&["query", "author:wang"], 2).contains("there is no field `author`"));
    assert_eq!(bench.json(&["status", "--format", "json"])["keys"], json!({"mood": 1, "title2": 1}));
}

#[test]
fn saved_queries_name_keys() {
    let bench = bench();
    bench.ok(&["save", "clean", "tags:energy price:<10"]);
    assert_eq!(bench.sorted_keys(&["query:clean"]), [key(A)]);
}

#[test]
fn hostile_keys_are_bounded() {
    let bench = Workbench::new();
    // Thousands of keys, in YAML; and in JSON keys and values with zero bytes, colons, quotes and no letter.
    let mut many = String::new();
    for number in 0..5000 {
        let _ = writeln!(many, "k{number:04}: v{number}");
    }
    page(&bench, A, many.trim_end());
    let long = "x".repeat(10_000);
    let json = json!({
        "title": "Odd", "id": "odd", "a\u{0}b": "n\u{0}ul", "c:d \"e\"": "q", "--": "none", long.clone(): "long key",
        "big": long, "price": "NaN", "list": (0..1000).map(|n| format!("w{n}")).collect::<Vec<_>>(),
        "\u{202e}bidi": "r", "market": "bull",
    });
    bench.write("odd.md", &format!("{json}\n\nSolar glass.\n"));
    bench.ok(&["ingest", "news"]);
    let keys = bench.json(&["status", "--format", "json"])["keys"].clone();
    let keys = keys.as_object().unwrap();
    assert_eq!(keys.keys().filter(|key| key.starts_with('k')).count(), 64);
    assert!(keys.keys().all(|key| key.len() <= 256 && !key.contains(['\0', ':', '"', ' '])), "{keys:?}");
    assert_eq!(bench.sorted_keys(&["k0000:v0"]), [key(A)]);
    assert_eq!(bench.keys(&["c_d__e_:q"]), ["odd"]);
    assert_eq!(bench.keys(&["list:w0"]), ["odd"]);
    assert_eq!(bench.keys(&["big:xx*"]), ["odd"]);
    assert!(bench.keys(&["price:>0"]).is_empty());
    bench.ok(&["check"]);
    bench.ok(&["optimize"]);
    bench.ok(&["check"]);
}
