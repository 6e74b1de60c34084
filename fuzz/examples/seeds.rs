//! Writes the inputs of the corpora that follow from something else: stored scenarios, the readers' own test files.
//!
//! `cargo run --example seeds` in this folder; inputs that a fuzzer found lie beside them and stay.

#![allow(clippy::unwrap_used, reason = "whoever runs it sees what is wrong")]

use std::path::Path;

use sprag::fuzzing::{Damage, Input, Kind};
use sprag::schedule::{Action, MessageName, Order, Schedule, Tamper};
use sprag::{Party, scenario};
use sprag_cli::fuzzing::RATCHETS;

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}

fn conversation(target: &str, kind: Kind, name: &str, ratchet: usize, schedule: Schedule) {
    let damages = match kind {
        Kind::Import => vec![
            Damage::Cut { keep: 40_000 },
            Damage::Flipped { bit: 9 },
            Damage::Filled { at: 30_000, with: 0 },
        ],
        Kind::Schedule | Kind::Decrypt => Vec::new(),
    };
    let input = Input { ratchet: ratchet as u8, kind, seed: 0, schedule, damages };
    // Read once, so that nothing is in it that a target would take out.
    let bytes = Input::read(&input.write().unwrap(), kind).unwrap().write().unwrap();
    write(target, name, &bytes);
}

/// Every stored scenario, each on another ratchet.
fn scenarios() {
    for (place, scenario) in scenario::all().iter().enumerate() {
        let name = &scenario.origin.name;
        conversation(
            "schedule",
            Kind::Schedule,
            name,
            place % RATCHETS.len(),
            scenario.schedule.clone(),
        );
    }
}

/// One talk with a theft, on every ratchet.
fn thefts() {
    let by = Party::Initiator;
    for (place, name) in RATCHETS.iter().enumerate() {
        let talk = Schedule::of([
            Action::PingPong { first: by, turns: 3 },
            Action::Send { by, count: 3, size: 16, ad: 0 },
            deliver(2, 2, 1),
            Action::Steal { from: Party::BOTH[place % 2] },
            deliver(2, 0, 3),
            Action::PingPong { first: by.peer(), turns: 6 },
        ]);
        let name = format!("theft-and-recovery.{}", name.replace('/', "."));
        conversation("schedule", Kind::Schedule, &name, place, talk.clone());
        let name = name.replace("theft-and-recovery", "late-messages");
        conversation("import", Kind::Import, &name, place, talk);
    }
}

fn deliver(action: u32, index: u16, count: u16) -> Action {
    let first = MessageName::new(action, index);
    Action::Deliver { first, count, order: Order::AsSent }
}

/// Each kind of change, at the stages of a session.
fn changes() {
    let by = Party::Initiator;
    let with = MessageName::new(2, 0);
    let changes = [
        ("bit", Tamper::FlipBit { bit: 9 }),
        ("byte", Tamper::SetByte { at: 40, value: 0 }),
        ("cut", Tamper::Truncate { keep: 33 }),
        ("appended", Tamper::Extend { bytes: vec![0; 16] }),
        ("spliced", Tamper::Splice { with, keep: 40 }),
        ("of-another-session", Tamper::SpliceSession { keep: 0 }),
        ("counter-far-ahead", field("counter", &[0xff; 4])),
        ("counter-in-reach", field("counter", &[0, 0, 0, 9])),
        ("previous-counter", field("previous_counter", &[0, 0, 4, 0])),
        ("key-of-low-order", field("ratchet_key", &[0; 32])),
        ("key-of-nobody", field("ratchet_key", &[7; 32])),
        ("key-of-before", Tamper::CopyField { field: "ratchet_key".into(), from: with }),
        ("empty-ciphertext", field("ciphertext", &[])),
        ("empty", Tamper::Replace { bytes: Vec::new() }),
        ("zeros", Tamper::Replace { bytes: vec![0; 80] }),
    ];
    for (place, (name, how)) in changes.iter().enumerate() {
        let stages = [
            ("first-message", vec![], by),
            ("new-key", vec![Action::PingPong { first: by, turns: 1 }], by.peer()),
            ("running-chain", vec![Action::PingPong { first: by, turns: 3 }], by.peer()),
        ];
        for (stage, before, by) in stages {
            let id = before.len() as u32 + 1;
            let message = MessageName::new(id + 1, 1);
            let how = how.clone();
            let behind = [
                Action::Send { by, count: 1, size: 16, ad: 0 },
                Action::Send { by, count: 2, size: 16, ad: 0 },
                Action::Tamper { message, how },
                deliver(id, 0, 1),
                deliver(id + 1, 0, 2),
                Action::PingPong { first: by.peer(), turns: 4 },
            ];
            let schedule = Schedule::of(before.into_iter().chain(behind));
            let name = format!("{name}.{stage}");
            conversation("decrypt", Kind::Decrypt, &name, place % 9, schedule.clone());
            if stage == "new-key" {
                conversation("differential", Kind::Schedule, &name, place % 6, schedule);
            }
        }
    }
}

