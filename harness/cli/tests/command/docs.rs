//! The pages of `harness/docs` say what really happens: every transcript, session and example in them is played.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sprag::Profile;

use crate::kits::with_kit;
use crate::support::{Bench, Said, assert_valid, errors, game, repository};
use crate::traffic::{Protocol, talk};

/// A fenced block of a page: what stands behind the opening fence, and its text.
struct Fence {
    marks: String,
    text: String,
}

/// The fenced blocks of a page, in order.
fn fences(page: &str) -> Vec<Fence> {
    let text = std::fs::read_to_string(repository("harness/docs/src").join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(marks) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```");
            let text = inside.fold(String::new(), |text, line| text + line + "\n");
            blocks.push(Fence { marks: marks.to_owned(), text });
        }
    }
    blocks
}

/// The blocks with these marks.
fn marked(page: &str, marks: &str) -> Vec<String> {
    let found = fences(page).into_iter().filter(|block| block.marks == marks);
    let texts: Vec<String> = found.map(|block| block.text).collect();
    assert!(!texts.is_empty(), "{page} has no block marked `{marks}`");
    texts
}

/// A folder of examples.
fn examples(path: &str) -> PathBuf {
    repository("harness/docs/examples").join(path)
}

/// Says why a test was left out, also where the output of tests is kept back.
fn leave_out(why: &str) {
    let words = format!("left out: {why}\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Builds the example in C; `None` if there is no compiler, or no OpenSSL to build against.
fn build_c(bench: &Bench) -> Option<PathBuf> {
    let headers =
        bench.write("headers.c", "#include <openssl/evp.h>\nint main(void) { return 0; }\n");
    let try_out = bench.path("headers").display().to_string();
    let mut probe = Command::new("cc");
    probe.arg(bench.path(&headers)).args(["-o", &try_out, "-lcrypto"]);
    if !succeeds(&mut probe) {
        leave_out("the example in C needs `cc` and OpenSSL (Debian: gcc libssl-dev)");
        return None;
    }
    let program = bench.path("static_key");
    let warnings = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"];
    let sources = [examples("c/static_key.c"), examples("c/json.c")];
    let mut build = Command::new("cc");
    build.args(warnings).args(sources).arg("-o").arg(&program).arg("-lcrypto");
    let said = Said::from(build.output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    Some(program)
}

/// Builds the example in Go; `None` without Go.
fn build_go(bench: &Bench) -> Option<PathBuf> {
    if !succeeds(Command::new("go").arg("version")) {
        leave_out("the example in Go needs `go`, 1.18 or newer");
        return None;
    }
    let program = bench.path("static-key");
    let mut build = Command::new("go");
    build.arg("build").arg("-o").arg(&program).arg(".").current_dir(examples("go"));
    build
        .env("GOCACHE", bench.path("go-cache"))
        .env("GOFLAGS", "-mod=mod")
        .env("GOTOOLCHAIN", "local");
    let said = Said::from(build.output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    Some(program)
}

/// Lines behind `> ` and lines behind `< `.
fn transcript(text: &str) -> (Vec<&str>, Vec<&str>) {
    let behind = |mark| text.lines().filter_map(|line| line.strip_prefix(mark)).collect();
    (behind("> "), behind("< "))
}

#[track_caller]
fn answers_as_printed(program: &Path, marks: &str) {
    for text in marked("child-protocol.md", marks) {
        let (calls, replies) = transcript(&text);
        let (said, _) = talk(&mut Command::new(program), &calls);
        assert_eq!(said, replies, "{marks}");
    }
}

/// Rows of the table of verdicts under the heading `| game | verdict |`.
fn verdicts(page: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(repository("harness/docs/src").join(page)).unwrap();
    let rows = text.lines().skip_while(|line| *line != "| game | verdict |").skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()));
    cells.map(|mut cells| (cells.nth(1).unwrap(), cells.next().unwrap())).collect()
}

/// Checks a program with all games, and compares with the page's table and with how many verdicts of each kind it prints.
#[track_caller]
fn comes_to_what_is_printed(program: &Path, page: &str, marks: &str) {
    let bench = Bench::new();
    let wanted = verdicts(page);
    assert!(!wanted.is_empty(), "{page} has no table of verdicts");
    let line = format!("'{}'", program.display());
    let (said, report) = bench.check(&["--rounds", "1", "--exec", &line]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_valid("report.schema.json", &report);
    for (id, verdict) in &wanted {
        assert_eq!(game(&report, id)["verdict"], **verdict, "{id}: {said:?}");
    }
    assert_counts(&said, page, marks);
}

/// Panics unless a run came to as many verdicts of each kind as the page prints.
#[track_caller]
fn assert_counts(said: &Said, page: &str, marks: &str) {
    let (counts, _) = said.out.lines().last().unwrap().split_once(';').unwrap();
    assert_eq!(marked(page, marks), [format!("{counts}\n")], "{said:?}");
}

#[test]
fn the_example_in_c_does_what_the_page_says() {
    let bench = Bench::new();
    if let Some(program) = build_c(&bench) {
        answers_as_printed(&program, "text transcript-c");
        comes_to_what_is_printed(&program, "child-protocol.md", "text verdicts-c");
    }
}

#[test]
fn the_example_in_go_does_what_the_page_says() {
    let bench = Bench::new();
    if let Some(program) = build_go(&bench) {
        answers_as_printed(&program, "text transcript-go");
        comes_to_what_is_printed(&program, "child-protocol.md", "text verdicts-go");
    }
}

#[test]
fn the_examples_read_json_that_nobody_would_write() {
    let bench = Bench::new();
    let deep = "[".repeat(10_000);
    let lines = [
        r#" { "params" : { "protocol" : 1 , "more" : [ "\"]", { "\u00e9" : -1.5e+3 } ] } , "method" : "describe" , "id" : "a\"b" } "#,
        r#"{"jsonrpc":"2.0","id":1,"method":"pair","params":{"seed":"0g"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"pair","params":{"seed":"000"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"pair","params":{"seed":"00"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"pair","params":[]}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"clone","params":{"session":1e3}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"clone","params":{"session":99999999999999999999}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"describe""#,
        r#"{"a":1,}"#,
        "nothing",
        "\"\\x\"",
        &deep,
    ];
    let codes = [
        0, -32602, -32602, -32000, -32602, -32602, -32602, -32600, -32700, -32700, -32700, -32700,
        -32700,
    ];
    for program in [build_c(&bench), build_go(&bench)].into_iter().flatten() {
        let (replies, _) = talk(&mut Command::new(program), &lines);
        let replies: Vec<Value> =
            replies.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let said: Vec<i64> =
            replies.iter().map(|reply| reply["error"]["code"].as_i64().unwrap_or(0)).collect();
        assert_eq!(said, codes);
        assert_eq!(replies[0]["id"], "a\"b");
        assert_eq!(replies[0]["result"]["protocol"], 1);
    }
}

#[test]
fn the_examples_make_the_same_bytes() {
    let messages = |marks| -> BTreeSet<String> {
        let texts = marked("child-protocol.md", marks).concat();
        let (_, replies) = transcript(&texts);
        let replies = replies.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        replies.filter_map(|reply| Some(reply["result"]["message"].as_str()?.to_owned())).collect()
    };
    let of_c = messages("text transcript-c");
    assert!(!of_c.is_empty());
    assert_eq!(of_c, messages("text transcript-go"));
}

#[test]
fn every_line_of_the_protocol_in_the_page_is_one() {
    let protocol = Protocol::new();
    let mut shown = BTreeSet::new();
    for block in marked("child-protocol.md", "json") {
        shown.append(&mut protocol.check(block.lines()));
    }
    assert_eq!(shown, protocol.methods(), "each method has an example");
    for marks in ["text transcript-c", "text transcript-go"] {
        for text in marked("child-protocol.md", marks) {
            // What no program should be asked is in the transcripts too; replies to that have ids of their own.
            let (_, replies) = transcript(&text);
            let line = Protocol::part("reply");
            for reply in replies {
                let reply: Value = serde_json::from_str(reply).unwrap();
                let all = if let Value::Array(all) = reply { all } else { vec![reply] };
                for one in all {
                    assert_eq!(errors(&line, &one), [""; 0], "{one}");
                }
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn the_sessions_in_sh_go_as_printed() {
    let blocks = fences("child-protocol.md");
    let mut played = 0;
    for pair in blocks.windows(2).filter(|pair| pair[0].marks == "sh session") {
        let [script, output] = pair else { unreachable!() };
        assert_eq!(output.marks, "text session", "what comes of it stands right below");
        let bench = Bench::new();
        let sprag = Path::new(env!("CARGO_BIN_EXE_sprag")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut sh = Command::new("sh");
        sh.args(["-e", "-c", &script.text]).current_dir(bench.path(""));
        sh.env("PATH", format!("{}:{path}", sprag.display()));
        let said = Said::from(sh.output().unwrap());
        assert_eq!((said.code, &said.out), (Some(0), &output.text), "{}", said.err);
        played += 1;
    }
    assert!(played > 0);
}

/// The pages, by their file names.
fn pages() -> Vec<String> {
    let files = std::fs::read_dir(repository("harness/docs/src")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_page = |name: &String| name.ends_with(".md") && name != "SUMMARY.md";
    let mut pages: Vec<String> = names.filter(is_page).collect();
    pages.sort_unstable();
    pages
}

#[test]
#[cfg(unix)]
fn what_pages_run_prints_what_they_show() {
    let mut played = 0;
    for page in pages() {
        let blocks = fences(&page);
        for pair in blocks.windows(2).filter(|pair| pair[0].marks == "sh played") {
            let [script, output] = pair else { unreachable!() };
            assert_eq!(output.marks, "text like", "{page}: what comes of it stands right below");
            let bench = Bench::new();
            let sprag = Path::new(env!("CARGO_BIN_EXE_sprag")).parent().unwrap();
            let path = format!("{}:{}", sprag.display(), std::env::var("PATH").unwrap());
            let mut sh = Command::new("sh");
            sh.args(["-e", "-c", &script.text]).current_dir(bench.path("")).env("PATH", path);
            let said = Said::from(sh.output().unwrap());
            assert_eq!(said.code, Some(0), "{page}: {said:?}");
            assert_like(&said.out, &output.text);
            played += 1;
        }
    }
    assert!(played >= 5, "{played}");
}

#[test]
fn every_page_is_in_the_summary_and_links_to_pages_that_exist() {
    let summary = std::fs::read_to_string(repository("harness/docs/src/SUMMARY.md")).unwrap();
    for page in &pages() {
        assert!(summary.contains(&format!("]({page})")), "{page}");
        let text = std::fs::read_to_string(repository("harness/docs/src").join(page)).unwrap();
        let links = text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let file = link.split('#').next().unwrap();
            let file = repository("harness/docs/src").join(file);
            assert!(file.exists(), "{page} links to {link}");
        }
    }
}

/// The same text with `#` for each number: trials and seconds may change without a page being wrong.
fn without_figures(text: &str) -> String {
    let mut blank = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' if blank.ends_with('#') => {}
            '0'..='9' => blank.push('#'),
            other => blank.push(other),
        }
    }
    blank
}

