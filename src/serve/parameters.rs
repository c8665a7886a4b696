//! What may stand behind the `?` of an address, and how it is read.

use super::{json_schema::properties, problem_details::ProblemDetails};
use crate::{
    index::{FacetRequest, Sort},
    schema::Schema,
    search::{self, Filters, SearchOptions},
};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

/// At most this many hits in one answer.
pub(super) const MAX_LIMIT: usize = 100;
/// The largest offset; an export has what is beyond.
pub(super) const MAX_OFFSET: usize = 10_000;
/// At most this many values of a facet.
const MAX_VALUES: usize = 1000;
/// At most this many snippets of a hit.
const MAX_SNIPPETS: usize = 20;

/// Which articles.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Which {
    /// Query in the query language; without it, all articles match.
    #[schemars(length(max = 16384), example = &"perovskite")]
    pub q: String,
    /// Only articles that name this security, by any notation or name.
    #[schemars(example = ["600586.SH"])]
    pub symbol: Vec<String>,
    /// Only articles about this security: in the title or lead, or first in its list.
    pub about: Vec<String>,
    /// Only articles that name a security of this market: `CN`, `HK`, `US`.
    pub market: Vec<String>,
    /// Only pages in this locale: `en`, `zh-CN`.
    pub locale: Vec<String>,
    /// Only pages of this kind: `news`, `symbol`.
    pub kind: Vec<String>,
    /// Only articles published on or after this day, month or year.
    pub since: Option<String>,
    /// Only articles published up to the end of this day, month or year.
    pub until: Option<String>,
    /// Only articles of this day, month, year or range.
    pub date: Option<String>,
}

/// In what order hits are wanted, which of them, and how they are shown.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Shown {
    /// Sort order; default: relevance, or newest if the query has only filters.
    pub sort: Option<Order>,
    /// Halve a score for every `30d` of age (recency half-life), e.g. `30d`, `2w`, `12h`.
    pub recency: Option<String>,
    /// At most this many hits.
    #[schemars(range(min = 0, max = 100))]
    pub limit: usize,
    /// Skip this many hits.
    #[schemars(range(min = 0, max = 10000))]
    pub offset: usize,
    /// Also count the matches by symbol, market and month.
    pub facets: bool,
    /// Add to each hit how its score was computed.
    pub explain: bool,
    /// Each locale of an article as a hit of its own.
    pub each_locale: bool,
    /// Group near-duplicate articles (about 80 % equal, within six weeks) into one hit.
    pub stories: bool,
    /// Show this locale of an article that matches in several.
    pub prefer: Vec<String>,
    /// At most this many snippets per hit.
    #[schemars(range(min = 0, max = 20))]
    pub snippets: usize,
    /// Length of a snippet, in about this many terminal columns.
    #[schemars(range(min = 20, max = 2000))]
    pub snippet_length: usize,
    /// One JSON object, or JSON Lines with one hit per line.
    pub format: Format,
}

/// Sort order of the hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Order {
    /// Best match first.
    Relevance,
    /// Latest first.
    Newest,
    /// Earliest first.
    Oldest,
}

/// Format of the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Format {
    /// One JSON object.
    #[default]
    Json,
    /// JSON Lines: one object per hit.
    Jsonl,
}

/// What is counted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Counted {
    /// Fields to count by: `symbol`, `market`, `venue`, `year`, `month`, `day`, `locale`, `kind`, or one of your schema.
    #[schemars(length(min = 1, max = 10), example = ["symbol"])]
    pub by: Vec<String>,
    /// At most this many values of each field; default: 20, or every year, month or day.
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<usize>,
    /// Count each locale of an article separately.
    pub each_locale: bool,
}

/// What is being typed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Typed {
    /// The query so far.
    #[schemars(length(max = 1024), example = &"perov")]
    pub q: String,
    /// At most this many suggestions.
    #[schemars(range(min = 1, max = 20))]
    pub limit: Option<usize>,
}

/// Nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Nothing {}

impl Default for Shown {
    fn default() -> Self {
        let SearchOptions { limit, snippets, snippet_length, .. } = SearchOptions::default();
        Self {
            sort: None,
            recency: None,
            limit,
            offset: 0,
            facets: false,
            explain: false,
            each_locale: false,
            stories: false,
            prefer: Vec::new(),
            snippets,
            snippet_length,
            format: Format::Json,
        }
    }
}

