//! Turns any [`sprag::Ratchet`] into a child process that `sprag check --exec PROGRAM` can attack:
//!
//! ```no_run
//! # use sprag::*;
//! # #[derive(Default)] struct MyRatchet;
//! # impl Ratchet for MyRatchet { type Session = ();
//! #   fn profile(&self) -> Profile { Profile::of(Family::StaticKey(StaticKey::default())) }
//! #   fn pair(&self, _: &mut dyn rand_core::CryptoRng) -> Result<Pair<()>, Rejection> { Err(Rejection::other("")) }
//! #   fn encrypt(&self, _: &mut (), _: &mut dyn rand_core::CryptoRng, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Rejection> { Err(Rejection::other("")) }
//! #   fn decrypt(&self, _: &mut (), _: &mut dyn rand_core::CryptoRng, _: &[u8], _: &[u8]) -> Result<Opened, Rejection> { Err(Rejection::other("")) }
//! # }
//! fn main() -> std::io::Result<()> {
//!     sprag_kit::serve(&MyRatchet, "1.0")
//! }
//! ```
//!
//! In a process of its own, a ratchet that loops, aborts or grows without bound becomes a verdict instead of ending the
//! run, which [`sprag::conformance!`] cannot offer. What a call prints on standard output would be taken for a reply:
//! print to standard error.

#![forbid(unsafe_code)]

mod bench;
mod calls;
mod parameters;

use std::io::{BufRead as _, Write as _};

use serde_json::{Value, json};
use sprag::{DynRatchet, RejectionClass};

pub use calls::Desk;

/// Why a call has no result, with the code of JSON-RPC.
struct Failure {
    code: i64,
    message: String,
    class: Option<RejectionClass>,
}

impl Failure {
    fn parameters(why: impl Into<String>) -> Self {
        Self { code: -32602, message: why.into(), class: None }
    }
}

impl From<sprag::Rejection> for Failure {
    fn from(rejection: sprag::Rejection) -> Self {
        let message = rejection.detail.into_owned();
        Self { code: -32000, message, class: Some(rejection.class) }
    }
}

/// Answers calls from standard input on standard output until there are no more.
///
/// # Errors
/// If standard input or output cannot be used.
pub fn serve(ratchet: &dyn DynRatchet, version: &str) -> std::io::Result<()> {
    let mut desk = Desk::new(ratchet, version);
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut line, mut reply) = (String::new(), Vec::new());
    while input.read_line(&mut line)? > 0 {
        serde_json::to_writer(&mut reply, &desk.answer(&line))?;
        reply.push(b'\n');
        // In one piece: standard output would pass on a kibibyte at a time.
        output.write_all(&reply)?;
        output.flush()?;
        line.clear();
        reply.clear();
    }
    Ok(())
}

