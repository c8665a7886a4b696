//! Explains scores in plain words.

use crate::index::Explanation;
use serde::Deserialize;
use std::borrow::Cow;
use tantivy::{
    DocId, Score, SeekDangerResult, SegmentReader,
    query::{EnableScoring, Explanation as TantivyExplanation, Query, Scorer, Weight},
};

/// A query with a description, which tantivy's queries lack. It replaces the parts of the explanation.
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

    fn scorer_danger(
        &self,
        reader: &SegmentReader,
        target: DocId,
        boost: Score,
    ) -> tantivy::Result<(SeekDangerResult, Box<dyn Scorer>)> {
        self.weight.scorer_danger(reader, target, boost)
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<TantivyExplanation> {
        let inner = self.weight.explain(reader, doc)?;
        Ok(TantivyExplanation::new_with_string(self.what.clone().into_owned(), inner.value()))
    }
}

/// A part of a score, as tantivy's JSON gives it.
#[derive(Deserialize)]
struct Part {
    value: f32,
    description: String,
    #[serde(default)]
    details: Vec<Part>,
}

/// The explanation as plain data; `None` if the JSON of tantivy has an unknown form.
pub(super) fn explanation(told: &TantivyExplanation) -> Option<Explanation> {
    // tantivy exposes the parts of an explanation only as JSON.
    serde_json::from_str::<Part>(&told.to_pretty_json()).ok().map(plain)
}

fn plain(part: Part) -> Explanation {
    Explanation {
        value: part.value,
        description: told(&part.description).to_owned(),
        details: part.details.into_iter().map(plain).collect(),
    }
}

/// tantivy's descriptions in plain words.
fn told(description: &str) -> &str {
    match description {
        "BooleanClause. sum of ..." => "sum of",
        "ConstScore" | "Const" | "AllQuery" => "constant",
        description => {
            description.strip_prefix("Boost").map_or(description, |rest| rest.trim_start_matches(' '))
        }
    }
}
