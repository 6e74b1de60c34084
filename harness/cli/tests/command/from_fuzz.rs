//! `sprag replay --from-fuzz`: what a fuzzer found becomes a case and is repeated.

use sprag::Party;
use sprag::fuzzing::{Input, Kind};
use sprag::schedule::{Action, Case, MessageName, Order, Schedule};

use crate::support::{Bench, assert_valid};

/// A crash file in which one message is delivered twice.
fn twice(kind: Kind) -> Vec<u8> {
    let first = MessageName::new(1, 0);
    let schedule = Schedule::of([
        Action::Send { by: Party::Initiator, count: 1, size: 16, ad: 0 },
        Action::Deliver { first, count: 1, order: Order::AsSent },
        Action::Duplicate { message: first },
    ]);
    let input = Input { ratchet: 0, kind, seed: 7, schedule, damages: Vec::new() };
    input.write().unwrap()
}

#[test]
fn a_crash_file_becomes_a_case_and_is_repeated() {
    let bench = Bench::new();
    std::fs::write(bench.path("crash-1"), twice(Kind::Schedule)).unwrap();
    let said = bench.run(&["replay", "--from-fuzz", "crash-1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("case: crash-1.case.json"), "{said:?}");
    assert!(said.out.contains("on textbook/double-ratchet-eager"), "{said:?}");
    let mutant = "mutant/f01-keeps-used-keys";
    let said = bench.run(&["replay", "--from-fuzz", "crash-1", "--ratchet", mutant]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("fail: a message was opened twice"), "{said:?}");
    let case = std::fs::read_to_string(bench.path("crash-1.case.json")).unwrap();
    assert_eq!(Case::from_json(&case).unwrap().ratchet, mutant);
    let again = bench.run(&["replay", "crash-1.case.json"]);
    assert_eq!(again.code, Some(1), "{again:?}");
}

#[test]
fn each_kind_is_asked_its_own_games() {
    let bench = Bench::new();
    for (kind, games) in [
        (Kind::Decrypt, ["atomicity/failed-decrypt", "model/random-schedule"].as_slice()),
        (Kind::Import, ["persistence/round-trip"].as_slice()),
    ] {
        std::fs::write(bench.path("crash"), twice(kind)).unwrap();
        let said = bench.run(&["replay", "--from-fuzz", "crash"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        for game in games {
            assert!(said.out.contains(&format!("{game} finds nothing")), "{said:?}");
        }
    }
}

#[test]
fn a_crash_file_of_a_ratchet_of_ones_own_names_its_program() {
    let bench = Bench::new();
    // Its first byte picks the kind: 2 is the import of exports.
    std::fs::write(bench.path("crash"), [2, 0, 0, 9, 9, 9]).unwrap();
    let exec = format!("{} serve textbook/static-key", env!("CARGO_BIN_EXE_sprag"));
    let said = bench.run(&["replay", "--from-fuzz", "crash", "--exec", &exec]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.out.contains("persistence/round-trip finds nothing"), "{said:?}");
    assert!(said.out.contains("which only the target does"), "{said:?}");
    // Whatever the mutator wrote down before it changed that byte.
    let mut changed = twice(Kind::Schedule);
    changed[0] = 2;
    std::fs::write(bench.path("crash"), changed).unwrap();
    let said = bench.run(&["replay", "--from-fuzz", "crash", "--exec", &exec]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("persistence/round-trip finds nothing"), "{said:?}");
}

#[test]
fn a_crash_file_of_a_pair_is_a_conversation_whatever_its_first_byte_is() {
    let bench = Bench::new();
    std::fs::write(bench.path("crash"), [2, 0, 0, 9, 9, 9]).unwrap();
    let pair = "textbook/double-ratchet-eager,textbook/double-ratchet-lazy";
    let said = bench.run(&["replay", "--from-fuzz", "crash", "--pair", pair]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("model/random-schedule finds nothing"), "{said:?}");
    let case = std::fs::read_to_string(bench.path("crash.case.json")).unwrap();
    assert_eq!(Case::from_json(&case).unwrap().ratchet, pair);
}

#[test]
fn what_is_no_crash_file_of_this_version_exits_2() {
    let bench = Bench::new();
    let mut newer = twice(Kind::Schedule);
    newer[4] = 9;
    std::fs::write(bench.path("newer"), newer).unwrap();
    let whole = twice(Kind::Schedule);
    std::fs::write(bench.path("cut"), &whole[..whole.len() - 2]).unwrap();
    for (file, why) in [
        ("newer", "a fuzzing input of version 9; this is version 1"),
        ("cut", "cut off or damaged"),
        ("absent", "No such file"),
    ] {
        let said = bench.run(&["replay", "--from-fuzz", file]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(file) && said.err.contains(why), "{said:?}");
    }
    let unknown =
        bench.run(&["replay", "--from-fuzz", "newer", "--ratchet", "textbook/statik-key"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert_eq!(bench.run(&["replay"]).code, Some(2));
}

#[test]
fn a_case_of_an_unusual_ratchet_is_repeated() {
    let bench = Bench::new();
    let input = Input::read(&twice(Kind::Schedule), Kind::Schedule).unwrap();
    let case = input.case("unusual/cbc-hmac-8", None).to_json().unwrap();
    let said = bench.run(&["replay", &bench.write("case.json", &case)]);
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn the_case_of_every_input_is_what_its_schema_describes() {
    let mut bytes = vec![0; 4096];
    let mut size = 0;
    for seed in 0..300 {
        size = sprag::fuzzing::mutate(&mut bytes, size, 4096, seed, Kind::Decrypt, 1);
        let input = Input::read(&bytes[..size], Kind::Decrypt).unwrap();
        let case = input.case("textbook/static-key", None).to_json().unwrap();
        assert_valid("case.schema.json", &serde_json::from_str(&case).unwrap());
    }
}
