//! An honest textbook ratchet as a child process that lacks something. Sessions cannot be cloned: `export-only` can write them
//! and read them back, `neither` cannot do that either. Or `undeclared` says nothing of its limits. The tests of the command
//! check what is made of it.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program of the tests")]

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use sprag_kit::Desk;
use sprag_protocols::DoubleRatchet;

fn main() {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let missing: &[&str] = match &*kind {
        "undeclared" => &[],
        "export-only" => &["clone"],
        _ => &["clone", "export", "import"],
    };
    let ratchet = DoubleRatchet::eager();
    let mut desk = Desk::new(&ratchet, "1");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let calls: Value = serde_json::from_str(&line).unwrap();
        let mut replies = desk.answer(&line);
        match (calls.as_array(), replies.as_array_mut()) {
            (Some(calls), Some(replies)) => {
                calls.iter().zip(replies).for_each(|(call, reply)| lack(missing, call, reply));
            }
            _ => lack(missing, &calls, &mut replies),
        }
        if let ("undeclared", Some(Value::Object(profile))) =
            (&*kind, replies.pointer_mut("/result/profile"))
        {
            profile.retain(|claim, _| !["max_skip", "max_stored"].contains(&&**claim));
        }
        println!("{replies}");
        std::io::stdout().flush().unwrap();
    }
}

/// Makes of a reply that of a program without these methods.
fn lack(missing: &[&str], call: &Value, reply: &mut Value) {
    let method = call["method"].as_str().unwrap_or_default();
    if missing.contains(&method) {
        let error = json!({ "code": -32601, "message": "no such method" });
        *reply = json!({ "jsonrpc": "2.0", "id": call["id"], "error": error });
    }
    if let Some(Value::Array(supports)) = reply.pointer_mut("/result/supports") {
        supports.retain(|ability| !missing.contains(&ability.as_str().unwrap_or_default()));
    }
}
