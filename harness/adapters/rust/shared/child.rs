//! The program as the harness meets it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Each of `names` answers `describe` with a name, a version and a profile; another name is no library.
pub(crate) fn describes(program: &str, names: &[&str]) {
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "describe", "params": { "protocol": 1 } });
    for name in names {
        let mut child = Command::new(program)
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Dropped at once, which ends the child.
        writeln!(child.stdin.take().unwrap(), "{call}").unwrap();
        let output = child.wait_with_output().unwrap();
        let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
        let result = &reply["result"];
        assert!(
            result["version"].is_string() && result["profile"]["family"].is_string(),
            "{reply}"
        );
    }
    let unknown = Command::new(program).arg("unknown").stderr(Stdio::null()).status().unwrap();
    assert_eq!(unknown.code(), Some(2));
}
