//! The values of keys, looked up by the members whose names the keys are.
//!
//! Each key is looked up once. Its value, or a value in the map that it has, is then a candidate of each member with such a name.

use std::{borrow::Cow, iter};

use super::{
    BuiltIn, Keys, address, date,
    front::{Children, Entry, Value},
    keys::{Name, TEXTS, same_key},
    prose::prose,
};

/// Whether a member can use a value.
pub(super) type Fits<'f> = &'f dyn Fn(&Value<'_>) -> bool;

/// The entries of a front matter or of a record, from which members take their values.
pub(super) struct NamedValues<'t> {
    entries: Vec<Entry<'t>>,
    /// Those with the best names first.
    candidates: Vec<Candidate>,
}

impl<'t> NamedValues<'t> {
    pub(super) fn new(entries: Vec<Entry<'t>>, keys: &Keys) -> Self {
        let mut candidates = candidates(&entries, keys);
        candidates.sort_by_key(|candidate| (candidate.name.rank, candidate.child.is_some()));
        Self { entries, candidates }
    }

    /// Takes the first value of a member that fits; else the first that is not nothing, unless its name is in doubt.
    pub(super) fn take(&mut self, member: BuiltIn, fits: Fits<'_>) -> Option<Entry<'t>> {
        let found = self.best(member, fits)?;
        let (at, child) = (found.entry, found.child.clone());
        let (key, value) = &mut self.entries[at];
        Some(match child {
            None => (std::mem::take(key), std::mem::replace(value, Value::Null)),
            Some(child) => {
                let texts = take_child(value, &child);
                (Cow::Owned(format!("{key}.{child}")), joined(texts))
            }
        })
    }

    fn best(&self, member: BuiltIn, fits: Fits<'_>) -> Option<&Candidate> {
        let is_given = |candidate: &&Candidate| {
            candidate.name.member == member && !is_nothing(&candidate.value(&self.entries))
        };
        let mut given = self.candidates.iter().filter(is_given);
        let first = given.next()?;
        let mut others = given.peekable();
        if first.name.is_sure && others.peek().is_none() {
            // It is taken whether it fits or not. To test it would be to read it twice.
            return Some(first);
        }
        let given: Vec<&Candidate> = iter::once(first).chain(others).collect();
        let fitting = given.iter().find(|candidate| fits(&candidate.value(&self.entries)));
        fitting.or_else(|| given.iter().find(|candidate| candidate.name.is_sure)).copied()
    }

    /// Takes what no member has taken. An entry that was taken is null.
    pub(super) fn take_rest(&mut self) -> Vec<Entry<'t>> {
        self.candidates.clear();
        std::mem::take(&mut self.entries)
    }
}

/// A value under a name of a member.
struct Candidate {
    name: Name,
    /// The index of its entry.
    entry: usize,
    /// Its name in the map of the entry, if it is there.
    child: Option<String>,
}

impl Candidate {
    fn value<'e, 't>(&self, entries: &'e [Entry<'t>]) -> Cow<'e, Value<'t>> {
        let (_, value) = &entries[self.entry];
        let Some(child) = &self.child else { return Cow::Borrowed(value) };
        let texts = maps(value).iter().flatten().filter(|(name, _)| name == child);
        Cow::Owned(joined(texts.flat_map(|(_, texts)| texts.clone()).collect()))
    }
}

