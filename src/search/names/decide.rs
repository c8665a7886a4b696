//! Decides which security a name means, by what articles state.
//!
//! A share of the articles with a name (p) is not enough: most articles that state "Airbus" list Boeing, which is listed
//! where it is not. The share of the articles of a security that state the name (r) tells them apart: half of those that
//! list Boeing state "Boeing", and a twentieth "Airbus".

#![expect(clippy::cast_precision_loss, reason = "no index has 2^52 articles")]

use crate::{article::NameClass, index::NameStatement, symbol::Symbol, text::is_han_like};

/// At most this many securities of a name are weighed, most often stated first, and joined.
const MAX_WEIGHED: usize = 12;
const MAX_LINES: usize = 6;
/// A Chinese name that no bracket states begins the titles of at least this many articles.
const MIN_HAN_TITLES: u64 = 2;
/// How many securities are offered for a name that is not clear.
const MAX_CANDIDATES: usize = 5;

/// One security of a name.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub symbol: Symbol,
    /// The number of articles that state the name for it, by class.
    by_class: [u64; 4],
    /// Their numbers, in order.
    articles: Vec<u64>,
    /// The number of articles that name the security at all.
    pub named: u64,
}

/// What is known of a name.
#[derive(Clone, Debug, Default)]
pub(super) struct NameCounts {
    /// The securities, most often stated first.
    pub lines: Vec<Line>,
    /// The number of articles that state the name for any security.
    pub articles: u64,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// These securities: one, or several lines of one issuer.
    Clear(Vec<Symbol>),
    /// It is not clear which of these.
    Unclear(Vec<Symbol>),
}

impl NameCounts {
    /// The counts of these statements of one name. [`Line::named`] is left to the caller.
    pub(super) fn of(statements: Vec<NameStatement>) -> Self {
        let mut lines: Vec<Line> = Vec::new();
        let mut all = Vec::new();
        for NameStatement { symbol, class, articles, .. } in statements {
            all.extend(&articles);
            let index = lines.iter().position(|line| line.symbol == symbol).unwrap_or_else(|| {
                lines.push(Line { symbol, by_class: [0; 4], articles: Vec::new(), named: 0 });
                lines.len() - 1
            });
            lines[index].by_class[class as usize] += articles.len() as u64;
            lines[index].articles.extend(articles);
        }
        // An article states a name once for one security.
        for line in &mut lines {
            line.articles.sort_unstable();
        }
        lines.sort_by(|a, b| b.articles.len().cmp(&a.articles.len()).then_with(|| a.symbol.cmp(&b.symbol)));
        lines.truncate(MAX_WEIGHED);
        Self { lines, articles: distinct(all) }
    }

