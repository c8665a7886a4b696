//! What a URL tells: whether it is safe to show, which article or security it names, and the language.
//!
//! URLs have the shapes of the archive's pages: `/en/news/ID.md`, `/news/ID`, `/news/post/ID`,
//! `/quote/AS.US/news/ID`, `/zh-CN/quote/600586.CN.md`, each with or without a query.

use super::locale::canonical_locale;

/// Maximum number of digits of an article id; more digits are not an id.
const MAX_ID_DIGITS: usize = 40;

/// A number of up to this many digits is that of a row of some database, and not of an article on a site: those of Finnhub have
/// seven to nine digits, those of Longbridge nine.
const MAX_ROW_DIGITS: usize = 6;

/// Whether an id is the number of a row, by which another file may know another article.
pub(crate) fn is_row_number(id: &str) -> bool {
    (1..=MAX_ROW_DIGITS).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a link of the tail names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'t> {
    /// A security, in the notation of the URL (`600586.CN`).
    Security(&'t str),
    /// Another article of the archive, by its id.
    Article(&'t str),
}

impl<'t> Target<'t> {
    /// What a URL names; `None` for any other page, such as the news of another site.
    pub(super) fn of(url: &'t str) -> Option<Self> {
        if let Some(at) = find(url, b"/news/") {
            return article_id(&url[at..]).map(Self::Article);
        }
        let code = &url[find(url, b"/quote/")? + "/quote/".len()..];
        let code = code.find(['?', '#']).map_or(code, |end| &code[..end]);
        Some(Self::Security(code.strip_suffix(".md").unwrap_or(code)))
    }

    /// The id, if the target is an article.
    pub(super) fn article(self) -> Option<&'t str> {
        if let Self::Article(id) = self { Some(id) } else { None }
    }
}

/// The article id in a URL: six digits or more after `/news/` or `/news/post/`.
pub(super) fn article_id(url: &str) -> Option<&str> {
    let mut rest = url;
    while let Some(at) = find(rest, b"/news/") {
        // Keep the last slash: it may begin the next `/news/`.
        rest = &rest[at + "/news".len()..];
        let id = rest[1..].strip_prefix("post/").unwrap_or(&rest[1..]);
        let digits = id.bytes().take_while(u8::is_ascii_digit).count();
        if (6..=MAX_ID_DIGITS).contains(&digits) {
            return Some(&id[..digits]);
        }
    }
    None
}

/// Whether a URL is safe to show as a link: http or https, a host without user info, no characters that break
/// out of an attribute or a terminal, and no `..` in the path.
pub(super) fn is_safe(url: &str) -> bool {
    let forbidden = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '<' | '>' | '`' | '\\' | '\u{200b}'..='\u{202e}')
    };
    let Some((Some(host), path)) = parts(url) else { return false };
    !host.is_empty() && !url.starts_with('/') && !has(url, forbidden) && can_be_trusted(Some(host), path)
}

/// Whether a URL can be trusted to name an article, even if it is not safe to show: a path alone is enough,
/// but no other scheme, no user info, no control characters and no `..` in the path.
pub(super) fn is_plain(url: &str) -> bool {
    let Some((host, path)) = parts(url) else { return false };
    !has(url, char::is_control) && can_be_trusted(host, path)
}

/// Whether a host has no user info, and a path no `..`.
fn can_be_trusted(host: Option<&str>, path: &str) -> bool {
    host.is_none_or(|host| !host.contains('@'))
        && (!path.contains("..") || path.split(['/', '\\']).all(|step| step != ".."))
}

/// Whether a URL has a character of some kind. Nearly all are ASCII, in which bytes are characters.
fn has(url: &str, is_wanted: impl Fn(char) -> bool) -> bool {
    if url.is_ascii() { url.bytes().any(|byte| is_wanted(char::from(byte))) } else { url.contains(is_wanted) }
}

/// The host of a web URL, if it has one, and all of the URL from the path on; `None` for other schemes.
fn parts(url: &str) -> Option<(Option<&str>, &str)> {
    let divided = |rest: &'_ str| memchr::memchr3(b'/', b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
    let after_scheme = match url.split_once(':') {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => {
            let is_web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
            rest.starts_with("//").then_some(rest).filter(|_| is_web)?
        }
        _ => url,
    };
    Some(match after_scheme.strip_prefix("//") {
        Some(rest) => (Some(&rest[..divided(rest)]), &rest[divided(rest)..]),
        None => (None, after_scheme),
    })
}

/// The locale in the first segment of a URL's path (`/zh-CN/news/…`), in the archive's spelling.
///
/// Without a region only `en` and `zh` count, the archive's languages, since `/us/` and the like name
/// countries.
pub(super) fn locale_of_path(url: &str) -> Option<String> {
    let (_, path) = parts(url)?;
    let step = path.trim_start_matches('/').split(['/', '?', '#']).next()?;
    (step.contains(['-', '_']) || matches!(step, "en" | "zh")).then(|| canonical_locale(step))?
}

/// The byte offset of a short string in a URL. At this length a plain loop beats preparing a search.
fn find<const N: usize>(url: &str, piece: &[u8; N]) -> Option<usize> {
    url.as_bytes().windows(N).position(|window| window == piece)
}
