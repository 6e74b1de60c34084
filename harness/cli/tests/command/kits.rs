//! The kits: their worked examples as their users run them, and one conversation that all of them must hold alike.

use std::process::Command;

use rand_core::CryptoRng;
use serde_json::{Value, json};
use sprag::workload::WORKLOADS;
use sprag::{
    Begun, Capabilities, Family, Field, Kept, MessageIndex, Offer, Opened, Origin, Pair, Profile,
    Ratchet, Rejection, Setup, StaticKey,
};

use crate::support::{Bench, Said, assert_valid, game, repository};
use crate::traffic::{Protocol, talk};

/// Few, since each call goes through a pipe: what is decided here is whether the kits speak the protocol.
const GAMES: [&str; 4] = [
    "forward-secrecy/consumed-key",
    "forgery/associated-data",
    "order/crossing-sends",
    "atomicity/failed-decrypt",
];

fn kit(path: &str) -> String {
    repository("harness/adapters/kit").join(path).display().to_string()
}

#[track_caller]
fn passes(line: &str) {
    let bench = Bench::new();
    let arguments = ["check", "--json", "report.json", "--rounds", "1", "--exec", line];
    let games = ["--games", &GAMES.join(",")];
    let mut command = bench.command(&[arguments.as_slice(), games.as_slice()].concat());
    let said = Said::from(with_kit(&mut command).output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
    let report = serde_json::from_str(&report).unwrap();
    assert_valid("report.schema.json", &report);
    for id in GAMES {
        assert_eq!(game(&report, id)["verdict"], "pass", "{id}: {said:?}");
    }
}

/// Lets Python find the kit. Where it is installed, this is not needed.
pub(crate) fn with_kit(command: &mut Command) -> &mut Command {
    command.env("PYTHONPATH", kit("python/src")).env("PYTHONDONTWRITEBYTECODE", "1")
}

#[test]
fn the_example_in_python_passes() {
    passes(&format!("python3 '{}'", kit("python/examples/hash_chain.py")));
}

#[test]
fn the_example_in_javascript_passes() {
    passes(&format!("node '{}'", kit("javascript/examples/hash-chain.mjs")));
}

const SERVICE: &[u8] = b"\xff";

/// Every optional method of the trait, on a ratchet without any cryptography; the kits for other languages have the like
/// in their folder `tests`.
struct EveryHook;

#[derive(Clone)]
struct Session {
    key: u8,
    sent: u8,
    opened: u8,
    seconds: u8,
}

fn mask(key: u8, text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| byte ^ key).collect()
}

