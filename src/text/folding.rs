//! Folding: maps all spellings of a word to one form.
//!
//! Case, width, accents, ligatures, traditional characters and variants do not tell words apart. Folding works
//! character by character without context, except that a voicing mark joins the kana before it, and that the
//! letters of a decomposed hangul syllable are one.

use std::borrow::Cow;

use super::character::{self, Class, Script, class};
use super::spaces::is_wrap;
use super::table::Table;

/// Traditional characters and variants to simplified characters.
///
/// 4,105 pairs are data from `OpenCC` (`TSCharacters`, first candidates), Apache License 2.0. Where `OpenCC` maps
/// in two steps (薴 to 苧, 苧 to 苎) the table holds the final character.
///
/// 567 more are variants. Two characters are joined where one of these says so: `OpenCC` 1.4.2 (any candidate of
/// `TSCharacters` and `STCharacters`; `HKVariants`, `TWVariants`, `JPShinjitaiCharacters`), or Unihan 14.0
/// (`kSimplifiedVariant`, `kTraditionalVariant`, `kZVariant`; `kSemanticVariant` by two dictionaries or more). A
/// character of GB 2312, or one to which the first table folds, is a word of its own in simplified Chinese, and
/// stays: 芸, 弁, 浜, 沈. All others that are joined, however many steps apart, to exactly one of these fold to it:
/// 衞, 舖, 値, 経. Only U+4E00 to U+9FFF take part.
///
/// By hand: 著, 覆 and 藉 fold to 着, 复 and 借, which are the same words in most texts (随著, 回覆, 藉此) though not in
/// all; so do 砲 and 礮 to 炮. On 36,447 articles from Hong Kong and Taiwan, the variants change the
/// terms of 6,334, and join 932 of 458,493 bigrams to others: 衞生 and 卫生, 随著 and 随着, 回覆 and 回复.
static TRADITIONAL: Table<2781, { 618 * 64 }, 4677> = Table::new(include_str!("traditional.txt"));

/// Accented letters to plain letters; superscripts, compatibility ideographs and Kangxi radicals to the
/// characters they stand for. From the decompositions of the Unicode Character Database; letters with a
/// stroke have none and were added by hand. Capitals are not listed.
static VARIANTS: Table<1020, { 65 * 64 }, 1661> = Table::new(include_str!("variants.txt"));

/// Distance in code points from an ASCII character to its full-width form.
const WIDE: u32 = 0xFEE0;

/// Folds case, width, accents and traditional characters of a word or any other text, without tokenizing it.
/// Folding twice is the same as folding once.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let mut folded = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = character::at(text, at) {
        if let Some(unit) = unit(text, at) {
            folded.push(unit.folded);
            at = unit.end;
            continue;
        }
        if class(character) != Class::Silent {
            push(character, &mut folded);
        }
        at += character.len_utf8();
    }
    if folded == text { Cow::Borrowed(text) } else { Cow::Owned(folded) }
}

/// Appends the folding of a character that is neither silent nor part of a run.
pub(super) fn push(character: char, folded: &mut String) {
    if character.is_ascii() {
        folded.push(character.to_ascii_lowercase());
        return;
    }
    if let Some(narrow) = narrow(character) {
        folded.push(narrow.to_ascii_lowercase());
        return;
    }
    // Only İ has a lower case of two characters, and the second is an accent.
    let lower = character.to_lowercase().next().unwrap_or(character);
    let plain = VARIANTS.fold(lower);
    match spelt_out(plain) {
        Some(letters) => folded.push_str(letters),
        None => folded.push(plain),
    }
}

/// One character of a run, with the marks after it that belong to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// The folded character.
    pub(super) folded: char,
    /// Its script; a run has only one.
    pub(super) script: Script,
    /// Whether it is three bytes of the source that folding does not change.
    pub(super) unchanged: bool,
    /// Byte offset of the next character that is not silent, nor a zero-width space.
    pub(super) end: usize,
}

/// The unit at byte `start`; `None` if the character there belongs to no run.
#[expect(clippy::inline_always, reason = "measured: one call less for each of a text's Han characters")]
#[inline(always)]
pub(super) fn unit(text: &str, start: usize) -> Option<Unit> {
    // Nearly all of Chinese lies between these two lead bytes.
    let character = match *text.as_bytes().get(start..)?.first_chunk::<3>()? {
        [lead @ 0xE4..=0xE9, second, third] => {
            let code = u32::from(lead & 0xF) << 12 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            char::from_u32(code).filter(|&character| character >= '\u{4E00}')
        }
        _ => None,
    };
    let Some(character) = character else { return rarer_unit(text, start) };
    let folded = TRADITIONAL.fold(character);
    let end = character::skip_silent_in_run(text, start + 3);
    Some(Unit { folded, script: Script::Han, unchanged: folded == character && end == start + 3, end })
}

