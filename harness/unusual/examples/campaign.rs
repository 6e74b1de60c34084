//! Every game on every member, for many rounds: `cargo run --release -p sprag-unusual --example campaign -- 20`.
//!
//! Arguments: rounds (1), seed (1), parts of the members' names with commas between (all), the beginning of the games'
//! ids (all). Prints what is neither a pass nor `not-run`, and exits 1 at an alarm.

#![allow(clippy::print_stdout, reason = "a command")]

use std::process::ExitCode;

use sprag::Verdict;
use sprag::run::{CheckOptions, check};
use sprag_unusual::zoo;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let number = |at: usize| argument(at).parse().unwrap_or(1);
    let options = CheckOptions { rounds: number(0), seed: number(1), ..CheckOptions::default() };
    // A panic becomes a verdict.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut alarms, mut trials, mut steps) = (0, 0, 0);
    for member in zoo() {
        let name = member.ratchet.name();
        if !argument(2).split(',').any(|part| name.contains(part)) {
            continue;
        }
        let result =
            check(&*member.ratchet, &options, |game| game.about().id.starts_with(argument(3)));
        let result = match result {
            Ok(result) => result,
            Err(rejection) => {
                println!("{name}: cannot be paired: {rejection}");
                alarms += 1;
                continue;
            }
        };
        for game in &result.games {
            trials += game.trials;
            steps += game.steps;
            if matches!(game.verdict, Verdict::Pass | Verdict::NotRun) {
                continue;
            }
            println!("{name}: {}: {}: {}", game.id, game.verdict, game.reason);
            if game.verdict >= Verdict::Known {
                alarms += 1;
                if let Some(failure) = &game.failure {
                    println!("{}seed {}", failure.schedule, failure.seed);
                }
            }
        }
    }
    println!("{alarms} alarms in {trials} trials, {steps} steps");
    if alarms == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
