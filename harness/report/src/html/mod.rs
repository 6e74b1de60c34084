//! The report as one HTML page: what was found, at a glance and in detail, for people who are no cryptographers as well.
//!
//! The page is one file. It fetches nothing, its policy allows no script and no style but its own, and all text that may be a
//! ratchet's is inert. Nothing under `timings` is in it, so one seed gives the same bytes; what dead workers wrote stands
//! there too, and only the JSON report has it.

mod comparison;
mod failures;
mod maps;
mod matrix;
mod overview;
mod places;
mod ratchets;
#[cfg(test)]
mod tests;
mod times;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::{Context, Report};

/// The style of the page.
const STYLE: &str = concat!(
    include_str!("assets/page.css"),
    include_str!("assets/tables.css"),
    include_str!("assets/drawings.css"),
);

/// What makes the page move; without it everything is there and readable.
const SCRIPT: &str = concat!(
    include_str!("assets/theme.js"),
    include_str!("assets/links.js"),
    include_str!("assets/filter.js"),
    include_str!("assets/sort.js"),
    include_str!("assets/maps.js"),
);

/// Characters of a name, a version, a paragraph.
const NAME: usize = 80;
const VERSION: usize = 30;
const PARAGRAPH: usize = 1200;

/// The report as a page.
#[must_use]
pub fn render(report: &Report, context: &Context) -> String {
    let word = context.word(report);
    let sections = [
        Some(("matrix", "Verdicts", matrix::section(report, context))),
        Some(("comparison", "Comparison", comparison::section(report, context))),
        times::section(context).map(|section| ("times", "How fast they are", section)),
        Some(("failures", "Failures", failures::section(report, context))),
        maps::section(report).map(|section| ("maps", "Exposure maps", section)),
        Some(("ratchets", "Ratchets and their games", ratchets::section(report))),
    ];
    let sections: Vec<(&str, &str, Markup)> = sections.into_iter().flatten().collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Sprag: " (word) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the report" }
                (overview::header(report, context))
                nav aria-label="Parts of the report" {
                    ul { @for (id, title, _) in &sections { li { a href={ "#" (id) } { (title) } } } }
                }
                main id="main" tabindex="-1" {
                    (overview::troubles(report, context))
                    @for (id, title, section) in &sections {
                        section id=(id) aria-labelledby={ (id) "-title" } {
                            h2 id={ (id) "-title" } { (title) }
                            (section)
                        }
                    }
                }
                footer {
                    p { "Sprag. A pass is no proof: it says that the attackers of a game found nothing in the trials that were run." }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// Nothing may be fetched, sent or framed; of scripts and styles only this page's very own run.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
