//! The schema of the child protocol describes what really goes over the line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Bench, Said, errors, schema};

const SCHEMA: &str = "child-protocol.schema.json";

/// The schema of the child protocol, ready to be held against lines.
pub(crate) struct Protocol {
    line: Validator,
    results: BTreeMap<String, Validator>,
}

impl Protocol {
    pub(crate) fn new() -> Self {
        let whole = schema(SCHEMA);
        let line = jsonschema::draft202012::new(&whole).unwrap();
        let definitions = whole["$defs"].as_object().unwrap();
        let methods = definitions.keys().filter_map(|name| name.strip_suffix("-result"));
        let results =
            methods.map(|method| (method.to_owned(), Self::part(&format!("{method}-result"))));
        Self { line, results: results.collect() }
    }

    /// One definition of the schema by itself.
    pub(crate) fn part(name: &str) -> Validator {
        let mut part = schema(SCHEMA);
        let whole = part.as_object_mut().unwrap();
        whole.remove("oneOf");
        whole.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
        jsonschema::draft202012::new(&part).unwrap()
    }

    pub(crate) fn methods(&self) -> BTreeSet<String> {
        self.results.keys().cloned().collect()
    }

    /// Panics unless each line is one of the protocol, each reply answers a call before it, and each result is one of its
    /// method. Gives the methods that were called.
    #[track_caller]
    pub(crate) fn check<'l>(&self, lines: impl IntoIterator<Item = &'l str>) -> BTreeSet<String> {
        let (mut waiting, mut called) = (BTreeMap::new(), BTreeSet::new());
        for text in lines {
            let line: Value =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(errors(&self.line, &line), [""; 0], "{text}");
            let batch = if let Value::Array(all) = line { all } else { vec![line] };
            for one in batch {
                if let Some(method) = one.get("method").and_then(Value::as_str) {
                    let earlier = waiting.insert(one["id"].to_string(), method.to_owned());
                    assert_eq!(earlier, None, "two calls wait under one id: {text}");
                    called.insert(method.to_owned());
                } else if !one["id"].is_null() {
                    let method = waiting.remove(&one["id"].to_string());
                    let method = method.unwrap_or_else(|| panic!("a reply to nothing: {text}"));
                    if let Some(result) = one.get("result") {
                        assert_eq!(
                            errors(&self.results[&method], result),
                            [""; 0],
                            "{method}: {text}"
                        );
                    }
                }
            }
        }
        called
    }
}

/// What a program answers to these lines, each line without its end, and what it wrote on standard error.
pub(crate) fn talk(command: &mut Command, lines: &[&str]) -> (Vec<String>, String) {
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for line in lines {
        writeln!(stdin, "{line}").unwrap();
    }
    drop(stdin);
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    (said.out.lines().map(str::to_owned).collect(), said.err)
}

/// Whole lines of a file, in order.
fn whole_lines(bench: &Bench, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(bench.path(name)).unwrap();
    let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    whole.map(str::to_owned).collect()
}

/// The games that make calls which others do not, and one whose attackers make many at once.
const GAMES: &str = "active/impersonation,counters/edges,forgery/header-fields,forgery/identity-binding,forgery/key-commitment,\
                     forward-secrecy/initial-secret,order/exactly-once-index,persistence/damaged-export";

#[test]
#[cfg(unix)]
fn what_a_check_says_and_hears_is_what_the_schema_describes() {
    let protocol = Protocol::new();
    let (mut called, mut batches) = (BTreeSet::new(), 0);
    for (ratchet, is_pair) in [
        ("textbook/double-ratchet-lazy", false),
        ("textbook/periodic-rekey", false),
        ("textbook/double-ratchet-lazy", true),
    ] {
        let bench = Bench::new();
        let sprag = env!("CARGO_BIN_EXE_sprag");
        // Each start of the program has files of its own.
        let line = format!("tee calls.$$ | '{sprag}' serve {ratchet} | tee replies.$$");
        let arguments = ["check", "--workers", "1", "--rounds", "1", "--games", GAMES];
        let exec = format!("sh -c \"{}\"", line.replace('$', "\\$"));
        let pair = [exec.clone(), exec.clone()].join(",");
        let subject = if is_pair { ["--pair", &pair] } else { ["--exec", &exec] };
        let said = bench.run(&[arguments.as_slice(), &subject].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        let files = bench.files("");
        let starts: Vec<&str> =
            files.iter().filter_map(|file| file.strip_prefix("calls.")).collect();
        assert!(!starts.is_empty(), "{files:?}");
        for start in starts {
            let calls = whole_lines(&bench, &format!("calls.{start}"));
            let replies = whole_lines(&bench, &format!("replies.{start}"));
            batches += calls.iter().filter(|line| line.starts_with('[')).count();
            let in_turn = calls.iter().zip(&replies).flat_map(|(call, reply)| [&**call, reply]);
            called.append(&mut protocol.check(in_turn));
        }
    }
    assert!(batches > 0, "trial decryptions go over the line together");
    let not_called: Vec<String> = protocol.methods().difference(&called).cloned().collect();
    // No textbook ratchet has a clock, and no game takes the time of calls so; the tests of the kits call these.
    assert_eq!(not_called, ["advance", "bench"]);
}

#[test]
fn the_schema_refuses_what_is_no_line_of_the_protocol() {
    let line = Protocol::new().line;
    let seed = "00".repeat(32);
    let call = |method: &str, params: Value| json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let result = |result: Value| json!({"jsonrpc": "2.0", "id": 1, "result": result});
    let error = |error: Value| json!({"jsonrpc": "2.0", "id": 1, "error": error});
    for right in [
        call("pair", json!({"seed": seed})),
        json!([
            call("clone", json!({"session": 0})),
            call("outbox", json!({"session": 1, "tape": "00"}))
        ]),
        result(json!({})),
        error(json!({"code": -32601, "message": "no such method"})),
    ] {
        assert_eq!(errors(&line, &right), [""; 0], "{right}");
    }
    for wrong in [
        json!([]),
        json!({"id": 1, "method": "clone", "params": {"session": 1}}),
        call("dance", json!({})),
        call("pair", json!({})),
        call("pair", json!({"seed": "00"})),
        call("pair", json!({"seed": seed, "tape": "00"})),
        call("encrypt", json!({"session": 1, "seed": seed, "ad": "", "plaintext": "0"})),
        call("clone", json!({"session": 9_007_199_254_740_992_u64})),
        call("advance", json!({"session": 1, "seconds": -1})),
        json!({"jsonrpc": "2.0", "id": 1}),
        json!({"jsonrpc": "2.0", "id": "1", "result": {}}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {}, "error": {"code": 1, "message": ""}}),
        error(json!({"code": -32000, "message": "without a class"})),
        error(json!({"code": -32000, "message": "", "data": {"class": "tired"}})),
    ] {
        assert_ne!(errors(&line, &wrong), [""; 0], "{wrong}");
    }
    for (method, wrong) in [
        ("describe", json!({"protocol": 2, "name": "x"})),
        (
            "describe",
            json!({"protocol": 1, "name": "x", "profile": {"family": "static-key", "max_skip": 1}}),
        ),
        ("pair", json!({"initiator": 1})),
        ("decrypt", json!({})),
        ("decrypt", json!({"plaintext": 7})),
        ("fields", json!({"fields": [{"name": "tag", "offset": -1, "length": 16}]})),
    ] {
        assert_ne!(
            errors(&Protocol::part(&format!("{method}-result")), &wrong),
            [""; 0],
            "{wrong}"
        );
    }
}
