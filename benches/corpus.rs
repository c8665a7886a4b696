//! Makes a corpus of articles that are no one's: as many as are wanted, the same for the same seed.
//!
//! `cargo bench --bench corpus -- FOLDER COUNT [SEED]`. Words are drawn by Zipf's law from a vocabulary of made-up
//! syllables (English) and of pairs of common characters (Chinese, simplified and traditional); lengths, symbols and
//! dates are spread as in an archive of news. One article in twenty has pages in all three languages.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]
#![expect(clippy::print_stdout, reason = "it says what it made")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "drawing by chance needs no last digit"
)]

#[path = "common/chance.rs"]
mod chance;

use chance::Chance;
use std::{env, fmt::Write as _, fs, path::Path};

const ENGLISH: usize = 120_000;
const CHINESE: usize = 40_000;
const SECURITIES: usize = 5_000;
/// Files in a folder.
const IN_FOLDER: usize = 1_000;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [folder, count, seed @ ..] = &args[..] else {
        println!("usage: cargo bench --bench corpus -- FOLDER COUNT [SEED]");
        return;
    };
    let count: usize = count.parse().unwrap();
    let maker = Maker::new(seed.first().map_or(1, |seed| seed.parse().unwrap()));
    let mut bytes = 0;
    for number in 0..count {
        let folder = Path::new(folder).join(format!("{:04}", number / IN_FOLDER));
        if number % IN_FOLDER == 0 {
            fs::create_dir_all(&folder).unwrap();
        }
        for (locale, text) in maker.pages(number) {
            bytes += text.len();
            fs::write(folder.join(format!("{}.{locale}.md", first_id() + number)), text).unwrap();
        }
    }
    println!("{count} articles, {:.1} MB", bytes as f64 / 1e6);
}

fn first_id() -> usize {
    300_000_000
}

impl Chance {
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank from 0 below `end`, the first ones by far the most often: Zipf's law with exponent 1.
    fn rank(&mut self, end: usize) -> usize {
        let rank = ((end as f64 + 1.0).ln() * self.part()).exp() - 1.0;
        (rank as usize).min(end - 1)
    }

    /// A length whose logarithm is normal, about.
    fn length(&mut self, median: f64, spread: f64) -> usize {
        let normal = (0..12).map(|_| self.part()).sum::<f64>() - 6.0;
        ((median.ln() + spread * normal).exp() as usize).max(1)
    }
}

struct Maker {
    seed: u64,
    english: Vec<String>,
    simplified: Vec<String>,
    traditional: Vec<String>,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let english = (0..ENGLISH).map(|rank| word(&mut chance, rank)).collect();
        let (simplified, traditional) = (0..CHINESE).map(|_| pair(&mut chance)).unzip();
        Self { seed, english, simplified, traditional }
    }

    /// The pages of an article, each with its locale.
    fn pages(&self, number: usize) -> Vec<(&'static str, String)> {
        let mut chance = Chance(self.seed ^ (number as u64).wrapping_mul(0x2545_F491_4F6C_DD1D));
        let locales: &[&str] = match chance.below(100) {
            0..5 => &["en", "zh-CN", "zh-HK"],
            5..75 => &["en"],
            75..90 => &["zh-CN"],
            _ => &["zh-HK"],
        };
        let symbols: Vec<String> = (0..chance.rank(4)).map(|_| symbol(chance.rank(SECURITIES))).collect();
        let day = chance.below(38 * 365);
        let minute = chance.below(24 * 60);
        let draw = chance.next();
        let pages = locales.iter().map(|&locale| {
            // The pages of an article have the words of the same ranks.
            let page = self.page(number, locale, &symbols, (day, minute), &mut Chance(draw));
            (locale, page)
        });
        pages.collect()
    }

    fn page(
        &self,
        number: usize,
        locale: &str,
        symbols: &[String],
        (day, minute): (usize, usize),
        chance: &mut Chance,
    ) -> String {
        let id = first_id() + number;
        let title = self.sentence(locale, 8, chance);
        let (year, month) = (1988 + day / 365, 1 + day % 365 / 31);
        let mut text = format!(
            "---\ntitle: \"{title}\"\ntype: \"News\"\nlocale: \"{locale}\"\n\
             url: \"https://news.example/{locale}/news/{id}.md\"\n\
             datetime: \"{year}-{month:02}-{:02}T{:02}:{:02}:00.000Z\"\n---\n\n# {title}\n\n",
            1 + day % 28,
            minute / 60,
            minute % 60,
        );
        let sentences = chance.length(3.0, 0.9);
        for sentence in 0..sentences {
            let length = chance.length(18.0, 0.4);
            text.push_str(&self.sentence(locale, length, chance));
            text.push_str(if locale == "en" { ". " } else { "。" });
            if sentence % 4 == 3 {
                text.push_str("\n\n");
            }
        }
        if !symbols.is_empty() {
            text.push_str("\n\n### Related Stocks\n\n");
        }
        for symbol in symbols {
            let _ = writeln!(text, "- [{symbol}](https://news.example/{locale}/quote/{symbol}.md)");
        }
        text
    }

    fn sentence(&self, locale: &str, words: usize, chance: &mut Chance) -> String {
        let mut text = String::new();
        for at in 0..words {
            let rank = chance.rank(ENGLISH);
            match locale {
                "en" => {
                    let gap = if at == 0 { "" } else { " " };
                    let _ = write!(text, "{gap}{}", self.english[rank]);
                }
                "zh-CN" => text.push_str(&self.simplified[rank % CHINESE]),
                _ => text.push_str(&self.traditional[rank % CHINESE]),
            }
        }
        text
    }
}

