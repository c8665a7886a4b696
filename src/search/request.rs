//! Makes a [`Request`] of words, filters and options. The command line, HTTP and agents all go through here, so the
//! same query has the same answer everywhere.

use crate::{
    article::BuiltIn,
    index::{FacetBy, FacetRequest, IndexError, KeyCounts, KeyOrder, OrderPlace, Recency, Snapshot, Sort},
    problem::{Message, Note, Parsed, Problem, message},
    query::{self, Clock, DateRange, FreeKeys, Language, Query, Role},
    schema::{FieldDef, FieldKind, Schema},
    search::{Request, SearchOption, names::resolve_names_in, recognize::Recognized},
};
use std::collections::BTreeMap;

/// Filters that narrow a query. Values of the same filter widen each other.
#[derive(Clone, Debug, Default)]
pub struct Filters(BTreeMap<SearchOption, Vec<String>>);

/// The order of hits, which of them to return, and how to show them.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// The order. By default by relevance, or newest first if there are only filters.
    pub sort: Option<Sort>,
    /// The age at which a score has halved: `30d`, `2w`, `12h`.
    pub recency: Option<String>,
    /// Only hits after this place, in any order but that of relevance. Not with `stories`.
    pub after: Option<OrderPlace>,
    /// How many of these hits to skip.
    pub offset: usize,
    /// At most this many hits; 0 only counts.
    pub limit: usize,
    /// Fields and calendar units to count all matches by.
    pub by: Vec<String>,
    /// At most this many values of each; by default 20, or every year, month or day.
    pub values: Option<usize>,
    /// What else to count over all matches.
    pub facets: Vec<FacetRequest>,
    /// Whether to count symbols, markets and months too.
    pub overview: bool,
    /// Whether each hit explains its score.
    pub explain: bool,
    /// Whether each page is a separate hit.
    pub each_locale: bool,
    /// Whether near-copies form one hit.
    pub stories: bool,
    /// Preferred locales.
    pub prefer: Vec<String>,
    /// At most this many snippets per hit.
    pub snippets: usize,
    /// Approximate length of a snippet, in columns.
    pub snippet_length: usize,
    /// Hits carry their whole body while all bodies together stay within this many bytes.
    pub text_budget: usize,
    /// Whether to suggest other words and securities if no article has all of the words.
    pub suggest: bool,
}

impl Default for SearchOptions {
    /// The ten best articles with one snippet each.
    fn default() -> Self {
        let Request { limit, snippets, snippet_length, .. } = Request::new(Query::All);
        Self {
            sort: None,
            recency: None,
            after: None,
            offset: 0,
            limit,
            by: Vec::new(),
            values: None,
            facets: Vec::new(),
            overview: false,
            explain: false,
            each_locale: false,
            stories: false,
            prefer: Vec::new(),
            snippets,
            snippet_length,
            text_budget: 0,
            suggest: false,
        }
    }
}

/// How many of the plain words of a query an article must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatchMode {
    /// All. Articles with some of them fill the first page where too few have all; they are marked and not counted.
    #[default]
    Auto,
    /// All.
    All,
    /// Any one.
    Any,
}

impl MatchMode {
    /// The mode of this name.
    pub(super) fn parse(name: &str) -> Result<Self, SearchError> {
        match name {
            "auto" => Ok(Self::Auto),
            "all" => Ok(Self::All),
            "any" => Ok(Self::Any),
            _ => Err(SearchError::value(
                SearchOption::Match.name(),
                message!("`{}` is none of auto, all and any", name),
            )),
        }
    }
}

