//! Real articles, where they are at hand: `NEWSDEX_REAL` names a folder with a thousand or more.
//! Without it there is nothing to test.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;

#[test]
fn no_real_article_is_lost() {
    let Some(folder) = std::env::var_os("NEWSDEX_REAL") else {
        return;
    };
    let bench = Workbench::new();
    let folder = folder.to_str().unwrap();
    let report = bench.json(&["ingest", folder, "--format", "json"]);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 0);
    let articles = report["indexed"].as_u64().unwrap();
    assert!(articles >= 1000);
    let again = bench.json(&["ingest", folder, "--format", "json"]);
    assert_eq!((again["unchanged"].as_u64(), again["bytes"].as_u64()), (Some(articles), Some(0)));
    assert_eq!(bench.ok(&["list"]).lines().count() as u64, articles);
    assert_eq!(bench.ok(&["query", "--count"]).trim().parse(), Ok(articles));
}
