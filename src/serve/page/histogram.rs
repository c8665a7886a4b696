//! A histogram of articles over time; its bars are links.

use super::url_state::UrlState;
use maud::{Markup, html};

/// The size of the SVG view box.
const WIDTH: usize = 720;
const HEIGHT: usize = 64;
/// At most this many bars; more could not be told apart.
const MAX_BARS: usize = 240;

/// Draws the first calendar that has 2 to [`MAX_BARS`] periods. A calendar is a list of periods in order, with their
/// numbers of articles.
pub(super) fn bars(label: &str, url_state: &UrlState, calendars: &[&[(String, u64)]]) -> Markup {
    let drawn =
        calendars.iter().map(|counts| whole(counts)).find(|counts| (2..=MAX_BARS).contains(&counts.len()));
    drawn.map(|counts| draw(label, url_state, &counts)).unwrap_or_default()
}

fn draw(label: &str, url_state: &UrlState, counts: &[(String, u64)]) -> Markup {
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let width = WIDTH / counts.len();
    let drawn = width * counts.len();
    let (first, last) = (&counts[0].0, &counts[counts.len() - 1].0);
    let height = |count: u64| {
        let share = usize::try_from(count * HEIGHT as u64 / most).unwrap_or(HEIGHT);
        if count > 0 { share.max(2) } else { 0 }
    };
    html! {
        figure.bars {
            figcaption.unseen { (label) }
            svg viewBox={ "0 0 " (drawn) " " (HEIGHT) } preserveAspectRatio="none" role="group" aria-label=(label) {
                @for (index, (period, count)) in counts.iter().enumerate() {
                    @let (x, tall) = (index * width, height(*count));
                    @if *count > 0 {
                        a href=(url_state.with_date(Some(period)).address())
                            aria-label={ (period) ": " (count) } {
                            title { (period) ": " (count) }
                            rect.reach x=(x) y="0" width=(width) height=(HEIGHT) {}
                            rect.bar x=(x) y=(HEIGHT - tall) width=(width.saturating_sub(1).max(1)) height=(tall) {}
                        }
                    }
                }
            }
            p.ends aria-hidden="true" { span { (first) } span { (last) } }
        }
    }
}

/// The counts with empty periods filled in.
fn whole(counts: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = Vec::new();
    for (period, count) in counts {
        // Fill the gap to the previous period.
        let mut next = all.last().and_then(|(last, _)| after(last));
        while let Some(between) = next.filter(|between| between < period) {
            if all.len() > MAX_BARS {
                return all;
            }
            next = after(&between);
            all.push((between, 0));
        }
        all.push((period.clone(), *count));
    }
    all
}

/// The period after `2025`, `2025-03` or `2025-03-07`.
fn after(period: &str) -> Option<String> {
    let mut parts = period.split('-').map(|part| part.parse::<i16>().ok());
    let year = parts.next()??;
    let (month, day) = (parts.next().flatten(), parts.next().flatten());
    let first = |month: i16, day: i16| {
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    match (month, day) {
        (None, _) => Some(format!("{:04}", year.checked_add(1)?)),
        (Some(month), None) => {
            let next = first(month, 1)?.checked_add(jiff::Span::new().months(1)).ok()?;
            Some(next.strftime("%Y-%m").to_string())
        }
        (Some(month), Some(day)) => Some(first(month, day)?.tomorrow().ok()?.to_string()),
    }
}
