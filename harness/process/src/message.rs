//! What goes over the line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sprag::{Rejection, RejectionClass};

/// The error code of a rejection.
pub const REJECTED: i64 = -32000;

/// JSON-RPC's own code for a method that the program does not have.
pub const NO_SUCH_METHOD: i64 = -32601;

/// Longest line in bytes, its end not counted.
pub const LONGEST_LINE: usize = 16 << 20;

/// A call.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: Value,
}

impl Request {
    /// Call number `id` of `method`.
    #[must_use]
    pub const fn new(id: u64, method: &'static str, params: Value) -> Self {
        Self { jsonrpc: "2.0", id, method, params }
    }
}

/// The answer to a call: its result, or why there is none.
pub type Answer = Result<Value, Error>;

/// Why a call has no result.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Error {
    /// [`REJECTED`] for a rejection of the ratchet's own.
    pub code: i64,
    /// The ratchet's words.
    #[serde(default)]
    pub message: String,
    /// Holds the class of a rejection.
    #[serde(default)]
    pub data: Option<Value>,
}

impl Error {
    /// The rejection that this error stands for; `None` if it stands for a failure of the program.
    #[must_use]
    pub fn rejection(&self) -> Option<Rejection> {
        match self.code {
            REJECTED => Some(Rejection::new(self.class(), self.message.clone())),
            NO_SUCH_METHOD => {
                Some(Rejection::new(RejectionClass::Unsupported, self.message.clone()))
            }
            _ => None,
        }
    }

    /// The class named in `data.class`; one that is not known counts as `other`.
    fn class(&self) -> RejectionClass {
        let named = self.data.as_ref().and_then(|data| data.get("class")).cloned();
        let known = named.and_then(|class| serde_json::from_value(class).ok());
        known.unwrap_or(RejectionClass::Other)
    }
}

/// One reply, or all replies to a batch: each with the id that it answers.
///
/// # Errors
/// What is wrong with the line, in words.
pub fn replies(line: &[u8]) -> Result<Vec<(u64, Answer)>, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| format!("no JSON: {error}"))?;
    match value {
        Value::Array(all) if all.is_empty() => Err("an empty batch".to_owned()),
        Value::Array(all) => all.into_iter().map(reply).collect(),
        one => reply(one).map(|one| vec![one]),
    }
}

fn reply(value: Value) -> Result<(u64, Answer), String> {
    let Value::Object(mut object) = value else { return Err("a reply is an object".to_owned()) };
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err("`jsonrpc` is not \"2.0\"".to_owned());
    }
    let id = object.get("id").and_then(Value::as_u64);
    let id = id.ok_or("`id` is not that of a call")?;
    let answer = match (object.remove("result"), object.remove("error")) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(serde_json::from_value(error)
            .map_err(|error| format!("`error` is none of JSON-RPC: {error}"))?),
        _ => return Err("a reply has either `result` or `error`".to_owned()),
    };
    Ok((id, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_a_batch_come_in_any_order() {
        let line = br#"[{"jsonrpc":"2.0","id":2,"result":{}},{"jsonrpc":"2.0","id":1,"result":1}]"#;
        let ids: Vec<u64> = replies(line).unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids, [2, 1]);
    }

    #[test]
    fn an_error_is_a_rejection_only_by_its_code() {
        let error = |json: &str| serde_json::from_str::<Error>(json).unwrap().rejection();
        let refused = error(r#"{"code":-32000,"message":"no","data":{"class":"replayed"}}"#);
        assert_eq!(refused, Some(Rejection::replayed("no")));
        let unknown = error(r#"{"code":-32000,"message":"","data":{"class":"tired"}}"#).unwrap();
        assert_eq!(unknown.class, RejectionClass::Other);
        let missing = error(r#"{"code":-32601,"message":""}"#).unwrap();
        assert_eq!(missing.class, RejectionClass::Unsupported);
        assert_eq!(error(r#"{"code":-32603,"message":"internal"}"#), None);
    }

    #[test]
    fn what_is_no_reply_is_named() {
        for (line, why) in [
            ("Server ready", "no JSON"),
            ("[]", "an empty batch"),
            ("7", "an object"),
            (r#"{"id":1,"result":1}"#, "jsonrpc"),
            (r#"{"jsonrpc":"2.0","id":null,"result":1}"#, "`id`"),
            (r#"{"jsonrpc":"2.0","id":1}"#, "either"),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}"#, "`error`"),
        ] {
            let error = replies(line.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
