//! How a score came about, in lines that a person can follow.

use crate::search::RerankBoost;
use serde::Deserialize;
use std::borrow::Cow;
use tantivy::{
    DocId, Score, SegmentReader,
    query::{EnableScoring, Explanation, Query, Scorer, Weight},
};

/// A query that says in words what it is, as tantivy's own cannot.
#[derive(Debug)]
pub(super) struct Named {
    what: Cow<'static, str>,
    query: Box<dyn Query>,
}

impl Named {
    pub(super) fn boxed(what: impl Into<Cow<'static, str>>, query: Box<dyn Query>) -> Box<dyn Query> {
        Box::new(Self { what: what.into(), query })
    }
}

impl Clone for Named {
    fn clone(&self) -> Self {
        Self { what: self.what.clone(), query: self.query.box_clone() }
    }
}

impl Query for Named {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let weight = self.query.weight(scoring)?;
        Ok(match scoring {
            EnableScoring::Enabled { .. } => Box::new(NamedWeight { what: self.what.clone(), weight }),
            EnableScoring::Disabled { .. } => weight,
        })
    }
}

struct NamedWeight {
    what: Cow<'static, str>,
    weight: Box<dyn Weight>,
}

impl Weight for NamedWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        self.weight.scorer(reader, boost)
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let inner = self.weight.explain(reader, doc)?;
        Ok(Explanation::new_with_string(self.what.clone().into_owned(), inner.value()))
    }
}

/// A part of a score, as tantivy tells it.
#[derive(Deserialize)]
struct Part {
    value: f32,
    description: String,
    #[serde(default)]
    details: Vec<Part>,
}

/// The parts of a score, each on a line below what it is a part of.
pub(super) fn lines(explanation: &Explanation, added: &RerankBoost) -> Vec<String> {
    let mut lines = Vec::new();
    // tantivy shows an explanation's parts in no other way.
    let Ok(part) = serde_json::from_str::<Part>(&explanation.to_pretty_json()) else { return lines };
    if added.sum() > 0.0 {
        lines.push(line(0, part.value + added.sum(), "score: sum of"));
        add(&part, 1, &mut lines);
        let looked = [
            (added.nearness, "rerank: query terms near each other"),
            (added.passage, "rerank: passage with the most query terms"),
            (added.characters, "rerank: single Han characters"),
        ];
        lines.extend(
            looked.iter().filter(|(value, _)| *value > 0.0).map(|(value, what)| line(1, *value, what)),
        );
    } else {
        add(&part, 0, &mut lines);
    }
    lines
}

fn add(part: &Part, depth: usize, lines: &mut Vec<String>) {
    // A sum or a boost of one part is that part.
    if let [only] = part.details.as_slice()
        && only.value.to_bits() == part.value.to_bits()
    {
        return add(only, depth, lines);
    }
    lines.push(line(depth, part.value, told(&part.description)));
    part.details.iter().for_each(|detail| add(detail, depth + 1, lines));
}

/// tantivy's names for what it does, in plain words.
fn told(description: &str) -> &str {
    match description {
        "BooleanClause. sum of ..." => "sum of",
        "ConstScore" | "Const" | "AllQuery" => "constant",
        description => {
            description.strip_prefix("Boost").map_or(description, |rest| rest.trim_start_matches(' '))
        }
    }
}

fn line(depth: usize, value: f32, what: &str) -> String {
    format!("{:indent$}{value:.3} {what}", "", indent = 2 * depth)
}
