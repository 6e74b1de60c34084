use roxmltree::Document;
use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::fixtures::HOSTILE;
use crate::terminal::{WIDTH, plain};

const WORKLOADS: [&str; 3] = ["pair", "encrypt", "burst-1000"];
const WEIGHED: [&str; 2] = ["wire-0", "rest-full"];

fn timed(workload: &str, ratchet: &str, median: f64) -> Timed {
    let took = Estimate { median, least: median * 0.9, most: median * 1.1 };
    Timed { workload: workload.into(), ratchet: ratchet.into(), took }
}

fn benched(name: &str, why: &str, bytes: u64) -> Benched {
    let not_measured = [("burst-1000", why)].into_iter().filter(|(_, why)| !why.is_empty());
    Benched {
        name: name.into(),
        not_measured: not_measured.map(|(id, why)| (id.into(), why.into())).collect(),
        bytes: [("wire-0".into(), bytes)].into(),
    }
}

/// The base, one that is twice as slow and does less, and one that no run names.
pub(crate) fn bench(text: &str) -> Bench {
    let slow = format!("slow{text}");
    let ratchets =
        vec![benched(&slow, &format!("999 keys are not kept{text}"), 77), benched(BASE, "", 50)];
    let times = vec![
        timed("pair", BASE, 100_000.0),
        timed("pair", &slow, 200_000.0),
        timed("encrypt", BASE, 1_000.0),
        timed("encrypt", &slow, 250.0),
        timed("encrypt", &format!("stray{text}"), 33_000.0),
        timed("burst-1000", BASE, 2e9),
        timed("pipe", &slow, 20_000.0),
        timed("dance", BASE, 1.0),
    ];
    Bench::new(&WORKLOADS, &WEIGHED, Run { started: 0, ratchets }, times).unwrap()
}

#[test]
fn times_are_told_as_multiples_of_the_base() {
    let text = plain(&table(&bench("")));
    let words: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        &["1", BASE][..],
        &["2", "slow"],
        &["3", "stray"],
        &["workload", "1", "2", "3"],
        &["pair", "100", "µs", "2.0", "-"],
        &["encrypt", "1.0", "µs", "0.25", "33"],
        &["burst-1000", "2.0", "s", "-", "-"],
        &["bytes", "1", "2", "3"],
        &["wire-0", "50", "77", "-"],
        &["burst-1000,", "2:", "999", "keys", "are", "not", "kept"],
        &["slow:", "20"],
    ] {
        assert!(words.iter().any(|line| line == expected), "{expected:?} in {text}");
    }
    // What nobody has weighed, and what is no workload, is not there.
    assert!(!text.contains("rest-full") && !text.contains("dance"), "{text}");
}

#[test]
fn without_a_base_nothing_is_compared() {
    let refused = |times| Bench::new(&WORKLOADS, &WEIGHED, Run::default(), times).unwrap_err();
    assert_eq!(refused(vec![]), BenchError::Nothing);
    assert_eq!(refused(vec![timed("dance", BASE, 1.0)]), BenchError::Nothing);
    assert_eq!(refused(vec![timed("pair", "other", 1.0)]), BenchError::NoBase);
}

#[test]
fn a_base_alone_is_told_too() {
    let times = vec![timed("pair", BASE, 9.0)];
    let alone = Bench::new(&WORKLOADS, &WEIGHED, Run::default(), times).unwrap();
    let text = plain(&table(&alone));
    assert!(text.contains("pair") && text.contains("9.0 ns"), "{text}");
    Document::parse(&svg(&alone)).unwrap();
}

#[test]
fn the_form_for_programs_has_both_the_ratio_and_the_time() {
    let json: serde_json::Value = serde_json::from_str(&json(&bench("")).unwrap()).unwrap();
    assert_eq!((&json["wire"], &json["base"]), (&1.into(), &BASE.into()));
    let slow = &json["ratchets"][1];
    let pair = &slow["times"][0];
    assert_eq!((&pair["workload"], &pair["ratio"]), (&"pair".into(), &2.0.into()));
    assert_eq!(pair["nanoseconds"], 200_000.0);
    let between = [&pair["least"], &pair["most"]].map(|it| it.as_f64().unwrap());
    assert!(between[0] < 1.7 && between[1] > 2.4, "{between:?}");
    assert_eq!(slow["times"][2]["not_measured"], "999 keys are not kept");
    assert_eq!(slow["bytes"], serde_json::json!([{ "of": "wire-0", "bytes": 77 }]));
    assert_eq!(slow["pipe"], 20.0);
    assert_eq!(json["ratchets"][2].get("pipe"), None);
}

