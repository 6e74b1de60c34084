//! A badge: the verdict and its count, drawn here as SVG or described for shields.io. Nothing is fetched.

use maud::{Markup, html};
use serde::Serialize;
use sprag::Verdict;
use unicode_width::UnicodeWidthChar as _;

use crate::inert::inert_json;
use crate::tally::Tally;
use crate::{Context, Report, inert};

/// What stands on the left of a badge unless told otherwise.
pub const LABEL: &str = "sprag";

/// Characters of a label that are drawn.
const LONGEST: usize = 40;

/// What a badge says.
struct Badge {
    label: String,
    message: String,
    colour: Colour,
}

#[derive(Clone, Copy)]
enum Colour {
    Green,
    Yellow,
    Orange,
    Red,
    Grey,
}

/// The badge as an SVG image with a title.
#[must_use]
pub fn svg(report: &Report, label: &str, context: &Context) -> String {
    let Badge { label, message, colour } = badge(report, label, context);
    let title = format!("{label}: {message}");
    let (left, right) = (width(&label), width(&message));
    let side = |text: &str, from: u32, width: u32| -> Markup {
        html! {
            text x=(from + width / 2) y="14" textLength=(width - 2 * MARGIN) { (text) }
        }
    };
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(left + right) height="20" role="img" aria-label=(title) {
            title { (title) }
            clipPath id="round" { rect width=(left + right) height="20" rx="3" {} }
            g clip-path="url(#round)" {
                rect width=(left) height="20" fill="#444" {}
                rect x=(left) width=(right) height="20" fill=(colour.hex()) {}
            }
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                (side(&label, 0, left))
                (side(&message, left, right))
            }
        }
    };
    drawing.into_string() + "\n"
}

/// The badge as the JSON that the endpoint badge of shields.io takes.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn endpoint(
    report: &Report,
    label: &str,
    context: &Context,
) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Endpoint {
        schema_version: u32,
        label: String,
        message: String,
        color: &'static str,
        is_error: bool,
    }
    let Badge { label, message, colour } = badge(report, label, context);
    let is_error = matches!(colour, Colour::Red);
    let endpoint = Endpoint { schema_version: 1, label, message, color: colour.name(), is_error };
    serde_json::to_string_pretty(&endpoint).map(|json| inert_json(&json) + "\n")
}

fn badge(report: &Report, label: &str, context: &Context) -> Badge {
    let tally = Tally::of(report.games().map(|(_, game)| game));
    let count = |verdict| tally.count(verdict);
    let outdated = report.games().any(|(_, game)| !game.missing_deviations.is_empty());
    let (message, colour) = if count(Verdict::Fail) > 0 {
        (format!("{} fail", count(Verdict::Fail)), Colour::Red)
    } else if context.strict && count(Verdict::Weak) > 0 {
        (format!("{} weak", count(Verdict::Weak)), Colour::Red)
    } else if !context.troubles.is_empty() {
        ("troubled".to_owned(), Colour::Red)
    } else if outdated {
        ("outdated".to_owned(), Colour::Orange)
    } else if tally.present().all(|(verdict, _)| verdict == Verdict::NotRun) {
        ("nothing checked".to_owned(), Colour::Grey)
    } else if !report.complete {
        ("incomplete".to_owned(), Colour::Orange)
    } else {
        let passed = format!("{} pass", count(Verdict::Pass));
        let beside = [Verdict::Weak, Verdict::Known, Verdict::NotClaimed]
            .into_iter()
            .filter(|&verdict| count(verdict) > 0)
            .map(|verdict| format!("{} {verdict}", count(verdict)));
        let worse = count(Verdict::Weak) + count(Verdict::Known) > 0;
        let words: Vec<String> = std::iter::once(passed).chain(beside).collect();
        (words.join(", "), if worse { Colour::Yellow } else { Colour::Green })
    };
    Badge { label: inert(label).chars().take(LONGEST).collect(), message, colour }
}

