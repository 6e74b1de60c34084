//! Every game as a named `#[test]`.

use crate::games::Game;
use crate::run::{CheckOptions, check};
use crate::{DynRatchet, Verdict};

/// Turns every game into a `#[test]` for one ratchet.
///
/// ```
/// # mod doc { use sprag::*; use rand_core::CryptoRng;
/// # #[derive(Default)] struct MyRatchet;
/// # impl Ratchet for MyRatchet { type Session = ();
/// #   fn profile(&self) -> Profile { Profile::of(Family::StaticKey(StaticKey::default())) }
/// #   fn pair(&self, _: &mut dyn CryptoRng) -> Result<Pair<()>, Rejection> { Err(Rejection::other("")) }
/// #   fn encrypt(&self, _: &mut (), _: &mut dyn CryptoRng, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Rejection> { Err(Rejection::other("")) }
/// #   fn decrypt(&self, _: &mut (), _: &mut dyn CryptoRng, _: &[u8], _: &[u8]) -> Result<Opened, Rejection> { Err(Rejection::other("")) }
/// # }
/// sprag::conformance!(MyRatchet::default());
/// # }
/// ```
///
/// A failing game fails its test with the shrunk schedule; `weak`, `not-claimed` and `not-run` do not fail, and print
/// their reason. `SPRAG_EFFORT` sets the number of rounds: `smoke` (1, the default), `gate` (8), `nightly` (64).
///
/// Panics of the ratchet are caught and judged. An endless loop, an abort or a stack overflow ends the test binary:
/// the `sprag` command runs a ratchet in processes of its own and survives those.
#[macro_export]
macro_rules! conformance {
    ($ratchet:expr) => {
        use $crate::__sprag_game_tests;
        $crate::for_each_game!(__sprag_game_tests, $ratchet);
    };
}

/// The tests that [`conformance!`](crate::conformance) makes of the list of games.
#[doc(hidden)]
#[macro_export]
macro_rules! __sprag_game_tests {
    ($ratchet:expr; $($module:ident => $game:ident,)*) => {
        $(
            #[test]
            fn $module() {
                $crate::assert_game(&$ratchet, &$crate::games::$game);
            }
        )*
    };
}

/// Runs one game against `ratchet` and panics with the shrunk case if it fails; used by [`conformance!`].
#[expect(clippy::panic, reason = "a failing test panics")]
#[expect(clippy::print_stdout, reason = "the test runner shows it where it is asked for")]
pub fn assert_game(ratchet: &dyn DynRatchet, game: &dyn Game) {
    let options = CheckOptions { rounds: rounds(), ..CheckOptions::default() };
    let id = game.about().id;
    let result = match check(ratchet, &options, |wanted| wanted.about().id == id) {
        Ok(result) => result,
        Err(rejection) => panic!("the ratchet could not open a session: {rejection}"),
    };
    for game in result.games {
        // It may quote the ratchet's own words.
        let reason = game.reason.escape_debug();
        if let (Verdict::Fail, Some(failure)) = (game.verdict, &game.failure) {
            panic!("{id}: {reason}\n\n{}\nseed of the case: {}", failure.schedule, failure.seed);
        }
        println!("{id}: {} {reason}", game.verdict);
    }
}

fn rounds() -> u64 {
    match std::env::var("SPRAG_EFFORT").as_deref() {
        Ok("gate") => 8,
        Ok("nightly") => 64,
        _ => 1,
    }
}
