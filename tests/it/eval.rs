//! What a ranking is worth: the measures by hand, and a whole evaluation of a small set.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::eval::{Mean, Measure, Scores};
use std::fs;

#[test]
fn measures_by_hand() {
    // Grades 2 and 1 were given; 0, 1, 0, 2 was the order found: (1/log2 3 + 2/log2 5) / (2/log2 2 + 1/log2 3).
    let scores = Scores::of(&[0, 1, 0, 2], [2, 1, 0].into_iter());
    let expected = (1.0 / 3_f64.log2() + 2.0 / 5_f64.log2()) / (2.0 + 1.0 / 3_f64.log2());
    assert!((scores.get(Measure::Ndcg10) - expected).abs() < 1e-12);
    assert!((scores.get(Measure::Mrr10) - 0.5).abs() < 1e-12);
    assert!((scores.get(Measure::Recall10) - 1.0).abs() < 1e-12);
    let late: Vec<u32> = (0..100).map(|rank| u32::from(rank == 50)).collect();
    let scores = Scores::of(&late, [1, 1].into_iter());
    let values = Measure::ALL.map(|measure| scores.get(measure));
    assert!(
        values.iter().zip([0.0, 0.0, 0.0, 0.5]).all(|(value, expected)| (value - expected).abs() < 1e-12)
    );
    let nothing = Scores::of(&[], std::iter::empty());
    assert!(Measure::ALL.into_iter().all(|measure| nothing.get(measure) < f64::EPSILON));
    let Mean { mean, low, high } = Mean::of(&[0.0, 1.0, 1.0, 0.0]);
    assert!((mean - 0.5).abs() < 1e-12 && (0.0..0.5).contains(&low) && high > 0.5 && high <= 1.0);
}

#[test]
fn a_set_is_evaluated() {
    let bench = Workbench::new();
    let set = bench.path().join("set");
    fs::create_dir(&set).unwrap();
    let documents = [
        ("a", "Solar glass", "Makers of solar glass cut output."),
        ("b", "Wind", "A farm of turbines stands in the sea."),
        ("c", "Rates", "The bank left its interest rates as they were."),
    ];
    let lines = documents.map(|(id, title, body)| {
        serde_json::json!({"id": id, "title": title, "body": body, "datetime": "2025-03-07T08:00:00Z"})
            .to_string()
    });
    fs::write(set.join("docs.jsonl"), lines.join("\n")).unwrap();
    fs::write(
        set.join("queries.tsv"),
        "1\twhat do makers of solar glasses do ?\n2\tinterest rate\n3\tno judgement\n",
    )
    .unwrap();
    fs::write(set.join("qrels.tsv"), "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tc\t2\n2\tb\t1\n").unwrap();
    let result = bench.json(&["eval", "set", "--run", "run.txt", "--format", "json"]);
    assert_eq!((&result["documents"], &result["questions"]), (&3.into(), &2.into()));
    let mean = |measure: &str| result["measures"][measure]["mean"].as_f64().unwrap();
    let second = 2.0 / (2.0 + 1.0 / 3_f64.log2());
    assert!((mean("nDCG@10") - f64::midpoint(1.0, second)).abs() < 1e-12, "{result}");
    assert!((mean("MRR@10") - 1.0).abs() < 1e-12);
    assert!((mean("Recall@100") - 0.75).abs() < 1e-12);
    assert_eq!(result["worst"][0]["id"], "2");
    let run = fs::read_to_string(bench.path().join("run.txt")).unwrap();
    assert!(run.starts_with("1 Q0 a 1 ") && run.contains("\n2 Q0 c 1 "), "{run}");
    assert!(bench.ok(&["eval", "set"]).contains("nDCG@10"));
    fs::write(set.join("qrels.tsv"), "1\ta\tgood\n1\tb\tbad\n").unwrap();
    assert!(bench.fails(&["eval", "set"], 2).contains("qrels.tsv, line 2: the grade is no whole number"));
    fs::write(set.join("qrels.tsv"), "1 0 a 1\n").unwrap();
    assert_eq!(bench.json(&["eval", "set", "--format", "json"])["questions"], 1, "as TREC has it");
    fs::write(set.join("queries.tsv"), "1\tglass\n1\twind\n").unwrap();
    assert!(bench.fails(&["eval", "set"], 2).contains("queries.tsv, line 2: the id \"1\" stands twice"));
    assert!(bench.fails(&["eval", "nowhere"], 2).contains("docs.jsonl"));
}