/// A query with notes on how it was read.
#[derive(Clone, Debug)]
pub struct ResolvedQuery {
    /// The words and filters as one query, with names of securities resolved.
    pub query: Query,
    /// The same with only some of the plain words, to fill the first page where too few articles match `query`. `None`
    /// if that would be the same, or is not wanted.
    pub relaxed: Option<Query>,
    /// How anything unusual was read. What undoes a reading is a change of `typed`.
    pub notes: Vec<Note>,
    /// The words as typed.
    pub typed: String,
    /// The filters beside them.
    pub filters: Filters,
    /// In a similar-articles request, the id of the given article, which is not a hit.
    pub like: Option<String>,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The query text cannot be parsed.
    #[error("cannot parse the query")]
    Words {
        /// The text as typed.
        text: String,
        /// Its problems, with their spans.
        problems: Vec<Problem>,
    },
    /// The value of an option cannot be read.
    #[error("{name}: {message}")]
    Value {
        /// The name of the option, like `symbol` or `since`.
        name: &'static str,
        /// What is wrong with it.
        message: Message,
    },
    /// The index failed.
    #[error("{0}")]
    Index(#[from] IndexError),
}

impl SearchError {
    pub(super) fn value(name: &'static str, message: Message) -> Self {
        Self::Value { name, message }
    }
}

/// Parses query text for an index with some keys. Returns the query, and notes on how anything unusual was read.
///
/// # Errors
///
/// [`SearchError::Words`] if a problem is fatal.
pub fn read(text: &str, language: &Language, keys: FreeKeys<'_>) -> Result<(Query, Vec<Note>), SearchError> {
    let Parsed { value, mut problems } = Query::parse_with_keys(text, language, keys);
    if problems.iter().any(|problem| problem.fatal) {
        problems.retain(|problem| problem.fatal);
        return Err(SearchError::Words { text: text.to_owned(), problems });
    }
    Ok((value, problems.into_iter().map(Note::from).collect()))
}

impl Filters {
    /// Returns the filters with one more value. A filter that takes one value has it replaced.
    #[must_use]
    pub fn with(mut self, filter: SearchOption, value: &str) -> Self {
        let values = self.values_mut(filter);
        if !filter.is_several() {
            values.clear();
        }
        values.push(value.to_owned());
        self
    }

    /// Adds a value to a filter.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] if the filter takes one value and has one.
    pub fn add(&mut self, filter: SearchOption, value: &str) -> Result<(), SearchError> {
        let values = self.values_mut(filter);
        if !filter.is_several() && !values.is_empty() {
            return Err(SearchError::value(filter.name(), message!("takes one value")));
        }
        values.push(value.to_owned());
        Ok(())
    }

