//! Reads the options of one search from text.

use super::{Filters, MatchMode, OptionValue, SearchError, SearchOption, SearchOptions};
use crate::{
    article::canonical_locale,
    index::Sort,
    problem::{Message, message},
    query::separates_values,
};

/// The options of one search.
#[derive(Clone, Debug, Default)]
pub struct SearchParams {
    /// The filters.
    pub filters: Filters,
    /// All other options.
    pub options: SearchOptions,
}

impl SearchParams {
    /// Sets an option from text: `true` or `false` for a flag; one value or several with commas for an option that
    /// takes several.
    ///
    /// # Errors
    ///
    /// [`SearchError::Value`] if the option does not take this value, or if a filter that takes one value is set
    /// twice.
    pub fn set(&mut self, option: SearchOption, value: &str) -> Result<(), SearchError> {
        let options = &mut self.options;
        match option {
            SearchOption::Symbol
            | SearchOption::About
            | SearchOption::Market
            | SearchOption::Locale
            | SearchOption::Kind => {
                for value in listed(option, value) {
                    self.filters.add(option, &value)?;
                }
            }
            SearchOption::Since | SearchOption::Until | SearchOption::Date => {
                return self.filters.add(option, value);
            }
            SearchOption::Match => {
                MatchMode::parse(value)?;
                return self.filters.add(option, value);
            }
            SearchOption::Sort => options.sort = Some(sort(value)?),
            SearchOption::Recency => options.recency = Some(value.to_owned()),
            SearchOption::Limit => options.limit = number(option, value)?,
            SearchOption::Offset => options.offset = number(option, value)?,
            SearchOption::Facets => options.overview = flag(option, value)?,
            SearchOption::Explain => options.explain = flag(option, value)?,
            SearchOption::EachLocale => options.each_locale = flag(option, value)?,
            SearchOption::Stories => options.stories = flag(option, value)?,
            SearchOption::Prefer => options.prefer.extend(listed(option, value)),
            SearchOption::Snippets => options.snippets = number(option, value)?,
            SearchOption::SnippetLength => options.snippet_length = number(option, value)?,
            SearchOption::By => options.by.extend(listed(option, value)),
            SearchOption::Values => options.values = Some(number(option, value)?),
        }
        Ok(())
    }

    /// The number of values of an option that takes several.
    #[must_use]
    pub fn count(&self, option: SearchOption) -> usize {
        match option {
            SearchOption::Prefer => self.options.prefer.len(),
            SearchOption::By => self.options.by.len(),
            filter => self.filters.values(filter).len(),
        }
    }
}

/// The values of a list with commas, locales in their one spelling. A comma in quotes or before a legal form belongs to a
/// name: `"Crown, Cork"`, `Alphabet, Inc`. A text of nothing but commas is one value.
fn listed(option: SearchOption, value: &str) -> Vec<String> {
    let mut items: Vec<&str> = Vec::new();
    let (mut start, mut is_quoted) = (0, false);
    for (at, c) in value.char_indices() {
        is_quoted ^= c == '"';
        let after = at + c.len_utf8();
        if !is_quoted && separates_values(c, &value[after..]) {
            items.push(&value[start..at]);
            start = after;
        }
    }
    items.push(&value[start..]);
    let unquoted = |item: &str| {
        let item = item.trim();
        item.strip_prefix('"').and_then(|item| item.strip_suffix('"')).unwrap_or(item).to_owned()
    };
    let is_locale = matches!(option, SearchOption::Locale | SearchOption::Prefer);
    let spelled = |item: String| canonical_locale(&item).filter(|_| is_locale).unwrap_or(item);
    let items = items.into_iter().map(unquoted).filter(|item| !item.is_empty()).map(spelled);
    let items: Vec<String> = items.collect();
    if items.is_empty() { vec![value.to_owned()] } else { items }
}

fn sort(value: &str) -> Result<Sort, SearchError> {
    let wrong =
        || message!("`{}` is no order; write relevance, newest, oldest, KEY, KEY:asc or KEY:desc", value);
    Sort::named(value).ok_or_else(|| SearchError::value(SearchOption::Sort.name(), wrong()))
}

fn flag(option: SearchOption, value: &str) -> Result<bool, SearchError> {
    value
        .parse()
        .map_err(|_| SearchError::value(option.name(), message!("`{}` is neither true nor false", value)))
}

