//! The forms of codes: digits, sectors, options.

/// The root of an option code, `AAPL` of `AAPL260417C190000`: root, expiry as YYMMDD, `C` or `P`, strike price
/// in thousandths.
pub(super) fn option_root(code: &str) -> Option<&str> {
    let head = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let strike = code.len() - head.len();
    let head = head.strip_suffix(['C', 'P'])?;
    let (root, expiry) = head.split_at_checked(head.len().checked_sub(6)?)?;
    let (month, day) = (expiry.get(2..4)?, expiry.get(4..6)?);
    let dated = is_digits(expiry) && ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    let rooted = root.starts_with(|c: char| c.is_ascii_uppercase()) && root.len() <= 6;
    (dated && rooted && (1..=9).contains(&strike)).then_some(root)
}

/// Whether `code` is a sector of Longbridge (`IN00258`) or of Eastmoney (`BK0475`).
pub(super) fn is_sector(code: &str) -> bool {
    let digits = |prefix, count| code.strip_prefix(prefix).is_some_and(|d| d.len() == count && is_digits(d));
    digits("IN", 5) || digits("BK", 4)
}

/// Whether `text` consists of one or more ASCII digits.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` consists of six ASCII digits.
pub(super) fn is_six_digits(text: &str) -> bool {
    text.len() == 6 && is_digits(text)
}

pub(super) fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether `code` is one or more runs of letters and digits with single dots or hyphens between them.
pub(super) fn is_segmented(code: &str) -> bool {
    code.split(['.', '-']).all(|run| !run.is_empty() && is_alphanumeric(run))
}
