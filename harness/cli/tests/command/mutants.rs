//! `mutants`: the harness graded by planted bugs.

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid};

/// Runs `mutants` with these arguments and gives its matrix too.
fn grade(bench: &Bench, arguments: &[&str]) -> (Said, Value) {
    let said = bench.run(&[&["mutants", "--json", "matrix.json"], arguments].concat());
    let matrix = std::fs::read_to_string(bench.path("matrix.json"));
    let matrix = matrix.unwrap_or_else(|error| panic!("{error}: {said:?}"));
    let matrix = serde_json::from_str(&matrix).unwrap();
    assert_valid("mutants.schema.json", &matrix);
    (said, matrix)
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

const GAMES: &str = "recovery/ratchet-liveness,recovery/healing-time,forgery/effective-tag-length,\
    order/immediate-decryption,model/";

#[test]
fn mutants_are_killed_by_the_expected_games_and_the_matrix_is_the_same_on_any_number_of_workers() {
    let bench = Bench::new();
    let run = |workers: &str| {
        let mutants = ["p02-renews", "a03-eight-tag-bytes", "mutant/h02-aborts", "T22-EMPTY"];
        let options = ["--games", GAMES, "--seeds", "2", "--seed", "3", "--workers", workers];
        grade(&bench, &[mutants.as_slice(), &options].concat())
    };
    let (said, mut one) = run("1");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "no colours where there is no terminal");
    assert_eq!(one["score"]["met"], 4, "{said:?}");
    let rows = one["mutants"].as_array().unwrap();
    let catalogue =
        ["p02-renews-once", "a03-eight-tag-bytes", "t22-empty-is-an-error", "h02-aborts"];
    assert_eq!(ids(&one["mutants"]), catalogue, "in the order of the catalogue");
    for row in rows {
        assert_eq!(row["expectation"], "met", "{row}");
        assert!(row["trials"].as_u64().unwrap() > 0, "{row}");
        assert_eq!(row["cells"].as_array().unwrap().len(), 5, "{row}");
    }
    // A verdict `weak` is a kill of a mutant that is meant to be weak.
    assert_eq!(rows[1]["weak"], true);
    let times = one["timings"]["mutants"].as_array().unwrap();
    for time in times {
        assert_eq!(time["to_kill"].as_array().unwrap().len(), 2, "{time}");
        assert!(time["worst"].as_f64().unwrap() > 0.0, "{time}");
    }
    assert!(one["honest"][0]["accused_by"].as_array().unwrap().is_empty());
    let (_, mut two) = run("2");
    assert_eq!(two["timings"]["workers"], 2);
    for matrix in [&mut one, &mut two] {
        matrix.as_object_mut().unwrap().remove("timings").unwrap();
    }
    assert_eq!(one, two);
}

#[test]
fn what_a_naive_harness_misses_a_game_finds() {
    let bench = Bench::new();
    let quick = ["--games", "recovery/healing-time", "--seeds", "1"];
    let (said, matrix) =
        grade(&bench, &[&["p09-root-ignores-dh-lazy", "p02-renews-once"], &quick[..]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let killed = |harness: usize| -> u64 {
        let grades = matrix["harnesses"][harness]["killed"].as_array().unwrap();
        grades.iter().map(|grade| grade["killed"].as_u64().unwrap()).sum()
    };
    assert_eq!([killed(0), killed(1), killed(2), killed(3)], [0, 0, 1, 2], "{said:?}");
    assert_eq!(matrix["mutants"][1]["naive"], serde_json::json!([]));
}

#[test]
fn what_was_not_asked_for_is_neither_met_nor_missed() {
    let bench = Bench::new();
    let (said, matrix) =
        grade(&bench, &["p02-renews-once", "--games", "forgery/replay", "--seeds", "1"]);
    assert_eq!(said.code, Some(4), "nothing was graded: {said:?}");
    assert_eq!(matrix["mutants"][0]["expectation"], "not-asked");
    assert_eq!(matrix["mutants"][0]["first_killer"], Value::Null);
    assert_eq!(matrix["whole"], false);
    let games = "forgery/replay,recovery/healing-time";
    let (said, matrix) = grade(
        &bench,
        &["p02-renews-once", "r07-last-message-repeats", "--games", games, "--seeds", "1"],
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(matrix["score"]["met"], 2);
}

#[test]
fn what_is_found_first_is_shrunk_if_asked_for() {
    let bench = Bench::new();
    let quick = ["--games", "model/", "--seeds", "1", "--shrink"];
    let (said, matrix) = grade(
        &bench,
        &[&["t13-counter-reset-after-skip", "d14-forgery-ends-session"], &quick[..]].concat(),
    );
    for row in matrix["mutants"].as_array().unwrap() {
        let actions = row["shrunk"].as_u64().unwrap();
        assert!((1..=12).contains(&actions), "{row}");
    }
    assert!(said.out.contains("shrunk to"), "{said:?}");
}

#[test]
fn a_matrix_on_standard_output_stands_there_alone() {
    let bench = Bench::new();
    let quick = ["--games", "G-PCS-8", "--seeds", "1", "--json", "-"];
    let said = bench.run(&[&["mutants", "p02-renews-once"], quick.as_slice()].concat());
    let matrix: Value = serde_json::from_str(&said.out).unwrap();
    assert_valid("mutants.schema.json", &matrix);
    assert!(said.err.contains("1 of 1 mutants are killed"), "{said:?}");
}

#[test]
fn a_mutant_that_is_none_exits_2_and_proposes_names() {
    let bench = Bench::new();
    for (arguments, expected) in [
        (["mutants", "p02-renew-once"], "near: p02-renews-once"),
        (["mutants", "textbook/static-key"], "sprag list mutants"),
        (["mutants", "--seeds=0"], "--seeds"),
    ] {
        let said = bench.run(&arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(expected), "{said:?}");
    }
}

#[test]
fn what_is_not_built_is_listed_with_why() {
    let said = Bench::new().run(&["list", "mutants"]);
    assert_eq!(said.code, Some(0));
    let words: Vec<&str> = said.out.split_whitespace().collect();
    let words = words.join(" ");
    for expected in ["F23 handshake", "B12 A tag under a fixed", "The catalogue: 144 entries"] {
        assert!(words.contains(expected), "{expected}: {}", said.out);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
}