    /// The values of a filter.
    #[must_use]
    pub fn values(&self, filter: SearchOption) -> &[String] {
        self.0.get(&filter).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values of a filter, mutable.
    pub fn values_mut(&mut self, filter: SearchOption) -> &mut Vec<String> {
        self.0.entry(filter).or_default()
    }

    /// All values, each with its filter.
    pub fn iter(&self) -> impl Iterator<Item = (SearchOption, &str)> {
        self.0.iter().flat_map(|(filter, values)| values.iter().map(|value| (*filter, value.as_str())))
    }

    /// The words and filters as one query, with names of securities resolved.
    pub(super) fn query(
        &self,
        words: &str,
        snapshot: &dyn Snapshot,
        language: &Language,
    ) -> Result<ResolvedQuery, SearchError> {
        // Without a colon, no key is asked, and the index need not look for its keys.
        let keys = if words.contains([':', '：']) { snapshot.keys()? } else { KeyCounts::default() };
        let (value, mut notes) = read(words, language, &keys)?;
        let mut parts = Vec::new();
        for (filter, values) in &self.0 {
            // Periods are intersected below, and the mode was read above.
            let is_other = matches!(
                filter,
                SearchOption::Since | SearchOption::Until | SearchOption::Date | SearchOption::Match
            );
            if is_other || values.is_empty() {
                continue;
            }
            let field = filter.name();
            let mut any = Vec::new();
            for value in values {
                // Quote the value, so that it holds no operators.
                let typed = format!("{field}:{}", query::quoted(value));
                let Parsed { value: query, problems } = Query::parse(&typed, language);
                if let Some(problem) = problems.iter().find(|problem| problem.fatal) {
                    let message = problem.message.clone();
                    let message = match &problem.hint {
                        Some(hint) => message!("{}; {}", message, hint.clone()),
                        None => message,
                    };
                    return Err(SearchError::value(field, message));
                }
                if query == Query::All {
                    return Err(SearchError::value(field, message!("`{}` has no term to search for", value)));
                }
                // A filter is no part of the words.
                notes.extend(problems.into_iter().map(|problem| Note::from(problem.message)));
                any.push(query);
            }
            parts.push(Query::or(any));
        }
        let range = self.range(&language.clock, &mut notes)?;
        if range != DateRange::default() {
            let zone = language.clock.zone().clone();
            parts.push(Query::Date { field: BuiltIn::Published.name().into(), range, zone });
        }
        let query = Query::and(std::iter::once(value).chain(parts));
        let mode = self.values(SearchOption::Match).first().map(|name| MatchMode::parse(name)).transpose()?;
        let (mut query, mut relaxed) = match mode.unwrap_or_default() {
            MatchMode::Any => (query.any_word(), None),
            mode => {
                let recognized = Recognized::of(snapshot, words, query, &language.synonyms)?;
                let relaxed = if mode == MatchMode::Auto { recognized.relaxed() } else { None };
                let query = recognized.query();
                notes.extend(recognized.notes);
                (query, relaxed)
            }
        };
        let mut forms: Vec<&mut Query> = std::iter::once(&mut query).chain(&mut relaxed).collect();
        notes.extend(resolve_names_in(snapshot, &mut forms, words)?);
        Ok(ResolvedQuery {
            query,
            relaxed,
            notes,
            typed: words.to_owned(),
            filters: self.clone(),
            like: None,
        })
    }

    fn range(&self, clock: &Clock, notes: &mut Vec<Note>) -> Result<DateRange, SearchError> {
        let mut read = |filter: SearchOption| -> Result<DateRange, SearchError> {
            let Some(text) = self.values(filter).first() else { return Ok(DateRange::default()) };
            let range = DateRange::parse(text, clock)
                .map_err(|message| SearchError::value(filter.name(), message))?;
            notes.extend(range.note(text, clock.zone()).map(Note::from));
            Ok(range)
        };
        let (since, until) = (read(SearchOption::Since)?, read(SearchOption::Until)?);
        let text = |filter| self.values(filter).first().map_or("", String::as_str);
        if since.start.is_none() && since.end.is_some() {
            let message = message!("`{}` has no first day", text(SearchOption::Since));
            return Err(SearchError::value("since", message));
        }
        if until.end.is_none() && until.start.is_some() {
            let message = message!("`{}` has no last day", text(SearchOption::Until));
            return Err(SearchError::value("until", message));
        }
        let since = DateRange { end: None, ..since };
        let until = DateRange { start: None, ..until };
        let range = read(SearchOption::Date)?.and(since).and(until);
        match (range.start, range.end) {
            (Some(start), Some(end)) if start >= end => Err(SearchError::value(
                "date",
                message!("`since`, `until` and `date` have no time in common"),
            )),
            _ => Ok(range),
        }
    }
}

impl ResolvedQuery {
    /// The words by which a whole title or a security comes first. Capitals that no article knows as a security are a word
    /// in capitals, which ranks as in small letters.
    fn ranked_as(&self) -> String {
        let mut names_security = false;
        self.query.each_leaf(&mut |leaf| names_security |= matches!(leaf, Query::Security(_)));
        let is_word = self.typed.trim().chars().all(char::is_alphabetic);
        if is_word && !names_security { self.typed.to_lowercase() } else { self.typed.clone() }
    }

