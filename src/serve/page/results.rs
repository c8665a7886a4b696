//! A page of hits; without a query, the newest articles.

use super::{
    Visit, facets,
    i18n::{fill, grouped},
    marked, moment, page_shell, shown,
    url_state::{self, HITS},
};
use crate::{
    index::{IndexError, Snapshot, Sort},
    problem::Note,
    query::Language,
    render,
    search::{Answer, Hit, SearchError, SearchOption, SearchOptions, SearchResponse, Searcher, Suggestion},
    serve::{parameters::MAX_OFFSET, problem_details::ProblemDetails},
    symbol::Symbol,
};
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// Approximate length of a snippet, in columns.
const SNIPPET: usize = 280;
/// At most this many securities per hit.
const CHIPS: usize = 8;
/// At most this many other locales of an article.
pub(super) const ALSO: usize = 8;

pub(super) async fn page(
    State(app): State<super::App>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    shown(&app, &headers, query.as_deref(), write).await
}

fn write(visit: &Visit, snapshot: &dyn Snapshot, language: &Language) -> Result<Markup, ProblemDetails> {
    let here = &visit.url_state;
    let searcher = Searcher::new(snapshot, language);
    let resolved = searcher.resolve(here.words(), here.filters())?;
    let mut options = SearchOptions {
        offset: here.page() * HITS,
        limit: HITS,
        facets: facets::wanted(visit, snapshot),
        prefer: visit.i18n.prefer.iter().map(|&locale| locale.to_owned()).collect(),
        snippets: 1,
        snippet_length: SNIPPET,
        suggest: true,
        ..here.asked.params.options.clone()
    };
    let mut uncounted = None;
    let found = match searcher.search(&resolved, &options) {
        // Hits are shown without counts that are too much.
        Err(SearchError::Index(IndexError::TooMuch(message))) => {
            uncounted = Some(message);
            options.facets.clear();
            searcher.search(&resolved, &options)?
        }
        found => found?,
    };
    if let Some(names) = &visit.names {
        let shown = found.answer.hits.iter().flat_map(|hit| hit.article.symbols.iter().take(CHIPS));
        let counted = facets::symbols(&found.answer);
        names.prepare(shown.map(|(symbol, _)| symbol.clone()).chain(counted));
    }
    let side = facets::side(visit, &found.answer, searcher)?;
    let zone = language.clock.zone();
    let is_start = visit.url_state.is_start();
    let first = visit.url_state.page() * HITS + 1;
    let (full, relaxed) = found.answer.hits.split_at(found.answer.hits.partition_point(|hit| !hit.relaxed));
    let main = html! {
        div.columns {
            div.found {
                (summary(visit, &found.answer, &found.sort))
                @if let Some(message) = uncounted { p.hint { (render::safe(&visit.i18n.told(&message))) } }
                (chosen(visit))
                (readings(visit, &found))
                @if found.answer.total > 0 { (facets::over_time(visit, &found.answer)) }
                @if found.answer.total == 0 && is_start { p.hint { (visit.i18n.empty_index) } }
                ol.hits #hits start=(first) {
                    @for hit in full { (one(visit, hit, zone)) }
                }
                @if !relaxed.is_empty() {
                    h2.relaxed { (visit.i18n.some_words) }
                    ol.hits start=(first + full.len()) {
                        @for hit in relaxed { (one(visit, hit, zone)) }
                    }
                }
                (pages(visit, found.answer.total))
            }
            @if found.answer.total > 0 || !visit.url_state.chosen().is_empty() { (side) }
        }
    };
    Ok(page_shell::page(visit, here.words(), &main))
}

/// The number of matches, and links to the other orders.
fn summary(visit: &Visit, answer: &Answer, sort: &Sort) -> Markup {
    let words = visit.i18n;
    let by_key = match sort {
        Sort::Key(order) => {
            let arrow = if order.descending { '↓' } else { '↑' };
            Some((sort.clone(), format!("{} {arrow}", render::safe(&order.key))))
        }
        _ => None,
    };
    let orders =
        [(Sort::Relevance, words.relevance), (Sort::Newest, words.newest), (Sort::Oldest, words.oldest)];
    let orders = orders.map(|(order, label)| (order, label.to_owned())).into_iter().chain(by_key);
    let to_stories = visit.url_state.with(|url_state| {
        let options = &mut url_state.asked.params.options;
        options.stories = !options.stories;
    });
    html! {
        div.summary {
            h1 {
                span role="status" {
                    (words.count(answer.articles))
                    @if let Some(stories) = answer.stories { " " (fill(words.in_stories, &grouped(stories))) }
                }
            }
            @if answer.total > 1 {
                nav.orders aria-label=(words.sort) {
                    @for (order, label) in orders {
                        @let to = visit.url_state.with(|url_state| url_state.asked.params.options.sort = Some(order.clone()));
                        a href=(to.address()) aria-current=[(order == *sort).then_some("true")] { (label) }
                    }
                    a.toggle href=(to_stories.address()) aria-current=[visit.url_state.asked.params.options.stories.then_some("true")] {
                        (words.stories)
                    }
                }
            }
        }
    }
}

