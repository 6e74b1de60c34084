//! What goes over the line, shown.

use crate::support::Bench;

fn traced(bench: &Bench, more: &[&str]) -> crate::support::Said {
    let exec = format!("'{}' serve textbook/double-ratchet-lazy", env!("CARGO_BIN_EXE_sprag"));
    bench.run(&[&["trace", "--exec", &exec], more].concat())
}

#[test]
fn each_line_is_shown_with_its_way_and_long_strings_are_cut() {
    let bench = Bench::new();
    let said = traced(&bench, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let ways: Vec<&str> = said.out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(ways.len() > 20 && ways.chunks(2).all(|pair| pair == ["->", "<-"]), "{said:?}");
    for words in
        ["\"method\":\"pair\"", "\"method\":\"decrypt\"", "\"class\":\"replayed\"", "characters)"]
    {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }
    let full = traced(&bench, &["--full"]);
    assert!(full.out.len() > said.out.len() && !full.out.contains("characters)"));
}

#[test]
fn the_end_of_a_program_is_shown_where_it_comes() {
    let bench = Bench::new();
    let said = bench.run(&["trace", "--exec", "sh -c 'echo oops >&2; exit 3'"]);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.err.contains("status 3") && said.err.contains("oops"), "{said:?}");
    let script = r#"sh -c 'read call; echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":1,\"name\":\"x\",\"profile\":{\"family\":\"static-key\"}}}"; read call; exit 4'"#;
    let said = bench.run(&["trace", "--exec", script]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.out.contains("here the program ends: the program ended by itself with status 4"),
        "{said:?}"
    );
}

#[test]
fn a_case_that_cannot_be_read_is_named() {
    let bench = Bench::new();
    let file = bench.write("case.json", "{");
    let said = traced(&bench, &["--case", &file]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("case.json"), "{said:?}");
}
