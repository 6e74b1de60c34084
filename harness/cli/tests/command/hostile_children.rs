//! Child processes that misbehave end in a verdict within their limits, the run goes on with a fresh child, and no
//! process is left behind.

use std::path::PathBuf;

use crate::support::{Bench, assert_valid, example, game};

/// The game under which the child begins to misbehave: it decrypts often enough.
const GAME: &str = "order/immediate-decryption";

const HANGS: &str = "a call did not come to an end";

/// The example that misbehaves as its argument says.
fn program() -> String {
    example("hostile_child").display().to_string()
}

/// A copy of the program, so that its processes can be told from those of other tests.
fn own_copy(bench: &Bench) -> PathBuf {
    let copy = bench.path("child");
    std::fs::copy(program(), &copy).unwrap();
    copy
}

/// Whether a process runs `program`.
#[cfg(target_os = "linux")]
fn is_running(program: &std::path::Path) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap();
    let runs = |process: PathBuf| std::fs::read_link(process.join("exe")).ok();
    processes.filter_map(|entry| runs(entry.unwrap().path())).any(|exe| exe == program)
}

/// Runs the child of this kind, and says whether it ended as it should.
fn ends_in(kind: &str, code: i32, verdict: &str, words: &str) {
    let bench = Bench::new();
    let program = own_copy(&bench);
    let line = format!("{} {kind}", program.display());
    // Who uses up the limit does so again and again while its case is made small.
    let limit = if words == HANGS { "400" } else { "1500" };
    let limits = ["--workers", "1", "--memory", "256", "--call-limit-ms", limit];
    let run = [&["--exec", &line, "--games", GAME, "--rounds", "1"], limits.as_slice()].concat();
    let (said, report) = bench.check(&run);
    assert_eq!(said.code, Some(code), "{kind}: {said:?}");
    let result = game(&report, GAME);
    assert_eq!(result["verdict"], verdict, "{kind}: {said:?}");
    let reason = result["reason"].as_str().unwrap();
    assert!(reason.contains(words), "{kind}: {reason}");
    assert_valid("report.schema.json", &report);
    #[cfg(target_os = "linux")]
    assert!(!is_running(&program), "{kind}: a process is left behind");
}

macro_rules! kinds {
    ($($test:ident: $kind:literal ends in $code:literal $verdict:literal $words:expr;)+) => {
        $(
            #[test]
            fn $test() {
                ends_in($kind, $code, $verdict, $words);
            }
        )+
    };
}

kinds! {
    exits_at_start: "exits-at-start" ends in 5 "not-run" "the program ended by itself with status 3";
    exits_midway: "exits-midway" ends in 1 "fail" "the program ended by itself with status 0";
    hangs_on_decrypt: "hangs-on-decrypt" ends in 1 "fail" HANGS;
    loops_on_decrypt: "loops-on-decrypt" ends in 1 "fail" HANGS;
    no_json: "no-json" ends in 1 "fail" "a line that is no reply";
    wrong_id: "wrong-id" ends in 1 "fail" "which waits for no";
    two_replies: "two-replies" ends in 1 "fail" "which waits for no";
    long_line: "long-line" ends in 1 "fail" "a line of more than 16777216 bytes";
    endless_output: "endless-output" ends in 1 "fail" "a line of more than 16777216 bytes";
    grandchild_keeps_output: "grandchild-keeps-output" ends in 1 "fail" "the program ended by itself";
    invalid_hex: "invalid-hex" ends in 1 "fail" "`decrypt` was answered wrongly: no hex";
    wrong_types: "wrong-types" ends in 1 "fail" "`decrypt` was answered wrongly";
    other_plaintext: "other-plaintext" ends in 1 "fail" "another plaintext";
    aborts: "aborts" ends in 1 "fail" "the program died of signal 6";
    memory_bomb: "memory-bomb" ends in 1 "fail" "memory grew beyond the limit";
    ignores_sigterm: "ignores-sigterm" ends in 1 "fail" HANGS;
    slow_but_honest: "slow" ends in 0 "pass" "";
}

#[cfg(unix)]
kinds! {
    closed_output: "closed-output" ends in 1 "fail" "the program closed its output";
}
