//! A ratchet that says what it likes in every text it has, for each form of the report.

use roxmltree::Document;
use sprag::run::{GameResult, Measured};
use sprag::schedule::Case;
use sprag::{Verdict, games};

use crate::fixtures::{HOSTILE, hostile, hostile_context, ordinary, read_hostile};
use crate::terminal::{self, FailureStory, plain};
use crate::{
    Maps, RatchetRun, Report, TEXT_LIMIT, badge, diff, html, inert, junit, markdown, merge,
    ratchet_report, sarif,
};

/// Bytes that a report of seven games may grow to, whatever a ratchet says; it said over eight times that.
const BOUND: usize = 1 << 20;

/// Every form that stands in a file.
fn files(report: &Report) -> Vec<(&'static str, String)> {
    let context = hostile_context();
    vec![
        ("json", report.to_json().unwrap()),
        ("junit", junit::render(report, &context).unwrap()),
        ("sarif", sarif::render(report, HOSTILE, &context).unwrap()),
        ("markdown", markdown::render(report, &context, markdown::LIMIT)),
        ("html", html::render(report, &context)),
        ("badge", badge::svg(report, HOSTILE, &context)),
        ("endpoint", badge::endpoint(report, HOSTILE, &context).unwrap()),
    ]
}

/// A character that acts on its surroundings, other than the end of a line.
fn acting(text: &str) -> Option<char> {
    text.chars().find(|&one| one != '\n' && inert(&one.to_string()) != one.to_string())
}

/// The texts of an XML document: of nodes and of attributes.
fn texts(xml: &str) -> Vec<String> {
    let document = Document::parse(xml).unwrap();
    let nodes = document.descendants();
    let attributes =
        nodes.clone().flat_map(|node| node.attributes().map(|one| one.value().to_owned()));
    attributes.chain(nodes.filter_map(|node| node.text().map(str::to_owned))).collect()
}

/// The strings of a JSON value, keys included.
fn strings(json: &serde_json::Value, found: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| strings(part, found)),
        serde_json::Value::Object(parts) => parts.iter().for_each(|(key, part)| {
            found.push(key.clone());
            strings(part, found);
        }),
        _ => {}
    }
}

#[test]
fn no_file_holds_a_character_that_acts() {
    for report in [hostile(), read_hostile()] {
        for (form, file) in files(&report) {
            assert_eq!(acting(&file), None, "{form}");
        }
    }
}

#[test]
fn xml_comes_back_as_it_was_meant() {
    for report in [hostile(), read_hostile()] {
        let context = hostile_context();
        let junit = junit::render(&report, &context).unwrap();
        for xml in [&junit, &badge::svg(&report, HOSTILE, &context)] {
            let known = [
                "testsuites",
                "testsuite",
                "testcase",
                "properties",
                "property",
                "failure",
                "error",
                "skipped",
                "system-out",
                "system-err",
                "svg",
                "title",
                "clipPath",
                "g",
                "rect",
                "text",
            ];
            for node in Document::parse(xml).unwrap().descendants().filter(|node| node.is_element())
            {
                assert!(known.contains(&node.tag_name().name()), "{}", node.tag_name().name());
            }
            let comments = Document::parse(xml)
                .unwrap()
                .descendants()
                .filter(|node| node.is_comment())
                .count();
            assert_eq!(comments, 0);
        }
        let said = inert(HOSTILE);
        let names = texts(&junit).into_iter().filter(|text| *text == said).count();
        assert!(names > 7, "the name of the ratchet is not in the file");
    }
}

#[test]
fn json_comes_back_as_it_was_meant() {
    for report in [hostile(), read_hostile()] {
        let context = hostile_context();
        for json in [
            sarif::render(&report, HOSTILE, &context).unwrap(),
            badge::endpoint(&report, HOSTILE, &context).unwrap(),
            read_hostile().to_json().unwrap(),
        ] {
            let mut found = Vec::new();
            strings(&serde_json::from_str(&json).unwrap(), &mut found);
            // The field in the schedule must stay what it was, or the case could not be repeated.
            let exact = found.iter().filter(|text| *text == HOSTILE).count();
            assert!(exact <= 1, "{exact} texts are as the ratchet gave them");
            for text in found.iter().filter(|text| *text != HOSTILE) {
                assert_eq!(acting(text), None, "{text}");
            }
        }
    }
}

#[test]
fn the_exact_case_survives_sarif() {
    let report = hostile();
    let log = sarif::render(&report, "adapter.rs", &hostile_context()).unwrap();
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    let case = &log["runs"][0]["results"][0]["properties"]["case"];
    let case = Case::from_json(&case.to_string()).unwrap();
    assert_eq!(case.schedule, report.ratchets[0].games[0].case.as_ref().unwrap().schedule);
}

#[test]
fn no_form_grows_with_what_the_ratchet_says() {
    for (form, file) in files(&read_hostile()) {
        assert!(file.len() < BOUND, "{form}: {} bytes", file.len());
    }
    for (form, file) in files(&hostile()).into_iter().filter(|(form, _)| *form != "json") {
        assert!(file.len() < BOUND, "{form}: {} bytes", file.len());
    }
    assert!(hostile().to_json().unwrap().len() > 8 * BOUND);
}

#[test]
fn nothing_acts_on_a_terminal() {
    for report in [read_hostile()] {
        let (ratchet, game) = report.games().next().unwrap();
        let story = FailureStory {
            ratchet: &ratchet.name,
            game,
            stderr: report.stderr(&ratchet.name, &game.id),
            case_file: None,
            replay: None,
        };
        for text in [
            terminal::verdicts(&report),
            terminal::remarks(&report, true),
            terminal::summary(&report),
            terminal::failure(&story),
            terminal::diff(&diff::diff(&report, &ordinary())),
        ] {
            assert_eq!(acting(&plain(&text)), None, "{text}");
        }
    }
}

#[test]
fn errors_of_merging_are_inert() {
    let report = hostile();
    let words = merge::merge(&[report.clone(), report]).unwrap_err().to_string();
    assert_eq!(inert(&words[..200]), words[..200]);
    assert!(words.contains("script"), "{words}");
}

#[test]
fn what_a_run_brings_is_made_inert_on_its_way_into_the_report() {
    let game = games::find("forgery/bit-flips").unwrap();
    let huge = HOSTILE.repeat((1 << 20) / HOSTILE.len());
    let result = GameResult {
        verdict: Verdict::Weak,
        measured: vec![Measured { name: huge.clone(), value: HOSTILE.into(), unit: "".into() }],
        weak_positions: vec![HOSTILE.into()],
        ..GameResult::not_run(game, huge.clone())
    };
    let run = RatchetRun {
        name: HOSTILE.into(),
        version: huge,
        profile: None,
        profile_source: "declared",
        capabilities: None,
        randomness: None,
        deviations: Vec::new(),
        rounds: 1,
        games: vec![result],
        maps: Maps { standard: Err(HOSTILE.into()), ..Maps::default() },
    };
    let report = ratchet_report(&run);
    let game = &report.games[0];
    for text in [
        &report.name,
        &report.version,
        &game.reason,
        &game.measured[0].name,
        &game.measured[0].value,
        &game.weak_positions[0],
    ] {
        assert!(text.len() <= TEXT_LIMIT && text.contains("<script>"), "{text}");
        assert_eq!(inert(text), **text);
    }
}
