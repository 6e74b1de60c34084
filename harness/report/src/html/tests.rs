use std::collections::BTreeSet;

use roxmltree::{Document, Node, ParsingOptions};
use sprag::games::GAMES;
use sprag::run::Measured;
use sprag::{Party, Verdict};

use super::*;
use crate::exposure::tests::map;
use crate::exposure::{Exposure, ExposureCell, ExposureMap, MessageColumn, TheftRow};
use crate::fixtures::{self, HOSTILE};
use crate::{GameReport, inert};

/// The page as XML, which it nearly is: elements without content are closed, attributes without a value get one, and what
/// the style and the script hold is taken out.
fn as_xml(page: &str) -> String {
    let mut xml = page.replacen("<!DOCTYPE html>", "", 1);
    for tag in ["style", "script"] {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        let (before, rest) = xml.split_once(&open).unwrap();
        let (_, after) = rest.split_once(&close).unwrap();
        xml = format!("{before}{after}");
    }
    let mut closed = String::with_capacity(xml.len());
    for part in xml.split_inclusive('>') {
        let tag = part.rfind('<').map_or("", |at| &part[at + 1..]);
        let name = tag.split([' ', '>']).next().unwrap();
        let mut part = part.to_owned();
        for flag in ["hidden", "checked"] {
            part = part.replace(&format!(" {flag}>"), &format!(" {flag}=\"\">"));
            part = part.replace(&format!(" {flag} "), &format!(" {flag}=\"\" "));
        }
        if ["meta", "input", "wbr"].contains(&name) {
            part.insert(part.len() - 1, '/');
        }
        closed.push_str(&part);
    }
    closed
}

fn parse(xml: &str) -> Document<'_> {
    let options = ParsingOptions { nodes_limit: 1 << 20, ..ParsingOptions::default() };
    Document::parse_with_options(xml, options).unwrap()
}

fn elements<'d>(
    document: &'d Document<'d>,
    name: &'static str,
) -> impl Iterator<Item = Node<'d, 'd>> {
    document.descendants().filter(move |node| node.tag_name().name() == name)
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect()
}

/// A map as large as that of the standard conversation: 28 thefts from each party, 44 messages, two attackers.
fn large_map() -> ExposureMap {
    let thefts = Party::BOTH.into_iter().flat_map(|victim| {
        (0..28).map(move |moment| TheftRow {
            label: (moment + 1).to_string(),
            victim,
            sent_before: moment * 3 / 2,
        })
    });
    let messages = (0..44).map(|message| MessageColumn {
        label: (message + 1).to_string(),
        from: Party::BOTH[message / 3 % 2],
    });
    let cell = |theft: usize, message: usize, attacker: &str| {
        let exposure = match (theft * 7 + message) % 11 {
            0 | 1 => Exposure::ByDesign,
            2 => Exposure::BeyondClaim,
            3 => Exposure::Undelivered,
            _ => Exposure::Safe,
        };
        let reason = format!("{} by the stolen receiving chain", exposure.words());
        ExposureCell { theft, message, exposure, attacker: attacker.into(), reason }
    };
    let cells = (0..56).flat_map(|theft| {
        (0..44).flat_map(move |message| {
            ["passive clone (A1)", "shadow clone (A2)"].map(|by| cell(theft, message, by))
        })
    });
    ExposureMap::new("one", thefts.collect(), messages.collect(), cells.collect()).unwrap()
}

/// As many ratchets, each with every game, as it is with real ones: figures, reasons, a few failures, a map.
fn many(ratchets: usize) -> Report {
    let figure = |index: usize| Measured {
        name: format!("healing in messages, one stolen, turns of {index} to 20 messages"),
        value: "84 to never".into(),
        unit: "messages".into(),
    };
    let one = |ratchet: usize| {
        let name = format!("mutant/p{ratchet:02}-a-name-of-usual-length");
        let games = GAMES.iter().enumerate().map(|(index, game)| {
            let id = game.about().id;
            let failed = index % 8 == ratchet % 8;
            let verdict = if failed { Verdict::Fail } else { Verdict::Pass };
            let reason =
                "stolen from the responder at action 4, the passive clone (A1) read message 5.2";
            GameReport {
                title: game.about().title.into(),
                measured: (0..index % 12).map(figure).collect(),
                case: failed.then(|| fixtures::case(&name, id)),
                exposure: failed.then(|| map(12, "")),
                ..fixtures::game(id, verdict, if failed { reason } else { "" })
            }
        });
        let exposure = Some(large_map());
        crate::RatchetReport { exposure, ..fixtures::ratchet(&name, games.collect()) }
    };
    fixtures::report((0..ratchets).map(one).collect())
}

