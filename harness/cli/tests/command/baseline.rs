//! The baseline: what is expected is known, and what no longer holds is a failure of its own.

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid, game};

/// A bug that the one game finds and the other does not.
const CHECK: &str = r#"
[check]
ratchets = ["mutant/f01-keeps-used-keys"]
rounds = 1
"#;
const GAMES: &str = "forgery/replay,order/crossing-sends";

fn check(bench: &Bench, baseline: &str, more: &[&str]) -> Said {
    std::fs::write(bench.path("sprag.toml"), baseline).unwrap();
    let arguments = ["check", "--baseline", "sprag.toml", "--games", GAMES];
    bench.run(&[arguments.as_slice(), more].concat())
}

fn expecting(entry: &str) -> String {
    format!("{CHECK}\n[[expect]]\n{entry}\n")
}

/// The other id of a game.
fn catalogue(id: &str) -> &'static str {
    sprag::games::find(id).unwrap().about().catalogue
}

#[test]
fn what_is_expected_is_known() {
    let bench = Bench::new();
    let entry = "game = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"\n\
                 issue = \"https://example.org/7\"\nowner = \"us\"\nexpires = 9999-12-31";
    let said = check(&bench, &expecting(entry), &["--json", "report.json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_valid("report.schema.json", &report);
    let known = game(&report, "forgery/replay");
    assert_eq!(known["verdict"], "known");
    let reason = known["reason"].as_str().unwrap();
    assert!(reason.starts_with("expected (planted, https://example.org/7): fail: "), "{reason}");
    assert_eq!(report["ratchets"][0]["verdict"], "known");
    assert_eq!(bench.files("sprag-cases"), [""; 0]);

    let entry = "game = \"ID\"\nverdict = \"fail\"\nreason = \"planted\"";
    let entry = entry.replace("ID", catalogue("forgery/replay"));
    let said = check(&bench, &expecting(&entry), &[]);
    assert_eq!(said.code, Some(0), "by its catalogue's id: {said:?}");
}

#[test]
fn what_no_longer_holds_fails_with_a_code_of_its_own() {
    let bench = Bench::new();
    let replay = "game = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"";
    let held = expecting(replay);
    let more = |entry: &str| format!("{held}\n[[expect]]\nreason = \"why\"\n{entry}\n");
    for (baseline, words) in [
        (
            more("game = \"order/crossing-sends\"\nverdict = \"fail\""),
            "order/crossing-sends: expected fail, came to pass",
        ),
        (more("game = \"forgery/replai\"\nverdict = \"fail\""), "near: forgery/replay"),
        (
            more("game = \"order/crossing-sends\"\nverdict = \"fail\"\nratchet = \"other\""),
            "no such ratchet was checked",
        ),
        (format!("{held}expires = 2001-02-03"), "the expectation ended on 2001-02-03"),
    ] {
        let said = check(&bench, &baseline, &[]);
        assert_eq!(said.code, Some(3), "{baseline}: {said:?}");
        let out = said.out.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(out.contains(words), "{baseline}: {out}");
    }
    // A failure counts more than an expectation that does not hold.
    let weak = held.replace("\"fail\"", "\"weak\"");
    assert_eq!(check(&bench, &weak, &[]).code, Some(1));
    assert_eq!(check(&bench, CHECK, &[]).code, Some(1));
    // What is expected of games that were not asked for is left alone.
    let said = check(&bench, &more("game = \"growth/state\"\nverdict = \"fail\""), &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_game_that_is_expected_to_fail_has_to_be_run() {
    let bench = Bench::new();
    let entry = "game = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"\n\n[[expect]]\n\
                 game = \"recovery/rekey-liveness\"\nverdict = \"fail\"\nreason = \"why\"";
    std::fs::write(bench.path("sprag.toml"), expecting(entry)).unwrap();
    let games = "forgery/replay,recovery/rekey-liveness";
    let said = bench.run(&["check", "--baseline", "sprag.toml", "--games", games]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.out.contains("expected fail, not run"), "{said:?}");
}

#[test]
fn an_expectation_can_be_tied_to_what_a_case_found() {
    let bench = Bench::new();
    assert_eq!(check(&bench, CHECK, &[]).code, Some(1));
    let case = "sprag-cases/mutant.f01-keeps-used-keys--forgery.replay.json";
    let entry = format!(
        "game = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"\ncase = \"{case}\""
    );
    let by_catalogue =
        entry.replace("forgery/replay\"", &format!("{}\"", catalogue("forgery/replay")));
    for entry in [&entry, &by_catalogue] {
        let said = check(&bench, &expecting(entry), &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let stored = std::fs::read_to_string(bench.path(case)).unwrap();
    let mut other: Value = serde_json::from_str(&stored).unwrap();
    other["found"] = "a genuine message was refused. by nobody".into();
    std::fs::write(bench.path(case), other.to_string()).unwrap();
    let said = check(&bench, &expecting(&entry), &[]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("expected to find \"a genuine message was refused\""), "{said:?}");
}

#[test]
fn faults_in_the_file_are_named_with_their_place() {
    let bench = Bench::new();
    let entry = "game = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"";
    for (baseline, words) in [
        (expecting(&entry.replace("reason", "reson")), "did you mean `reason`?"),
        (CHECK.replace("rounds", "rouns"), "line 4, column 1"),
        (expecting(&entry.replace("fail", "pass")), "unknown variant `pass`"),
        (expecting(&entry.replace("planted", " ")), "[[expect]] number 1: `reason` is empty"),
        (expecting("game = \"forgery/replay\"\nverdict = \"fail\""), "missing field `reason`"),
        (expecting(&format!("{entry}\ncase = \"none.json\"")), "none.json"),
        (expecting(&format!("{entry}\nexpires = 12:00:00")), "is no date"),
        (
            CHECK.replace("rounds = 1", "suite = 2"),
            "[check] `suite`: this version of sprag has suite 1",
        ),
        ("[check".to_owned(), "sprag.toml: line 1"),
    ] {
        let said = check(&bench, &baseline, &[]);
        assert_eq!(said.code, Some(2), "{baseline}: {said:?}");
        assert!(said.err.contains(words), "{baseline}: {said:?}");
    }
    let said = bench.run(&["check", "--baseline", "missing.toml"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("missing.toml"), "{said:?}");
}

#[test]
fn an_update_keeps_what_holds_with_its_comments() {
    let bench = Bench::new();
    let update = |more: &[&str]| {
        let said = bench.run(&[&["baseline", "update", "--games", GAMES], more].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        (said.out, std::fs::read_to_string(bench.path("sprag.toml")).unwrap())
    };
    let named = ["mutant/f01-keeps-used-keys", "--rounds", "1"];
    let (out, new) = update(&named);
    assert!(out.contains("new: forgery/replay on mutant/f01-keeps-used-keys, fail"), "{out}");
    assert!(new.contains("reason = \"not looked into yet\""), "{new}");

    let before = "# Ours.\n[check]\nratchets = [\"mutant/f01-keeps-used-keys\"]\nrounds = 1\n\n\
                  # A planted bug.\n[[expect]]\ngame = \"forgery/replay\" # found in spring\n\
                  verdict = \"fail\"\nreason = \"planted\"\n\n[[expect]]\n\
                  game = \"order/crossing-sends\"\nverdict = \"fail\"\nreason = \"was repaired\"\n";
    std::fs::write(bench.path("sprag.toml"), before).unwrap();
    let (out, after) = update(&[]);
    assert!(out.contains("no more: order/crossing-sends"), "{out}");
    assert_eq!(after, before.split("\n[[expect]]\ngame = \"order").next().unwrap());
    let (out, again) = update(&[]);
    assert!(out.contains("sprag.toml: nothing changed"), "{out}");
    assert_eq!(again, after);
    let by_catalogue = after.replace("forgery/replay", catalogue("forgery/replay"));
    std::fs::write(bench.path("sprag.toml"), &by_catalogue).unwrap();
    assert_eq!(update(&[]).1, by_catalogue);
    assert_eq!(bench.run(&["check", "--baseline", "sprag.toml", "--games", GAMES]).code, Some(0));
}
