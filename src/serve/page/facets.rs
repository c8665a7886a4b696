//! The sidebar: values to narrow the hits by, with counts.

use super::{
    Visit, histogram,
    i18n::{fill, grouped},
    url_state::{self, UrlState},
};
use crate::{
    index::{FacetBy, FacetRequest, IndexError, Snapshot},
    render,
    search::{Answer, SearchError, SearchOption, SearchOptions, Searcher},
    serve::problem_details::ProblemDetails,
    symbol::Symbol,
};
use maud::{Markup, html};

/// The filters in the sidebar, and how many values each shows.
const SIDE: [(SearchOption, usize); 4] = [
    (SearchOption::Market, 8),
    (SearchOption::Symbol, 10),
    (SearchOption::Locale, 8),
    (SearchOption::Kind, 6),
];

/// The calendar unit within the chosen period: months of a year, days of a month, else years.
fn calendar(url_state: &UrlState) -> &'static str {
    match url_state.date().filter(|date| is_period(date)).map(str::len) {
        Some(4) => "month",
        Some(7 | 10) => "day",
        _ => "year",
    }
}

/// Whether a date is a plain year, month or day.
fn is_period(date: &str) -> bool {
    let is_part =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    matches!(date.len(), 4 | 7 | 10) && date.bytes().enumerate().all(is_part)
}

/// The counts for a page of hits.
pub(super) fn wanted(visit: &Visit, snapshot: &dyn Snapshot) -> Vec<FacetRequest> {
    let mut names = SIDE.map(|(filter, limit)| (filter.name(), limit)).to_vec();
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

/// The securities that are counted.
pub(super) fn symbols(answer: &Answer) -> impl Iterator<Item = Symbol> {
    let counted = counts(answer, SearchOption::Symbol.name()).iter();
    counted.filter_map(|(value, _)| Symbol::parse(value))
}

/// The values of a chosen filter, counted without that filter: values of a filter widen each other.
fn without(
    visit: &Visit,
    filter: SearchOption,
    limit: usize,
    searcher: Searcher<'_>,
) -> Result<Vec<(String, u64)>, ProblemDetails> {
    let rest = visit.url_state.with(|url_state| url_state.values(filter).clear());
    let Some(by) = FacetBy::named(filter.name(), searcher.snapshot().schema()) else { return Ok(Vec::new()) };
    let resolved = searcher.resolve(rest.words(), rest.filters())?;
    let facets = vec![FacetRequest { by, limit }];
    let options = SearchOptions { limit: 0, facets, ..SearchOptions::default() };
    let mut values = match searcher.search(&resolved, &options) {
        Ok(found) => counts(&found.answer, filter.name()).to_vec(),
        Err(SearchError::Index(IndexError::TooMuch(_))) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    // Always show the chosen values, so that they can be removed.
    for chosen in visit.url_state.chosen().into_iter().filter(|chosen| chosen.filter == filter) {
        if !values.iter().any(|(value, _)| url_state::is_same(filter, value, &chosen.value)) {
            values.push((chosen.value, 0));
        }
    }
    Ok(values)
}

/// The whole sidebar.
pub(super) fn side(visit: &Visit, answer: &Answer, searcher: Searcher<'_>) -> Result<Markup, ProblemDetails> {
    let words = visit.i18n;
    let mut lists = Vec::new();
    for (filter, limit) in SIDE {
        let is_chosen = !visit.url_state.filters().values(filter).is_empty();
        let values = if is_chosen {
            without(visit, filter, limit, searcher)?
        } else {
            counts(answer, filter.name()).to_vec()
        };
        if values.len() > 1 || is_chosen {
            lists.push((filter, label(visit, filter), values));
        }
    }
    let periods = counts(answer, calendar(&visit.url_state));
    Ok(html! {
        nav.side aria-label=(words.narrow) {
            details open {
                summary { (words.narrow) }
                @for (filter, label, values) in &lists {
                    section {
                        h2 { (label) }
                        ul { @for (value, count) in values { (choice(visit, *filter, value, *count)) } }
                    }
                }
                (dates(visit, periods))
            }
        }
    })
}

/// A value of a filter, linked to the hits with it; a chosen one, to those without it.
fn choice(visit: &Visit, filter: SearchOption, value: &str, count: u64) -> Markup {
    let is_chosen = visit.url_state.has(filter, value);
    let to = visit.url_state.with(|url_state| {
        let values = url_state.values(filter);
        if is_chosen {
            values.retain(|other| !url_state::is_same(filter, other, value));
        } else {
            values.push(value.to_owned());
        }
    });
    html! {
        li {
            a href=(to.address()) aria-current=[is_chosen.then_some("true")] {
                span {
                    (render::safe(value))
                    @if filter == SearchOption::Symbol { (visit.name_beside(value)) }
                }
                " " span.count { (grouped(usize::try_from(count).unwrap_or_default())) }
            }
        }
    }
}

/// Years, months or days, with links back to the longer periods.
fn dates(visit: &Visit, periods: &[(String, u64)]) -> Markup {
    let words = visit.i18n;
    let to = |date: Option<&str>| visit.url_state.with_date(date).address();
    let date = visit.url_state.date();
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

/// The histogram above the hits: by month if that fits, else by the unit of [`calendar`].
pub(super) fn over_time(visit: &Visit, answer: &Answer) -> Markup {
    let by_calendar = counts(answer, calendar(&visit.url_state));
    let by_month = if visit.url_state.date().is_none() { counts(answer, "month") } else { &[] };
    histogram::bars(visit.i18n.over_time, &visit.url_state, &[by_month, by_calendar])
}

/// The value of a filter in the page's language: the modes of matching have names of their own.
pub(super) fn value<'v>(visit: &Visit, filter: SearchOption, value: &'v str) -> &'v str {
    let words = visit.i18n;
    match (filter, value) {
        (SearchOption::Match, "all") => words.match_all,
        (SearchOption::Match, "any") => words.match_any,
        (SearchOption::Match, "auto") => words.match_auto,
        _ => value,
    }
}

/// The name of a filter in the page's language.
pub(super) fn label(visit: &Visit, filter: SearchOption) -> &'static str {
    let words = visit.i18n;
    match filter {
        SearchOption::Market => words.market,
        SearchOption::Symbol => words.symbol,
        SearchOption::Locale => words.locale,
        SearchOption::Kind => words.kind,
        SearchOption::About => words.about,
        SearchOption::Since => words.since,
        SearchOption::Until => words.until,
        SearchOption::Date => words.date,
        SearchOption::Match => words.matching,
        other => other.name(),
    }
}
