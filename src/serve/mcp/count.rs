//! The tools `facets` and `timeline`: counts of the matching articles.

use super::{
    hits::{self, HitOut},
    parameters::within,
    tool::{self, Call, ROOM, Reply, headed, weight},
    tool_error::ToolError,
    untrusted_text::{self, JSON_NOTICE},
};
use crate::{
    article::BuiltIn,
    index::{Facet, FacetBy, FacetRequest, Sort},
    query::{DateRange, Query},
    search::{self, Answer, ResolvedQuery, SearchOptions, SearchResponse},
    serve::parameters::MAX_OFFSET,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// By default at most this many values of each field per page.
const DEFAULT_VALUES: usize = 20;
/// Articles are shown for at most this many busy periods, and at most this many for each.
const MAX_BUSIEST: usize = 5;
const MAX_FIRST: usize = 5;

/// Arguments of `facets` beside the options.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct FacetsOwn {
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// Result of `facets`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FacetsOut {
    /// What the texts in this result are: data of third parties
    notice: &'static str,
    /// Number of matching articles; an article with several values counts for each value
    total: usize,
    facets: Vec<FacetOut>,
    /// Notes on how the query was interpreted
    notes: Vec<String>,
    /// Send this as `cursor` with the same arguments to get the next values
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Counts by one field.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FacetOut {
    by: String,
    /// Number of distinct values, shown or not
    distinct: usize,
    /// Most frequent first; years, months and days in order
    values: Vec<CountOut>,
}

/// A value and the number of articles that have it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CountOut {
    value: String,
    count: u64,
}

/// Counts over all matching articles, and notes.
fn counted(
    call: &Call<'_>,
    asked: &ResolvedQuery,
    facets: Vec<FacetRequest>,
) -> Result<(Answer, Vec<String>), ToolError> {
    let options = SearchOptions { limit: 0, facets, ..SearchOptions::default() };
    let SearchResponse { answer, notes, .. } = call.searcher().search(asked, &options)?;
    Ok((answer, hits::shown_notes(&notes)))
}

/// A page of values: as many of each facet as fit into the result. Returns their number too.
fn values(facets: &[Facet], offset: usize, limit: usize) -> (Vec<FacetOut>, usize) {
    let page = |facet: &Facet, count: usize| FacetOut {
        by: facet.by.name.clone(),
        distinct: facet.distinct,
        values: facet
            .counts
            .iter()
            .skip(offset)
            .take(count)
            .map(|(value, count)| CountOut { value: untrusted_text::line(value, 200), count: *count })
            .collect(),
    };
    // 40 bytes for the JSON around each value.
    let size = |out: &FacetOut| out.values.iter().map(|value| weight(&value.value) + 40).sum::<usize>();
    let mut count = limit;
    loop {
        let shown: Vec<FacetOut> = facets.iter().map(|facet| page(facet, count)).collect();
        if count <= 1 || shown.iter().map(size).sum::<usize>() <= ROOM {
            return (shown, count);
        }
        count = count * 3 / 4;
    }
}

/// The tool `facets`.
pub(super) fn facets(call: &Call<'_>) -> Result<Reply, ToolError> {
    let own: FacetsOwn = call.own()?;
    let limit = call.params.options.values.unwrap_or(DEFAULT_VALUES);
    let offset = call.cursors.offset(own.cursor.as_deref())?.min(MAX_OFFSET);
    let mut wanted = Vec::new();
    for name in &call.params.options.by {
        let mut one = search::counted_by(name, None, call.snapshot)?;
        if !one.by.is_calendar() {
            one.limit = offset + limit;
        }
        wanted.push(one);
    }
    let (answer, notes) = counted(call, &call.asked()?, wanted)?;
    let (facets, count) = values(&answer.facets, offset, limit);
    let end = offset + count;
    let more = answer.facets.iter().any(|facet| facet.distinct > end) && end < MAX_OFFSET;
    let next_cursor = more.then(|| call.cursors.at(end));
    let mut text = headed(
        &format!("{}.", tool::counted(answer.total, "article matches", "articles match")),
        &[],
        &notes,
    );
    for facet in &facets {
        let lines = facet.values.iter().map(|CountOut { value, count }| format!("{value}: {count}"));
        // Writing to a string cannot fail.
        let _ = write!(text, "\nby {} ({} values)", untrusted_text::line(&facet.by, 60), facet.distinct);
        text.push_str(&untrusted_text::fenced_lines(&facet.by, lines));
    }
    if let Some(cursor) = &next_cursor {
        let _ = writeln!(text, "\nnext_cursor: {cursor}");
    }
    Reply::new(text, &FacetsOut { notice: JSON_NOTICE, total: answer.total, facets, notes, next_cursor })
}

