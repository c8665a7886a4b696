//! An index that another build has written: it is opened, sound, and answers as it did.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the format that this version writes.
fn frozen() -> PathBuf {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "solar");
    bench.ingest();
    let meta: serde_json::Value =
        serde_json::from_slice(&fs::read(bench.index().join("meta.json")).unwrap()).unwrap();
    let payload: serde_json::Value = serde_json::from_str(meta["payload"].as_str().unwrap()).unwrap();
    let name = format!("{}.{}", payload["format"], payload["analysis"]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen").join(&name);
    assert!(folder.is_dir(), "there is no frozen index of format {name}: see tests/frozen/README.md");
    folder
}

#[test]
fn an_index_of_another_build_answers_as_it_did() {
    let bench = Workbench::new();
    let index = frozen();
    let index = index.to_str().unwrap();
    let keys = |args: &[&str]| bench.sorted_keys(&[args, &["--index", index]].concat());
    assert_eq!(bench.ok(&["check", "--index", index]), "the index is sound\n");
    assert!(keys(&["perovskite"]).contains(&"230905679/en".to_owned()));
    assert_eq!(
        keys(&["鈣鈦礦", "--symbol", "600586", "--no-synonyms"]),
        ["230905679/zh-CN", "230905679/zh-HK"]
    );
    assert_eq!(keys(&["\"perovskite photovoltaic\""]), ["230905679/en"]);
    assert_eq!(keys(&["*"]).len(), 18);
    let facets = bench.json(&["facets", "--by", "locale", "--index", index, "--format", "json"]);
    assert!(
        facets.to_string().contains(r#""value":"zh-HK","count":3"#)
            || facets.to_string().contains(r#"{"count":3,"value":"zh-HK"}"#),
        "{facets}"
    );
    let show = bench.json(&["show", "230905679/en", "--index", index, "--format", "json"]);
    assert_eq!(show["path"], "/archive/en/230905679.md");
    assert!(show["body"].as_str().unwrap().contains("perovskite"), "{show}");
}

#[test]
fn an_index_of_an_older_format_is_refused_by_name() {
    for older in ["4.1", "5.1", "6.1"] {
        let bench = Workbench::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen").join(older);
        fs::create_dir(bench.index()).unwrap();
        for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            fs::copy(file.path(), bench.index().join(file.file_name())).unwrap();
        }
        for args in [&["query", "solar"][..], &["ingest", "news"], &["status"]] {
            let said = bench.fails(args, 2);
            let refused = format!("has format {older} of newsdex");
            assert!(said.contains(&refused) && said.contains("--reindex"), "{said}");
        }
        // Its articles are from another folder.
        let said = bench.fails(&["ingest", "news", "--reindex"], 2);
        assert!(said.contains("from outside of the given paths: /archive/"), "{said}");
    }
}

#[test]
fn an_index_of_another_build_is_gone_on_with() {
    let bench = Workbench::new();
    fs::create_dir(bench.index()).unwrap();
    for file in fs::read_dir(frozen()).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), bench.index().join(file.file_name())).unwrap();
    }
    bench.article("a.md", 200_000_001, "03-07", "perovskite");
    bench.ok(&["ingest", "news", "--quiet"]);
    bench.ok(&["optimize"]);
    assert_eq!(bench.keys(&["*"]).len(), 19);
    assert_eq!(bench.ok(&["check"]), "the index is sound\n");
}
