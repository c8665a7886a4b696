//! What agents may send to tools, by the names of the command line. A value that cannot be read is told by its name.

use super::tool_error::ToolError;
use crate::{query::distance, search::Filters};
use rmcp::model::JsonObject;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{borrow::Cow, ops::RangeInclusive};

/// A filter has at most so many values.
const MAX_VALUES: usize = 50;

/// A query and the filters beside it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct FilterParams {
    /// Query in the query language: words (any English form), "phrases", OR, -excluded, near/5, batter*, title:word,
    /// symbol:600586, about:TSLA, date:2025-03. Without it, all articles match that pass the filters.
    pub query: Option<String>,
    /// Only articles that name one of these securities, by any notation or name: 600586, 700.HK, AAPL, tesla
    pub symbol: Option<Texts>,
    /// Only articles about one of these securities: in the title or lead, or first in its list
    pub about: Option<Texts>,
    /// Only articles that name a security of one of these markets: CN, HK, US
    pub market: Option<Texts>,
    /// Only pages in these locales: en, zh-CN, zh-HK
    pub locale: Option<Texts>,
    /// Only pages of these kinds: news, symbol
    pub kind: Option<Texts>,
    /// Only articles published on or after this day, month or year: 2025-03-07, 2025-03, 7d
    pub since: Option<String>,
    /// Only articles published up to the end of this day, month or year
    pub until: Option<String>,
    /// Only articles of this day, month, year or range: 2025-03, 2025-Q1, 2025-01..2025-03, 7d, last week
    pub date: Option<String>,
}

/// A text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(super) enum Texts {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl FilterParams {
    /// The filters.
    pub(super) fn filters(self) -> Result<Filters, ToolError> {
        Ok(Filters {
            symbol: listed("symbol", self.symbol)?,
            about: listed("about", self.about)?,
            market: listed("market", self.market)?,
            locale: listed("locale", self.locale)?,
            kind: listed("kind", self.kind)?,
            since: self.since,
            until: self.until,
            date: self.date,
        })
    }
}

/// The texts of a parameter.
pub(super) fn listed(name: &str, texts: Option<Texts>) -> Result<Vec<String>, ToolError> {
    let texts = match texts {
        None => Vec::new(),
        Some(Texts::One(text)) => vec![text],
        Some(Texts::Several(texts)) => texts,
    };
    if texts.len() > MAX_VALUES {
        return Err(ToolError::of(name, format!("at most {MAX_VALUES} values are allowed")));
    }
    Ok(texts)
}

impl JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "maxItems": MAX_VALUES }
            ]
        })
    }
}

/// A number that must be within bounds.
pub(super) fn within(
    name: &str,
    number: Option<i64>,
    bounds: RangeInclusive<usize>,
    default: usize,
) -> Result<usize, ToolError> {
    let Some(number) = number else { return Ok(default) };
    let number = usize::try_from(number).ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        ToolError::of(name, format!("must be a number from {} to {}", bounds.start(), bounds.end()))
    })
}

/// Some of the parameters of a call; the others are left to who wants them.
pub(super) fn read<T: DeserializeOwned>(arguments: &JsonObject) -> Result<T, ToolError> {
    let error = match serde_json::from_value(Value::Object(arguments.clone())) {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    // The error does not say of which parameter it is: that is the one that has it alone as well.
    for (name, value) in arguments {
        let alone = JsonObject::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(alone))
            && !error.to_string().starts_with("missing field")
        {
            return Err(ToolError::of(name, error));
        }
    }
    Err(ToolError(error.to_string()))
}

/// Checks that a tool takes all parameters of a call.
pub(super) fn known(arguments: &JsonObject, schema: &JsonObject) -> Result<(), ToolError> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Ok(()) };
    let Some(unknown) = arguments.keys().find(|name| !properties.contains_key(*name)) else { return Ok(()) };
    let unknown: String = unknown.chars().take(100).collect();
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    let near =
        names.iter().min_by_key(|name| distance(name, &unknown)).filter(|name| distance(name, &unknown) <= 2);
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let message = format!("unknown parameter; {near}Use {}", names.join(", "));
    Err(ToolError::of(&format!("`{unknown}`"), message.replace("; Use", "; use")))
}
