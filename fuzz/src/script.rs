//! A program that says what an input tells it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use sprag_process::Answering;

/// What became of a script.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    /// A reply of the input's own was given.
    pub any: bool,
    /// One of them answered `decrypt`, and not with the plaintext.
    pub untrue: bool,
}

/// A script: each line of an input answers one call, and when they are used up everything is answered well.
///
/// | line begins with | the answer is |
/// |---|---|
/// | nothing, or `@` | a good one |
/// | `!` | what follows, as it stands |
/// | `?` | an error, with what follows as its body |
/// | all else | a result, with the line as its body |
///
/// The program itself hides nothing: a message is its plaintext.
#[derive(Clone)]
pub(crate) struct Script {
    lines: Vec<Vec<u8>>,
    told: Arc<Mutex<Told>>,
}

impl Script {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        Self { lines, told: Arc::default() }
    }

    pub(crate) fn told(&self) -> Told {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who answers; `read` sees each answer first. A program that is started anew goes on behind the line that ended it.
    pub(crate) fn answering(&self, read: fn(&[u8])) -> Answering {
        let left = Arc::new(Mutex::new(VecDeque::from(self.lines.clone())));
        let told = Arc::clone(&self.told);
        Answering::new(move || {
            let (left, told) = (Arc::clone(&left), Arc::clone(&told));
            let mut sessions = 0;
            move |line: &[u8]| {
                let Ok(call) = serde_json::from_slice::<Value>(line) else { return Vec::new() };
                let calls = if let Value::Array(calls) = call { calls } else { vec![call] };
                let mut answers = Vec::new();
                for call in &calls {
                    let told_line = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let good = good(call, &mut sessions);
                    let answer = match told_line.as_deref() {
                        None | Some([] | [b'@', ..]) => good.to_string().into_bytes(),
                        Some(line) => {
                            let answer = said(&call["id"], line);
                            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                            told.any = true;
                            told.untrue |= call["method"] == "decrypt" && !is_true(&answer, &good);
                            answer
                        }
                    };
                    read(&answer);
                    answers.push(answer);
                }
                answers
            }
        })
    }
}

/// The answer of a line of an input.
fn said(id: &Value, line: &[u8]) -> Vec<u8> {
    let (name, body) = match line {
        [b'!', raw @ ..] => return raw.to_vec(),
        [b'?', error @ ..] => ("error", error),
        result => ("result", result),
    };
    let head = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"{name}\":");
    [head.as_bytes(), body, b"}"].concat()
}

/// Whether an answer to `decrypt` holds the plaintext.
fn is_true(answer: &[u8], good: &Value) -> bool {
    let plaintext = |answer: &Value| answer["result"]["plaintext"].as_str().map(str::to_lowercase);
    let answer = serde_json::from_slice::<Value>(answer);
    answer.is_ok_and(|answer| plaintext(&answer) == plaintext(good))
}

/// A good answer.
fn good(call: &Value, sessions: &mut u64) -> Value {
    let mut session = || {
        *sessions += 1;
        *sessions
    };
    let given = &call["params"];
    let result = match call["method"].as_str().unwrap_or_default() {
        "describe" => json!({
            "protocol": 1,
            "name": "scripted",
            "profile": { "family": "static-key" },
            "supports": ["seed", "clone", "export", "fields"],
        }),
        "pair" => json!({ "initiator": session(), "responder": session() }),
        "encrypt" => json!({ "message": given["plaintext"] }),
        "decrypt" => json!({ "plaintext": given["message"] }),
        "clone" | "import" => json!({ "session": session() }),
        "export" => json!({ "state": "5e5510" }),
        "fields" => json!({ "fields": [] }),
        "outbox" => json!({ "messages": [] }),
        "rewrite" => json!({ "message": given["message"] }),
        _ => json!({}),
    };
    json!({ "jsonrpc": "2.0", "id": call["id"], "result": result })
}
