//! The page of one security: articles over time, securities named together with it, and the newest articles.

use super::{
    Visit, histogram,
    i18n::{fill, grouped},
    page_shell, results, shown,
    url_state::{self, UrlState},
};
use crate::{
    index::{FacetBy, FacetRequest, Snapshot, Sort},
    problem::message,
    query::Language,
    render,
    search::{Answer, Filters, SearchOption, SearchOptions, Searcher, name_of},
    serve::problem_details::ProblemDetails,
    symbol::Symbol,
};
use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use maud::{Markup, html};

/// At most this many securities named together with it.
const TOGETHER: usize = 15;

pub(super) async fn page(
    State(app): State<super::App>,
    headers: HeaderMap,
    Path(notation): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    shown(&app, &headers, query.as_deref(), move |visit, snapshot, language| {
        write(visit, snapshot, language, &notation)
    })
    .await
}

fn write(
    visit: &Visit,
    snapshot: &dyn Snapshot,
    language: &Language,
    notation: &str,
) -> Result<Markup, ProblemDetails> {
    let words = visit.i18n;
    let symbol = Symbol::parse(notation).ok_or_else(|| {
        ProblemDetails::not_found(message!("`{}` is not a security notation", &*render::safe(notation)))
    })?;
    let canonical = symbol.canonical();
    let filters = Filters::default().with(SearchOption::Symbol, &canonical);
    let counted = [("month", usize::MAX), ("year", usize::MAX), ("symbol", TOGETHER + 1)];
    let facets = counted
        .into_iter()
        .filter_map(|(name, limit)| {
            Some(FacetRequest { by: FacetBy::named(name, snapshot.schema())?, limit })
        })
        .collect();
    let options = SearchOptions {
        sort: Some(Sort::Newest),
        prefer: words.prefer.iter().map(|&locale| locale.to_owned()).collect(),
        facets,
        ..SearchOptions::default()
    };
    let searcher = Searcher::new(snapshot, language);
    let answer = searcher.search(&searcher.resolve("", &filters)?, &options)?.answer;
    let name = name(searcher, &canonical)?;
    let zone = language.clock.zone();
    // Links to searches are filtered by this security.
    let mut of_symbol = UrlState::default();
    of_symbol.values(SearchOption::Symbol).push(canonical.clone());
    let here = Visit { url_state: of_symbol.clone(), ..visit.clone() };
    let counts = |by: &str| {
        let facet = answer.facets.iter().find(|facet| facet.by.name == by);
        facet.map(|facet| facet.counts.clone()).unwrap_or_default()
    };
    let (months, years) = (counts("month"), counts("year"));
    let together = counts("symbol").into_iter().filter(|(other, _)| *other != canonical).take(TOGETHER);
    let main = html! {
        div.columns {
            div.found {
                h1 { (canonical) @if let Some(name) = &name { " " span.of { (render::safe(name)) } } }
                p.meta {
                    span { (what_it_is(&symbol)) }
                    a href=(of_symbol.address()) { (words.count(answer.articles)) }
                }
                (histogram::bars(words.coverage, &of_symbol, &[&months, &years]))
                (latest(&here, &answer, zone))
            }
            aside.side {
                @let together: Vec<_> = together.collect();
                @if !together.is_empty() {
                    section {
                        h2 { (words.co_mentioned) }
                        ul { @for (other, count) in &together {
                            li { a href=(url_state::symbol(other)) {
                                span { (render::safe(other)) (here.name_beside(other)) } " "
                                span.count { (grouped(usize::try_from(*count).unwrap_or_default())) }
                            } }
                        } }
                    }
                }
                section {
                    h2 { (words.notations) }
                    dl.notations { @for (who, written) in symbol.notations() { dt { (who) } dd { code { (written) } } } }
                }
                @if !symbol.alternatives().is_empty() {
                    section {
                        h2 { (words.may_be) }
                        ul { @for other in symbol.alternatives() {
                            li { a href=(url_state::symbol(&other.canonical())) { (other.canonical()) } }
                        } }
                    }
                }
            }
        }
    };
    Ok(page_shell::page(
        &here,
        &name.map_or_else(|| canonical.clone(), |name| format!("{canonical} {name}")),
        &main,
    ))
}

/// Its market; its venue unless that repeats the market; its kind if known.
fn what_it_is(symbol: &Symbol) -> String {
    let mut parts = vec![symbol.market(), symbol.venue(), symbol.kind().as_str()];
    parts.dedup();
    parts.retain(|part| *part != "unknown");
    parts.join(" · ")
}

fn latest(here: &Visit, answer: &Answer, zone: &jiff::tz::TimeZone) -> Markup {
    let words = here.i18n;
    html! {
        @if answer.hits.is_empty() { p.hint { (words.nothing) } }
        @else {
            h2.latest { (words.latest) }
            ol.hits { @for hit in &answer.hits { (results::one(here, hit, zone)) } }
            @if answer.total > answer.hits.len() {
                nav.pages {
                    a href=(here.url_state.address()) { (fill(words.all_of, &here.url_state.filters().values(SearchOption::Symbol).join(" "))) }
                }
            }
        }
    }
}

/// The name of a security: the title of the page about it.
fn name(searcher: Searcher<'_>, canonical: &str) -> Result<Option<String>, ProblemDetails> {
    let filters = Filters::default().with(SearchOption::Symbol, canonical).with(SearchOption::Kind, "symbol");
    let options =
        SearchOptions { sort: Some(Sort::Newest), limit: 5, snippets: 0, ..SearchOptions::default() };
    let hits = searcher.search(&searcher.resolve("", &filters)?, &options)?.answer.hits;
    let first = |hit: &crate::search::Hit| {
        hit.article.symbols.first().is_some_and(|(symbol, _)| symbol.canonical() == canonical)
    };
    if let Some(hit) = hits.into_iter().find(first) {
        return Ok(Some(hit.article.title));
    }
    let learned = Symbol::parse(canonical).map(|symbol| name_of(searcher.snapshot(), &symbol)).transpose()?;
    Ok(learned.flatten())
}
