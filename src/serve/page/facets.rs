//! What stands at the side of hits: what they may be narrowed by, with counts.

use super::{
    Visit, histogram,
    i18n::{fill, grouped},
    url_state::{self, UrlState},
};
use crate::{
    index::{FacetBy, FacetRequest, Snapshot},
    render,
    search::{Answer, SearchOptions, Searcher},
    serve::problem_details::ProblemDetails,
};
use maud::{Markup, html};

/// The filters at the side, and how many values of each are shown.
const SIDE: [(&str, usize); 4] = [("market", 8), ("symbol", 10), ("locale", 8), ("kind", 6)];

/// The calendar by which a period is told apart: years without one, months of a year, days of a month.
fn calendar(url_state: &UrlState) -> &'static str {
    match url_state.which.date.as_deref().filter(|date| is_period(date)).map(str::len) {
        Some(4) => "month",
        Some(7 | 10) => "day",
        _ => "year",
    }
}

/// Whether a date is a year, a month or a day, and no other way to say a period.
fn is_period(date: &str) -> bool {
    let is_part =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    matches!(date.len(), 4 | 7 | 10) && date.bytes().enumerate().all(is_part)
}

/// What is to be counted over all hits of a place.
pub(super) fn wanted(visit: &Visit, snapshot: &dyn Snapshot) -> Vec<FacetRequest> {
    let mut names = SIDE.to_vec();
    names.extend([("month", usize::MAX), (calendar(&visit.url_state), usize::MAX)]);
    names.dedup();
    let wanted = names.into_iter().filter_map(|(name, limit)| {
        Some(FacetRequest { by: FacetBy::named(name, snapshot.schema())?, limit })
    });
    wanted.collect()
}

fn counts<'a>(answer: &'a Answer, name: &str) -> &'a [(String, u64)] {
    let facet = answer.facets.iter().find(|facet| facet.by.name == name);
    facet.map(|facet| facet.counts.as_slice()).unwrap_or_default()
}

/// The values of a filter that was chosen are counted without it, as another value of it widens the search.
fn without(
    visit: &Visit,
    field: &'static str,
    limit: usize,
    searcher: Searcher<'_>,
) -> Result<Vec<(String, u64)>, ProblemDetails> {
    let rest = visit.url_state.with(|url_state| {
        if let Some(values) = url_state.values(field) {
            values.clear();
        }
    });
    let Some(by) = FacetBy::named(field, searcher.snapshot().schema()) else { return Ok(Vec::new()) };
    let resolved = searcher.resolve(&rest.which.q, &rest.which.filters())?;
    let facets = vec![FacetRequest { by, limit }];
    let options = SearchOptions { limit: 0, facets, ..SearchOptions::default() };
    let mut values = counts(&searcher.search(&resolved, &options)?.answer, field).to_vec();
    // What was chosen can always be taken away, whatever it finds.
    for chosen in visit.url_state.chosen().into_iter().filter(|chosen| chosen.field == field) {
        if !values.iter().any(|(value, _)| url_state::is_same(field, value, &chosen.value)) {
            values.push((chosen.value, 0));
        }
    }
    Ok(values)
}

/// Everything at the side.
pub(super) fn side(visit: &Visit, answer: &Answer, searcher: Searcher<'_>) -> Result<Markup, ProblemDetails> {
    let words = visit.i18n;
    let mut lists = Vec::new();
    for (field, limit) in SIDE {
        let label = label(visit, field);
        let is_chosen = visit.url_state.chosen().iter().any(|chosen| chosen.field == field);
        let values =
            if is_chosen { without(visit, field, limit, searcher)? } else { counts(answer, field).to_vec() };
        if values.len() > 1 || is_chosen {
            lists.push((field, label, values));
        }
    }
    let periods = counts(answer, calendar(&visit.url_state));
    Ok(html! {
        nav.side aria-label=(words.narrow) {
            details open {
                summary { (words.narrow) }
                @for (field, label, values) in &lists {
                    section {
                        h2 { (label) }
                        ul { @for (value, count) in values { (choice(visit, field, value, *count)) } }
                    }
                }
                (dates(visit, periods))
            }
        }
    })
}

/// One value of a filter, which is added, or taken away where it was chosen.
fn choice(visit: &Visit, field: &str, value: &str, count: u64) -> Markup {
    let is_chosen = visit.url_state.has(field, value);
    let to = visit.url_state.with(|url_state| {
        if let Some(values) = url_state.values(field) {
            if is_chosen {
                values.retain(|other| !url_state::is_same(field, other, value));
            } else {
                values.push(value.to_owned());
            }
        }
    });
    html! {
        li {
            a href=(to.address()) aria-current=[is_chosen.then_some("true")] {
                span { (render::safe(value)) } " " span.count { (grouped(usize::try_from(count).unwrap_or_default())) }
            }
        }
    }
}

/// Years, months or days, with the longer periods that were gone through.
fn dates(visit: &Visit, periods: &[(String, u64)]) -> Markup {
    let words = visit.i18n;
    let to = |date: Option<&str>| {
        visit.url_state.with(|url_state| url_state.which.date = date.map(str::to_owned)).address()
    };
    let date = visit.url_state.which.date.as_deref();
    let trail: Vec<&str> = match date {
        Some(date) if is_period(date) => [4, 7].into_iter().filter_map(|end| date.get(..end)).collect(),
        _ => Vec::new(),
    };
    html! {
        @if !periods.is_empty() {
            section {
                h2 { (words.date) }
                @if date.is_some() {
                    p.trail {
                        a href=(to(None)) aria-label=(fill(words.remove, words.date)) { "…" }
                        @for period in &trail { " › " a href=(to(Some(period))) { (period) } }
                    }
                }
                ul.dates {
                    @for (period, count) in periods.iter().rev() {
                        li {
                            a href=(to(Some(period))) aria-current=[(date == Some(period)).then_some("true")] {
                                span { (period) } " "
                                span.count { (grouped(usize::try_from(*count).unwrap_or_default())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The bars above the hits: by month, or by day within a month, or by year over many years.
pub(super) fn over_time(visit: &Visit, answer: &Answer) -> Markup {
    let by_calendar = counts(answer, calendar(&visit.url_state));
    let by_month = if visit.url_state.which.date.is_none() { counts(answer, "month") } else { &[] };
    histogram::bars(visit.i18n.over_time, &visit.url_state, &[by_month, by_calendar])
}

/// The name of a filter in the language of the page.
pub(super) fn label(visit: &Visit, field: &str) -> &'static str {
    let words = visit.i18n;
    match field {
        "market" => words.market,
        "symbol" => words.symbol,
        "locale" => words.locale,
        "kind" => words.kind,
        "about" => words.about,
        "since" => words.since,
        "until" => words.until,
        _ => words.date,
    }
}
