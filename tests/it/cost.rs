//! Queries that would take too long.

use crate::{serve::Server, workbench::Workbench};

/// The estimate is the same for whoever asks, and so is the answer: 60 texts have a word 100,000 times, and each may be
/// any of 32 words of two phrases.
#[test]
fn a_query_that_costs_too_much_is_refused_by_every_door() {
    let bench = Workbench::new();
    for n in 0..60 {
        bench.write(&format!("{n}.md"), &format!("{n} {}", "the ".repeat(100_000)));
    }
    bench.write("rare.md", "comet");
    bench.ingest();
    let phrase = format!("\"{}\"", ["the"; 32].join(" "));
    let expensive = format!("{phrase}~100 OR {phrase}~200");
    for command in [&["query"][..], &["list"], &["facets", "--by", "symbol"]] {
        let said = bench.fails(&[command, &["--", &expensive]].concat(), 2);
        assert!(said.contains("too expensive") && said.contains("`\"the the the"), "{command:?}: {said}");
    }
    let server = Server::start(&bench, &[]);
    let encoded: String = form_urlencoded::byte_serialize(expensive.as_bytes()).collect();
    for path in ["search?", "facets?by=symbol&", "export?"] {
        let refused = server.get(&format!("/api/{path}q={encoded}"));
        assert_eq!(refused.status, 400, "{path}: {}", refused.body);
        assert!(refused.body.contains("too-much"), "{path}: {}", refused.body);
    }
    // Only one article has the other word.
    let rare = format!("+comet -{phrase}~100 -{phrase}~200");
    assert_eq!(bench.json(&["query", "--format", "json", "--", &rare])["total"], 1);
}