/// The chosen filters, each with a link that removes it.
fn chosen(visit: &Visit) -> Markup {
    let words = visit.i18n;
    let chosen = visit.url_state.chosen();
    html! {
        @if !chosen.is_empty() {
            ul.chosen aria-label=(words.chosen) {
                @for filter in &chosen {
                    @let value = facets::value(visit, filter.filter, &filter.value);
                    @let label = format!("{}{}{}", facets::label(visit, filter.filter), words.colon, render::safe(value));
                    li {
                        a href=(filter.without.address()) aria-label=(fill(words.remove, &label)) {
                            (label)
                            @if matches!(filter.filter, SearchOption::Symbol | SearchOption::About) { (visit.name_beside(value)) }
                            span aria-hidden="true" { " ×" }
                        }
                    }
                }
                @if chosen.len() > 1 { li { a.all href=(visit.url_state.unfiltered().address()) { (words.clear) } } }
            }
        }
    }
}

/// Notes on how the query was read, and suggestions.
fn readings(visit: &Visit, found: &SearchResponse) -> Markup {
    let notes = &found.notes;
    let words = visit.i18n;
    let is_empty = found.answer.total == 0 && !visit.url_state.is_start();
    html! {
        @if is_empty || !notes.is_empty() || !found.suggestions.is_empty() {
            div.notes role="note" {
                @if is_empty { p { strong { (words.nothing) } } }
                @for note in notes { p { (render::safe(&words.told(&note.message))) (as_words(visit, note)) } }
                @if !notes.is_empty() { p { (words.read_as) " " code { (render::safe(&found.query.to_string())) } } }
                @for suggestion in &found.suggestions {
                    @let count = usize::try_from(suggestion.count).unwrap_or_default();
                    p.instead {
                        @match &suggestion.instead {
                            Some(instead) => {
                                (words.did_you_mean) " " (instead_link(visit, suggestion, instead)) "? "
                                span.count { (grouped(count)) }
                            }
                            None => { (without_link(visit, suggestion)) ": " (words.count(count)) }
                        }
                    }
                }
                @if is_empty { p.hint { (words.try_help) } }
            }
        }
    }
}

/// A link to the search for mere words, if the note is of words that were read as more.
fn as_words(visit: &Visit, note: &Note) -> Markup {
    let typed = note.undo.as_ref().and_then(|undo| undo.of(visit.url_state.words()));
    let url_state = typed.map(|typed| visit.url_state.with(|url_state| url_state.asked.q = typed));
    html! {
        @if let Some(to) = url_state {
            @let label = format!("{}: {}", visit.i18n.as_words, render::safe(to.words()));
            " " a.undo href=(to.address()) title=(label) aria-label=(label) {
                (visit.i18n.as_words) span aria-hidden="true" { " ×" }
            }
        }
    }
}

/// A suggested replacement. It is a link if the replaced part can be found in the URL.
fn instead_link(visit: &Visit, suggestion: &Suggestion, instead: &str) -> Markup {
    let asked = suggestion.asked.as_str();
    let typed = visit.url_state.words();
    let is_asked = |value: &String| Symbol::parse(value).is_some_and(|symbol| symbol.canonical() == asked);
    let url_state = if let Some(at) = word_at(typed, asked) {
        let changed = format!("{}{instead}{}", &typed[..at], &typed[at + asked.len()..]);
        Some(visit.url_state.with(|url_state| url_state.asked.q = changed))
    } else if visit.url_state.filters().values(SearchOption::Symbol).iter().any(is_asked) {
        Some(visit.url_state.with(|url_state| {
            let symbols = url_state.values(SearchOption::Symbol);
            symbols.retain(|value| !is_asked(value));
            symbols.push(instead.to_owned());
        }))
    } else {
        None
    };
    html! {
        @match url_state {
            Some(url_state) => a href=(url_state.address()) { (render::safe(instead)) },
            None => (render::safe(instead)),
        }
    }
}

/// The offset of a whole word in the query text, ignoring case.
fn word_at(typed: &str, word: &str) -> Option<usize> {
    let (lower, word) = (typed.to_ascii_lowercase(), word.to_ascii_lowercase());
    let is_apart = |at: usize| {
        let before = typed[..at].chars().next_back();
        let after = typed[at + word.len()..].chars().next();
        [before, after].into_iter().flatten().all(|c| !c.is_alphanumeric())
    };
    lower.match_indices(&word).map(|(at, _)| at).find(|at| is_apart(*at))
}