    /// The request for this query with these options.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] if the options contradict each other or the query, or if the recency is not a
    /// half-life.
    pub(super) fn request(
        &self,
        options: &SearchOptions,
        snapshot: &dyn Snapshot,
        clock: &Clock,
    ) -> Result<Request, SearchError> {
        let schema = snapshot.schema();
        if options.stories && options.each_locale {
            return Err(SearchError::value("stories", message!("cannot be combined with each_locale")));
        }
        let mut request = Request::new(self.query.clone());
        let mut ranks = schema.ranks(&request.query);
        request.query.each_security(&mut |security| ranks |= security.role == Role::About);
        // A query of filters alone has no scores.
        request.sort = match &options.sort {
            Some(Sort::Relevance) | None if ranks => Sort::Relevance,
            Some(Sort::Key(order)) => Sort::Key(sorted_by(order, snapshot)?),
            Some(sort) => sort.clone(),
            None => Sort::Newest,
        };
        request.recency = options.recency.as_deref().map(|text| recency(text, clock)).transpose()?;
        if request.recency.is_some() && request.sort != Sort::Relevance {
            let message = if options.sort.is_none() {
                message!("recency changes relevance scores, and a query of filters alone has none")
            } else {
                message!("recency changes relevance scores, and this query is not sorted by them")
            };
            return Err(SearchError::value("recency", message));
        }
        request.typed = self.ranked_as();
        request.without.clone_from(&self.like);
        request.after.clone_from(&options.after);
        request.offset = options.offset;
        request.limit = options.limit;
        let counts = options.by.iter().map(|name| counted_by(name, options.values, snapshot));
        request.facets = counts.collect::<Result<_, _>>()?;
        request.facets.extend_from_slice(&options.facets);
        if options.overview {
            request.facets.extend(overview(schema));
        }
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
            message!("`{}` is not a half-life; write for example 30d, 2w or 12h", text),
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

/// The counts shown beside hits: symbols, markets and months.
#[must_use]
pub fn overview(schema: &Schema) -> Vec<FacetRequest> {
    let wanted = [("symbol", 10), ("market", 10), ("month", usize::MAX)];
    wanted
        .into_iter()
        .filter_map(|(name, limit)| Some(FacetRequest { by: FacetBy::named(name, schema)?, limit }))
        .collect()
}

/// The order by the field or free key of a name.
fn sorted_by(order: &KeyOrder, snapshot: &dyn Snapshot) -> Result<KeyOrder, SearchError> {
    let KeyOrder { key: name, descending } = order;
    let fields = snapshot.schema().fields();
    let has_order = |field: &&FieldDef| match field.kind {
        FieldKind::Number | FieldKind::Date => true,
        FieldKind::Keyword => field.count,
        FieldKind::Text | FieldKind::Facet => false,
    };
    let by = |key: &str| KeyOrder { key: key.to_owned(), descending: *descending };
    let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    if let Some(field) = field.filter(has_order) {
        return Ok(by(&field.name));
    }
    let keys = snapshot.keys()?;
    let key = query::key_name(name).filter(|_| field.is_none());
    if let Some(key) = key.and_then(|key| query::find_key(&key, &keys)) {
        return Ok(by(&key));
    }
    let sortable = |is_built_in: bool| {
        let of = fields.iter().filter(move |field| field.built_in().is_some() == is_built_in);
        of.filter(has_order).map(|field| field.name.as_str())
    };
    let known = sortable(false).chain(query::likely_keys(name, &keys)).chain(sortable(true));
    let names: Vec<String> =
        Sort::FIXED.map(|fixed| fixed.to_string()).into_iter().chain(known.map(str::to_owned)).collect();
    Err(SearchError::value(
        SearchOption::Sort.name(),
        message!("cannot sort by `{}`; use {}", name, names.join(", ")),
    ))
}

/// A count by the field, calendar unit or free key `name`. The default limit is 20 values, or none for a calendar unit.
///
/// # Errors
///
/// [`SearchError::Value`] if nothing can be counted by that name; [`SearchError::Index`] if the index fails.
pub fn counted_by(
    name: &str,
    limit: Option<usize>,
    snapshot: &dyn Snapshot,
) -> Result<FacetRequest, SearchError> {
    let schema = snapshot.schema();
    let mut keys = KeyCounts::default();
    let by = match FacetBy::named(name, schema) {
        None if schema.field(name).is_none() => {
            keys = snapshot.keys()?;
            query::key_name(name).and_then(|key| query::find_key(&key, &keys)).map(FacetBy::of_key)
        }
        by => by,
    };
    let Some(by) = by else {
        let countable = schema.fields().iter().filter(|field| field.count);
        let named = countable.filter(|field| matches!(field.kind, FieldKind::Keyword | FieldKind::Facet));
        let named = named.map(|field| field.name.as_str());
        let fields: Vec<_> = named.chain(query::likely_keys(name, &keys)).collect();
        let message = message!(
            "cannot count by `{}`; use market, venue, year, month, day, {}",
            name,
            fields.join(", ")
        );
        return Err(SearchError::value("by", message));
    };
    let limit = limit.unwrap_or(if by.is_calendar() { usize::MAX } else { 20 });
    Ok(FacetRequest { by, limit })
}
