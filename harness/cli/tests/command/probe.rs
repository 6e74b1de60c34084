//! What an implementer sees first.

use sprag::games::GAMES;

use crate::support::Bench;

#[test]
fn a_probe_tells_a_conversation_and_what_is_missing() {
    let said = Bench::new().run(&["probe", "vodozemac/olm-v1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("1.0 comes to the responder, who opens it"), "{said:?}");
    assert!(said.out.contains("3.0, changed, comes to the initiator, who refuses it"), "{said:?}");
    assert!(said.out.contains("the ratchet takes no associated data: forgery/associated-data"));
    let missing = GAMES.iter().filter(|game| {
        let id = game.about().id;
        said.out.contains(&format!(": {id}\n")) || said.out.contains(&format!(", {id}"))
    });
    let run = GAMES.len() - missing.count();
    assert!(said.out.contains(&format!("{run} of {} games can be run", GAMES.len())), "{said:?}");
}

#[test]
fn one_ratchet_is_probed() {
    let bench = Bench::new();
    for (arguments, words) in [
        (&["probe", "textbook/"], "by its whole name"),
        (&["probe", "textbook/nothing"], "no ratchet is called"),
    ] {
        let said = bench.run(arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
    let said = bench.run(&["probe", "--exec", "/nowhere/at-all"]);
    assert_eq!(said.code, Some(5), "{said:?}");
}
