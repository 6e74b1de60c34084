//! Every game on every member: `cargo run --release -p sprag-unusual --example campaign -- 20`.
//!
//! Arguments: rounds (1), or a part of one (`1/12`); seed (1); parts of the members' names with commas between (all);
//! beginnings of the games' ids, likewise (all). Prints what is neither a pass nor `not-run` nor `not-claimed`, or all
//! with a fifth argument, and exits 1 at an alarm.

#![allow(clippy::print_stdout, reason = "a command")]

use std::process::ExitCode;

use sprag::Verdict;
use sprag_unusual::{Trials, play, zoo};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let (rounds, one_in) = argument(0).split_once('/').unwrap_or_else(|| (argument(0), "1"));
    let number = |text: &str| text.parse().unwrap_or(1);
    let (rounds, one_in, seed) = (number(rounds), number(one_in), number(argument(1)));
    // A panic becomes a verdict.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut alarms, mut trials, mut steps) = (0, 0, 0);
    for (first, member) in (0..).zip(zoo()) {
        let name = member.ratchet.name();
        if !argument(2).split(',').any(|part| name.contains(part)) {
            continue;
        }
        let played = Trials { seed, rounds, one_in, first };
        let results = play(&*member.ratchet, played, |game| {
            argument(3).split(',').any(|begin| game.about().id.starts_with(begin))
        });
        let results = results.unwrap_or_else(|rejection| {
            println!("{name}: cannot be paired: {rejection}");
            alarms += 1;
            Vec::new()
        });
        for game in results {
            trials += game.trials;
            steps += game.steps;
            if game.verdict < Verdict::Known && argument(4).is_empty() {
                continue;
            }
            println!("{name}: {}: {}: {}", game.id, game.verdict, game.reason);
            alarms += u32::from(game.verdict >= Verdict::Known);
            if let Some(failure) = &game.failure {
                println!("{}seed {}", failure.schedule, failure.seed);
            }
        }
    }
    println!("{alarms} alarms in {trials} trials, {steps} steps");
    if alarms == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
