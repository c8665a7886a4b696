//! The HTTP API: the requests of the command line, with the same answers.

use super::{
    App,
    cursor::CursorCodec,
    executor::{Overloaded, damage_of},
    parameters::{self, AddressOptions, Format, HitsParams, Nothing, RequestParams, Typed},
    problem_details::ProblemDetails,
};
use crate::{
    index::{Fetch, IndexError, Snapshot},
    problem::message,
    query::Language,
    render,
    search::{self, ResolvedQuery, SearchOption, SearchOptions, SearchResponse, Searcher},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
    routing::get,
};
use std::{
    io::{self, Write as _},
    sync::Arc,
};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
/// The header with a percent-encoded note, for responses whose body has no place for it.
const NOTE: &str = "newsdex-note";
/// An export is sent in chunks of about this many bytes; at most this many wait for a slow client.
const PIECE: usize = 64 << 10;
const PIECES: usize = 4;
/// The default number of completions.
const COMPLETIONS: usize = 8;
/// At most this many bytes of an unfinished query are completed.
const MAX_TYPED: usize = 1024;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/search", get(search))
        .route("/api/export", get(export))
        .route("/api/article/{*key}", get(article))
        .route("/api/similar/{*key}", get(similar))
        .route("/api/facets", get(facets))
        .route("/api/suggest", get(suggest))
        .route("/api/symbol/{*notation}", get(symbol))
        .route("/api/status", get(status))
        .route("/api/openapi.json", get(description))
}

/// A response whose body `write` writes.
fn body(media: &'static str, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Response {
    let mut body = Vec::new();
    // Writing to memory cannot fail.
    let _ = write(&mut body);
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    response
}

/// Runs `work` on the executor. All errors become problem details.
async fn answer(
    app: &App,
    work: impl FnOnce(&dyn Snapshot, &Language) -> Result<Response, ProblemDetails> + Send + 'static,
) -> Result<Response, ProblemDetails> {
    app.executor.answer(work).await
}

async fn search(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ProblemDetails> {
    let asked = Asked::read("/api/search", query)?;
    answer(&app, move |snapshot, language| {
        let searcher = Searcher::new(snapshot, language);
        let RequestParams { q, params } = &asked.request;
        let resolved = searcher.resolve(q, &params.filters)?;
        asked.answer(searcher, &resolved)
    })
    .await
}

async fn similar(
    State(app): State<App>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ProblemDetails> {
    let asked = Asked::read(&format!("/api/similar/{key}"), query)?;
    answer(&app, move |snapshot, language| {
        let article = snapshot.article(&key)?.ok_or_else(|| no_article(&key))?;
        let searcher = Searcher::new(snapshot, language);
        let RequestParams { q, params } = &asked.request;
        let resolved = searcher.resolve_similar(&article, q, &params.filters)?;
        asked.answer(searcher, &resolved)
    })
    .await
}

/// A request for hits.
struct Asked {
    path: String,
    query: String,
    request: RequestParams,
    own: HitsParams,
}

impl Asked {
    fn read(path: &str, query: Option<String>) -> Result<Self, ProblemDetails> {
        let (request, own) = parameters::read::<HitsParams>(query.as_deref(), AddressOptions::Hits)?;
        let asked = Self { path: path.to_owned(), query: query.unwrap_or_default(), request, own };
        let offset = SearchOption::Offset.name();
        if asked.own.cursor.is_some() && asked.pairs().any(|(name, _)| name == offset) {
            let detail = message!("`cursor` and `offset` cannot be combined");
            return Err(ProblemDetails::parameter(Some("cursor"), detail));
        }
        Ok(asked)
    }

    /// The parameters as they were given.
    fn pairs(&self) -> form_urlencoded::Parse<'_> {
        form_urlencoded::parse(self.query.as_bytes())
    }

    fn answer(&self, searcher: Searcher<'_>, resolved: &ResolvedQuery) -> Result<Response, ProblemDetails> {
        let cursors = CursorCodec::new(searcher.snapshot().generation(), &self.path, self.pairs());
        let options = SearchOptions { suggest: true, ..self.request.params.options.clone() };
        let options = cursors.go_on(self.own.cursor.as_deref(), options)?;
        let response = searcher.search(resolved, &options)?;
        let next_cursor = cursors.behind(&response, response.answer.hits.len());
        let SearchResponse { query, answer, notes, suggestions, .. } = &response;
        let (query, next_cursor) = (&query.to_string(), next_cursor.as_deref());
        let found = render::ResultPage { query, answer, notes, suggestions, next_cursor };
        match self.own.format {
            Format::Json => Ok(body(JSON, |out| render::answer_json(out, &found))),
            Format::Jsonl => Ok(body(LINES, |out| render::hits_jsonl(out, &found))),
        }
    }
}

/// Streams every match, one line each, while reading: only a few chunks are in memory.
async fn export(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ProblemDetails> {
    let (asked, Nothing {}) = parameters::read(query.as_deref(), AddressOptions::Filters)?;
    let resolved = app.executor.answer(move |snapshot, language| {
        Ok::<_, ProblemDetails>(Searcher::new(snapshot, language).resolve(&asked.q, &asked.params.filters)?)
    });
    let ResolvedQuery { query, notes, .. } = resolved.await?;
    let snapshot = app.executor.snapshot();
    let place = app.executor.export_place().await?;
    let (send, receive) = mpsc::channel::<Result<Bytes, IndexError>>(PIECES);
    let (begun, beginning) = oneshot::channel();
    // The client sets the pace, so an export takes no place on the executor.
    let executor = Arc::clone(&app.executor);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let note_damage = |error: &IndexError| {
            if let Some(damage) = damage_of(error) {
                executor.note_damage(snapshot.generation(), &damage);
            }
        };
        let mut piece = Vec::with_capacity(PIECE + (16 << 10));
        let batches = match search::scan(&*snapshot, &query, Fetch::Full) {
            Ok(batches) => batches,
            Err(error) => {
                note_damage(&error);
                return drop(begun.send(Err(error)));
            }
        };
        let _ = begun.send(Ok(()));
        let write = || {
            for batch in batches {
                for article in batch? {
                    // Writing to memory cannot fail.
                    let _ = render::header_json(&mut piece, &article);
                    // If the client is gone, stop.
                    if piece.len() >= PIECE
                        && send.blocking_send(Ok(std::mem::take(&mut piece).into())).is_err()
                    {
                        return Ok(());
                    }
                }
            }
            Ok(())
        };
        // On an error, abort the body: the client sees that it is incomplete.
        let end = write().inspect_err(note_damage).map(|()| piece.into());
        let _ = send.blocking_send(end);
    });
    // What is refused is refused before the response begins.
    beginning.await.map_err(|_| Overloaded::Broken)??;
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(receive)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(LINES));
    for note in notes {
        // A header is ASCII: percent-encode other characters, and spaces, which this serializer writes as `+`.
        let note: String = form_urlencoded::byte_serialize(note.to_string().as_bytes()).collect();
        if let Ok(note) = HeaderValue::from_str(&note.replace('+', "%20")) {
            response.headers_mut().append(NOTE, note);
        }
    }
    Ok(response)
}