fn field(name: &str, value: &[u8]) -> Tamper {
    Tamper::SetField { field: name.to_owned(), value: value.to_vec() }
}

/// Answers of a program; see `src/script.rs`.
fn answers() {
    for (name, script) in [
        ("all-well", ""),
        ("description-without-name", r#"{"protocol":1}"#),
        ("description-of-another-version", r#"{"protocol":2,"name":"x"}"#),
        (
            "description-with-everything",
            r#"{"protocol":1,"name":"x","version":"9","supports":["ad","tape","clone","export","fields","rewrite","outbox","clock","index","batch"]}"#,
        ),
        ("no-json", "\n!Server ready"),
        ("empty-batch", "\n![]"),
        ("nothing", "\n\n!"),
        ("other-call", "\n!{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}"),
        ("refused-pair", "\n?{\"code\":-32000,\"message\":\"no\",\"data\":{\"class\":\"other\"}}"),
        ("internal-error", "\n\n?{\"code\":-32603,\"message\":\"internal\"}"),
        ("session-beyond-2-53", "\n{\"initiator\":9007199254740993,\"responder\":2}"),
        ("one-session-for-both", "\n{\"initiator\":1,\"responder\":1}"),
        ("opened", "\n{\"initiator\":1,\"responder\":2,\"opened\":true}"),
        ("message-no-hex", "\n\n{\"message\":\"0g\"}"),
        ("message-empty", "\n\n{\"message\":\"\"}"),
        ("plaintext-null", "\n\n\n{\"plaintext\":null}"),
        ("plaintext-other", "\n\n\n{\"plaintext\":\"00ff\"}"),
        ("plaintext-missing", "\n\n\n{}"),
        (
            "refused-genuine",
            "\n\n\n?{\"code\":-32000,\"message\":\"forged\",\"data\":{\"class\":\"forged\"}}",
        ),
        ("unknown-class", "\n\n?{\"code\":-32000,\"message\":\"\",\"data\":{\"class\":\"tired\"}}"),
        (
            "outbox-without-end",
            "{\"protocol\":1,\"name\":\"x\",\"supports\":[\"clone\",\"outbox\"]}\n\n{\"messages\":[\"00\",\"00\"]}",
        ),
        (
            "fields-outside",
            "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n{\"fields\":[{\"name\":\"tag\",\"offset\":9999,\"length\":18446744073709551615}]}",
        ),
    ] {
        write("child", name, script.as_bytes());
    }
}

/// Lines that a program writes.
fn lines() {
    for (name, line) in [
        ("result", r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        ("batch", r#"[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","id":1,"result":1}]"#),
        ("empty-batch", "[]"),
        ("both", r#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1}}"#),
        ("neither", r#"{"jsonrpc":"2.0","id":1}"#),
        (
            "rejection",
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"a","data":{"class":"not-yet"}}}"#,
        ),
        ("unsupported", r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":""}}"#),
        ("internal", r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603}}"#),
        (
            "class-no-text",
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"data":{"class":[]}}}"#,
        ),
        ("id-null", r#"{"jsonrpc":"2.0","id":null,"result":1}"#),
        ("version-as-text", r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":"1","name":"x"}}"#),
        (
            "describe-double-ratchet",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","version":"1","profile":{"family":"double-ratchet","key_generation":"lazy","max_skip":10,"max_stored":20,"retained_chains":1},"supports":["ad","export"]}}"#,
        ),
        (
            "describe-hybrid",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","profile":{"family":"hybrid-ratchet","classical":{"key_generation":"eager"},"post_quantum":{"key_generation":"lazy"},"pq_rekey":{"messages":10,"epochs":2}}}}"#,
        ),
        (
            "describe-periodic",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","profile":{"family":"periodic-rekey","rekey_messages":100,"rekey_seconds":null}}}"#,
        ),
        (
            "describe-symmetric",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","profile":{"family":"symmetric-ratchet","one_way":true,"rotates_after":100}}}"#,
        ),
        (
            "describe-static",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","profile":{"family":"static-key","replay_protection":true}}}"#,
        ),
        (
            "describe-unknown-family",
            r#"{"jsonrpc":"2.0","id":1,"result":{"protocol":1,"name":"x","profile":{"family":"triple"}}}"#,
        ),
    ] {
        write("child_messages", name, line.as_bytes());
    }
}

/// Files of the three other readers.
fn files() {
    for (name, text) in [
        ("empty", ""),
        (
            "check-only",
            "[check]\nratchets = [\"textbook/static-key\"]\neffort = \"smoke\"\nrounds = 2\nstrict = true\n",
        ),
        (
            "one-expectation",
            "[[expect]]\ngame = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"known\"\nexpires = 2027-01-31\n",
        ),
        ("empty-reason", "[[expect]]\ngame = \"a\"\nverdict = \"weak\"\nreason = \" \"\n"),
        (
            "expires-at-a-time",
            "[[expect]]\ngame = \"a\"\nverdict = \"weak\"\nreason = \"b\"\nexpires = 07:32:00\n",
        ),
        ("unknown-key", "[chekc]\n"),
        ("not-closed", "[check\n"),
        ("acts-on-terminals", "\"\\u001b[2J\" = 1\n"),
    ] {
        write("baseline", name, text.as_bytes());
    }
    let ours =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/sprag.toml")).unwrap();
    write("baseline", "this-project", &ours);
    for (place, scenario) in scenario::all().iter().enumerate().take(6) {
        let input = Input {
            ratchet: place as u8,
            kind: Kind::Schedule,
            seed: 1,
            schedule: scenario.schedule.clone(),
            damages: Vec::new(),
        };
        let case = input.case(RATCHETS[place], None).to_json().unwrap();
        write("case_file", &scenario.origin.name, case.as_bytes());
        write(
            "case_file",
            &format!("{}.cut", scenario.origin.name),
            &case.as_bytes()[..case.len() / 2],
        );
        let file = scenario::ScenarioFile {
            sprag_scenarios: scenario::SCENARIO_VERSION,
            about: String::new(),
            scenarios: vec![(*scenario).clone()],
            out_of_reach: Vec::new(),
        };
        write("vectors", &scenario.origin.name, serde_json::to_string(&file).unwrap().as_bytes());
    }
    write("case_file", "another-version", br#"{"sprag_case": 2}"#);
    write("case_file", "id-that-is-kept", br#"{"sprag_case":1,"suite":1,"ratchet":"","game":"","seed":"00000000000000000000000000000000000000000000000000000000000000aa","schedule":{"steps":[{"id":4294967295,"action":{"steal":{"from":"initiator"}}}]}}"#);
    let sweeps = Schedule::of(
        [
            Tamper::EveryBit,
            Tamper::EveryTagPair,
            Tamper::RandomEnds { tries: 3 },
            Tamper::EverySpliceSession,
        ]
        .map(|how| Action::Tamper { message: MessageName::new(1, 0), how }),
    );
    let case = sprag::schedule::Case {
        schedule: sweeps,
        ..Input::drawn(&[], Kind::Schedule).case("textbook/static-key", None)
    };
    write("case_file", "every-sweep", case.to_json().unwrap().as_bytes());
    write("vectors", "another-version", br#"{"sprag_scenarios":2,"about":"","scenarios":[]}"#);
}

fn main() {
    scenarios();
    thefts();
    changes();
    answers();
    lines();
    files();
}
