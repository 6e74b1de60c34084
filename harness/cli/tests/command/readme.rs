//! The README says what the command does.

use std::path::Path;

/// The rows of the table that has the heading `| id | what must hold |`.
fn rows_of_games(readme: &str) -> Vec<&str> {
    readme
        .lines()
        .skip_while(|line| *line != "| id | what must hold |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect()
}

#[test]
fn the_readme_lists_every_game_in_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let expected: Vec<String> = sprag::games::GAMES
        .iter()
        .map(|game| format!("| `{}` | {} |", game.about().id, game.about().title))
        .collect();
    assert_eq!(rows_of_games(&readme), expected);
}
