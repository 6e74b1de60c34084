//! Games that are kept on purpose though every mutant they kill is killed by another game as well.

use super::Game;

/// Why a game is kept that no mutant needs; empty if it must earn its place.
#[must_use]
pub fn kept(game: &dyn Game) -> &'static str {
    let id = game.about().id;
    KEPT.iter().find(|(kept, _)| *kept == id).map_or("", |(_, why)| why)
}

const KEPT: &[(&str, &str)] = &[
    ("model/random-schedule", "it meets what no other game was made for"),
    ("recovery/ratchet-liveness", "it finds a frozen ratchet without a theft, in one conversation"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_a_game_of_the_list() {
        for (id, why) in KEPT {
            let game = crate::games::find(id).unwrap();
            assert_eq!(kept(game), *why);
        }
    }
}