impl Ratchet for EveryHook {
    type Session = Session;

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "test/every-hook".into()
    }

    fn profile(&self) -> Profile {
        Profile::of(Family::StaticKey(StaticKey::default()))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            associated_data: true,
            export: true,
            fields: true,
            rewrite: true,
            secret: true,
            identities: true,
            handshake: true,
            index: true,
            raw_aead: true,
            preset: true,
            outbox: true,
            clock: true,
            ..Capabilities::default()
        }
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        self.pair_with(rng, &Setup { shared_secret: Some(secret), ..Setup::default() })
    }

    fn pair_with(&self, _: &mut dyn CryptoRng, setup: &Setup) -> Result<Pair<Session>, Rejection> {
        let secret = setup.shared_secret.ok_or_else(|| Rejection::other("no secret"))?;
        let identities = [&setup.initiator_id, &setup.responder_id].into_iter().flatten().flatten();
        let key = secret.iter().chain(identities).fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
        let end = Session { key, sent: 0, opened: 0, seconds: 0 };
        Ok(Pair { initiator: end.clone(), responder: end, opened: false })
    }

    fn offer(&self, _: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        Ok(Offer { bundle: vec![5], kept: Kept::new(5_u8) })
    }

    fn begin(&self, _: &mut dyn CryptoRng, bundle: &[u8]) -> Result<Begun<Session>, Rejection> {
        let session = Session { key: bundle[0] + 1, sent: 0, opened: 0, seconds: 0 };
        Ok(Begun { session, opening: vec![1], opened: true })
    }

    fn accept(
        &self,
        _: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<Session, Rejection> {
        Ok(Session { key: kept.take::<u8>()? + opening[0], sent: 0, opened: 0, seconds: 0 })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        _: &mut dyn CryptoRng,
        _: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        session.sent += 1;
        Ok([&[session.sent - 1], &*mask(session.key, plaintext)].concat())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        _: &mut dyn CryptoRng,
        _: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (number, text) = message.split_first().ok_or_else(|| Rejection::malformed("empty"))?;
        if message == SERVICE {
            return Ok(Opened::Service);
        }
        session.opened = *number;
        Ok(Opened::Plaintext(mask(session.key, text)))
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        Ok(vec![session.key, session.sent, session.opened, session.seconds])
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        let &[key, sent, opened, seconds] = state else {
            return Err(Rejection::malformed("not four bytes"));
        };
        Ok(Session { key, sent, opened, seconds })
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let ciphertext = Field::new("ciphertext", 1, message.len() - 1);
        Ok(vec![Field::new("counter", 0, 1), ciphertext.with_origin(Origin::Derived)])
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        if field != "counter" || value.len() != 1 {
            return Err(Rejection::malformed("not a counter"));
        }
        Ok([value, &message[1..]].concat())
    }

    fn outbox(
        &self,
        session: &mut Session,
        _: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        let due = session.seconds >= 10;
        session.seconds %= 10;
        Ok(vec![SERVICE.to_vec(); due.into()])
    }

    fn advance_clock(&self, session: &mut Session, seconds: u32) -> Result<(), Rejection> {
        session.seconds += u8::try_from(seconds).map_err(|_| Rejection::other("too far"))?;
        Ok(())
    }

    fn last_index(&self, session: &Session) -> Result<MessageIndex, Rejection> {
        Ok(MessageIndex { chain: Some(0), n: session.opened.into() })
    }

    fn preset(
        &self,
        session: &mut Session,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        let numbers = [(sent, &mut session.sent), (received, &mut session.opened)];
        for (number, counter) in numbers {
            if let Some(number) = number {
                *counter = u8::try_from(number).map_err(|_| Rejection::malformed("too large"))?;
            }
        }
        Ok(())
    }

    fn seal_with(&self, key: &[u8], _: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ok(mask(key[0], plaintext))
    }

    fn open_with(&self, key: &[u8], _: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ok(mask(key[0], sealed))
    }
}

