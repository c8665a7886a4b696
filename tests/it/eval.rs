//! What a ranking is worth: the measures by hand, and a whole evaluation of a small set.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::Workbench;
use newsdex::eval::{Mean, Measure, Scores};
use std::{env, fs, path::PathBuf, process::Command};

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
    assert!(bench.fails(&["eval", "set"], 2).contains("qrels.tsv, line 2: the grade is not a whole number"));
    fs::write(set.join("qrels.tsv"), "1 0 a 1\n").unwrap();
    assert_eq!(bench.json(&["eval", "set", "--format", "json"])["questions"], 1, "as TREC has it");
    fs::write(set.join("queries.tsv"), "1\tglass\n1\twind\n").unwrap();
    assert!(bench.fails(&["eval", "set"], 2).contains("queries.tsv, line 2: duplicate id \"1\""));
    assert!(bench.fails(&["eval", "nowhere"], 2).contains("docs.jsonl"));
}

/// A Python that has `ir-measures`: `tests/run` makes one.
fn python() -> Option<PathBuf> {
    let made = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    let python = env::var_os("NEWSDEX_MEASURES_PYTHON").map_or(made, PathBuf::from);
    let output = Command::new(&python).args(["-c", "import ir_measures"]).output().ok()?;
    output.status.success().then_some(python)
}

#[test]
fn the_measures_agree_with_ir_measures() {
    let Some(python) = python() else {
        assert!(std::env::var_os("NEWSDEX_STRICT").is_none_or(|strict| strict != "true"), "no ir-measures");
        #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
        {
            eprintln!("skipped: there is no Python with ir-measures; tests/run makes one");
        }
        return;
    };
    let bench = Workbench::new();
    let set = bench.path().join("set");
    fs::create_dir(&set).unwrap();
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let words =
        ["solar", "glass", "wind", "rate", "bank", "price", "share", "fall", "rise", "chip", "gold", "oil"];
    let mut text = |count: u64| -> String {
        let words: Vec<&str> = (0..count).map(|_| words[usize::try_from(random(12)).unwrap()]).collect();
        words.join(" ")
    };
    let documents: Vec<String> = (0..80)
        .map(|id| serde_json::json!({"id": format!("d{id}"), "title": text(4), "body": text(30)}).to_string())
        .collect();
    let queries: Vec<String> = (0..60).map(|id| format!("q{id}\t{}", text(1 + id % 6))).collect();
    let judgements: Vec<String> = (0..60)
        .flat_map(|query| (0..20).map(move |n| (query, n)))
        .map(|(query, n)| format!("q{query}\td{}\t{}", n * 4 + random(4), random(4)))
        .collect();
    fs::write(set.join("docs.jsonl"), documents.join("\n")).unwrap();
    fs::write(set.join("queries.tsv"), queries.join("\n")).unwrap();
    fs::write(set.join("qrels.tsv"), judgements.join("\n")).unwrap();
    let ours = bench.json(&["eval", "set", "--run", "run.txt", "--format", "json"]);
    let script = "import sys, ir_measures as m\n\
        qrels = [m.Qrel(*line.split()[:2], int(line.split()[2])) for line in open('set/qrels.tsv')]\n\
        run = list(m.read_trec_run('run.txt'))\n\
        wanted = [m.nDCG@10, m.RR@10, m.R@10, m.R@100]\n\
        found = m.calc_aggregate(wanted, qrels, run)\n\
        print(*[found[w] for w in wanted])";
    let output = Command::new(python).args(["-c", script]).current_dir(bench.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<f64> = theirs.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(theirs.len(), 4);
    for (measure, theirs) in Measure::ALL.into_iter().zip(theirs) {
        let ours = ours["measures"][measure.as_str()]["mean"].as_f64().unwrap();
        assert!((ours - theirs).abs() < 1e-6, "{}: {ours} and {theirs}", measure.as_str());
        assert!(ours > 0.05 && ours < 0.99, "{}: {ours} would tell nothing", measure.as_str());
    }
}
