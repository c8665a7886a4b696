//! What may stand behind the `?` of an address, and how it is read.

use super::refused::Refused;
use crate::{
    question::{self, Filters, How},
    schema::Schema,
    search::{FacetWanted, Sort},
};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema, openapi::path::ParameterIn};

/// A page of hits may have so many.
pub(super) const MAX_LIMIT: usize = 100;
/// Hits beyond so many cannot be asked for; an export gives them all.
pub(super) const MAX_OFFSET: usize = 10_000;
/// A facet may list so many values.
const MAX_VALUES: usize = 1000;
/// A hit may have so many snippets.
const MAX_SNIPPETS: usize = 20;

/// Which articles.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// What to look for, in the query language; everything without it.
    #[param(max_length = 16384, example = "perovskite")]
    pub q: String,
    /// Articles of this security, in any notation or by its name.
    #[param(example = json!(["600586.SH"]))]
    pub symbol: Vec<String>,
    /// Articles about this security: it is in the title or the lead, or listed first.
    pub about: Vec<String>,
    /// Articles with securities of this market: `CN`, `HK`, `US`.
    pub market: Vec<String>,
    /// Articles in this locale: `en`, `zh-CN`.
    pub locale: Vec<String>,
    /// Pages of this kind: `news`, `symbol`.
    pub kind: Vec<String>,
    /// Articles from this day, month or year on.
    pub since: Option<String>,
    /// Articles up to and with this day, month or year.
    pub until: Option<String>,
    /// Articles of this day, month, year or range.
    pub date: Option<String>,
}

/// In what order hits are wanted, which of them, and how they are shown.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of its own")]
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Shown {
    /// In which order; by relevance unless told otherwise, or the newest first where there are only filters.
    #[param(inline)]
    pub sort: Option<Order>,
    /// Let scores fade with age: half is left of an article's that is so old, as `30d`, `2w` or `12h`.
    pub recency: Option<String>,
    /// At most this many hits.
    #[param(minimum = 0, maximum = 100, default = 10)]
    pub limit: usize,
    /// Pass over this many hits first.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: usize,
    /// Also count the matches by symbol, market and month.
    pub facets: bool,
    /// Say how each score came about.
    pub explain: bool,
    /// Each page by itself, not an article with its pages in all locales as one hit.
    pub each_locale: bool,
    /// Articles whose texts agree, within six weeks of the first of them, as one hit.
    pub stories: bool,
    /// Of an article that matches in several locales the page in this one.
    pub prefer: Vec<String>,
    /// At most this many snippets of each hit.
    #[param(minimum = 0, maximum = 20, default = 1)]
    pub snippets: usize,
    /// About how long a snippet is, in columns.
    #[param(minimum = 20, maximum = 2000, default = 240)]
    pub snippet_length: usize,
    /// One object, or a line for each hit.
    #[param(inline)]
    pub format: Format,
}

/// An order of hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema, JsonSchema)]
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

/// A form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// One object.
    #[default]
    Json,
    /// The hits alone, an object a line.
    Jsonl,
}

/// What is counted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Counted {
    /// What to count by: `symbol`, `market`, `venue`, `year`, `month`, `day`, `locale`, `kind`, or a field of your own.
    #[param(required = true, min_items = 1, max_items = 10, example = json!(["symbol"]))]
    pub by: Vec<String>,
    /// At most this many values; 20 without it, or all of a calendar.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
    /// Count each page by itself, not an article with its pages in all locales once.
    pub each_locale: bool,
}

/// What is being typed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Typed {
    /// The query so far.
    #[param(max_length = 1024, example = "perov")]
    pub q: String,
    /// At most this many suggestions.
    #[param(minimum = 1, maximum = 20)]
    pub limit: Option<usize>,
}

/// Nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Nothing {}

impl Default for Shown {
    fn default() -> Self {
        let How { limit, snippets, snippet_length, .. } = How::default();
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
pub(super) fn read<A, B>(query: Option<&str>) -> Result<(A, B), Refused>
where
    A: DeserializeOwned + IntoParams,
    B: DeserializeOwned + IntoParams,
{
    let of_first = names::<A>();
    let known: Vec<String> = of_first.iter().cloned().chain(names::<B>()).collect();
    let (mut first, mut second) = (String::new(), String::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !known.iter().any(|known| *known == name) {
            let detail = format!("there is no parameter `{name}`; there are {}", known.join(", "));
            return Err(Refused::parameter(Some(&name), detail));
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
            return Err(Refused::parameter(Some(&name), format!("`{name}` has no value")));
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

fn parsed<P: DeserializeOwned>(pairs: &str) -> Result<P, Refused> {
    let pairs = serde_html_form::Deserializer::new(form_urlencoded::parse(pairs.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let name = path.split(['[', '.']).next().unwrap_or_default();
        Refused::parameter(Some(name), format!("`{name}`: {}", error.inner()))
    })
}

fn names<P: IntoParams>() -> Vec<String> {
    P::into_params(|| Some(ParameterIn::Query)).into_iter().map(|parameter| parameter.name).collect()
}

/// Refuses a number that is too large or too small.
fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), Refused> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Refused::parameter(Some(name), format!("`{name}` may be {least} to {most}, and is {value}")))
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
    pub(super) fn how(&self, schema: &Schema) -> Result<How, Refused> {
        within("limit", self.limit, 0, MAX_LIMIT)?;
        within("offset", self.offset, 0, MAX_OFFSET)?;
        within("snippets", self.snippets, 0, MAX_SNIPPETS)?;
        within("snippet_length", self.snippet_length, 20, 2000)?;
        if self.stories && self.each_locale {
            let detail = "`stories` and `each_locale` exclude each other";
            return Err(Refused::parameter(Some("stories"), detail));
        }
        Ok(How {
            sort: self.sort.map(Order::sort),
            recency: self.recency.clone(),
            offset: self.offset,
            limit: self.limit,
            facets: if self.facets { question::overview(schema) } else { Vec::new() },
            explain: self.explain,
            each_locale: self.each_locale,
            stories: self.stories,
            prefer: self.prefer.clone(),
            snippets: self.snippets,
            snippet_length: self.snippet_length,
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
    pub(super) fn wanted(&self, schema: &Schema) -> Result<Vec<FacetWanted>, Refused> {
        let by: Vec<&str> = self.by.iter().flat_map(|names| names.split(',')).collect();
        within("by", by.len(), 1, 10)?;
        if let Some(limit) = self.limit {
            within("limit", limit, 1, MAX_VALUES)?;
        }
        by.into_iter().map(|name| Ok(question::counted_by(name, self.limit, schema)?)).collect()
    }
}
