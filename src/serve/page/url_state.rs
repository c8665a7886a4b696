//! The state of a page of hits, all of which is in its URL.

use crate::{
    search::{Filters, SearchOption},
    serve::parameters::{MAX_OFFSET, RequestParams},
    symbol::Symbol,
};
use form_urlencoded::Serializer;
use schemars::JsonSchema;
use serde::Deserialize;

/// Hits per page.
pub(super) const HITS: usize = 10;

/// What an address says beside which articles are wanted, and how.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PageParams {
    /// Which page, from 1.
    pub page: Option<usize>,
}

/// The state in the URL of a page of hits.
#[derive(Clone, Debug, Default)]
pub(super) struct UrlState {
    pub asked: RequestParams,
    pub params: PageParams,
}

/// A chosen filter, and the state without it.
pub(super) struct Chosen {
    pub filter: SearchOption,
    pub value: String,
    pub without: UrlState,
}

impl UrlState {
    /// The page number, from 0.
    pub(super) fn page(&self) -> usize {
        self.params.page.unwrap_or(1).saturating_sub(1).min(MAX_OFFSET / HITS)
    }

    /// The first page with a change applied.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut url_state = self.clone();
        url_state.params.page = None;
        change(&mut url_state);
        url_state
    }

    pub(super) fn on_page(&self, page: usize) -> Self {
        let mut url_state = self.clone();
        url_state.params.page = (page > 0).then_some(page + 1);
        url_state
    }

    /// The query text.
    pub(super) fn words(&self) -> &str {
        &self.asked.q
    }

    /// The filters.
    pub(super) fn filters(&self) -> &Filters {
        &self.asked.params.filters
    }

    /// The values of a filter, mutable.
    pub(super) fn values(&mut self, filter: SearchOption) -> &mut Vec<String> {
        self.asked.params.filters.values_mut(filter)
    }

    /// The chosen period.
    pub(super) fn date(&self) -> Option<&str> {
        self.filters().values(SearchOption::Date).first().map(String::as_str)
    }

    /// The first page of another period, or of all time.
    pub(super) fn with_date(&self, date: Option<&str>) -> Self {
        self.with(|url_state| {
            *url_state.values(SearchOption::Date) = date.map(str::to_owned).into_iter().collect();
        })
    }

    /// All chosen filters.
    pub(super) fn chosen(&self) -> Vec<Chosen> {
        let chosen = self.filters().iter().map(|(filter, value)| Chosen {
            filter,
            value: value.to_owned(),
            without: self.with(|url_state| url_state.values(filter).retain(|other| other != value)),
        });
        chosen.collect()
    }

    /// Whether a filter has this value.
    pub(super) fn has(&self, filter: SearchOption, value: &str) -> bool {
        self.filters().values(filter).iter().any(|other| is_same(filter, other, value))
    }

    /// The first page without filters.
    pub(super) fn unfiltered(&self) -> Self {
        self.with(|url_state| url_state.asked.params.filters = Filters::default())
    }

    /// Whether there is neither a query nor a filter: all articles match.
    pub(super) fn is_start(&self) -> bool {
        self.words().trim().is_empty() && self.filters().iter().next().is_none()
    }

    /// The parameters besides `q`, as hidden fields of the search form.
    pub(super) fn beside_words(&self) -> Vec<(&'static str, String)> {
        let filters = self.filters().iter();
        let mut pairs: Vec<_> = filters.map(|(filter, value)| (filter.name(), value.to_owned())).collect();
        let options = &self.asked.params.options;
        pairs.extend(options.sort.iter().map(|sort| (SearchOption::Sort.name(), sort.to_string())));
        if options.stories {
            pairs.push((SearchOption::Stories.name(), true.to_string()));
        }
        pairs
    }

    /// The URL.
    pub(super) fn address(&self) -> String {
        let mut pairs = self.beside_words();
        if !self.words().is_empty() {
            pairs.insert(0, ("q", self.words().to_owned()));
        }
        pairs.extend(self.params.page.map(|page| ("page", page.to_string())));
        if pairs.is_empty() {
            return "/".to_owned();
        }
        let mut query = Serializer::new(String::from("/search?"));
        for (name, value) in pairs {
            query.append_pair(name, &value);
        }
        // The serializer puts `&` before the first pair, because its string is not empty.
        query.finish().replacen("?&", "?", 1)
    }
}

/// Whether two values of a filter are equivalent: the same security in any notation; otherwise equal but for case.
pub(super) fn is_same(filter: SearchOption, a: &str, b: &str) -> bool {
    let canonical = |text: &str| Symbol::parse(text).map(|symbol| symbol.canonical());
    a.eq_ignore_ascii_case(b)
        || filter == SearchOption::Symbol && canonical(a).is_some_and(|a| Some(a) == canonical(b))
}

/// The URL of an article's page, which marks the words of the query.
pub(super) fn article(key: &str, words: &str) -> String {
    let path = format!("/article/{}", escaped(key));
    if words.is_empty() {
        return path;
    }
    let query = Serializer::new(String::new()).append_pair("q", words).finish();
    format!("{path}?{query}")
}

/// The URL of a security's page.
pub(super) fn symbol(canonical: &str) -> String {
    format!("/symbol/{}", escaped(canonical))
}

/// A path with each segment percent-encoded; slashes stay.
fn escaped(text: &str) -> String {
    let part =
        |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20");
    text.split('/').map(part).collect::<Vec<_>>().join("/")
}