/// The query without a part. It is a link if the part can be found in the URL.
fn without_link(visit: &Visit, suggestion: &Suggestion) -> Markup {
    let asked = suggestion.asked.as_str();
    let label = fill(visit.i18n.without, &render::safe(asked));
    let typed = visit.url_state.words();
    let filter = visit.url_state.chosen().into_iter().find(|chosen| {
        asked.contains(chosen.value.as_str())
            || {
                let symbol = Symbol::parse(&chosen.value).map(|symbol| symbol.canonical());
                symbol.is_some_and(|symbol| asked.contains(&symbol))
            }
            || matches!(chosen.filter, SearchOption::Date | SearchOption::Since | SearchOption::Until)
                && asked.starts_with("published:")
    });
    let url_state = match (word_at(typed, asked), filter) {
        (Some(at), _) => {
            let rest = format!("{}{}", &typed[..at], &typed[at + asked.len()..]);
            Some(visit.url_state.with(|url_state| rest.trim().clone_into(&mut url_state.asked.q)))
        }
        (None, Some(filter)) => Some(filter.without),
        (None, None) => None,
    };
    html! {
        @match url_state {
            Some(url_state) => a href=(url_state.address()) { (label) },
            None => (label),
        }
    }
}

/// One hit.
pub(super) fn one(visit: &Visit, hit: &Hit, zone: &TimeZone) -> Markup {
    let words = visit.i18n;
    let article = &hit.article;
    let typed = visit.url_state.words();
    let key = |locale: &str| url_state::article(&format!("{}/{locale}", article.id), typed);
    html! {
        li.hit {
            h2 lang=[lang(&article.locale)] {
                a href=(url_state::article(&article.key, typed)) {
                    @if article.title.trim().is_empty() { (words.untitled) }
                    @else { (marked(&article.title, &hit.title_marks)) }
                }
            }
            p.meta {
                @if let Some(at) = article.published { (moment(at, zone)) }
                @if !article.locale.is_empty() { span.locale { (render::safe(&article.locale)) } }
                @if !hit.also.is_empty() {
                    span.also {
                        (words.also)
                        @for locale in hit.also.iter().take(ALSO) { " " a href=(key(locale)) { (render::safe(locale)) } }
                        (more(hit.more_locales + hit.also.len().saturating_sub(ALSO)))
                    }
                }
                @if let Some(copies) = hit.copies {
                    span.copies { (fill(words.copies, &grouped(copies.count))) }
                }
            }
            @for snippet in &hit.snippets {
                p.snippet lang=[lang(&article.locale)] { (marked(&snippet.text, &snippet.marks)) }
            }
            (chips(visit, article.symbols.iter().map(|(symbol, _)| symbol).take(CHIPS)))
        }
    }
}

/// Securities, each linked to the search filtered by it alone.
pub(super) fn chips<'s>(visit: &Visit, symbols: impl Iterator<Item = &'s Symbol>) -> Markup {
    let symbols: Vec<&Symbol> = symbols.collect();
    html! {
        @if !symbols.is_empty() {
            ul.chips aria-label=(visit.i18n.securities) {
                @for symbol in symbols {
                    @let canonical = symbol.canonical();
                    @let to = visit.url_state.with(|url_state| *url_state.values(SearchOption::Symbol) = vec![canonical.clone()]);
                    li {
                        a href=(to.address()) title=(fill(visit.i18n.all_of, &canonical)) {
                            (render::safe(&canonical)) (visit.name_beside(&canonical))
                        }
                    }
                }
            }
        }
    }
}

/// The number of what a list does not show.
pub(super) fn more(count: usize) -> Markup {
    html! { @if count > 0 { " " span.count { "+" (grouped(count)) } } }
}

/// The language of a text, if its locale is a language tag.
pub(super) fn lang(locale: &str) -> Option<&str> {
    let is_tag =
        locale.len() <= 35 && locale.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_tag && !locale.is_empty()).then_some(locale)
}

/// Links to the other pages.
fn pages(visit: &Visit, total: usize) -> Markup {
    let words = visit.i18n;
    let (page, last) =
        (visit.url_state.page(), total.div_ceil(HITS).saturating_sub(1).min(MAX_OFFSET / HITS));
    html! {
        @if last > 0 {
            nav.pages aria-label=(fill(words.page, &(page + 1).to_string())) {
                @if page > 0 { a rel="prev" href=(visit.url_state.on_page((page - 1).min(last)).address()) { (words.previous) } }
                span { (fill(words.page, &(page + 1).to_string())) " / " (last + 1) }
                @if page < last { a rel="next" href=(visit.url_state.on_page(page + 1).address()) { (words.next) } }
            }
        }
    }
}
