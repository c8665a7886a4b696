//! Reads the parameters of a query string.

use super::{json_schema::properties, problem_details::ProblemDetails};
use crate::problem::message;
use crate::search::{OPTIONS, OptionRow, OptionValue, SearchOption, SearchParams};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use std::ops::RangeInclusive;

/// At most this many hits per response.
pub(super) const MAX_LIMIT: usize = 100;
/// The largest offset. An export returns what is beyond.
pub(super) const MAX_OFFSET: usize = 10_000;
/// At most this many fields to count by, and values of each.
const MAX_FIELDS: usize = 10;
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
    /// Sets an option, or `q` without one, within [`bounds`].
    fn take(&mut self, option: Option<SearchOption>, value: &str) -> Result<(), ProblemDetails> {
        // Ignore empty values: empty lists and empty form fields are sent like that.
        if value.is_empty() && option.is_none_or(|option| option.is_filter() || option.is_several()) {
            return Ok(());
        }
        let Some(option) = option else {
            value.clone_into(&mut self.q);
            return Ok(());
        };
        if let (OptionValue::Number(..), Ok(number)) = (&option.row().value, value.parse()) {
            within(option, number)?;
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
    /// The query, the filters, and the options for showing hits.
    Hits,
    /// The query, the filters, and the options for counting.
    Counts,
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
            Self::Hits => row.option.is_filter() || row.option.is_for_hits(),
            Self::Counts => row.option.is_filter() || row.option.is_for_counts(),
        })
    }
}

/// The bounds of a number, or of how many texts an option takes. They limit the work per request.
pub(super) fn bounds(option: SearchOption) -> RangeInclusive<usize> {
    match option {
        SearchOption::Limit => 0..=MAX_LIMIT,
        SearchOption::Offset => 0..=MAX_OFFSET,
        SearchOption::Snippets => 0..=MAX_SNIPPETS,
        SearchOption::SnippetLength => 20..=2000,
        SearchOption::By => 1..=MAX_FIELDS,
        SearchOption::Values => 1..=MAX_VALUES,
        other => other.range(),
    }
}

/// Parameters of a request for hits beside the options.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HitsParams {
    /// One JSON object, or JSON Lines with one hit per line.
    pub format: Format,
    /// `next_cursor` of the previous answer, to get the next hits: in place of `offset`, with the same parameters.
    pub cursor: Option<String>,
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
    let schemas = properties::<P>();
    let is_whole =
        |name: &str| schemas.get(name).is_some_and(|schema| schema["type"].to_string().contains("integer"));
    let own: Vec<String> = schemas.keys().cloned().collect();
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
            let detail = message!("there is no parameter `{}`; use {}", &*name, known.join(", "));
            return Err(ProblemDetails::parameter(Some(&name), detail));
        }
        if own.iter().any(|own| *own == name) {
            // The deserializer would read an empty number as absent.
            if value.is_empty() && name != "q" {
                return Err(ProblemDetails::parameter(Some(&name), message!("`{}` has no value", &*name)));
            }
            // What the deserializer says of a number could not be translated.
            if is_whole(&name) && !value.bytes().all(|byte| byte.is_ascii_digit()) {
                let detail = message!("`{}` is not a whole number", &*value);
                return Err(ProblemDetails::parameter(Some(&name), detail));
            }
            rest.append_pair(&name, &value);
            continue;
        }
        let option = takes.rows().map(|row| row.option).find(|option| option.name() == name);
        if !option.is_some_and(SearchOption::is_several)
            && !value.is_empty()
            && given.iter().any(|given| *given == name)
        {
            return Err(ProblemDetails::parameter(Some(&name), message!("`{}` takes one value", &*name)));
        }
        given.push(name.clone().into_owned());
        asked.take(option, &value)?;
    }
    for option in takes.rows().map(|row| row.option).filter(|option| option.is_several()) {
        let (count, bounds) = (asked.params.count(option), bounds(option));
        if !bounds.contains(&count) {
            let (name, least, most) = (option.name(), bounds.start(), bounds.end());
            let detail = message!("`{}` takes {} to {} values, not {}", name, *least, *most, count);
            return Err(ProblemDetails::parameter(Some(name), detail));
        }
    }
    Ok((asked, parsed(&rest.finish())?))
}

fn parsed<P: DeserializeOwned>(pairs: &str) -> Result<P, ProblemDetails> {
    let pairs = serde_html_form::Deserializer::new(form_urlencoded::parse(pairs.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let path = error.path().to_string();
        let name = path.split(['[', '.']).next().unwrap_or_default();
        ProblemDetails::parameter(Some(name), message!("`{}`: {}", name, error.inner().to_string()))
    })
}

/// Rejects a number outside the bounds of its option.
fn within(option: SearchOption, value: usize) -> Result<(), ProblemDetails> {
    let (name, bounds) = (option.name(), bounds(option));
    if bounds.contains(&value) {
        return Ok(());
    }
    let (least, most) = (bounds.start(), bounds.end());
    let detail = message!("`{}` must be {} to {}, not {}", name, *least, *most, value);
    Err(ProblemDetails::parameter(Some(name), detail))
}
