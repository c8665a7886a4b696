//! The frame of all pages.

use super::{ICON_AT, SCRIPT_AT, STYLE, Visit};
use crate::{
    render,
    serve::problem_details::{ProblemDetails, QueryProblem},
};
use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page: the head, the search box, and `main`.
pub(super) fn page(visit: &Visit, title: &str, main: &Markup) -> Markup {
    let words = visit.i18n;
    let title = render::safe(title);
    html! {
        (DOCTYPE)
        html lang=(words.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { @if title.is_empty() { "newsdex" } @else { (title) " · newsdex" } }
                link rel="icon" href=(ICON_AT) type="image/svg+xml";
                style { (PreEscaped(STYLE)) }
                script src=(*SCRIPT_AT) defer {}
            }
            body {
                a.skip href="#main" { (words.skip) }
                header.top {
                    a.name href="/" aria-label={ "newsdex: " (words.home) } { "newsdex" }
                    form.box role="search" action="/search" method="get" {
                        label.unseen for="q" { (words.search) }
                        input #q type="search" name="q" value=(visit.url_state.words()) placeholder=(words.placeholder)
                            autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="16384"
                            autofocus[visit.url_state.is_start()];
                        @for (name, value) in visit.url_state.beside_words() {
                            input type="hidden" name=(name) value=(value);
                        }
                        button type="submit" { (words.search) }
                        ul #suggestions role="listbox" aria-label=(words.search) hidden {}
                    }
                }
                main #main { (main) }
                footer.foot { p.keys { (words.keys) } }
            }
        }
    }
}

/// The page for an error.
pub(super) fn problem(visit: &Visit, problem: &ProblemDetails) -> Markup {
    let words = visit.i18n;
    let typed: Vec<char> = visit.url_state.words().chars().collect();
    let main = html! {
        section.problem role="alert" {
            h1 { (words.wrong) }
            @if problem.problems.is_empty() { p { (render::safe(&words.told(&problem.detail))) } }
            @if problem.status() == StatusCode::UNAUTHORIZED {
                form action="/" method="get" {
                    label for="token" { (words.token) } " "
                    input #token type="password" name="token" required autocomplete="current-password";
                    " " button type="submit" { (words.enter) }
                }
            }
            @for QueryProblem { message, hint, span, .. } in &problem.problems {
                @let [start, end] = [span[0].min(typed.len()), span[1].min(typed.len())];
                @let part = |from: usize, to: usize| typed[from..to.max(from)].iter().collect::<String>();
                p.typed { code { (part(0, start)) mark { (part(start, end)) } (part(end.max(start), typed.len())) } }
                p { (render::safe(&words.told(message))) }
                @if let Some(hint) = hint { p.hint { (render::safe(&words.told(hint))) } }
            }
        }
    };
    page(visit, words.wrong, &main)
}