    /// The securities that may be meant: others are stated too rarely.
    pub(super) fn weighed(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| 4 * line.total() >= self.articles)
    }

    /// What the name means. `words` is how many were typed; `longer_states` tells whether a longer name is stated for a
    /// security with brackets or a legal form.
    pub(super) fn decide(
        &self,
        key: &str,
        words: usize,
        longer_states: &mut dyn FnMut(&Symbol) -> bool,
    ) -> Decision {
        let by_share = self.by_share(key, words, longer_states);
        by_share.or_else(|| self.by_brackets(key)).map_or_else(
            || {
                let first = self.lines.iter().take(MAX_CANDIDATES);
                Decision::Unclear(first.map(|line| line.symbol.clone()).collect())
            },
            Decision::Clear,
        )
    }

    /// The security that most of the articles state and whose articles often have the name, with its other lines.
    fn by_share(
        &self,
        key: &str,
        words: usize,
        longer_states: &mut dyn FnMut(&Symbol) -> bool,
    ) -> Option<Vec<Symbol>> {
        let weight = |line: &Line| self.p(line) * line.r();
        let own = |line: &&Line| self.p(line) >= 0.4 && line.is_own();
        let most = self.lines.iter().filter(own).map(weight).fold(0.0, f64::max);
        // Of nearly equal ones, that whose code begins as the name does.
        let first = key.chars().next();
        let begins = |line: &Line| line.symbol.code().to_lowercase().chars().next() == first;
        let best = self.lines.iter().filter(own).filter(|line| weight(line) >= 0.9 * most);
        let best = best.max_by(|a, b| {
            begins(a).cmp(&begins(b)).then(weight(a).total_cmp(&weight(b))).then(b.symbol.cmp(&a.symbol))
        })?;
        let is_named = is_han(key)
            || best.explicit() + best.count(NameClass::LegalForm) > 0
            || self.p(best) >= 0.9 && best.r() >= 0.3
            || self.articles >= 100 && (self.p(best) >= 0.8 || best.r() >= 0.5);
        if !self.is_whole(best, words) || !(is_named || longer_states(&best.symbol)) {
            return None;
        }
        let mut lines = vec![best];
        for line in self.lines.iter().filter(|line| line.symbol != best.symbol) {
            let same_letter = line.symbol.code().chars().next() == best.symbol.code().chars().next();
            let may_belong = same_letter || line.symbol.venue() != best.symbol.venue();
            if lines.len() == MAX_LINES
                || !may_belong
                || line.r() < 0.6 * best.r()
                || self.p(line) < 0.25
                || !self.is_whole(line, words)
            {
                continue;
            }
            let together =
                line.articles.iter().filter(|number| best.articles.binary_search(number).is_ok()).count()
                    as f64;
            let beside = self.p(line) >= 0.5 * self.p(best) && together >= 0.8 * line.total() as f64;
            let adds =
                self.covered(lines.iter().copied().chain([line])) - self.covered(lines.iter().copied());
            if beside || adds >= 0.1 && line.full() as f64 >= 0.5 * line.total() as f64 {
                lines.push(line);
            }
        }
        let covered = self.covered(lines.iter().copied());
        let other = self.lines.iter().filter(|line| lines.iter().all(|known| known.symbol != line.symbol));
        let other = other.map(Line::total).max().unwrap_or_default();
        let clear = covered >= if best.r() >= 0.3 { 0.6 } else { 0.66 }
            || covered >= 0.5 && best.r() >= 0.5 && 5 * other <= best.total();
        clear.then(|| lines.into_iter().map(|line| line.symbol.clone()).collect())
    }

    /// The securities that stand in brackets behind the name.
    fn by_brackets(&self, key: &str) -> Option<Vec<Symbol>> {
        let is_han = is_han(key);
        let stated = |line: &Line| match line.count(NameClass::Title) {
            titles if is_han && (line.explicit() > 0 || titles >= MIN_HAN_TITLES) => line.explicit() + titles,
            _ => line.explicit(),
        };
        let most = self.lines.iter().map(stated).max().filter(|most| *most > 0)?;
        let all: u64 = self.lines.iter().map(stated).sum();
        let belongs = |line: &&Line| stated(line) == most || stated(line) >= 2 && 5 * stated(line) >= most;
        let mut lines: Vec<&Line> = self.lines.iter().filter(belongs).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(stated(line)));
        lines.truncate(MAX_LINES);
        let share = lines.iter().map(|line| stated(line)).sum::<u64>() as f64 / all as f64;
        let others =
            self.lines.iter().filter(|line| !belongs(line)).map(Line::total).max().unwrap_or_default();
        let enough = self.covered(lines.iter().copied()) >= 0.9
            || most >= if is_han { 2 } else { 3 } && 2 * others <= most;
        let clear = share >= 0.6 && (lines.len() == 1 || most >= 2) && enough;
        clear.then(|| lines.into_iter().map(|line| line.symbol.clone()).collect())
    }

    /// The share of the articles with the name that state it for this security.
    fn p(&self, line: &Line) -> f64 {
        line.total() as f64 / self.articles.max(1) as f64
    }

    /// The share of the articles with the name that state it for any of these.
    fn covered<'l>(&self, lines: impl Iterator<Item = &'l Line>) -> f64 {
        distinct(lines.flat_map(|line| line.articles.iter().copied()).collect()) as f64
            / self.articles.max(1) as f64
    }

    /// Whether the name is stated as a whole, and not only as the beginning of longer ones: `Home` of Home Depot.
    fn is_whole(&self, line: &Line, words: usize) -> bool {
        let (total, full) = (line.total() as f64, line.full() as f64);
        line.total() >= 3
            && (words >= 2
                || full >= 2.0 && full >= 0.1 * total
                || self.p(line) >= 0.9 && full >= 3.0 && full >= 0.03 * total)
    }
}

impl Line {
    fn count(&self, class: NameClass) -> u64 {
        self.by_class[class as usize]
    }

    fn explicit(&self) -> u64 {
        self.count(NameClass::Explicit)
    }

    pub(super) fn total(&self) -> u64 {
        self.articles.len() as u64
    }

    fn full(&self) -> u64 {
        self.total() - self.count(NameClass::TitlePrefix)
    }

    /// The share of the articles that name the security which state this name.
    fn r(&self) -> f64 {
        self.total() as f64 / self.named.max(self.explicit()).max(1) as f64
    }

