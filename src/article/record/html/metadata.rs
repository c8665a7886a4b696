//! The keys of an article that a page tells in its head, under the names of front matter.

use super::{linked_data::LinkedArticle, tree::Tree};
use crate::article::{Keys, address, clean::fold_space, date, locale::canonical_locale, record::Draft};
/// Tags that say when the article was published, the surest first.
const PUBLISHED: [&str; 14] = [
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "publishdate",
    "publish_date",
    "publication_date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "date",
    "time",
];

/// What stands between a title and the name of the site.
const DIVIDERS: [&str; 11] = [" - ", " | ", " – ", " — ", " · ", " :: ", "_", "-", "|", "｜", "︱"];

/// What a page tells of its article.
pub(super) struct Told<'p> {
    pub tree: &'p Tree,
    pub linked: &'p LinkedArticle,
    /// The heading of the page.
    pub heading: &'p str,
}

impl Told<'_> {
    /// The title without the name of the site; empty if there is none.
    pub(super) fn title(&self) -> String {
        let site = self.first(&["og:site_name"]).unwrap_or(&self.linked.publisher);
        let named = self.first(&["og:title"]).unwrap_or_default();
        let twitter = self.first(&["twitter:title"]).unwrap_or_default();
        let titles = [named, &self.linked.headline, self.heading, twitter, &self.tree.title];
        let title = titles.into_iter().map(fold_space).find(|title| !title.is_empty()).unwrap_or_default();
        without_site(&title, &fold_space(site)).to_owned()
    }

    /// The entries, each member under the first of its keys.
    pub(super) fn draft(&self, title: String, keys: &Keys) -> Draft<'static> {
        let linked = self.linked;
        let description = self.first(&["description", "og:description", "twitter:description"]);
        let mut draft = Draft::default();
        draft.put_first(&keys.title, title);
        draft.put_first(&keys.description, description.unwrap_or(&linked.description).to_owned());
        draft.put_first(&keys.published, self.published());
        draft.put_first(&keys.url, self.url());
        draft.put_first(&keys.locale, self.locale());
        draft.put("source", self.first(&["og:site_name"]).unwrap_or(&linked.publisher).to_owned());
        draft.put("modified", self.first(&["article:modified_time"]).unwrap_or(&linked.modified).to_owned());
        draft.put_list("author", self.authors());
        draft.put_list("tags", self.tags());
        draft
    }

    fn published(&self) -> String {
        let in_tags = PUBLISHED.iter().flat_map(|name| self.all(name));
        let mut dates =
            in_tags.clone().take(1).chain(std::iter::once(self.linked.published.as_str())).chain(in_tags);
        let is_date = |date: &&str| date::published(date).is_ok();
        let first = dates.clone().find(|date| !date.is_empty()).unwrap_or_default();
        dates.find(is_date).unwrap_or(first).to_owned()
    }

    fn url(&self) -> String {
        let in_tags = ["canonical", "og:url"].into_iter().filter_map(|name| self.first(&[name]));
        let mut urls = in_tags.chain(std::iter::once(self.linked.url.as_str()));
        urls.find(|url| address::is_safe(url)).unwrap_or_default().to_owned()
    }

    fn locale(&self) -> String {
        let in_tags = ["og:locale", "content-language", "inlanguage"]
            .into_iter()
            .filter_map(|name| self.first(&[name]));
        let mut tags = std::iter::once(self.tree.language.as_str())
            .chain(in_tags)
            .chain([self.linked.language.as_str()]);
        tags.find_map(canonical_locale).unwrap_or_default()
    }

    fn authors(&self) -> Vec<String> {
        if !self.linked.authors.is_empty() {
            return self.linked.authors.clone();
        }
        let names = ["author", "article:author", "parsely-author", "byl"];
        let is_name = |name: &&str| !name.starts_with("http");
        let found = names.iter().map(|name| self.all(name).filter(is_name).collect::<Vec<_>>());
        found
            .into_iter()
            .find(|found| !found.is_empty())
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    fn tags(&self) -> Vec<String> {
        let in_linked = || self.linked.keywords.iter().map(String::as_str).collect::<Vec<_>>();
        let names = ["article:tag", "news_keywords", "keywords"];
        let found = names
            .iter()
            .map(|name| self.all(name).collect::<Vec<_>>())
            .chain(std::iter::once_with(in_linked));
        let found = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let tags = found.iter().flat_map(|list| list.split([',', ';', '，', '；', '、']));
        tags.map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    /// The value of the first of some names that has one.
    fn first(&self, names: &[&'static str]) -> Option<&str> {
        names.iter().find_map(|name| self.all(name).find(|value| !value.is_empty()))
    }

    fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.tree.metadata.iter().filter(move |tag| tag.name == name).map(|tag| tag.value.as_str())
    }
}

/// A title without the name of the site after it.
fn without_site<'t>(title: &'t str, site: &str) -> &'t str {
    let cut = |divider: &&str| {
        let at = title.len().checked_sub(site.len())?;
        let (rest, end) = (title.get(..at)?, title.get(at..)?);
        let is_site = end.to_lowercase() == site.to_lowercase();
        rest.strip_suffix(*divider).filter(|rest| is_site && !rest.trim().is_empty())
    };
    if site.is_empty() { title } else { DIVIDERS.iter().find_map(cut).unwrap_or(title).trim_end() }
}

#[cfg(test)]
mod tests {
    use super::without_site;

    #[test]
    fn the_name_of_the_site_is_cut_from_a_title() {
        let cases = [
            ("Copper rises - The Example", "The Example", "Copper rises"),
            ("Copper rises | the example", "The Example", "Copper rises"),
            ("铜价上涨_示例财经", "示例财经", "铜价上涨"),
            ("Copper rises - markets", "The Example", "Copper rises - markets"),
            ("The Example", "The Example", "The Example"),
            (" - The Example", "The Example", " - The Example"),
            ("Copper", "", "Copper"),
            ("é", "a very long name", "é"),
        ];
        for (title, site, expected) in cases {
            assert_eq!(without_site(title, site), expected, "{title}");
        }
    }
}