/// Panics unless `text` is what a page prints, figures apart; `…` stands for anything.
#[track_caller]
fn assert_like(text: &str, printed: &str) {
    let (text, printed) = (without_figures(text), without_figures(printed));
    let mut pieces: Vec<&str> = printed.trim_end().split('…').collect();
    let last = pieces.pop().unwrap();
    let mut rest = text.trim_end();
    for (number, piece) in pieces.iter().enumerate() {
        let at = rest.find(piece).unwrap_or_else(|| panic!("`{piece}` is not in {rest}"));
        assert!(at == 0 || number > 0, "it does not begin with `{piece}`: {text}");
        rest = &rest[at + piece.len()..];
    }
    let whole = if pieces.is_empty() { rest == last } else { rest.ends_with(last) };
    assert!(whole, "it does not end with `{last}`: {rest}");
}

/// Whether Python has the package that the example takes its encryption from.
fn python_has_cryptography() -> bool {
    let has = succeeds(Command::new("python3").args(["-c", "import cryptography"]));
    if !has {
        leave_out("the example in Python needs the package `cryptography`");
    }
    has
}

#[test]
fn the_example_in_python_is_what_the_page_builds() {
    let built = marked("plug-in-anything.md", "python two_chains.py").concat();
    let file = std::fs::read_to_string(examples("python/two_chains.py")).unwrap();
    let squeezed = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(squeezed(&built), squeezed(&file));
}

