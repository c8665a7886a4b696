//! Where someone is: the address of a page of hits is all of its state.

use crate::{
    serve::parameters::{MAX_OFFSET, Order, Which},
    symbol::Symbol,
};
use form_urlencoded::Serializer;
use schemars::JsonSchema;
use serde::Deserialize;

/// A page has so many hits.
pub(super) const HITS: usize = 10;

/// What an address says beside which articles are wanted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PageParams {
    /// In which order.
    pub sort: Option<Order>,
    /// Which page, from 1.
    pub page: Option<usize>,
    /// Whether near-copies are one hit.
    pub stories: bool,
}

/// The address of a page of hits.
#[derive(Clone, Debug, Default)]
pub(super) struct UrlState {
    pub which: Which,
    pub params: PageParams,
}

/// A filter that was chosen, and the place without it.
pub(super) struct Chosen {
    pub field: &'static str,
    pub value: String,
    pub without: UrlState,
}

impl UrlState {
    /// The page that is seen, from 0.
    pub(super) fn page(&self) -> usize {
        self.params.page.unwrap_or(1).saturating_sub(1).min(MAX_OFFSET / HITS)
    }

    /// The first page of the same, changed.
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

    /// The filters that take several values.
    fn several(&self) -> [(&'static str, &Vec<String>); 5] {
        let Which { symbol, about, market, locale, kind, .. } = &self.which;
        [("symbol", symbol), ("about", about), ("market", market), ("locale", locale), ("kind", kind)]
    }

    /// The values of a filter.
    pub(super) fn values(&mut self, field: &str) -> Option<&mut Vec<String>> {
        let Which { symbol, about, market, locale, kind, .. } = &mut self.which;
        Some(match field {
            "symbol" => symbol,
            "about" => about,
            "market" => market,
            "locale" => locale,
            "kind" => kind,
            _ => return None,
        })
    }

    fn period(&mut self, field: &str) -> Option<&mut Option<String>> {
        let Which { since, until, date, .. } = &mut self.which;
        Some(match field {
            "since" => since,
            "until" => until,
            "date" => date,
            _ => return None,
        })
    }

    fn periods(&self) -> [(&'static str, &Option<String>); 3] {
        [("date", &self.which.date), ("since", &self.which.since), ("until", &self.which.until)]
    }

    /// All filters that were chosen.
    pub(super) fn chosen(&self) -> Vec<Chosen> {
        let mut chosen = Vec::new();
        for (field, values) in self.several() {
            for value in values {
                let without = self.with(|url_state| {
                    if let Some(values) = url_state.values(field) {
                        values.retain(|other| other != value);
                    }
                });
                chosen.push(Chosen { field, value: value.clone(), without });
            }
        }
        for (field, value) in self.periods() {
            let Some(value) = value else { continue };
            let without = self.with(|url_state| {
                if let Some(period) = url_state.period(field) {
                    *period = None;
                }
            });
            chosen.push(Chosen { field, value: value.clone(), without });
        }
        chosen
    }

    /// Whether a filter has this value.
    pub(super) fn has(&self, field: &str, value: &str) -> bool {
        let mut of_field = self.several().into_iter().filter(|(name, _)| *name == field);
        of_field.any(|(_, values)| values.iter().any(|other| is_same(field, other, value)))
    }

    /// The place without any filter.
    pub(super) fn unfiltered(&self) -> Self {
        self.with(|url_state| {
            url_state.which = Which { q: std::mem::take(&mut url_state.which.q), ..Which::default() }
        })
    }

    /// Whether nothing is asked: all articles are shown.
    pub(super) fn is_start(&self) -> bool {
        self.which.q.trim().is_empty() && self.chosen().is_empty()
    }

    /// The parameters but the words, for the form of the words.
    pub(super) fn beside_words(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        for (field, values) in self.several() {
            pairs.extend(values.iter().map(|value| (field, value.clone())));
        }
        for (field, value) in self.periods() {
            pairs.extend(value.iter().map(|value| (field, value.clone())));
        }
        pairs.extend(self.params.sort.map(|sort| ("sort", sort.as_str().to_owned())));
        if self.params.stories {
            pairs.push(("stories", "true".to_owned()));
        }
        pairs
    }

    /// The address.
    pub(super) fn address(&self) -> String {
        let mut pairs = self.beside_words();
        if !self.which.q.is_empty() {
            pairs.insert(0, ("q", self.which.q.clone()));
        }
        pairs.extend(self.params.page.map(|page| ("page", page.to_string())));
        if pairs.is_empty() {
            return "/".to_owned();
        }
        let mut query = Serializer::new(String::from("/search?"));
        for (name, value) in pairs {
            query.append_pair(name, &value);
        }
        // A serializer that has begun with a text puts `&` before the first pair.
        query.finish().replacen("?&", "?", 1)
    }
}

/// Whether two values of a filter ask for the same: a security in any notation, anything else in any case.
pub(super) fn is_same(field: &str, a: &str, b: &str) -> bool {
    let canonical = |text: &str| Symbol::parse(text).map(|symbol| symbol.canonical());
    a.eq_ignore_ascii_case(b) || field == "symbol" && canonical(a).is_some_and(|a| Some(a) == canonical(b))
}

/// The address of an article, which marks the words of a query.
pub(super) fn article(key: &str, words: &str) -> String {
    let path = format!("/article/{}", escaped(key));
    if words.is_empty() {
        return path;
    }
    let query = Serializer::new(String::new()).append_pair("q", words).finish();
    format!("{path}?{query}")
}

/// The address of the page about a security.
pub(super) fn symbol(canonical: &str) -> String {
    format!("/symbol/{}", escaped(canonical))
}

/// A part of a path in which nothing is an operator of addresses; the slashes of a key stay.
fn escaped(text: &str) -> String {
    let part =
        |part: &str| form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20");
    text.split('/').map(part).collect::<Vec<_>>().join("/")
}
