//! Reads the parameters of a query string.

use super::{json_schema::properties, problem_details::ProblemDetails};
use crate::{
    index::FacetRequest,
    schema::Schema,
    search::{self, OPTIONS, OptionRow, OptionValue, SearchOption, SearchParams},
};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use std::ops::RangeInclusive;

/// At most this many hits per response.
pub(super) const MAX_LIMIT: usize = 100;
/// The largest offset. An export returns what is beyond.
pub(super) const MAX_OFFSET: usize = 10_000;
/// At most this many values per facet.
const MAX_VALUES: usize = 1000;
/// At most this many snippets per hit.
const MAX_SNIPPETS: usize = 20;

/// The query and options of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestParams {
    /// The query in the query language; without it, all articles match.
    pub q: String,
    /// The options.
    pub params: SearchParams,
}

impl RequestParams {
    /// Sets `q` or an option, within [`bounds`].
    fn take(&mut self, name: &str, value: &str) -> Result<(), ProblemDetails> {
        let option = SearchOption::named(name);
        // Ignore empty values: empty lists and empty form fields are sent like that.
        if value.is_empty() && option.is_none_or(|option| option.is_filter() || option.is_several()) {
            return Ok(());
        }
        let Some(option) = option else {
            value.clone_into(&mut self.q);
            return Ok(());
        };
        if let (OptionValue::Number(..), Ok(number)) = (&option.row().value, value.parse()) {
            let bounds = bounds(option);
            within(name, number, *bounds.start(), *bounds.end())?;
        }
        Ok(self.params.set(option, value)?)
    }
}

/// Which options a route takes, besides its own parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressOptions {
    /// None.
    Nothing,
    /// The query and filters.
    Filters,
    /// The query, the filters, and the options that the web page offers.
    Page,
    /// The query and all options.
    Hits,
}

impl AddressOptions {
    /// The rows of these options.
    pub(super) fn rows(self) -> impl Iterator<Item = &'static OptionRow> {
        OPTIONS.iter().filter(move |row| match self {
            Self::Nothing => false,
            Self::Filters => row.option.is_filter(),
            Self::Page => {
                row.option.is_filter() || matches!(row.option, SearchOption::Sort | SearchOption::Stories)
            }
            Self::Hits => true,
        })
    }
}

/// The bounds of a number option. They limit the work per request.
pub(super) fn bounds(option: SearchOption) -> RangeInclusive<usize> {
    match option {
        SearchOption::Limit => 0..=MAX_LIMIT,
        SearchOption::Offset => 0..=MAX_OFFSET,
        SearchOption::Snippets => 0..=MAX_SNIPPETS,
        SearchOption::SnippetLength => 20..=2000,
        other => other.range(),
    }
}

/// Parameters of a request for hits beside the options.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Formatted {
    /// One JSON object, or JSON Lines with one hit per line.
    pub format: Format,
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

/// Reads the query, the options that the route takes, and its own parameters `P`. Rejects unknown parameters.
pub(super) fn read<P>(
    query: Option<&str>,
    takes: AddressOptions,
) -> Result<(RequestParams, P), ProblemDetails>
where
    P: DeserializeOwned + JsonSchema,
{
    let own = names::<P>();
    let words = (takes != AddressOptions::Nothing).then(|| "q".to_owned());
    let known: Vec<String> = words
        .into_iter()
        .chain(takes.rows().map(|row| row.name.to_owned()))
        .chain(own.iter().cloned())
        .collect();
    let mut asked = RequestParams::default();
    let mut rest = form_urlencoded::Serializer::new(String::new());
    let mut given: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !known.iter().any(|known| *known == name) {
            let detail = format!("there is no parameter `{name}`; use {}", known.join(", "));
            return Err(ProblemDetails::parameter(Some(&name), detail));
        }
        if own.iter().any(|own| *own == name) {
            // The deserializer would read an empty number as absent.
            if value.is_empty() && name != "q" {
                return Err(ProblemDetails::parameter(Some(&name), format!("`{name}` has no value")));
            }
            rest.append_pair(&name, &value);
            continue;
        }
        let is_several = SearchOption::named(&name).is_some_and(SearchOption::is_several);
        if !is_several && !value.is_empty() && given.iter().any(|given| *given == name) {
            return Err(ProblemDetails::parameter(Some(&name), format!("`{name}` takes one value")));
        }
        given.push(name.clone().into_owned());
        asked.take(&name, &value)?;
    }
    Ok((asked, parsed(&rest.finish())?))
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

/// Rejects a number outside `least..=most`.
fn within(name: &str, value: usize, least: usize, most: usize) -> Result<(), ProblemDetails> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(ProblemDetails::parameter(Some(name), format!("`{name}` must be {least} to {most}, not {value}")))
}

impl Counted {
    /// The requested counts.
    pub(super) fn wanted(&self, schema: &Schema) -> Result<Vec<FacetRequest>, ProblemDetails> {
        let by: Vec<&str> = self.by.iter().flat_map(|names| names.split(',')).collect();
        within("by", by.len(), 1, 10)?;
        if let Some(limit) = self.limit {
            within("limit", limit, 1, MAX_VALUES)?;
        }
        by.into_iter().map(|name| Ok(search::counted_by(name, self.limit, schema)?)).collect()
    }
}