/// A folder with the example in Python, in which `change` was made.
fn bench_with(change: impl Fn(String) -> String) -> Bench {
    let bench = Bench::new();
    let program = std::fs::read_to_string(examples("python/two_chains.py")).unwrap();
    bench.write("two_chains.py", &change(program));
    bench
}

/// Runs the command on the example in Python, as its page does.
fn run_as_printed(bench: &Bench, arguments: &[&str]) -> Said {
    let line = ["--exec", "python3 two_chains.py"];
    let mut command = bench.command(&[arguments, &line].concat());
    Said::from(with_kit(&mut command).output().unwrap())
}

#[test]
fn the_example_in_python_is_probed_and_checked_as_printed() {
    if !python_has_cryptography() {
        return;
    }
    let page = "plug-in-anything.md";
    let bench = bench_with(|program| program);
    let said = run_as_printed(&bench, &["probe"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for printed in marked(page, "text probe") {
        assert_like(&said.out, &printed);
    }
    let [commands, outputs] = ["sh check", "text check"].map(|marks| marked(page, marks));
    for (command, printed) in commands.iter().zip(&outputs) {
        let (_, games) = command.split_once("--games ").unwrap();
        let said = run_as_printed(&bench, &["check", "--rounds", "1", "--games", games.trim()]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_like(&said.out, printed);
    }
    let said = run_as_printed(&bench, &["check", "--rounds", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_counts(&said, page, "text verdicts");
}

#[test]
fn the_mistake_in_python_is_found_as_printed() {
    if !python_has_cryptography() {
        return;
    }
    let page = "plug-in-anything.md";
    let [mistake, printed] =
        ["python mistake", "text mistake"].map(|marks| marked(page, marks).concat());
    let bench = bench_with(|program| {
        let from = program.find("        plaintext = open_sealed(derive(chain").unwrap();
        let last = "        return plaintext\n";
        let behind = from + program[from..].find(last).unwrap() + last.len();
        [&program[..from], &mistake, &program[behind..]].concat()
    });
    let said =
        run_as_printed(&bench, &["check", "--rounds", "1", "--games", "atomicity/failed-decrypt"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_like(&said.out, &printed);
}

#[test]
fn adapters_have_as_many_lines_as_their_tables_say() {
    let mut counted = 0;
    for folder in ["node", "python", "rust"].map(|name| repository("harness/adapters").join(name)) {
        let text = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let rows = text.lines().filter(|line| line.starts_with('|'));
        for link in rows.flat_map(|row| row.split('[')) {
            let Some((lines, rest)) = link.split_once("](") else { continue };
            let file = folder.join(rest.split(')').next().unwrap());
            let code = std::fs::read_to_string(&file).unwrap();
            assert_eq!(lines, code.lines().count().to_string(), "{}", file.display());
            counted += 1;
        }
    }
    assert!(counted >= 19, "{counted}");
}

#[test]
fn profiles_are_read_as_the_page_says() {
    let profile = Protocol::part("profile");
    for text in marked("profiles.md", "json profile") {
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(errors(&profile, &value), [""; 0], "{text}");
        serde_json::from_value::<Profile>(value).unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    let blocks = fences("profiles.md");
    let mut refused = 0;
    for pair in blocks.windows(2).filter(|pair| pair[0].marks == "json refused") {
        let value: Value = serde_json::from_str(&pair[0].text).unwrap();
        assert_ne!(errors(&profile, &value), [""; 0], "{value}");
        let error = serde_json::from_value::<Profile>(value).unwrap_err();
        assert_eq!((&*pair[1].marks, pair[1].text.trim_end()), ("text", &*error.to_string()));
        refused += 1;
    }
    assert!(refused > 0);
}

#[test]
fn the_template_of_a_fuzz_target_is_what_the_page_shows() {
    let printed = marked("fuzzing.md", "rust template").concat();
    let file = repository("fuzz/template/fuzz_targets/ratchet.rs");
    assert_eq!(printed, std::fs::read_to_string(file).unwrap());
    let folder = repository("fuzz/template");
    let lines = ["Cargo.toml", "fuzz_targets/ratchet.rs"]
        .map(|path| std::fs::read_to_string(folder.join(path)).unwrap().lines().count());
    assert!(lines.iter().sum::<usize>() < 20, "{lines:?}");
}
