//! Exposure maps, drawn by themselves and in reports.

use sprag_report::Report;
use sprag_report::exposure::Exposure;

use crate::support::{Bench, assert_valid, repository};

const STATIC: &str = "textbook/static-key";
const DOUBLE: &str = "textbook/double-ratchet-lazy";

#[test]
fn ratchets_are_drawn_one_below_the_other_on_one_conversation() {
    let bench = Bench::new();
    let said = bench.run(&["map", STATIC, DOUBLE]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let one = "textbook/static-key: 29 moments of theft, 44 messages: 1276 exposed by design\n";
    assert!(said.out.contains(one), "{said:?}");
    assert!(said.out.contains("double-ratchet-lazy: 29 moments of theft, 44 messages: "));
    let rows = said.out.lines().filter(|line| line.contains(" ir ")).count();
    assert_eq!(rows, 2 * 29, "{said:?}");
    assert_eq!(said.out, bench.run(&["map", STATIC, DOUBLE]).out);
}

#[test]
fn a_drawing_goes_to_a_file() {
    let bench = Bench::new();
    let said = bench.run(&["map", STATIC, "-o", "map.svg"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{said:?}");
    let drawn = std::fs::read_to_string(bench.path("map.svg")).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");
    let said = bench.run(&["map", STATIC, "-o", "map.PNG"]);
    assert_eq!((said.code, &*said.out), (Some(0), ""), "{said:?}");
    assert!(std::fs::read(bench.path("map.PNG")).unwrap().starts_with(b"\x89PNG\r\n"));
    // The picture of the docs. Elsewhere edges may be rounded otherwise.
    if cfg!(target_arch = "x86_64") {
        let four = [STATIC, "textbook/periodic-rekey", DOUBLE, "mutant/p02-renews-once"];
        let said = bench.run(&[&["map", "-o", "maps.png"], &four[..]].concat());
        assert_eq!(said.code, Some(1), "{said:?}");
        let stored = std::fs::read(repository("harness/docs/src/maps.png")).unwrap();
        assert!(std::fs::read(bench.path("maps.png")).unwrap() == stored, "draw it anew");
    }
    for (file, words) in
        [("map.gif", "ends in .svg or .png"), ("nowhere/map.svg", "nowhere/map.svg: ")]
    {
        let said = bench.run(&["map", STATIC, "-o", file]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
}

#[test]
fn what_is_beyond_the_claim_is_told_and_exits_1() {
    let bench = Bench::new();
    let said = bench.run(&["map", "mutant/p02-renews-once"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let words = "sent after the theft, when it had to be healed";
    let told = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("beyond the claim, ") && told.contains(words), "{said:?}");
}

#[test]
fn a_case_is_drawn_with_its_own_ratchet_or_another() {
    let bench = Bench::new();
    let run = ["mutant/p02-renews-once", "--games", "recovery/healing-time", "--rounds", "1"];
    let (said, report) = bench.check(&run);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_valid("report.schema.json", &report);
    let report = Report::from_json(&report.to_string()).unwrap();
    let failing = report.ratchets[0].games[0].exposure.as_ref().unwrap();
    assert!(failing.count(Exposure::BeyondClaim) > 0, "{}", failing.summary());
    let standard = report.ratchets[0].exposure.as_ref().unwrap();
    assert_eq!((standard.moments().len(), standard.messages().len()), (29, 44));
    let case = format!("sprag-cases/{}", bench.files("sprag-cases")[0]);
    for (arguments, code) in [
        (&["map", "--case", &case][..], 1),
        (&["map", "textbook/double-ratchet-eager", "--case", &case], 0),
        (&["map", "--case", &case, "--seed", "2"], 2),
        (&["map"], 2),
        (&["map", "textbook/nothing"], 2),
    ] {
        assert_eq!(bench.run(arguments).code, Some(code), "{arguments:?}");
    }
}

#[test]
fn who_dies_has_no_map_and_the_others_have_theirs() {
    let bench = Bench::new();
    let said = bench.run(&["map", "mutant/h02-aborts", STATIC]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.err.contains("mutant/h02-aborts: no map: the ratchet ends its process"));
    assert!(said.out.contains("textbook/static-key: 29 moments"), "{said:?}");
    let (said, report) =
        bench.check(&["mutant/h02-aborts", "--games", "order/crossing-sends", "--rounds", "1"]);
    let ratchet = &report["ratchets"][0];
    assert!(ratchet["exposure"].is_null(), "{said:?}");
    assert!(ratchet["no_exposure"].as_str().unwrap().contains("ends its process"), "{said:?}");
}
