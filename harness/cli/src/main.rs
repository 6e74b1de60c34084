//! The `sprag` command.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    sprag_cli::main()
}
