//! Punctuation that keyboards for Chinese produce.

/// The ASCII punctuation that a full-width or typographic character stands for.
pub(super) fn ascii(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '“' | '”' | '„' | '「' | '」' | '『' | '』' | '＂' => '"',
        '：' => ':',
        '＊' => '*',
        '－' => '-',
        '＾' => '^',
        '｜' => '|',
        '～' => '~',
        other => other,
    }
}