/// Arguments of `timeline` beside the filters.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct TimelineOwn {
    /// Length of a period; default month
    per: Option<Period>,
    /// Number of busiest periods whose first articles are shown; default 3
    #[schemars(range(min = 0, max = 5))]
    busiest: Option<i64>,
    /// Number of articles shown for each of these periods; default 2
    #[schemars(range(min = 1, max = 5))]
    articles: Option<i64>,
    /// At most this many periods; default 60
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Period {
    Day,
    #[default]
    Month,
    Year,
}

impl Period {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// Result of `timeline`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TimelineOut {
    /// What the texts in this result are: data of third parties
    notice: &'static str,
    /// Number of matching articles
    total: usize,
    /// Number of matching articles without a date
    undated: u64,
    per: Period,
    /// Number of periods with articles, shown or not
    distinct: usize,
    /// Periods with articles, earliest first
    periods: Vec<PeriodOut>,
    /// Busiest of these periods with their first articles, busiest first
    busiest: Vec<BusyOut>,
    /// Notes on how the query was interpreted
    notes: Vec<String>,
    /// Send this as `cursor` with the same arguments to get the next periods
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Number of articles in a period.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct PeriodOut {
    /// Period, to be sent as `date`
    period: String,
    count: u64,
}

/// The first articles of a busy period.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BusyOut {
    period: String,
    count: u64,
    hits: Vec<HitOut>,
}

/// The tool `timeline`.
pub(super) fn timeline(call: &Call<'_>) -> Result<Reply, ToolError> {
    let own: TimelineOwn = call.own()?;
    let per = own.per.unwrap_or_default();
    let busy = within("busiest", own.busiest, 0..=MAX_BUSIEST, 3)?;
    let each = within("articles", own.articles, 1..=MAX_FIRST, 2)?;
    let limit = within("limit", own.limit, 1..=200, 60)?;
    let offset = call.cursors.offset(own.cursor.as_deref())?;
    let asked = call.asked()?;
    let by = FacetBy::named(per.name(), call.snapshot.schema());
    let by = by.ok_or_else(|| ToolError::of("per", "the index has no dates to count by"))?;
    let (answer, notes) = counted(call, &asked, vec![FacetRequest { by, limit: usize::MAX }])?;
    let counts = answer.facets.first().map(|facet| facet.counts.as_slice()).unwrap_or_default();
    let dated: u64 = counts.iter().map(|(_, count)| count).sum();
    let periods: Vec<PeriodOut> = counts
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(period, count)| PeriodOut { period: period.replace('/', "-"), count: *count })
        .collect();
    let end = offset.saturating_add(periods.len());
    let next_cursor = (!periods.is_empty() && end < counts.len()).then(|| call.cursors.at(end));
    let mut text = headed(
        &format!("{}; by {}:", tool::counted(answer.total, "article matches", "articles match"), per.name()),
        &[],
        &notes,
    );
    for PeriodOut { period, count } in &periods {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{period}: {count}");
    }
    let (busiest, told) =
        busiest(call, &asked, &periods, busy, each, ROOM.saturating_sub(periods.len() * 40))?;
    text.push_str(&told);
    if let Some(cursor) = &next_cursor {
        let _ = writeln!(text, "\nnext_cursor: {cursor}");
    }
    let out = TimelineOut {
        notice: JSON_NOTICE,
        total: answer.total,
        undated: (answer.total as u64).saturating_sub(dated),
        per,
        distinct: counts.len(),
        periods,
        busiest,
        notes,
        next_cursor,
    };
    Reply::new(text, &out)
}

/// The busiest periods with their first articles, structured and as text.
fn busiest(
    call: &Call<'_>,
    asked: &ResolvedQuery,
    periods: &[PeriodOut],
    busy: usize,
    each: usize,
    room: usize,
) -> Result<(Vec<BusyOut>, String), ToolError> {
    let mut ranked: Vec<&PeriodOut> = periods.iter().collect();
    ranked.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.period.cmp(&b.period)));
    ranked.truncate(busy);
    let share = room / ranked.len().max(1);
    let (mut busiest, mut told) = (Vec::new(), String::new());
    for PeriodOut { period, count } in ranked {
        let clock = &call.language.clock;
        let range = DateRange::parse(period, clock).map_err(|message| ToolError::of("date", message))?;
        let zone = clock.zone().clone();
        let inside = Query::Date { field: BuiltIn::Published.name().into(), range, zone };
        let of_period = ResolvedQuery { query: Query::and([asked.query.clone(), inside]), ..asked.clone() };
        let options = SearchOptions {
            sort: Some(Sort::Oldest),
            limit: each,
            text_budget: super::search::QUOTED_TEXTS,
            ..SearchOptions::default()
        };
        let answer = call.searcher().search(&of_period, &options)?.answer;
        let (hits, texts) = hits::shown(1, &answer.hits, share)?;
        let _ = writeln!(told, "\nThe first of {count} in {period}:{texts}");
        busiest.push(BusyOut { period: period.clone(), count: *count, hits });
    }
    Ok((busiest, told))
}