/// A word of syllables, the frequent ones short.
fn word(chance: &mut Chance, rank: usize) -> String {
    const BEGINNINGS: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pr", "ch", "sh",
        "gr",
    ];
    const MIDDLES: [&str; 10] = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "io", "ee"];
    const ENDS: [&str; 10] = ["", "n", "r", "s", "t", "l", "nd", "ng", "rt", "ck"];
    let syllables = 1 + (rank + 2).ilog(30) as usize + chance.below(2);
    let part = |list: &[&'static str], chance: &mut Chance| list[chance.below(list.len())];
    let mut word = String::new();
    for _ in 0..syllables {
        word.push_str(part(&BEGINNINGS, chance));
        word.push_str(part(&MIDDLES, chance));
        word.push_str(part(&ENDS, chance));
    }
    word
}

/// Two characters in simplified and in traditional writing.
fn pair(chance: &mut Chance) -> (String, String) {
    const SIMPLIFIED: &str = "市场公司证券投资银行经济发展企业产业增长国际电动车价格业务数据报告资产负债务东买卖进出风险万亿华为汇率";
    const TRADITIONAL: &str = "市場公司證券投資銀行經濟發展企業產業增長國際電動車價格業務數據報告資產負債務東買賣進出風險萬億華為匯率";
    let common =
        ['的', '一', '是', '在', '不', '有', '中', '上', '大', '年', '月', '日', '股', '行', '本', '新'];
    let listed = SIMPLIFIED.chars().count();
    let one = |chance: &mut Chance| {
        // Beyond the listed ones, characters that are the same in both.
        let at = chance.rank(listed + common.len() + 2_000);
        match at.checked_sub(listed) {
            None => (SIMPLIFIED.chars().nth(at).unwrap(), TRADITIONAL.chars().nth(at).unwrap()),
            Some(at) if at < common.len() => (common[at], common[at]),
            Some(at) => {
                let same = char::from_u32(0x4E00 + (at as u32 * 7) % 0x5000).unwrap();
                (same, same)
            }
        }
    };
    let (first, second) = (one(chance), one(chance));
    (String::from_iter([first.0, second.0]), String::from_iter([first.1, second.1]))
}

/// A security by its rank: of the United States, mainland China or Hong Kong.
fn symbol(rank: usize) -> String {
    let letter = |at: usize| char::from(b'A' + (at % 26) as u8);
    match rank % 3 {
        0 => format!("{}{}{}.US", letter(rank / 676), letter(rank / 26), letter(rank)),
        1 => format!("{}.SH", 600_000 + rank),
        _ => format!("{}.HK", 1 + rank),
    }
}