/// The candidates of all members among some entries, in the order of the entries.
fn candidates(entries: &[Entry<'_>], keys: &Keys) -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(entries.len());
    for (entry, (key, value)) in entries.iter().enumerate() {
        let Some(known) = keys.known(key) else { continue };
        candidates.extend(known.names.iter().map(|name| Candidate { name: *name, entry, child: None }));
        for (path, name) in &known.children {
            let mut children = maps(value).iter().flatten();
            if let Some((child, _)) = children.find(|(child, _)| same_key(child, path)) {
                candidates.push(Candidate { name: *name, entry, child: Some(child.clone()) });
            }
        }
    }
    candidates
}

impl Keys {
    /// Whether entries have a title or a text, other than one in an article that is the value of one of them.
    pub(super) fn have_text(&self, entries: &[Entry<'_>]) -> bool {
        self.texts(entries).any(|name| !name.is_in_article)
    }

    /// Whether entries have a title, or a summary whose beginning can stand in for one.
    pub(super) fn have_title(&self, entries: &[Entry<'_>]) -> bool {
        self.texts(entries).any(|name| name.member != BuiltIn::Body)
    }

    /// Whether entries have a text under a key.
    pub(super) fn have_body(&self, entries: &[Entry<'_>]) -> bool {
        self.texts(entries).any(|name| name.member == BuiltIn::Body)
    }

    /// Whether entries have a summary, even one that describes no article.
    pub(super) fn have_summary(&self, entries: &[Entry<'_>]) -> bool {
        candidates(entries, self).iter().any(|candidate| {
            candidate.name.is_sure
                && candidate.name.member == BuiltIn::Description
                && prose(&candidate.value(entries), self).is_some()
        })
    }

    /// The names under which entries have a title, a summary or a text. One in doubt does not make an article. A summary alone
    /// may describe anything: it is that of an article if there is a date, a URL or an id beside it.
    fn texts<'a>(&'a self, entries: &'a [Entry<'_>]) -> impl Iterator<Item = Name> + 'a {
        let candidates = candidates(entries, self);
        let has = |member, fits: Fits<'_>| {
            let mut of_member = candidates.iter().filter(|candidate| candidate.name.member == member);
            of_member.any(|candidate| fits(&candidate.value(entries)))
        };
        let is_summary = |candidate: &Candidate| candidate.name.member == BuiltIn::Description;
        let is_alone = candidates.iter().any(is_summary)
            && !has(BuiltIn::Published, &is_date)
            && !has(BuiltIn::Url, &is_url)
            && !has(BuiltIn::Id, &is_number_of_site);
        let says = |candidate: &Candidate| match candidate.name.member {
            BuiltIn::Title => is_text(&candidate.value(entries)),
            _ => prose(&candidate.value(entries), self).is_some(),
        };
        let is_told = move |candidate: &Candidate| {
            candidate.name.is_sure
                && TEXTS.contains(&candidate.name.member)
                && !(is_alone && is_summary(candidate))
                && says(candidate)
        };
        candidates.into_iter().filter(is_told).map(|candidate| candidate.name)
    }
}

/// Whether a value is a date.
pub(super) fn is_date(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if date::published(text).is_ok())
}

/// Whether a value is a number by which a site knows an article.
fn is_number_of_site(value: &Value<'_>) -> bool {
    let is_number = |id: &str| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) && !address::is_row_number(id)
    };
    matches!(value, Value::Text(id) if is_number(id.trim()))
}

/// Whether a value is a URL that can be shown, or one that names an article.
pub(super) fn is_url(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(url) if address::is_safe(url.trim()) || address::article_id(url).is_some())
}

/// Whether a value is a text that says something.
pub(super) fn is_text(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(text) if !text.trim().is_empty())
}

pub(super) fn is_nothing(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(_) | Value::Maps(_) => false,
    }
}

/// The texts that a value holds, in their order.
pub(super) fn texts_of<'v>(value: &'v Value<'_>) -> Vec<&'v str> {
    match value {
        Value::Null => Vec::new(),
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().map(AsRef::as_ref).collect(),
        Value::Map(_) | Value::Maps(_) => {
            maps(value).iter().flatten().flat_map(|(_, texts)| texts).map(String::as_str).collect()
        }
    }
}

/// The maps that a value has.
fn maps<'v>(value: &'v Value<'_>) -> &'v [Children] {
    match value {
        Value::Map(map) => std::slice::from_ref(map),
        Value::Maps(maps) => maps,
        Value::Null | Value::Text(_) | Value::List(_) => &[],
    }
}

/// Takes the texts under a name out of the maps of a value.
fn take_child(value: &mut Value<'_>, name: &str) -> Vec<String> {
    let maps = match value {
        Value::Map(map) => std::slice::from_mut(map),
        Value::Maps(maps) => maps.as_mut_slice(),
        Value::Null | Value::Text(_) | Value::List(_) => &mut [],
    };
    let mut taken = Vec::new();
    for map in maps {
        map.retain_mut(|(child, texts)| {
            let is_kept = child != name;
            if !is_kept {
                taken.append(texts);
            }
            is_kept
        });
    }
    taken
}

/// The value of some texts: a text, or a list of them.
fn joined(mut texts: Vec<String>) -> Value<'static> {
    match texts.len() {
        0 => Value::Null,
        1 => Value::Text(Cow::Owned(texts.remove(0))),
        _ => Value::List(texts.into_iter().map(Cow::Owned).collect()),
    }
}