async fn article(
    State(app): State<App>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ProblemDetails> {
    let (_, Nothing {}) = parameters::read(query.as_deref(), AddressOptions::Nothing)?;
    answer(&app, move |snapshot, _| {
        let kept = snapshot.article(&key)?.ok_or_else(|| no_article(&key))?;
        Ok(body(JSON, |out| render::article_json(out, &kept)))
    })
    .await
}

pub(super) fn no_article(key: &str) -> ProblemDetails {
    ProblemDetails::not_found(message!("there is no article `{}`", &*render::safe(key)))
}

async fn facets(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ProblemDetails> {
    let (asked, Nothing {}) = parameters::read(query.as_deref(), AddressOptions::Counts)?;
    let RequestParams { q, params } = asked;
    answer(&app, move |snapshot, language| {
        let options = SearchOptions { limit: 0, ..params.options };
        let searcher = Searcher::new(snapshot, language);
        let resolved = searcher.resolve(&q, &params.filters)?;
        let SearchResponse { answer, notes, .. } = searcher.search(&resolved, &options)?;
        Ok(body(JSON, |out| render::facets_json(out, answer.total, &answer.facets, &notes)))
    })
    .await
}

async fn suggest(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ProblemDetails> {
    let (_, typed) = parameters::read::<Typed>(query.as_deref(), AddressOptions::Nothing)?;
    if typed.q.len() > MAX_TYPED {
        return Err(ProblemDetails::parameter(
            Some("q"),
            message!("`q` can have at most {} bytes here", MAX_TYPED),
        ));
    }
    let limit = typed.limit.unwrap_or(COMPLETIONS);
    if !(1..=20).contains(&limit) {
        return Err(ProblemDetails::parameter(
            Some("limit"),
            message!("`{}` must be {} to {}", "limit", 1_u32, 20_u32),
        ));
    }
    answer(&app, move |snapshot, language| {
        let completions = search::complete(snapshot, language, &typed.q, limit)?;
        Ok(body(JSON, |out| render::completions_json(out, &completions)))
    })
    .await
}

async fn symbol(
    State(app): State<App>,
    Path(notation): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ProblemDetails> {
    let (_, Nothing {}) = parameters::read(query.as_deref(), AddressOptions::Nothing)?;
    answer(&app, move |snapshot, language| {
        let (symbols, _) = search::look_up(Some(snapshot), &language.names, &notation)?;
        let Some(symbol) = symbols.first() else {
            let message = message!("`{}` is not a security notation", &*render::safe(&notation));
            return Err(ProblemDetails::not_found(message));
        };
        let name = search::name_of(snapshot, symbol)?;
        Ok(body(JSON, |out| render::symbol_json(out, &notation, name.as_deref(), symbol)))
    })
    .await
}

async fn status(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ProblemDetails> {
    let (_, Nothing {}) = parameters::read(query.as_deref(), AddressOptions::Nothing)?;
    answer(&app, |snapshot, _| {
        let status = snapshot.status()?;
        Ok(body(JSON, |out| render::status_json(out, &status)))
    })
    .await
}

async fn description() -> Response {
    body(JSON, |out| write!(out, "{}", super::openapi::document()))
}
