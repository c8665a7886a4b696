//! What callers ask and how they may ask it: the words, filters and order that the command line, HTTP and agents write,
//! made into one [`Request`], so that the same question has the same answer everywhere.

use crate::{
    index::{FacetBy, FacetRequest, IndexError, Recency, Snapshot, Sort},
    problem::{Parsed, Problem},
    query::{self, Clock, DateRange, Language, Query, Role},
    schema::{FieldKind, Schema},
    search::Request,
};

/// Filters that narrow a query. Several values of one kind widen each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Securities that an article names, in any notation or by name.
    pub symbol: Vec<String>,
    /// Securities that it is about.
    pub about: Vec<String>,
    /// Markets of its securities.
    pub market: Vec<String>,
    /// Its locales.
    pub locale: Vec<String>,
    /// Its kinds.
    pub kind: Vec<String>,
    /// From the beginning of this period on.
    pub since: Option<String>,
    /// Up to the end of this period.
    pub until: Option<String>,
    /// In this period.
    pub date: Option<String>,
}

/// In what order hits are wanted, which of them, and how they are shown.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// The order; without one, by relevance, or the newest first where there are only filters.
    pub sort: Option<Sort>,
    /// The age at which half of a score is left: `30d`, `2w`, `12h`.
    pub recency: Option<String>,
    /// How many hits are passed over first.
    pub offset: usize,
    /// How many are wanted at the most; 0 counts only.
    pub limit: usize,
    /// What is counted over all matches.
    pub facets: Vec<FacetRequest>,
    /// Whether each hit says how its score came about.
    pub explain: bool,
    /// Whether each page is a hit of its own.
    pub each_locale: bool,
    /// Whether near-copies are one hit.
    pub stories: bool,
    /// The locales that are shown rather than others.
    pub prefer: Vec<String>,
    /// How many snippets a hit may have.
    pub snippets: usize,
    /// About how long a snippet is, in columns.
    pub snippet_length: usize,
    /// Hits have their whole texts as long as these have no more bytes together.
    pub text_budget: usize,
    /// Whether articles with some of the words are searched for, where none has all of them.
    pub relax: bool,
    /// Whether other words and securities are suggested, where nothing has all of the words.
    pub suggest: bool,
}

impl Default for SearchOptions {
    /// The ten best articles with one snippet each.
    fn default() -> Self {
        let Request { limit, snippets, snippet_length, .. } = Request::new(Query::All);
        Self {
            sort: None,
            recency: None,
            offset: 0,
            limit,
            facets: Vec::new(),
            explain: false,
            each_locale: false,
            stories: false,
            prefer: Vec::new(),
            snippets,
            snippet_length,
            text_budget: 0,
            relax: true,
            suggest: false,
        }
    }
}

