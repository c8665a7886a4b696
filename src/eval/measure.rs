//! Measures of ranking: nDCG, MRR and recall, with confidence bounds of their means.
//!
//! The definitions are those of `trec_eval`: a gain is the grade itself, divided by `log2(rank + 1)`; a
//! document is relevant with a grade over 0.

/// One of the measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Normalised discounted cumulative gain of the first ten.
    Ndcg10,
    /// Reciprocal rank of the first relevant document among the first ten.
    Mrr10,
    /// The fraction of the relevant documents that is among the first ten.
    Recall10,
    /// The fraction of the relevant documents that is among the first hundred.
    Recall100,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::Ndcg10, Self::Mrr10, Self::Recall10, Self::Recall100];

    /// The name as in papers: `nDCG@10`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndcg10 => "nDCG@10",
            Self::Mrr10 => "MRR@10",
            Self::Recall10 => "Recall@10",
            Self::Recall100 => "Recall@100",
        }
    }
}

/// The value of each measure for one ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores([f64; 4]);

impl Scores {
    /// Measures a ranking. `ranked` are the grades of the results, best first, 0 for documents without a
    /// judgement; `judged` are the grades of all judged documents.
    #[must_use]
    pub fn of(ranked: &[u32], judged: impl Iterator<Item = u32>) -> Self {
        let mut ideal: Vec<u32> = judged.filter(|grade| *grade > 0).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let gain = |grades: &[u32]| -> f64 {
            let discounted =
                (2_u32..).zip(grades).map(|(rank, grade)| f64::from(*grade) / f64::from(rank).log2());
            // An empty sum is -0.
            discounted.take(10).sum::<f64>() + 0.0
        };
        let relevant = |depth: usize| ranked.iter().take(depth).filter(|grade| **grade > 0).count();
        let part = |of: f64, all: f64| if all > 0.0 { of / all } else { 0.0 };
        let first = (1_u32..=10).zip(ranked).find(|(_, grade)| **grade > 0);
        Self([
            part(gain(ranked), gain(&ideal)),
            first.map_or(0.0, |(rank, _)| 1.0 / f64::from(rank)),
            part(as_f64(relevant(10)), as_f64(ideal.len())),
            part(as_f64(relevant(100)), as_f64(ideal.len())),
        ])
    }

    /// The value of a measure, from 0 to 1.
    #[must_use]
    pub fn get(&self, measure: Measure) -> f64 {
        self.0[measure as usize]
    }
}

/// A mean over questions, with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// Number of bootstrap samples for the bounds.
const DRAWS: usize = 1000;

impl Mean {
    /// The mean of some values, with bootstrap bounds: the same values give the same bounds.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::default();
        }
        let count = as_f64(values.len());
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // With fewer than 2^32 questions, multiplying by the high half keeps the draw uniform.
            let high = ((state >> 32) * values.len() as u64) >> 32;
            values[usize::try_from(high).unwrap_or_default()]
        };
        let mut means: Vec<f64> =
            (0..DRAWS).map(|_| (0..values.len()).map(|_| draw()).sum::<f64>() / count).collect();
        means.sort_unstable_by(f64::total_cmp);
        Self {
            mean: values.iter().sum::<f64>() / count,
            low: means[DRAWS / 40],
            high: means[DRAWS - 1 - DRAWS / 40],
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 of anything")]
fn as_f64(count: usize) -> f64 {
    count as f64
}