/// Reads parameters of two sorts, of which the first may be left empty. What belongs to neither is refused.
pub(super) fn read<A, B>(query: Option<&str>) -> Result<(A, B), ProblemDetails>
where
    A: DeserializeOwned + JsonSchema,
    B: DeserializeOwned + JsonSchema,
{
    let of_first = names::<A>();
    let known: Vec<String> = of_first.iter().cloned().chain(names::<B>()).collect();
    let (mut first, mut second) = (String::new(), String::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !known.iter().any(|known| *known == name) {
            let detail = format!("there is no parameter `{name}`; use {}", known.join(", "));
            return Err(ProblemDetails::parameter(Some(&name), detail));
        }
        let of_first = of_first.iter().any(|known| *known == name);
        // A list that is empty, and a field of a form that was not filled in, are sent so.
        if of_first && value.is_empty() {
            continue;
        }
        if value.is_empty() && name == "prefer" {
            continue;
        }
        // The deserializer would take an empty number or order as none at all.
        if value.is_empty() && name != "q" {
            return Err(ProblemDetails::parameter(Some(&name), format!("`{name}` has no value")));
        }
        let pairs = if of_first { &mut first } else { &mut second };
        let mut one = form_urlencoded::Serializer::new(String::new());
        one.append_pair(&name, &value);
        if !pairs.is_empty() {
            pairs.push('&');
        }
        pairs.push_str(&one.finish());
    }
    Ok((parsed(&first)?, parsed(&second)?))
}

fn parsed<P: DeserializeOwned>(pairs: &str) -> Result<P, ProblemDetails> {
    let pairs = serde_html_form::Deserializer::new(form_urlencoded::parse(pairs.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let name = path.split(['[', '.']).next().unwrap_or_default();
        ProblemDetails::parameter(Some(name), format!("`{name}`: {}", error.inner()))
    })
}

fn names<P: JsonSchema>() -> Vec<String> {
    properties::<P>().into_iter().map(|(name, _)| name).collect()
}

/// Refuses a number that is too large or too small.
fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), ProblemDetails> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(ProblemDetails::parameter(Some(name), format!("`{name}` must be {least} to {most}, not {value}")))
}

impl Which {
    /// The filters beside the words.
    pub(super) fn filters(&self) -> Filters {
        Filters {
            symbol: self.symbol.clone(),
            about: self.about.clone(),
            market: self.market.clone(),
            locale: self.locale.clone(),
            kind: self.kind.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            date: self.date.clone(),
        }
    }
}

impl Shown {
    /// How hits are asked for.
    pub(super) fn how(&self, schema: &Schema) -> Result<SearchOptions, ProblemDetails> {
        within("limit", self.limit, 0, MAX_LIMIT)?;
        within("offset", self.offset, 0, MAX_OFFSET)?;
        within("snippets", self.snippets, 0, MAX_SNIPPETS)?;
        within("snippet_length", self.snippet_length, 20, 2000)?;
        if self.stories && self.each_locale {
            let detail = "`stories` and `each_locale` cannot be combined";
            return Err(ProblemDetails::parameter(Some("stories"), detail));
        }
        Ok(SearchOptions {
            sort: self.sort.map(Order::sort),
            recency: self.recency.clone(),
            offset: self.offset,
            limit: self.limit,
            facets: if self.facets { search::overview(schema) } else { Vec::new() },
            explain: self.explain,
            each_locale: self.each_locale,
            stories: self.stories,
            prefer: self.prefer.clone(),
            snippets: self.snippets,
            snippet_length: self.snippet_length,
            suggest: true,
            ..SearchOptions::default()
        })
    }
}

impl Order {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }

    pub(super) fn sort(self) -> Sort {
        match self {
            Self::Relevance => Sort::Relevance,
            Self::Newest => Sort::Newest,
            Self::Oldest => Sort::Oldest,
        }
    }
}

impl Counted {
    /// What is to be counted.
    pub(super) fn wanted(&self, schema: &Schema) -> Result<Vec<FacetRequest>, ProblemDetails> {
        let by: Vec<&str> = self.by.iter().flat_map(|names| names.split(',')).collect();
        within("by", by.len(), 1, 10)?;
        if let Some(limit) = self.limit {
            within("limit", limit, 1, MAX_VALUES)?;
        }
        by.into_iter().map(|name| Ok(search::counted_by(name, self.limit, schema)?)).collect()
    }
}
