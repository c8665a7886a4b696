//! The page of one article.

use super::{Visit, marked, moment, page_shell, results, shown, url_state};
use crate::{
    article::BuiltIn,
    index::{Fetch, Snapshot, StoredArticle},
    query::{Language, Query, Slot, TermSet, Words},
    render,
    search::{Filters, Marker, SearchOptions, Searcher},
    serve::{api::no_article, problem_details::ProblemDetails},
    text,
};
use axum::{
    extract::{Path, RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// At most this many related or similar articles.
const OTHERS: usize = 8;
/// At most this many securities of the article.
const SECURITIES: usize = 100;
/// So many securities of an article have their name beside the code.
const NAMED: usize = 20;

pub(super) async fn page(
    State(app): State<super::App>,
    headers: HeaderMap,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    shown(&app, &headers, query.as_deref(), move |visit, snapshot, language| {
        write(visit, snapshot, language, &key)
    })
    .await
}

fn write(
    visit: &Visit,
    snapshot: &dyn Snapshot,
    language: &Language,
    key: &str,
) -> Result<Markup, ProblemDetails> {
    let article = snapshot.article(key)?.ok_or_else(|| no_article(key))?;
    let words = visit.i18n;
    // Marks the words of the query in the URL; nothing if that cannot be parsed.
    let here = &visit.url_state;
    let searcher = Searcher::new(snapshot, language);
    let query = searcher.resolve(here.words(), here.filters()).map_or(Query::All, |resolved| resolved.query);
    let marker = Marker::new(&query);
    let zone = language.clock.zone();
    let (siblings, more_siblings) = siblings(snapshot, &article)?;
    let similar = similar(searcher, &article, visit)?;
    let related = related(snapshot, &article)?;
    let lang = results::lang(&article.locale);
    let main = html! {
        div.columns {
            article.whole {
                h1 lang=[lang] {
                    @if article.title.trim().is_empty() { (words.untitled) }
                    @else { (marked(&article.title, &marker.spans(BuiltIn::Title.name(), &article.title))) }
                }
                p.meta {
                    @if let Some(at) = article.published { (moment(at, zone)) }
                    @if !article.locale.is_empty() { span.locale { (render::safe(&article.locale)) } }
                    @if !siblings.is_empty() {
                        span.also {
                            (words.also)
                            @for (locale, key) in &siblings {
                                " " a href=(url_state::article(key, visit.url_state.words())) { (render::safe(locale)) }
                            }
                            (results::more(more_siblings))
                        }
                    }
                }
                (securities(visit, &article))
                @if article.stale { p.hint { (words.stale) } }
                @if !article.description.is_empty() {
                    @let lead = text::unwrapped(&article.description);
                    p.lead lang=[lang] { (marked(&lead, &marker.spans(BuiltIn::Description.name(), &lead))) }
                }
                div.body lang=[lang] { (body(&marker, &text::unwrapped(&article.body))) }
                dl.sources {
                    @if is_web(&article.url) {
                        dt { (words.original) }
                        dd { a href=(article.url) rel="noopener noreferrer nofollow" { (render::safe(&article.url)) } }
                    }
                    dt { (words.file) }
                    dd { code { (render::safe(&article.path)) } }
                }
            }
            aside.side {
                (others(visit, words.similar, &similar.iter().map(|hit| &hit.article).collect::<Vec<_>>(), zone))
                (others(visit, words.related, &related.iter().collect::<Vec<_>>(), zone))
            }
        }
    };
    Ok(page_shell::page(visit, &article.title, &main))
}

/// Whether a URL may become a link: no script and no local file.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The securities of an article, each linked to its page.
fn securities(visit: &Visit, article: &StoredArticle) -> Markup {
    html! {
        @if !article.symbols.is_empty() {
            ul.chips aria-label=(visit.i18n.securities) {
                @for (index, (symbol, _)) in article.symbols.iter().take(SECURITIES).enumerate() {
                    @let canonical = symbol.canonical();
                    li { a href=(url_state::symbol(&canonical)) {
                        (render::safe(&canonical)) @if index < NAMED { (visit.name_beside(&canonical)) }
                    } }
                }
                @let rest = article.symbols.len().saturating_sub(SECURITIES);
                @if rest > 0 { li { (results::more(rest)) } }
            }
        }
    }
}

/// The text in paragraphs, with its matches marked.
fn body(marker: &Marker<'_>, text: &str) -> Markup {
    let spans = marker.spans(BuiltIn::Body.name(), text);
    let mut paragraphs: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive('\u{2029}').flat_map(|part| part.split_inclusive("\n\n")) {
        let paragraph = part.trim_end_matches(['\u{2029}', '\n']);
        if !paragraph.trim().is_empty() {
            paragraphs.push((at, paragraph));
        }
        at += part.len();
    }
    let inside = |start: usize, paragraph: &str| {
        let end = start + paragraph.len();
        let of_it = spans.iter().filter(|span| span.start < end && span.end > start);
        of_it.map(|span| span.start.max(start) - start..span.end.min(end) - start).collect::<Vec<_>>()
    };
    html! { @for (start, paragraph) in paragraphs { p { (marked(paragraph, &inside(start, paragraph))) } } }
}

/// The first pages of the article in other locales, each with its locale and key, and the number of the rest.
fn siblings(
    snapshot: &dyn Snapshot,
    article: &StoredArticle,
) -> Result<(Vec<(String, String)>, usize), ProblemDetails> {
    let words = text::tokens(&article.id);
    let slots: Vec<Slot> =
        words.map(|word| Slot { offset: word.position, unit: 0, terms: TermSet::Exact(word.text) }).collect();
    if slots.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let query = Query::Words(Words {
        field: Some(BuiltIn::Id.name().into()),
        slots,
        slop: 0,
        span: 0..0,
        plain: false,
    });
    let mut siblings = Vec::new();
    for batch in snapshot.scan(&query, Fetch::Metadata)? {
        let others = batch?.into_iter().filter(|one| one.id == article.id && one.locale != article.locale);
        siblings.extend(others.map(|one| (one.locale, one.key)));
    }
    siblings.sort_unstable();
    let rest = siblings.len().saturating_sub(results::ALSO);
    siblings.truncate(results::ALSO);
    Ok((siblings, rest))
}

fn similar(
    searcher: Searcher<'_>,
    article: &StoredArticle,
    visit: &Visit,
) -> Result<Vec<crate::search::Hit>, ProblemDetails> {
    let options = SearchOptions {
        limit: OTHERS,
        snippets: 0,
        prefer: visit.i18n.prefer.iter().map(|&locale| locale.to_owned()).collect(),
        ..SearchOptions::default()
    };
    let resolved = searcher.resolve_similar(article, "", &Filters::default())?;
    Ok(searcher.search(&resolved, &options)?.answer.hits)
}

/// The linked articles that the index has.
fn related(snapshot: &dyn Snapshot, article: &StoredArticle) -> Result<Vec<StoredArticle>, ProblemDetails> {
    let mut related = Vec::new();
    for id in article.related.iter().take(2 * OTHERS) {
        let same_locale = snapshot.article(&format!("{id}/{}", article.locale))?;
        related.extend(same_locale.map_or_else(|| snapshot.article(id), |found| Ok(Some(found)))?);
    }
    related.truncate(OTHERS);
    Ok(related)
}

/// A list of other articles.
fn others(visit: &Visit, label: &str, articles: &[&StoredArticle], zone: &TimeZone) -> Markup {
    html! {
        @if !articles.is_empty() {
            section {
                h2 { (label) }
                ul.others {
                    @for article in articles {
                        li lang=[results::lang(&article.locale)] {
                            a href=(url_state::article(&article.key, "")) {
                                @if article.title.trim().is_empty() { (visit.i18n.untitled) }
                                @else { (render::safe(&article.title)) }
                            }
                            @if let Some(at) = article.published { " " span.count { (at.date(zone)) } }
                        }
                    }
                }
            }
        }
    }
}