impl Desk<'_> {
    /// The reply to one line: to a call, or to each call of a batch.
    pub fn answer(&mut self, line: &str) -> Value {
        match serde_json::from_str(line) {
            Ok(Value::Array(calls)) if !calls.is_empty() => {
                calls.into_iter().map(|call| self.answer_one(&call)).collect()
            }
            Ok(call) => self.answer_one(&call),
            Err(error) => {
                let error = json!({ "code": -32700, "message": error.to_string() });
                json!({ "jsonrpc": "2.0", "id": null, "error": error })
            }
        }
    }

    fn answer_one(&mut self, call: &Value) -> Value {
        let id = call.get("id").cloned().unwrap_or_default();
        let answered = match call.get("method").and_then(Value::as_str) {
            Some(method) => self.call(method, call.get("params").unwrap_or(&Value::Null)),
            None => {
                let message = "a call has a `method`".to_owned();
                Err(Failure { code: -32600, message, class: None })
            }
        };
        match answered {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(Failure { code, message, class }) => {
                let mut error = json!({ "code": code, "message": message });
                if let Some(class) = class {
                    error["data"] = json!({ "class": class });
                }
                json!({ "jsonrpc": "2.0", "id": id, "error": error })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sprag::{Family, Opened, Pair, Profile, Ratchet, Rejection, StaticKey};

    use super::*;

    /// A ratchet without any cryptography.
    struct Plain;

    impl Ratchet for Plain {
        type Session = u8;

        fn profile(&self) -> Profile {
            Profile::of(Family::StaticKey(StaticKey::default()))
        }

        fn pair(&self, rng: &mut dyn rand_core::CryptoRng) -> Result<Pair<u8>, Rejection> {
            let mut key = [0];
            rng.fill_bytes(&mut key);
            Ok(Pair { initiator: key[0], responder: key[0], opened: false })
        }

        fn encrypt(
            &self,
            key: &mut u8,
            _: &mut dyn rand_core::CryptoRng,
            _: &[u8],
            plaintext: &[u8],
        ) -> Result<Vec<u8>, Rejection> {
            Ok(plaintext.iter().map(|byte| byte ^ *key).collect())
        }

        fn decrypt(
            &self,
            key: &mut u8,
            _: &mut dyn rand_core::CryptoRng,
            _: &[u8],
            message: &[u8],
        ) -> Result<Opened, Rejection> {
            if message.is_empty() {
                return Err(Rejection::malformed("empty"));
            }
            Ok(Opened::Plaintext(message.iter().map(|byte| byte ^ *key).collect()))
        }
    }

    fn ask(desk: &mut Desk<'_>, method: &str, params: &Value) -> Value {
        let call = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let reply = desk.answer(&call.to_string());
        assert_eq!((&reply["jsonrpc"], &reply["id"]), (&json!("2.0"), &json!(7)));
        reply
    }

    #[test]
    fn a_message_goes_through() {
        let mut desk = Desk::new(&Plain, "1");
        let seed = "07".repeat(32);
        let pair = ask(&mut desk, "pair", &json!({ "seed": seed }));
        let pair = &pair["result"];
        assert_eq!(pair["opened"], false);
        let sent =
            json!({ "session": pair["initiator"], "seed": seed, "ad": "", "plaintext": "00ff" });
        let message = ask(&mut desk, "encrypt", &sent)["result"]["message"].clone();
        let copy = ask(&mut desk, "clone", &json!({ "session": pair["responder"] }));
        for session in [&pair["responder"], &copy["result"]["session"]] {
            let given = json!({ "session": session, "seed": seed, "ad": "", "message": message });
            assert_eq!(ask(&mut desk, "decrypt", &given)["result"]["plaintext"], "00ff");
        }
        ask(&mut desk, "drop", &json!({ "sessions": [copy["result"]["session"]] }));
        let gone = ask(&mut desk, "clone", &copy["result"]);
        assert_eq!(gone["error"]["code"], -32602);
    }

    #[test]
    fn rejections_and_mistakes_have_their_codes() {
        let mut desk = Desk::new(&Plain, "1");
        let pair = ask(&mut desk, "pair", &json!({ "seed": "00".repeat(32) }));
        let session = &pair["result"]["initiator"];
        let empty = json!({ "session": session, "seed": "00".repeat(32), "ad": "", "message": "" });
        let refused = ask(&mut desk, "decrypt", &empty);
        assert_eq!(refused["error"]["code"], -32000);
        assert_eq!(refused["error"]["data"]["class"], "malformed");
        for (method, params, code) in [
            ("decrypt", json!({ "session": 99 }), -32602),
            ("decrypt", json!({ "session": session, "seed": "xx", "message": "" }), -32602),
            ("dance", json!({}), -32601),
            ("describe", json!({ "protocol": 2 }), -32602),
        ] {
            assert_eq!(ask(&mut desk, method, &params)["error"]["code"], code, "{method}");
        }
        assert_eq!(desk.answer("?")["error"]["code"], -32700);
        assert_eq!(desk.answer("[]")["error"]["code"], -32600);
        assert_eq!(desk.answer("[1,2]").as_array().unwrap().len(), 2);
    }
    #[test]
    fn what_is_measured_has_a_time_and_all_else_a_reason() {
        let mut desk = Desk::new(&Plain, "1");
        let mut bench = |workload: &str, iterations: u64| {
            let params =
                json!({ "workload": workload, "iterations": iterations, "seed": "00".repeat(32) });
            ask(&mut desk, "bench", &params)
        };
        for workload in ["pair", "encrypt", "decrypt", "ping-pong", "burst-100", "late-message"] {
            let reply = bench(workload, 100);
            assert!(reply["result"]["nanoseconds"].as_u64().is_some_and(|it| it > 0), "{reply}");
        }
        assert_eq!(bench("encrypt", 0)["result"]["nanoseconds"], 0);
        for (workload, why) in [
            ("reject-forged", "what should be refused was opened"),
            ("reject-at-gap", "there are no keys to skip"),
            ("import", "sessions are not exported"),
            ("dance", "no such workload"),
        ] {
            let reply = bench(workload, 1);
            assert_eq!(reply["error"]["data"]["class"], "unsupported", "{reply}");
            assert_eq!(reply["error"]["message"], why);
        }
    }
}