/// A method with its parameters, and the result or the error that is due.
fn conversation() -> Vec<(&'static str, Value, Value)> {
    let seed = "00".repeat(32);
    let secret = "01".repeat(32);
    let supports = json!([
        "ad",
        "batch",
        "bench",
        "clock",
        "clone",
        "drop",
        "export",
        "fields",
        "handshake",
        "identities",
        "index",
        "outbox",
        "preset",
        "raw_aead",
        "rewrite",
        "secret",
        "seed"
    ]);
    let given =
        json!({"seed": seed, "shared_secret": secret, "initiator_id": "02", "responder_id": "03"});
    let refused =
        |words: &str| json!({"code": -32000, "message": words, "data": {"class": "malformed"}});
    let failed = |code: i64, words: &str| json!({"code": code, "message": words});
    let bench = |workload: &str| json!({"workload": workload, "iterations": 1, "seed": seed});
    let not_measured =
        |words: &str| json!({"code": -32000, "message": words, "data": {"class": "unsupported"}});
    vec![
        ("describe", json!({"protocol": 1}), supports),
        ("pair", given, json!({"initiator": 1, "responder": 2, "opened": false})),
        (
            "encrypt",
            json!({"session": 1, "seed": seed, "ad": "", "plaintext": "00ff"}),
            json!({"message": "0025da"}),
        ),
        (
            "decrypt",
            json!({"session": 2, "seed": seed, "ad": "", "message": "0725DA"}),
            json!({"plaintext": "00ff", "index": {"chain": 0, "n": 7}}),
        ),
        ("advance", json!({"session": 1, "seconds": 12}), json!({})),
        ("outbox", json!({"session": 1, "seed": seed}), json!({"messages": ["ff"]})),
        (
            "decrypt",
            json!({"session": 2, "seed": seed, "ad": "", "message": "ff"}),
            json!({"plaintext": null}),
        ),
        ("export", json!({"session": 1}), json!({"state": "25010002"})),
        ("import", json!({"state": "25010002"}), json!({"session": 3})),
        ("import", json!({"state": "00"}), refused("not four bytes")),
        ("clone", json!({"session": 3}), json!({"session": 4})),
        (
            "fields",
            json!({"message": "0025da"}),
            json!({"fields": [
                {"name": "counter", "offset": 0, "length": 1},
                {"name": "ciphertext", "offset": 1, "length": 2, "origin": "derived"},
            ]}),
        ),
        (
            "rewrite",
            json!({"message": "0025da", "field": "counter", "value": "07"}),
            json!({"message": "0725da"}),
        ),
        ("seal_with", json!({"key": "01", "ad": "", "plaintext": "00"}), json!({"message": "01"})),
        ("open_with", json!({"key": "01", "ad": "", "message": "01"}), json!({"plaintext": "00"})),
        ("drop", json!({"sessions": [3, 99]}), json!({})),
        ("export", json!({"session": 3}), failed(-32602, "no such session")),
        ("preset", json!({"session": 4, "received": 9}), json!({})),
        ("export", json!({"session": 4}), json!({"state": "25010902"})),
        ("preset", json!({"session": 4, "sent": 5, "received": 0}), json!({})),
        ("preset", json!({"session": 4, "sent": 256}), refused("too large")),
        ("export", json!({"session": 4}), json!({"state": "25050002"})),
        ("decrypt", json!({"session": 1, "seed": seed, "ad": "", "message": ""}), refused("empty")),
        ("offer", json!({"seed": seed}), json!({"session": 5, "offer": "05"})),
        (
            "begin",
            json!({"seed": seed, "offer": "05"}),
            json!({"session": 6, "opening": "01", "opened": true}),
        ),
        ("accept", json!({"session": 5, "seed": seed, "opening": "01"}), json!({})),
        ("export", json!({"session": 5}), json!({"state": "06000000"})),
        ("export", json!({"session": 6}), json!({"state": "06000000"})),
        (
            "accept",
            json!({"session": 99, "seed": seed, "opening": "01"}),
            failed(-32602, "no such session"),
        ),
        ("bench", bench("reject-forged"), not_measured("what should be refused was opened")),
        ("bench", bench("dance"), not_measured("no such workload")),
    ]
}

/// Holds the conversation one call a line, and then all of it as one batch. The sessions of the batch are numbered anew by a
/// fresh start of `answers`.
#[track_caller]
fn holds_the_conversation(answers: impl Fn(&[&str]) -> Vec<String>) {
    let wanted = conversation();
    let calls: Vec<Value> = (1..)
        .zip(&wanted)
        .map(|(id, (method, params, _))| {
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        })
        .collect();
    let lines: Vec<String> = calls.iter().map(Value::to_string).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let single = answers(&lines);

    let protocol = Protocol::new();
    let called = protocol.check(lines.iter().copied().chain(single.iter().map(String::as_str)));
    assert_eq!(called, protocol.methods());
    for (number, (reply, (method, _, wanted))) in single.iter().zip(&wanted).enumerate() {
        let mut reply: Value = serde_json::from_str(reply).unwrap();
        assert_eq!(reply["id"], number + 1);
        let mut answer = reply["result"].take();
        if *method == "describe" {
            answer = answer["supports"].take();
            // The kit for Rust takes tapes too.
            answer.as_array_mut().unwrap().retain(|ability| ability != "tape");
            answer.as_array_mut().unwrap().sort_by_key(Value::to_string);
        }
        let answer = if answer.is_null() { reply["error"].take() } else { answer };
        assert_eq!(answer, *wanted, "{method}");
    }

    let batch = Value::Array(calls).to_string();
    let replies = answers(&[&batch]);
    assert_eq!(replies.len(), 1, "a batch is answered by one line");
    protocol.check([&*batch, &*replies[0]]);
    let replies: Vec<Value> = serde_json::from_str(&replies[0]).unwrap();
    let single: Vec<Value> =
        single.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies, single);

    let foreign = ["[]", r#"[7,{"jsonrpc":"2.0","id":8,"method":"secrets","params":{}}]"#, "?"];
    let replies: Vec<Value> =
        answers(&foreign).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies[0]["error"]["code"], -32600);
    assert_eq!(replies[1][0]["error"]["code"], -32600);
    assert_eq!(
        (&replies[1][1]["id"], &replies[1][1]["error"]["code"]),
        (&json!(8), &json!(-32601))
    );
    assert_eq!(replies[2]["error"]["code"], -32700);
}

