//! A child process that misbehaves in the way that its argument names, and is an honest textbook ratchet until then. The
//! tests of the command attack themselves with it.

#![allow(clippy::print_stdout, clippy::panic, clippy::unwrap_used, reason = "it is meant to")]

use std::io::{BufRead as _, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sprag_kit::Desk;
use sprag_protocols::DoubleRatchet;

/// Decryptions before the misbehaviour begins.
const HONEST: usize = 40;

fn main() {
    let kind = std::env::args().nth(1).unwrap_or_default();
    match &*kind {
        "exits-at-start" => {
            eprintln!("hostile: no licence found");
            std::process::exit(3)
        }
        "ignores-sigterm" => Command::new("true").status().map(drop).unwrap(),
        _ => {}
    }
    let ratchet = DoubleRatchet::eager();
    let mut desk = Desk::new(&ratchet, "1");
    let mut decrypted = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let call: Value = serde_json::from_str(&line).unwrap();
        let method = call["method"].as_str().unwrap_or_default().to_owned();
        decrypted += usize::from(method == "decrypt");
        let due = method == "decrypt" && decrypted > HONEST;
        if kind == "hangs-on-describe" && method == "describe" {
            sleep_for_ever();
        }
        let mut reply = desk.answer(&line);
        if due {
            misbehave(&kind, &mut reply);
        }
        say(&reply.to_string());
        if due && kind == "two-replies" {
            say(&reply.to_string());
        }
    }
}

fn say(line: &str) {
    println!("{line}");
    std::io::stdout().flush().unwrap();
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn misbehave(kind: &str, reply: &mut Value) {
    match kind {
        "exits-midway" => {
            eprintln!("hostile: that will do");
            std::process::exit(0)
        }
        "hangs-on-decrypt" | "ignores-sigterm" => sleep_for_ever(),
        "loops-on-decrypt" => loop {
            std::hint::spin_loop();
        },
        "no-json" => say("Decrypting now, one moment"),
        "wrong-id" => reply["id"] = json!(u32::MAX),
        "long-line" => say(&"x".repeat(64 << 20)),
        "endless-output" => loop {
            print!("{}", "y".repeat(1 << 16));
        },
        "closed-output" => {
            // Whatever is written from here on goes nowhere, and the pipe is closed.
            #[cfg(unix)]
            rustix::stdio::dup2_stdout(std::fs::File::open("/dev/null").unwrap()).unwrap();
            sleep_for_ever()
        }
        "grandchild-keeps-output" => {
            let mut sleeper = Command::new("sleep");
            sleeper.arg("1000").stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::process::exit(0)
        }
        "invalid-hex" => reply["result"] = json!({ "plaintext": "not hex" }),
        "wrong-types" => reply["result"] = json!({ "plaintext": 7 }),
        "other-plaintext" if reply["result"]["plaintext"].is_string() => {
            reply["result"] = json!({ "plaintext": "00".repeat(16) });
        }
        "aborts" => std::process::abort(),
        "slow" => std::thread::sleep(Duration::from_millis(2)),
        "memory-bomb" => {
            let mut pages = Vec::new();
            loop {
                pages.push(vec![1_u8; 1 << 20]);
                std::hint::black_box(&pages);
            }
        }
        _ => {}
    }
}
