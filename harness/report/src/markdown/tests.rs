use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::{fixtures, inert};

/// What the Markdown holds when it is read: the text, the tags of HTML, and whether anything leads elsewhere.
#[derive(Default)]
struct Read {
    text: String,
    html: Vec<String>,
    code: Vec<String>,
    headings: usize,
    items: usize,
    rows: usize,
    leads_elsewhere: bool,
}

fn read(markdown: &str) -> Read {
    let mut read = Read::default();
    let mut in_code = false;
    for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Text(text) if in_code => read.code.push(text.to_string()),
            Event::Text(text) => read.text.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => read.html.push(html.trim().to_owned()),
            Event::Start(Tag::Heading { .. }) => read.headings += 1,
            Event::Start(Tag::Item) => read.items += 1,
            Event::Start(Tag::TableRow) => read.rows += 1,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Start(
                Tag::Link { .. } | Tag::Image { .. } | Tag::Strikethrough | Tag::Emphasis,
            )
            | Event::Code(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::Rule => read.leads_elsewhere = true,
            _ => read.text.push(' '),
        }
    }
    read
}

#[test]
fn a_summary_holds_the_verdict_the_table_and_each_failure() {
    let markdown = render(&fixtures::ordinary(), &fixtures::context(), LIMIT);
    assert!(markdown.starts_with("## Sprag: failed\n\n7 games: 1 fail, 1 weak, "), "{markdown}");
    let read = read(&markdown);
    assert_eq!(read.headings, 3);
    // Six families, and all of them together.
    assert_eq!(read.rows, 7);
    assert_eq!(read.code, ["sprag replay cases/one.json\n"]);
    let text = read.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "forward-secrecy/consumed-key on vodozemac/olm-v1",
        "a message was read.",
        "a thief copies the responder's session",
        "it wrote: thread panicked",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for summary in ["1 weak: no attack", "1 known: ", "1 not-claimed: ", "1 not-run"] {
        assert!(markdown.contains(&format!("<details><summary>{summary}")), "{summary}");
    }
    assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
}

#[test]
fn a_strict_run_shows_weak_games_as_failures() {
    let strict = Context { strict: true, ..fixtures::context() };
    let markdown = render(&fixtures::ordinary(), &strict, LIMIT);
    assert_eq!(read(&markdown).headings, 4);
    assert!(markdown.contains("#### weak: "), "{markdown}");
}

#[test]
fn the_verdict_line_says_how_it_went() {
    let line = |report: &Report, context: &Context| {
        let markdown = render(report, context, LIMIT);
        markdown.lines().next().unwrap().trim_start_matches("## Sprag: ").to_owned()
    };
    let mut report = fixtures::every_family();
    let plain = Context::default();
    assert_eq!(line(&report, &plain), "passed");
    assert_eq!(line(&fixtures::report(Vec::new()), &plain), "nothing was checked");
    let troubled = Context { troubles: fixtures::hostile_context().troubles, ..plain.clone() };
    assert_eq!(line(&report, &troubled), "troubled");
    report.complete = false;
    assert_eq!(line(&report, &plain), "incomplete");
    assert_eq!(line(&fixtures::ordinary(), &plain), "failed");
}

#[test]
fn hostile_text_stays_text() {
    for report in [fixtures::hostile(), fixtures::read_hostile()] {
        let markdown = render(&report, &fixtures::hostile_context(), LIMIT);
        let read = read(&markdown);
        assert!(!read.leads_elsewhere, "{markdown}");
        assert_eq!((read.headings, read.rows), (4, 10), "{markdown}");
        for tag in &read.html {
            let ours = ["<span>", "</span>", "</details>"].contains(&tag.as_str());
            assert!(ours || tag.starts_with("<details><summary>"), "{tag}");
        }
        assert!(read.text.contains("script"), "the hostile text is not there");
        assert!(!markdown.chars().any(|character| character != '\n' && character.is_control()));
        assert!(!markdown.contains(['\u{202e}', '\u{2066}', '\u{200b}']));
        let spoken_to = ["@everyone", "#12 ", "www.", "http://", ":smile:", "$x$"];
        let command = inert(fixtures::HOSTILE);
        let outside: String = markdown.lines().filter(|line| **line != command).collect();
        assert!(outside.len() < markdown.len(), "the command is not there");
        assert!(spoken_to.iter().all(|text| !outside.contains(text)), "{markdown}");
    }
}