    /// Whether the name is one of this security's own, and not only of something that is often named with it.
    fn is_own(&self) -> bool {
        self.r() >= 0.08 || self.explicit() >= 3 && 10 * self.explicit() >= self.total()
    }
}

fn distinct(mut articles: Vec<u64>) -> u64 {
    articles.sort_unstable();
    articles.dedup();
    articles.len() as u64
}

pub(super) fn is_han(key: &str) -> bool {
    key.contains(is_han_like)
}

#[cfg(test)]
mod tests {
    use super::{Decision, NameCounts};
    use crate::{article::NameClass, index::NameStatement, symbol::Symbol};
    use std::ops::Range;

    /// The decision on a name that these articles state for these securities, of which so many articles name each.
    fn decided(
        key: &str,
        stated: &[(&str, NameClass, Range<u64>)],
        named: &[(&str, u64)],
    ) -> Result<String, String> {
        let statement = |(code, class, articles): &(&str, NameClass, Range<u64>)| NameStatement {
            key: key.into(),
            symbol: Symbol::parse(code).expect("a notation"),
            class: *class,
            articles: articles.clone().collect(),
        };
        let mut counts = NameCounts::of(stated.iter().map(statement).collect());
        for line in &mut counts.lines {
            let known = named.iter().find(|(code, _)| line.symbol.code() == *code);
            line.named = known.map_or(line.total(), |(_, named)| *named);
        }
        let joined = |symbols: Vec<Symbol>| symbols.iter().map(Symbol::code).collect::<Vec<_>>().join("+");
        match counts.decide(key, 1, &mut |_| false) {
            Decision::Clear(symbols) => Ok(joined(symbols)),
            Decision::Unclear(symbols) => Err(joined(symbols)),
        }
    }

    use NameClass::{Explicit, LegalForm, Title, TitlePrefix};

    #[test]
    fn a_name_belongs_to_the_security_whose_articles_have_it() {
        // Of 100 articles with "Boeing", 90 list BA, which 180 name; "Airbus" has nine of ten too, but that is one
        // twentieth of those of BA.
        assert_eq!(
            decided("boeing", &[("BA", LegalForm, 0..90), ("AA", Title, 90..100)], &[("BA", 180)]),
            Ok("BA".into())
        );
        assert_eq!(
            decided("airbus", &[("BA", LegalForm, 0..9), ("AA", Title, 9..10)], &[("BA", 180)]),
            Err("BA+AA".into())
        );
        // "Home" begins longer names only.
        assert_eq!(decided("home", &[("HD", TitlePrefix, 0..90)], &[("HD", 100)]), Err("HD".into()));
        // Two of five each: not clear.
        let fox = [("FOX", LegalForm, 0..4), ("DIS", LegalForm, 4..8), ("CBS", LegalForm, 8..10)];
        assert!(decided("fox", &fox, &[("FOX", 8), ("DIS", 8), ("CBS", 8)]).is_err());
    }

    #[test]
    fn lines_of_one_issuer_are_joined() {
        // Each covers half of the articles, and both all.
        let google = [("GOOG", LegalForm, 0..50), ("GOOGL", LegalForm, 50..100)];
        assert_eq!(decided("google", &google, &[("GOOG", 100), ("GOOGL", 100)]), Ok("GOOG+GOOGL".into()));
        // Listed beside it in most articles.
        let ge = [("GE", Title, 0..100), ("GEK", Title, 10..100)];
        assert_eq!(decided("ge", &ge, &[("GE", 200), ("GEK", 180)]), Ok("GE+GEK".into()));
        // Another first letter at the same venue is another issuer.
        let other = [("GE", Title, 0..100), ("BHI", Title, 10..100)];
        assert_eq!(decided("ge", &other, &[("GE", 200), ("BHI", 150)]), Ok("GE".into()));
    }

    #[test]
    fn a_chinese_bracket_is_enough() {
        assert_eq!(decided("青禾电池", &[("300999.SZ", Explicit, 0..1)], &[]), Ok("300999".into()));
        let two = [("300999.SZ", Explicit, 0..5), ("3999.HK", Explicit, 3..6)];
        assert_eq!(decided("青禾电池", &two, &[]), Ok("300999+3999".into()));
        let once_each = [("300999.SZ", Explicit, 0..1), ("600001.SH", Explicit, 1..2)];
        assert!(decided("资源", &once_each, &[("300999", 90), ("600001", 90)]).is_err());
    }
}