#[test]
fn the_kit_for_rust_holds_the_conversation() {
    holds_the_conversation(|lines| {
        let mut desk = sprag_kit::Desk::new(&EveryHook, "1");
        lines.iter().map(|line| desk.answer(line).to_string()).collect()
    });
}

#[test]
fn the_kit_for_python_holds_the_conversation() {
    holds_the_conversation(|lines| {
        let mut command = Command::new("python3");
        let (replies, told) = talk(with_kit(command.arg(kit("python/tests/every_hook.py"))), lines);
        assert_eq!(told.contains("dropped"), lines.concat().contains("drop"), "{told}");
        replies
    });
}

#[test]
fn the_kit_for_javascript_holds_the_conversation() {
    holds_the_conversation(|lines| {
        let mut command = Command::new("node");
        let (replies, told) = talk(command.arg(kit("javascript/tests/every-hook.mjs")), lines);
        assert_eq!(told.contains("dropped"), lines.concat().contains("drop"), "{told}");
        replies
    });
}

#[test]
fn the_kits_time_the_same_workloads() {
    let seed = "00".repeat(32);
    let call = |(id, workload): (usize, &sprag::workload::Workload)| {
        let params = json!({"workload": workload.id, "iterations": 3, "seed": seed});
        json!({"jsonrpc": "2.0", "id": id, "method": "bench", "params": params}).to_string()
    };
    let lines: Vec<String> = WORKLOADS.iter().enumerate().map(call).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut python = Command::new("python3");
    with_kit(python.arg(kit("python/examples/hash_chain.py")));
    let mut node = Command::new("node");
    node.arg(kit("javascript/examples/hash-chain.mjs"));
    let protocol = Protocol::new();
    for mut command in [python, node] {
        let (replies, _) = talk(&mut command, &lines);
        protocol.check(lines.iter().copied().chain(replies.iter().map(String::as_str)));
        let mut refused = Vec::new();
        for (workload, reply) in WORKLOADS.iter().zip(&replies) {
            let reply: Value = serde_json::from_str(reply).unwrap();
            if reply["error"].is_null() {
                assert!(reply["result"]["nanoseconds"].as_u64().unwrap() > 0, "{reply}");
            } else {
                assert_eq!(reply["error"]["data"]["class"], "unsupported", "{reply}");
                let why = reply["error"]["message"].as_str().unwrap();
                refused.push(format!("{}: {why}", workload.id));
            }
        }
        let exports = "sessions are not exported";
        let expected = [
            "burst-1000: 999 messages may not be skipped".to_owned(),
            format!("export: {exports}"),
            format!("import: {exports}"),
        ];
        assert_eq!(refused, expected);
    }
}

#[test]
fn what_a_ratchet_does_not_define_is_not_supported() {
    let seed = "00".repeat(32);
    let call = |id: u8, method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
    };
    let lines = [
        call(1, "describe", json!({"protocol": 1})),
        call(2, "pair", json!({"seed": seed, "shared_secret": seed})),
        call(3, "pair", json!({"seed": seed, "initiator_id": "00"})),
        call(4, "seal_with", json!({"key": "00", "ad": "", "plaintext": ""})),
        call(5, "fields", json!({"message": "00"})),
    ];
    let lines = lines.each_ref().map(String::as_str);
    let mut python = Command::new("python3");
    with_kit(python.arg(kit("python/examples/hash_chain.py")));
    let mut node = Command::new("node");
    node.arg(kit("javascript/examples/hash-chain.mjs"));
    for mut command in [python, node] {
        let (replies, _) = talk(&mut command, &lines);
        let replies: Vec<Value> =
            replies.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            replies[0]["result"]["supports"],
            json!(["ad", "seed", "clone", "drop", "batch", "bench"])
        );
        for reply in &replies[1..] {
            assert_eq!(reply["error"]["data"]["class"], "unsupported", "{reply}");
        }
    }
}