#[test]
fn what_is_read_is_what_was_written() {
    for bench in [bench(""), bench(HOSTILE)] {
        assert_eq!(Bench::from_json(&json(&bench).unwrap()).unwrap(), bench);
    }
}

#[test]
fn what_does_not_stand_beside_the_others_is_refused() {
    let json = json(&bench("")).unwrap();
    for (from, to, expected) in [
        (
            "\"wire\": 1",
            "\"wire\": 2",
            "a comparison of times of form 2; this version reads form 1",
        ),
        ("\"wire\": 1,", "", "no comparison of times of Sprag: `wire` is missing"),
        ("\"base\": \"textbook", "\"base\": \"\\u001b[2J", "`base` is `\\u{1b}[2J"),
        ("\"name\": \"textbook", "\"name\": \"other", "the first of `ratchets` is not textbook/"),
        ("\"name\": \"stray\"", "\"name\": \"slow\"", "the ratchet `slow` stands twice"),
        ("\"workload\": \"pair\"", "\"workload\": \"part\"", "`slow`: `times` is not of the same"),
        ("\"ratio\": 0.25", "\"ratio\": -1", "`slow`: a figure is not within reason"),
        ("\"ratio\": 0.25", "\"ratio\": \"no\"", "in `ratchets[1].times[1]"),
        ("\"pipe\": 20.0", "\"pipe\": 1e300", "`slow`: a figure is not within reason"),
        ("\"bytes\": 77", "\"bytes\": -7", "in `ratchets[1].bytes[0].bytes`"),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from} is not in {json}");
        let words = Bench::from_json(&changed).unwrap_err().to_string();
        assert!(words.contains(expected) && !words.contains('\u{1b}'), "{to}: {words}");
    }
    assert!(Bench::from_json(&json[..json.len() / 2]).is_err());
}

#[test]
fn every_cell_is_drawn_and_told() {
    let bench = bench("");
    let drawn = svg(&bench);
    let document = Document::parse(&drawn).unwrap();
    let told: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("rect"))
        .filter_map(|cell| cell.first_element_child()?.text())
        .collect();
    assert_eq!(told.len(), 9);
    let slower = format!("slow, pair: 2.0 times as long as {BASE} (1.6 to 2.4)");
    assert!(told.contains(&&*slower), "{told:?}");
    assert!(told.contains(&"slow, burst-1000: not measured: 999 keys are not kept"), "{told:?}");
    assert!(told.contains(&"stray, pair: not measured"), "{told:?}");
    let number = |node: roxmltree::Node<'_, '_>, name: &str| -> usize {
        node.attribute(name).map_or(0, |text| text.parse().unwrap())
    };
    let width = number(document.root_element(), "width");
    for node in document.descendants().filter(|node| node.has_tag_name("rect")) {
        assert!(number(node, "x") + number(node, "width") <= width);
    }
    // One more of each in the legend.
    let filled = |kind: &str| drawn.matches(&format!("class=\"xbench-{kind}\"")).count();
    assert_eq!(["slower-1", "slower-5", "faster-2", "same"].map(filled), [2, 2, 2, 4]);
}

#[test]
fn hostile_text_stays_text_and_fits_the_width() {
    let bench = bench(HOSTILE);
    let text = plain(&table(&bench));
    for line in text.lines() {
        assert!(line.width() <= WIDTH, "{line}");
        assert_eq!(inert(line), *line);
    }
    let drawn = svg(&bench);
    let document = Document::parse(&drawn).unwrap();
    for node in document.descendants().filter(|node| node.is_element()) {
        let known = ["svg", "title", "style", "rect", "g", "text"];
        assert!(known.contains(&node.tag_name().name()));
    }
    assert_eq!(drawn.lines().count(), 1);
    for text in [drawn.trim_end(), &json(&bench).unwrap().replace('\n', "")] {
        assert_eq!(text.chars().find(|one| inert(&one.to_string()) != one.to_string()), None);
    }
}