#[inline(never)]
fn rarer_unit(text: &str, start: usize) -> Option<Unit> {
    let character = character::at(text, start)?;
    let Class::Run(script) = class(character) else { return None };
    let mut end = start + character.len_utf8();
    let folded = match script {
        Script::Han => simplify(character),
        Script::Hangul => {
            let (syllable, after) = composed(text, character, end);
            end = after;
            syllable
        }
        Script::Kana => {
            let kana = widen(character);
            let mark_at = if is_wrap(text, end) { end + 1 } else { end };
            match character::at(text, mark_at).and_then(|mark| Some((voiced(kana, mark)?, mark))) {
                Some((voiced, mark)) => {
                    end = mark_at + mark.len_utf8();
                    voiced
                }
                None => kana,
            }
        }
    };
    let end = character::skip_silent_in_run(text, end);
    Some(Unit { folded, script, unchanged: folded == character && end == start + 3, end })
}

/// The simplified form of a Han character.
#[inline]
fn simplify(character: char) -> char {
    match character {
        '\u{2E80}'..='\u{2FD5}' | '\u{F900}'..='\u{FAFF}' => VARIANTS.fold(character),
        _ => TRADITIONAL.fold(character),
    }
}

/// The ASCII character that a full-width character, a typographic apostrophe, a wide or a zero-width space stands for.
fn narrow(character: char) -> Option<char> {
    match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character) - WIDE),
        '\u{2019}' => Some('\''),
        '\u{3000}' | '\u{200B}' => Some(' '),
        _ => None,
    }
}

/// The ASCII letters for a ligature, a Roman numeral, or a letter such as `ß` or `þ`.
fn spelt_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ĳ' => "ij",
        'ŀ' => "l",
        'ŉ' => "n",
        'ǆ' | 'ǳ' => "dz",
        'ǉ' => "lj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        'ⅱ' => "ii",
        'ⅲ' => "iii",
        'ⅳ' => "iv",
        'ⅵ' => "vi",
        'ⅶ' => "vii",
        'ⅷ' => "viii",
        'ⅸ' => "ix",
        'ⅺ' => "xi",
        'ⅻ' => "xii",
        _ => return None,
    })
}

/// The full-width form of a half-width katakana; other kana stay.
fn widen(kana: char) -> char {
    const WIDE_KANA: [char; 56] = [
        'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー', 'ア', 'イ', 'ウ', 'エ', 'オ', 'カ',
        'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ', 'ヌ',
        'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', 'ラ', 'リ',
        'ル', 'レ', 'ロ', 'ワ', 'ン',
    ];
    let place = u32::from(kana).wrapping_sub(0xFF66) as usize;
    WIDE_KANA.get(place).copied().unwrap_or(kana)
}

/// The hangul syllable of the letter `first` and the vowel and final consonant that follow it at byte `end`, with the
/// byte offset behind it; `first` itself, if they compose none (The Unicode Standard, section 3.12).
fn composed(text: &str, first: char, mut end: usize) -> (char, usize) {
    const FIRST_SYLLABLE: u32 = 0xAC00;
    const VOWELS: u32 = 21;
    const FINALS: u32 = 28;
    let next = |end: usize, base: u32, count: u32| {
        let at = character::skip_silent_in_run(text, end);
        let letter = character::at(text, at)?;
        let index = u32::from(letter).checked_sub(base).filter(|index| *index < count)?;
        Some((index, at + letter.len_utf8()))
    };
    let mut syllable = u32::from(first);
    if let consonant @ 0..19 = syllable.wrapping_sub(0x1100)
        && let Some((vowel, after)) = next(end, 0x1161, VOWELS)
    {
        syllable = FIRST_SYLLABLE + (consonant * VOWELS + vowel) * FINALS;
        end = after;
    }
    let is_open =
        (FIRST_SYLLABLE..=0xD7A3).contains(&syllable) && (syllable - FIRST_SYLLABLE).is_multiple_of(FINALS);
    if is_open && let Some((last, after)) = next(end, 0x11A8, FINALS - 1) {
        syllable += last + 1;
        end = after;
    }
    (char::from_u32(syllable).unwrap_or(first), end)
}

/// The kana that `kana` and a voicing mark combine to: が from か and ゛, ぱ from は and ゜.
fn voiced(kana: char, mark: char) -> Option<char> {
    // In Unicode a voiced kana follows its plain form, the P row follows the B row, and katakana are 0x60
    // above hiragana.
    let code = u32::from(kana);
    let hiragana = if code >= 0x30A1 { code - 0x60 } else { code };
    let h_row = matches!(hiragana, 0x306F | 0x3072 | 0x3075 | 0x3078 | 0x307B);
    let k_to_t_row = match hiragana {
        0x304B..=0x3061 => hiragana % 2 == 1,
        0x3064..=0x3068 => hiragana % 2 == 0,
        _ => false,
    };
    // Katakana alone have signs for these: ヷ, ヸ, ヹ and ヺ.
    let wa_row = matches!(code, 0x30EF..=0x30F2);
    let step = match mark {
        '\u{3099}' | '\u{FF9E}' if hiragana == 0x3046 => 0x4E,
        '\u{3099}' | '\u{FF9E}' if wa_row => 8,
        '\u{3099}' | '\u{FF9E}' if h_row || k_to_t_row || hiragana == 0x309D => 1,
        '\u{309A}' | '\u{FF9F}' if h_row => 2,
        _ => return None,
    };
    char::from_u32(code + step)
}
