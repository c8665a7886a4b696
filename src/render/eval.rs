//! Writes measures of ranking for people, for scripts and for `trec_eval`.

use super::{json::line, safe};
use crate::eval::{Judged, Mean, Measure};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

fn mean(judged: &[Judged], measure: Measure) -> Mean {
    let values: Vec<f64> = judged.iter().map(|judged| judged.scores.get(measure)).collect();
    Mean::of(&values)
}

/// The questions with the lowest nDCG, worst first.
fn worst(judged: &[Judged], count: usize) -> Vec<&Judged> {
    let mut worst: Vec<&Judged> = judged.iter().collect();
    worst.sort_by(|a, b| a.scores.get(Measure::Ndcg10).total_cmp(&b.scores.get(Measure::Ndcg10)));
    worst.truncate(count);
    worst
}

/// Writes the means with their confidence bounds, and the questions with the lowest nDCG.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn text(out: &mut dyn Write, documents: usize, judged: &[Judged], worst_shown: usize) -> io::Result<()> {
    writeln!(out, "{documents} documents, {} queries", judged.len())?;
    for measure in Measure::ALL {
        let Mean { mean, low, high } = mean(judged, measure);
        writeln!(out, "{:>10}  {mean:.4}  ({low:.4} to {high:.4})", measure.as_str())?;
    }
    for judged in worst(judged, worst_shown) {
        let ndcg = judged.scores.get(Measure::Ndcg10);
        writeln!(out, "{ndcg:.2}  {}  {}", safe(&judged.id), safe(&judged.text))?;
    }
    Ok(())
}

/// Writes the means and the worst questions as one JSON object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn json(out: &mut dyn Write, documents: usize, judged: &[Judged], worst_shown: usize) -> io::Result<()> {
    #[derive(Serialize)]
    struct MeanJson {
        mean: f64,
        low: f64,
        high: f64,
    }
    #[derive(Serialize)]
    struct WorstJson<'a> {
        id: &'a str,
        text: &'a str,
        ndcg: f64,
    }
    #[derive(Serialize)]
    struct EvalJson<'a> {
        documents: usize,
        questions: usize,
        measures: BTreeMap<&'a str, MeanJson>,
        worst: Vec<WorstJson<'a>>,
    }
    let measures = Measure::ALL.into_iter().map(|measure| {
        let Mean { mean, low, high } = mean(judged, measure);
        (measure.as_str(), MeanJson { mean, low, high })
    });
    let worst = worst(judged, worst_shown).into_iter().map(|judged| WorstJson {
        id: &judged.id,
        text: &judged.text,
        ndcg: judged.scores.get(Measure::Ndcg10),
    });
    let (measures, worst) = (measures.collect(), worst.collect());
    line(out, &EvalJson { documents, questions: judged.len(), measures, worst })
}

/// Writes the results in the format of `trec_eval`, one per line. That program sorts by score and ignores the
/// rank, so equal scores are written slightly apart.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn trec_run(out: &mut dyn Write, judged: &[Judged]) -> io::Result<()> {
    for Judged { id, found, .. } in judged {
        let mut last = f32::INFINITY;
        for (rank, (document, score)) in (1..).zip(found) {
            last = score.min(last.next_down());
            let (id, document) = (one_word(id), one_word(document));
            writeln!(out, "{id} Q0 {document} {rank} {last:?} newsdex")?;
        }
    }
    Ok(())
}

/// An id without white space, which would end the id, and without control characters.
fn one_word(id: &str) -> String {
    id.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect()
}