fn number(option: SearchOption, value: &str) -> Result<usize, SearchError> {
    let wrong = |message: Message| SearchError::value(option.name(), message);
    let number = value.parse().map_err(|_| wrong(message!("`{}` is not a whole number", value)))?;
    match &option.row().value {
        OptionValue::Number(_, range) if !range.contains(&number) => {
            Err(wrong(message!("must be {} to {}, not {}", *range.start(), *range.end(), number)))
        }
        _ => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::{OptionValue, SearchOption, SearchParams};
    use crate::{
        index::{KeyOrder, Sort},
        search::{MatchMode, OPTIONS},
    };

    #[test]
    fn a_row_stands_where_its_option_says() {
        for row in &OPTIONS {
            assert_eq!(row.option.name(), row.name);
        }
    }

    #[test]
    fn an_order_is_one_of_three_words_or_a_key_with_a_direction() {
        let by = |key: &str, descending| Sort::Key(KeyOrder { key: key.to_owned(), descending });
        for (written, sort) in [
            ("relevance", Sort::Relevance),
            ("newest", Sort::Newest),
            ("oldest", Sort::Oldest),
            // The newest first, as nobody asks for the oldest by a plain `date`.
            ("date", Sort::Newest),
            ("date:desc", Sort::Newest),
            ("date:asc", Sort::Oldest),
            ("price", by("price", false)),
            ("price:asc", by("price", false)),
            ("stats.likes:desc", by("stats.likes", true)),
            ("价格：desc", by("价格", true)),
            // A key of that name, not the order by date.
            ("newest:desc", by("newest", true)),
        ] {
            let mut params = SearchParams::default();
            params.set(SearchOption::Sort, written).expect("it is an order");
            assert_eq!(params.options.sort, Some(sort), "{written}");
        }
    }

    /// What doors announce as the default is what a search uses.
    #[test]
    fn a_row_says_what_a_search_does() {
        for row in &OPTIONS {
            let mut params = SearchParams::default();
            match &row.value {
                OptionValue::Number(Some(default), range) => {
                    assert!(range.contains(default), "{}", row.name);
                    params.set(row.option, &default.to_string()).expect("its own default");
                }
                OptionValue::Flag => params.set(row.option, "false").expect("its own default"),
                OptionValue::Word(words) => {
                    assert_eq!(MatchMode::parse(words[0]).expect("its own default"), MatchMode::default());
                }
                OptionValue::Number(None, _) | OptionValue::Texts(_) | OptionValue::Text(_) => {}
            }
            assert_eq!(format!("{params:?}"), format!("{:?}", SearchParams::default()), "{}", row.name);
        }
    }

    #[test]
    fn commas_separate_the_values_of_a_filter() {
        let cases: [(&str, &[&str]); 11] = [
            ("AAPL,TSLA", &["AAPL", "TSLA"]),
            (" AAPL , 700.HK,", &["AAPL", "700.HK"]),
            ("苹果，特斯拉、腾讯", &["苹果", "特斯拉", "腾讯"]),
            ("AAPL;700.HK；特斯拉。", &["AAPL", "700.HK", "特斯拉"]),
            ("Alphabet, Inc", &["Alphabet, Inc"]),
            ("Alphabet, Inc., Tesla, Inc.", &["Alphabet, Inc.", "Tesla, Inc."]),
            ("T,CO", &["T", "CO"]),
            ("\"Crown, Cork\",tesla", &["Crown, Cork", "tesla"]),
            ("\"Crown, Cork", &["\"Crown, Cork"]),
            ("tesla", &["tesla"]),
            (",", &[","]),
        ];
        for (written, values) in cases {
            let mut params = SearchParams::default();
            params.set(SearchOption::Symbol, written).expect("any text may be a name");
            assert_eq!(params.filters.values(SearchOption::Symbol), values, "{written}");
        }
        let mut params = SearchParams::default();
        params.set(SearchOption::Locale, "zh-Hans,EN").expect("two locales");
        params.set(SearchOption::Prefer, "zh_hant").expect("a locale");
        assert_eq!(params.filters.values(SearchOption::Locale), ["zh-CN", "en"]);
        assert_eq!(params.options.prefer, ["zh-HK"]);
    }

    #[test]
    fn every_option_takes_its_own_values_and_no_others() {
        for row in &OPTIONS {
            let (good, bad): (&str, &[&str]) = match &row.value {
                OptionValue::Text(_) if row.option == SearchOption::Sort => {
                    ("price:desc", &["", ":desc", "price:down", "newest:"])
                }
                OptionValue::Texts(_) | OptionValue::Text(_) => ("x", &[]),
                OptionValue::Word(words) => (words[0], &["", "best"]),
                OptionValue::Number(..) => ("20", &["", "-1", "1.5", "many"]),
                OptionValue::Flag => ("true", &["", "yes"]),
            };
            let mut params = SearchParams::default();
            assert!(params.set(row.option, good).is_ok(), "{}", row.name);
            assert_ne!(format!("{params:?}"), format!("{:?}", SearchParams::default()), "{}", row.name);
            for bad in bad {
                let said = SearchParams::default().set(row.option, bad).expect_err(bad).to_string();
                assert!(said.starts_with(row.name), "{said}");
            }
        }
        assert!(SearchParams::default().set(SearchOption::SnippetLength, "19").is_err(), "20 is the least");
    }
}