/// A query with how anything unusual in it was read.
#[derive(Clone, Debug)]
pub struct ResolvedQuery {
    /// The query that the words and the filters make together, names of securities looked up.
    pub query: Query,
    /// How something unusual was read, a line each.
    pub notes: Vec<String>,
    /// The words as they were typed.
    pub typed: String,
    /// The id of the article that others are to be like, which is none of them.
    pub like: Option<String>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The words cannot be read.
    #[error("cannot parse the query")]
    Words {
        /// As they were typed.
        text: String,
        /// What is wrong with them, where.
        problems: Vec<Problem>,
    },
    /// A value beside the words cannot be read.
    #[error("{name}: {message}")]
    Value {
        /// Which one, as `symbol` or `since`.
        name: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The index could not answer.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl SearchError {
    fn value(name: &'static str, message: impl Into<String>) -> Self {
        Self::Value { name, message: message.into() }
    }
}

/// Reads words that were typed, with how anything unusual in them was read.
///
/// # Errors
///
/// [`SearchError::Words`] where to go on would mislead.
pub fn read(text: &str, language: &Language) -> Result<(Query, Vec<String>), SearchError> {
    let Parsed { value, mut problems } = Query::parse(text, language);
    if problems.iter().any(|problem| problem.fatal) {
        problems.retain(|problem| problem.fatal);
        return Err(SearchError::Words { text: text.to_owned(), problems });
    }
    Ok((value, problems.into_iter().map(|problem| problem.message).collect()))
}

impl Filters {
    /// The query that some words and the filters make together, with names of securities looked up.
    ///
    /// # Errors
    ///
    /// Where the words or a filter cannot be read, or the index cannot.
    pub(super) fn query(
        &self,
        words: &str,
        snapshot: &dyn Snapshot,
        language: &Language,
    ) -> Result<ResolvedQuery, SearchError> {
        let (value, mut notes) = read(words, language)?;
        let mut parts = vec![value];
        for (field, values) in self.several() {
            let mut any = Vec::new();
            for value in values {
                // A value is quoted, so that nothing in it is an operator.
                let typed = format!("{field}:{}", query::quoted(value));
                let Parsed { value: query, problems } = Query::parse(&typed, language);
                if let Some(problem) = problems.iter().find(|problem| problem.fatal) {
                    let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
                    return Err(SearchError::value(field, format!("{}{hint}", problem.message)));
                }
                if query == Query::All {
                    return Err(SearchError::value(field, format!("`{value}` has no term to search for")));
                }
                notes.extend(problems.into_iter().map(|problem| problem.message));
                any.push(query);
            }
            parts.push(Query::or(any));
        }
        let range = self.range(&language.clock, &mut notes)?;
        if range != DateRange::default() {
            let zone = language.clock.zone().clone();
            parts.push(Query::Date { field: "published".into(), range, zone });
        }
        let mut query = Query::and(parts);
        notes.extend(super::resolve(snapshot, &mut query)?);
        Ok(ResolvedQuery { query, notes, typed: words.to_owned(), like: None })
    }

    /// The filters that take several values, by the names of their fields.
    #[must_use]
    pub fn several(&self) -> [(&'static str, &Vec<String>); 5] {
        [
            ("symbol", &self.symbol),
            ("about", &self.about),
            ("market", &self.market),
            ("locale", &self.locale),
            ("kind", &self.kind),
        ]
    }

    fn range(&self, clock: &Clock, notes: &mut Vec<String>) -> Result<DateRange, SearchError> {
        let mut read = |name, text: &Option<String>| -> Result<DateRange, SearchError> {
            let Some(text) = text else { return Ok(DateRange::default()) };
            let range = DateRange::parse(text, clock).map_err(|message| SearchError::value(name, message))?;
            notes.extend(range.note(text, clock.zone()));
            Ok(range)
        };
        let since = DateRange { end: None, ..read("since", &self.since)? };
        let until = DateRange { start: None, ..read("until", &self.until)? };
        let range = read("date", &self.date)?.and(since).and(until);
        match (range.start, range.end) {
            (Some(start), Some(end)) if start >= end => {
                Err(SearchError::value("date", "`since`, `until` and `date` have no time in common"))
            }
            _ => Ok(range),
        }
    }
}

impl ResolvedQuery {
    /// The request that this is, in some order.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] where what is asked contradicts itself.
    pub(super) fn request(
        &self,
        options: &SearchOptions,
        schema: &Schema,
        clock: &Clock,
    ) -> Result<Request, SearchError> {
        let mut request = Request::new(self.query.clone());
        let mut ranks = schema.ranks(&request.query);
        request.query.each_security(&mut |security| ranks |= security.role == Role::About);
        // Filters alone rank nothing.
        request.sort = match options.sort {
            Some(Sort::Relevance) | None if ranks => Sort::Relevance,
            Some(sort) => sort,
            None => Sort::Newest,
        };
        request.recency = options.recency.as_deref().map(|text| recency(text, clock)).transpose()?;
        if request.recency.is_some() && request.sort != Sort::Relevance {
            let message = match options.sort {
                None => "recency changes relevance scores, and a query of filters alone has none",
                Some(_) => "recency changes relevance scores, and this query is sorted by date",
            };
            return Err(SearchError::value("recency", message));
        }
        request.typed.clone_from(&self.typed);
        request.without.clone_from(&self.like);
        request.offset = options.offset;
        request.limit = options.limit;
        request.facets.clone_from(&options.facets);
        request.explain = options.explain;
        request.grouped = !options.each_locale;
        request.stories = options.stories;
        request.prefer.clone_from(&options.prefer);
        request.zone = clock.zone().clone();
        request.snippets = options.snippets;
        request.snippet_length = options.snippet_length;
        request.text_budget = options.text_budget;
        Ok(request)
    }
}

fn recency(text: &str, clock: &Clock) -> Result<Recency, SearchError> {
    let wrong = || {
        SearchError::value(
            "recency",
            format!("`{text}` is not a half-life; write for example 30d, 2w or 12h"),
        )
    };
    let span: jiff::Span = text.trim().parse().map_err(|_| wrong())?;
    let then = clock.now.checked_sub(span).map_err(|_| wrong())?;
    let half_life = then.duration_until(&clock.now).as_secs_f64();
    if half_life <= 0.0 {
        return Err(wrong());
    }
    Ok(Recency { now: clock.now.timestamp(), half_life })
}

/// What is counted beside hits: the symbols, markets and months of all matches.
#[must_use]
pub fn overview(schema: &Schema) -> Vec<FacetRequest> {
    let wanted = [("symbol", 10), ("market", 10), ("month", usize::MAX)];
    wanted
        .into_iter()
        .filter_map(|(name, limit)| Some(FacetRequest { by: FacetBy::named(name, schema)?, limit }))
        .collect()
}

/// What is counted by a name: 20 values unless told otherwise, or all of a calendar.
///
/// # Errors
///
/// [`SearchError::Value`] where nothing can be counted by that name.
pub fn counted_by(name: &str, limit: Option<usize>, schema: &Schema) -> Result<FacetRequest, SearchError> {
    let Some(by) = FacetBy::named(name, schema) else {
        let countable = schema.fields().iter().filter(|field| field.count);
        let named = countable.filter(|field| matches!(field.kind, FieldKind::Keyword | FieldKind::Facet));
        let fields: Vec<_> = named.map(|field| field.name.as_str()).collect();
        let message =
            format!("cannot count by `{name}`; use market, venue, year, month, day, {}", fields.join(", "));
        return Err(SearchError::value("by", message));
    };
    let limit = limit.unwrap_or(if by.is_calendar() { usize::MAX } else { 20 });
    Ok(FacetRequest { by, limit })
}
