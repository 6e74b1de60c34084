//! Setting a project up.

use crate::kits::with_kit;
use crate::support::{Bench, Said, repository};

#[test]
fn a_project_in_each_language_gets_what_it_needs() {
    for (manifest, text, adapter, name) in [
        ("Cargo.toml", "[package]\nname = \"my-rust\"\n", "examples/sprag_adapter.rs", "my-rust"),
        ("pyproject.toml", "[project]\nname = \"my-python\"\n", "sprag_adapter.py", "my-python"),
        ("package.json", "{\"name\": \"@me/js\"}", "sprag-adapter.mjs", "@me/js"),
    ] {
        let bench = Bench::new();
        bench.write(manifest, text);
        let said = bench.run(&["init"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let read = |path: &str| std::fs::read_to_string(bench.path(path)).unwrap();
        assert!(read(adapter).contains(name), "{adapter}");
        assert!(!read(adapter).contains("NAME"), "{adapter}");
        assert!(read("sprag.toml").contains("effort = \"gate\""));
        assert!(read(".github/workflows/sprag.yml").contains("sprag-rs/sprag/ci@main"));
        assert!(said.out.contains("sprag probe --exec"), "{said:?}");

        std::fs::write(bench.path("sprag.toml"), "# mine").unwrap();
        let said = bench.run(&["init"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.out.contains("sprag.toml: is there already"), "{said:?}");
        assert_eq!(read("sprag.toml"), "# mine");
    }
}

#[test]
fn the_adapters_speak_the_protocol_and_say_what_to_fill_in() {
    for (language, line) in
        [("python", "python3 sprag_adapter.py"), ("javascript", "node sprag-adapter.mjs")]
    {
        let bench = Bench::new();
        assert_eq!(bench.run(&["init", "--language", language]).code, Some(0));
        let kit = repository("harness/adapters/kit/javascript");
        std::fs::create_dir(bench.path("node_modules")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(kit, bench.path("node_modules/sprag-kit")).unwrap();
        let mut command = bench.command(&["check", "--baseline", "sprag.toml", "--rounds", "1"]);
        let said = Said::from(with_kit(&mut command).output().unwrap());
        assert_eq!(said.code, Some(5), "{said:?}");
        assert!(said.out.contains("fill in `pair`"), "{said:?}");
        let written = std::fs::read_to_string(bench.path("sprag.toml")).unwrap();
        assert!(written.contains(line), "{written}");
    }
}

#[test]
fn what_cannot_be_detected_is_asked_for() {
    let bench = Bench::new();
    let said = bench.run(&["init"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--language"), "{said:?}");
    bench.write("Cargo.toml", "[package]\n");
    bench.write("package.json", "{}");
    assert_eq!(bench.run(&["init"]).code, Some(2));
    assert_eq!(bench.run(&["init", "no-such-folder"]).code, Some(2));
    bench.write(".gitlab-ci.yml", "");
    let said = bench.run(&["init", "--language", "rust"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!bench.path(".github").exists() && said.out.contains(".gitlab-ci.yml"), "{said:?}");
}

#[test]
fn the_adapter_in_rust_is_an_example_that_runs() {
    let program = crate::support::example("init_adapter");
    let bench = Bench::new();
    let said = bench.run(&["probe", "--exec", &format!("'{}'", program.display())]);
    assert_eq!(said.code, Some(5), "{said:?}");
    assert!(said.err.contains("fill in `pair`"), "{said:?}");
}