#[test]
fn a_summary_is_never_longer_than_its_limit_and_says_what_was_cut() {
    let mut report = fixtures::hostile();
    let games = report.ratchets[0].games.clone();
    for copy in 0..400 {
        let renamed =
            |game: &GameReport| GameReport { id: format!("{}-{copy}", game.id), ..game.clone() };
        report.ratchets[0].games.extend(games.iter().take(1).map(renamed));
    }
    let context = fixtures::hostile_context();
    let whole = render(&report, &context, 100_000_000);
    assert!(!whole.contains("Left out"));
    assert!(whole.len() > LIMIT, "{} bytes are not enough for this test", whole.len());
    for limit in [600, 10_000, 60_000, LIMIT] {
        let markdown = render(&report, &context, limit);
        assert!(markdown.len() <= limit, "{limit}: {}", markdown.len());
        let note = markdown.lines().last().unwrap();
        assert!(note.starts_with(&format!("> Cut to fit {limit} bytes. Left out: ")), "{note}");
        assert!(note.contains(" failures") && note.contains(" games not run"), "{note}");
    }
}

#[test]
fn one_report_gives_the_same_bytes_whatever_the_time() {
    let mut report = fixtures::ordinary();
    let markdown = render(&report, &fixtures::context(), LIMIT);
    report.timings.seconds = 99.0;
    assert_eq!(render(&report, &fixtures::context(), LIMIT), markdown);
}

#[test]
fn several_ratchets_are_compared_without_a_word_on_time() {
    let mut report = fixtures::ordinary();
    let alone = render(&report, &fixtures::context(), LIMIT);
    assert!(!alone.contains("| ratchet | worst |"), "{alone}");
    let mut other = report.ratchets[0].clone();
    other.name = "other".into();
    other.games[0].id = "growth/state".into();
    other.games[0].measured[0].name = "growth for 100 messages".into();
    report.ratchets.push(other);
    let markdown = render(&report, &fixtures::context(), LIMIT);
    for row in [
        "| vodozemac/olm-v1 | fail | 2 / - | - | - | - | - | - |",
        "| other | fail | 2 / - | - | - | - | - | 3 |",
    ] {
        assert!(markdown.contains(row), "{row} is not in {markdown}");
    }
    report.timings.seconds *= 2.0;
    report.timings.ratchets.clear();
    let untimed = render(&report, &fixtures::context(), LIMIT);
    // What dead workers left stands with the times.
    let without = |text: &str| text.lines().filter(|line| !line.contains("it wrote")).count();
    assert_eq!(without(&untimed), without(&markdown));
    assert!(!markdown.contains("s/round"), "{markdown}");
}

#[test]
fn a_comparison_of_times_is_a_table_of_its_own() {
    let bench = Some(crate::bench::tests::bench(""));
    let context = Context { bench, ..fixtures::context() };
    let markdown = render(&fixtures::ordinary(), &context, LIMIT);
    assert!(markdown.contains("\n### How fast they are\n"), "{markdown}");
    for row in [
        "| ratchet | pair | encrypt | burst-1000 | wire-0 |",
        "| textbook/double-ratchet-lazy | 100 µs | 1&#46;0 µs | 2&#46;0 s | 50 |",
        "| slow | 2&#46;0 | 0&#46;25 | - | 77 |",
        "| stray | - | 33 | - | - |",
    ] {
        assert!(markdown.contains(&format!("\n{row}\n")), "{row} is not in {markdown}");
    }
}