impl Colour {
    /// As shields.io calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Green => "brightgreen",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Grey => "lightgrey",
        }
    }

    /// Dark enough for white text.
    const fn hex(self) -> &'static str {
        match self {
            Self::Green => "#2c7a1f",
            Self::Yellow => "#8a6500",
            Self::Orange => "#b34700",
            Self::Red => "#b3261e",
            Self::Grey => "#666",
        }
    }
}

/// Pixels beside each text.
const MARGIN: u32 = 6;

/// Pixels of one side. The text is stretched to fit, so that a rough measure is enough.
fn width(text: &str) -> u32 {
    let tenths = |character: char| match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 35,
        ' ' | 'f' | 't' | 'r' | '-' | '(' | ')' | '/' => 45,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 105,
        'A'..='Z' => 80,
        _ if character.width() == Some(2) => 120,
        _ => 67,
    };
    let text: u32 = text.chars().map(tenths).sum();
    text.div_ceil(10) + 2 * MARGIN
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;
    use crate::fixtures;

    fn message(report: &Report, context: &Context) -> (String, String) {
        let json: serde_json::Value =
            serde_json::from_str(&endpoint(report, LABEL, context).unwrap()).unwrap();
        assert_eq!((&json["schemaVersion"], &json["label"]), (&1.into(), &LABEL.into()));
        assert_eq!(json["isError"], json["color"] == "red");
        let text = |key: &str| json[key].as_str().unwrap().to_owned();
        (text("message"), text("color"))
    }

    #[test]
    fn the_worst_verdict_is_what_a_badge_says() {
        let plain = Context::default();
        let strict = Context { strict: true, ..Context::default() };
        let says = |report: &Report, context: &Context, text: &str, colour: &str| {
            assert_eq!(message(report, context), (text.to_owned(), colour.to_owned()));
        };
        let mut report = fixtures::ordinary();
        says(&report, &plain, "1 fail", "red");
        report.ratchets[0].games.remove(0);
        says(&report, &plain, "2 pass, 1 weak, 1 known, 1 not-claimed", "yellow");
        says(&report, &strict, "1 weak", "red");
        says(&report, &fixtures::hostile_context(), "troubled", "red");
        report.ratchets[0].games[3].missing_deviations = vec!["SPRAG-F-0001".into()];
        says(&report, &plain, "outdated", "orange");
        says(&fixtures::report(Vec::new()), &plain, "nothing checked", "lightgrey");
        let mut report = fixtures::every_family();
        says(&report, &plain, "5 pass", "brightgreen");
        report.complete = false;
        says(&report, &plain, "incomplete", "orange");
    }

    #[test]
    fn the_drawing_is_named_for_those_who_do_not_see_it() {
        let svg = svg(&fixtures::ordinary(), LABEL, &Context::default());
        let document = Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("aria-label"), Some("sprag: 1 fail"));
        assert_eq!(root.first_element_child().unwrap().text(), Some("sprag: 1 fail"));
        let texts: Vec<&str> = document
            .descendants()
            .filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")))
            .filter_map(|node| node.text())
            .collect();
        assert_eq!(texts, ["sprag", "1 fail"]);
        assert_eq!(svg.matches("http").count(), 1, "only the namespace: {svg}");
    }

    #[test]
    fn a_hostile_label_stays_text() {
        let report = fixtures::ordinary();
        let drawn = svg(&report, fixtures::HOSTILE, &Context::default());
        let document = Document::parse(&drawn).unwrap();
        let label: String = inert(fixtures::HOSTILE).chars().take(LONGEST).collect();
        let title = document.root_element().attribute("aria-label").unwrap();
        assert_eq!(title, format!("{label}: 1 fail"));
        assert!(!drawn.contains("<script>"));
        let json = endpoint(&report, &"\u{202e}".repeat(1 << 20), &Context::default()).unwrap();
        assert!(json.len() < 300 && !json.contains('\u{202e}'), "{json}");
    }

    #[test]
    fn a_longer_text_is_wider() {
        assert!(width("52 pass") < width("52 pass, 1 weak"));
        assert!(width("il") < width("mw") && width("ab") < width("鍵鍵"));
        assert_eq!(width(""), 2 * MARGIN);
    }
}
