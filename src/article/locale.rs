//! The one spelling of a locale, for articles and for those who ask for them.

/// A language tag (BCP 47: language, script, region) in the spelling of the archive, `ZH_cn` → `zh-CN`; `None` for other text.
///
/// A Chinese script without a region becomes the region whose pages are written in it (`zh-Hans` → `zh-CN`,
/// `zh-Hant` → `zh-HK`); a script beside a region is left out (`zh-Hant-HK` → `zh-HK`).
#[must_use]
pub fn canonical_locale(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['-', '_']).peekable();
    let language = parts.next().filter(|part| (2..=3).contains(&part.len()) && is_alphabetic(part))?;
    let script = parts.next_if(|part| part.len() == 4 && is_alphabetic(part));
    let region = parts.next_if(|part| {
        part.len() == 2 && is_alphabetic(part) || part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit())
    });
    if parts.next().is_some() {
        return None;
    }
    let language = language.to_ascii_lowercase();
    let region = region.map(str::to_ascii_uppercase).or_else(|| {
        let script = script.filter(|_| language == "zh")?.to_ascii_lowercase();
        [("hans", "CN"), ("hant", "HK")]
            .iter()
            .find(|(name, _)| *name == script)
            .map(|(_, region)| (*region).into())
    });
    Some(match region {
        Some(region) => format!("{language}-{region}"),
        None => language,
    })
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::canonical_locale;

    /// RFC 5646, 2.1.1: case says nothing; by convention languages are small, regions are capitals. `_` is POSIX's hyphen.
    #[test]
    fn a_locale_has_one_spelling() {
        let cases = [
            ("en", "en"),
            ("EN_us", "en-US"),
            ("zh-Hans", "zh-CN"),
            ("zh_hant", "zh-HK"),
            ("ZH-HANT-tw", "zh-TW"),
            ("sr-Latn", "sr"),
            ("es-419", "es-419"),
            ("yue", "yue"),
        ];
        for (written, canonical) in cases {
            assert_eq!(canonical_locale(written).as_deref(), Some(canonical), "{written}");
            assert_eq!(canonical_locale(canonical).as_deref(), Some(canonical));
        }
        for other in ["", "e", "english", "en-", "zh-Hans-CN-x", "../en", "en us", "*"] {
            assert_eq!(canonical_locale(other), None, "{other}");
        }
    }
}