#[test]
fn twenty_ratchets_stay_under_two_megabytes() {
    let report = many(20);
    let page = render(&report, &fixtures::context());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let xml = as_xml(&page);
    let document = parse(&xml);
    let stories = elements(&document, "article")
        .filter(|node| node.attribute("class") == Some("failure"))
        .count();
    let failed = report.games().filter(|(_, game)| game.verdict == Verdict::Fail).count();
    assert_eq!(stories, failed, "every failure is told, at least in short");
    assert!(failed > 100 && page.contains("Told in short"));
}

#[test]
fn nothing_can_be_fetched_and_only_the_pages_own_script_runs() {
    let page = render(&fixtures::ordinary(), &fixtures::context());
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    let policy = policy.split('"').next().unwrap().replace("&#39;", "'");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for (tag, rule) in [("style", "style-src"), ("script", "script-src")] {
        assert_eq!(page.matches(&format!("<{tag}")).count(), 1);
        let text = page.split(&format!("<{tag}>")).nth(1).unwrap();
        let text = text.split(&format!("</{tag}>")).next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("{rule} 'sha256-{hash}'")), "{tag}: {policy}");
    }
    // The namespace of drawings is a name, not an address that is asked.
    let addresses = page.replace("http://www.w3.org/2000/svg", "");
    for way_out in ["http:", "https:", "//www", " src=", "url(", "@import", " style=", "fetch("] {
        let script_or_text = |at: usize| addresses[..at].rfind('<') < addresses[..at].rfind('>');
        let found = addresses.match_indices(way_out).find(|&(at, _)| !script_or_text(at));
        assert_eq!(found, None, "{way_out}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn links_lead_somewhere_and_ids_are_unique() {
    let mut report = many(3);
    report.ratchets.extend(fixtures::ordinary().ratchets);
    let xml = as_xml(&render(&report, &fixtures::context()));
    let document = parse(&xml);
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    let named = ["aria-labelledby", "aria-describedby", "aria-controls", "for"];
    for node in document.descendants() {
        if let Some(link) = node.attribute("href") {
            assert!(unique.contains(link.strip_prefix('#').unwrap()), "{link}");
        }
        for name in named.iter().filter_map(|name| node.attribute(*name)) {
            assert!(unique.contains(name), "{name}");
        }
    }
}

#[test]
fn it_can_be_read_without_eyes() {
    let xml = as_xml(&render(&many(2), &fixtures::context()));
    let document = parse(&xml);
    for landmark in ["header", "nav", "main", "footer"] {
        assert_eq!(elements(&document, landmark).count(), 1, "{landmark}");
    }
    assert_eq!(elements(&document, "h1").count(), 1);
    assert!(elements(&document, "th").all(|head| head.attribute("scope").is_some()));
    for table in elements(&document, "table") {
        let is_named = table.children().any(|node| node.tag_name().name() == "caption");
        let around = table.parent().and_then(|parent| parent.attribute("aria-label"));
        assert!(is_named || around.is_some());
    }
    let mut level = 1;
    for heading in document.descendants().filter_map(|node| {
        node.tag_name().name().strip_prefix('h').and_then(|level| level.parse::<u32>().ok())
    }) {
        assert!(heading <= level + 1, "h{heading} follows h{level}");
        level = heading;
    }
    // A verdict and an exposure are words or signs wherever they are colours.
    for cell in elements(&document, "td").filter(|cell| cell.attribute("class").is_some()) {
        assert!(!text(cell).trim().is_empty());
    }
}

#[test]
fn a_map_says_in_words_what_each_thief_reads_before_any_script_runs() {
    let xml = as_xml(&render(&many(1), &fixtures::context()));
    let document = parse(&xml);
    let card = elements(&document, "section").find(|node| node.attribute("class") == Some("card"));
    let rows: Vec<Node<'_, '_>> =
        card.unwrap().descendants().filter(|node| node.has_tag_name("tr")).collect();
    assert_eq!(rows.len(), 1 + 56);
    let first = rows[1];
    assert_eq!(
        text(first),
        "1 iof 44 messages 8 by design (1, 2, 12, 13, 23, 24, …) and 4 beyond the claim (3, 14, 25, 36)"
    );
    assert_eq!(first.attribute("data-cells").unwrap().len(), 44);
    let legend: BTreeSet<&str> =
        document.descendants().filter_map(|node| node.attribute("data-letter")).collect();
    for row in &rows[1..] {
        let letters = row.attribute("data-cells").unwrap();
        assert!(letters.chars().all(|letter| legend.contains(letter.to_string().as_str())));
        let places =
            row.attribute("data-why").unwrap().split(' ').map(|place| place.parse::<usize>());
        let last = places.map(Result::unwrap).max().unwrap();
        let why = elements(&document, "ol").filter(|list| list.attribute("class") == Some("why"));
        let reasons = why.map(|list| list.children().count()).max().unwrap();
        assert!((1..=reasons).contains(&last), "{last} of {reasons}");
    }
}

#[test]
fn what_a_failure_is_told_with_is_there() {
    let page = render(&fixtures::ordinary(), &fixtures::context());
    let about = sprag::games::find("forward-secrecy/consumed-key").unwrap().about();
    let xml = as_xml(&page);
    let document = parse(&xml);
    let story = elements(&document, "article")
        .find(|node| node.attribute("class") == Some("failure"))
        .map(text)
        .unwrap();
    for part in [
        "fail forward-secrecy/consumed-key on vodozemac/olm-v1",
        "A thief copies the responder's session. Here it shows: message 1.0",
        about.checks,
        about.cannot_show,
        "sprag replay cases/one.json",
        "\"sprag_case\": 1",
    ] {
        assert!(story.contains(part), "{part} is not in {story}");
    }
    assert_eq!(elements(&document, "svg").count(), 1);
    assert!(!story.contains("thread panicked"), "what dead workers wrote is no part of the page");
    let strict = Context { strict: true, ..fixtures::context() };
    let page = render(&fixtures::ordinary(), &strict);
    assert_eq!(page.matches("class=\"failure\"").count(), 2, "a weak game fails a strict run");
}

#[test]
fn a_run_without_anything_makes_a_page_as_well() {
    let page = render(&fixtures::report(Vec::new()), &Context::default());
    parse(&as_xml(&page));
    assert!(page.contains("nothing was checked") && page.contains("No game failed."));
    assert!(!page.contains("id=\"maps\""));
}

#[test]
fn one_report_gives_the_same_bytes_whatever_the_time() {
    let mut report = fixtures::ordinary();
    let page = render(&report, &fixtures::context());
    report.timings = crate::Timings::default();
    assert_eq!(render(&report, &fixtures::context()), page);
}

#[test]
fn hostile_text_stays_text() {
    let ordinary = as_xml(&render(&fixtures::ordinary(), &fixtures::context()));
    let known: BTreeSet<String> =
        parse(&ordinary).descendants().map(|node| node.tag_name().name().to_owned()).collect();
    for report in [fixtures::hostile(), fixtures::read_hostile()] {
        let page = render(&report, &fixtures::hostile_context());
        let xml = as_xml(&page);
        let document = parse(&xml);
        assert!(
            document.descendants().any(|node| {
                node.text().is_some_and(|text| text.contains(&inert(HOSTILE)[..40]))
            })
        );
        for node in document.descendants().filter(|node| node.is_element()) {
            let name = node.tag_name().name();
            assert!(known.contains(name), "{name}");
            assert!(node.attributes().all(|one| !one.name().starts_with("on")), "{name}");
            let link = node.attribute("href").unwrap_or("#");
            assert!(link.starts_with('#'), "{link}");
        }
        assert!(document.descendants().all(|node| !node.is_comment()));
    }
}

#[test]
fn times_are_told_where_they_were_handed_along() {
    let bench = Some(crate::bench::tests::bench(""));
    let context = Context { bench, ..fixtures::context() };
    let page = render(&fixtures::ordinary(), &context);
    let xml = as_xml(&page);
    let document = parse(&xml);
    let table = elements(&document, "table").find(|it| it.attribute("id") == Some("times-table"));
    let rows: Vec<Vec<String>> = elements(&document, "tr")
        .filter(|row| row.ancestors().any(|node| Some(node) == table))
        .map(|row| row.children().map(text).collect())
        .collect();
    let expected = [
        ["ratchet", "pair", "encrypt", "burst-1000", "wire-0"],
        ["textbook/double-ratchet-lazy", "100 µs", "1.0 µs", "2.0 s", "50"],
        ["slow", "2.0", "0.25", "–", "77"],
        ["stray", "–", "33", "–", "–"],
    ];
    assert_eq!(rows, expected);
    assert!(page.contains("not measured: 999 keys are not kept"), "{page}");
    // Every colour that a cell may have is one of the page's own.
    for cell in elements(&document, "td").filter_map(|cell| cell.attribute("class")) {
        assert!(STYLE.contains(&format!(".{cell}")) || !cell.starts_with("xbench"), "{cell}");
    }
    let without = render(&fixtures::ordinary(), &fixtures::context());
    assert!(!without.contains("id=\"times-table\""), "{without}");
}
