use crate::engine::{Arena, Theft};
use crate::games::building::talk_then_steal;
use crate::games::randomness_repeated_tape::needs_tapes;
use crate::games::worlds::{home, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::randomness::Tape;
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Origin, Party, Profile, Rejection, Verdict};

game! {
    BackdoorNonceRecomputation,
    id: "backdoor/nonce-recomputation",
    catalogue: "G-NI-2",
    title: "A nonce is the very bytes that were drawn, always or never",
    severity: High,
    source: "Bellare, Jaeger, Kane, Mass-surveillance without the state: strongly undetectable algorithm-substitution attacks (CCS 2015); Dual EC DRBG in ScreenOS, where a nonce showed the generator's output",
    checks: "Draws come from a tape that is known byte by byte. Where a ratchet puts drawn bytes on the wire as its nonce, it \
        has to do so each time it draws enough of them. A nonce that is now the drawn bytes and now something else is \
        made by a rule that is not told. Where no nonce is the drawn bytes as they are, nothing can be recomputed, and \
        the noninterference game is the one that looks.",
    cannot_show: "A nonce that is processed each time, in the same way.",
    control: "b56-marked-nonces",
    plainly: "A nonce is a number that is used once. It is sent in the open, and nobody looks at it, because it is only random. \
        That makes it a good place for a mark which only the maker of a backdoor recognises: this message comes from the \
        altered app. This game knows every throw of the dice, and looks whether the nonce is really what was thrown. It \
        does not help if the dice themselves belong to somebody else.",
}

const RECOMPUTED: &str = "nonces recomputed|times";
const NONCES: &str = "random nonces seen|times";
const TAPE_BYTES: usize = 1024;
const MESSAGES: u32 = 24;
const TAPES: u64 = 0x0ce5;

impl Game for BackdoorNonceRecomputation {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)?;
        if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell where its nonce is".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        talk_then_steal(Party::BOTH[(trial % 2) as usize], trial % 4 >= 2, choices)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let transcript = play(arena, home(arena), schedule)?;
        if let Some(theft) = transcript.thefts.last() {
            judge_sender(arena, theft, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::NonceNotDrawn
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::UndeclaredOrigin
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (count(NONCES), count(RECOMPUTED)) {
            (0, _) => (Verdict::NotRun, "no message shows a random nonce".to_owned()),
            (_, 0) => (Verdict::NotRun, "nonces are not the drawn bytes as they are".to_owned()),
            (_, recomputed) => (Verdict::Pass, format!("{recomputed} nonces were the drawn bytes")),
        }
    }
}

/// Sends a row of messages, each with a tape of its own.
fn judge_sender(arena: &Arena<'_>, theft: &Theft, judgement: &mut Judgement) {
    let seed = arena.seed.derived(TAPES);
    let mut session = theft.session.clone();
    let (mut as_drawn, mut other) = (0, None);
    let mut declared = false;
    for number in 0..MESSAGES {
        let mut tape = Tape::drawn_from(&mut seed.call(theft.action, number), TAPE_BYTES);
        let Ok(message) = arena.encrypt(&mut session, &mut tape, b"", b"a text of any kind") else { return };
        let fields = arena.fields(&message);
        let Some(field) = fields.iter().find(|field| field.name == "nonce") else { continue };
        let Some(nonce) = field.of(&message).filter(|nonce| !nonce.is_empty()) else { continue };
        // A counter that starts at random draws nothing later on.
        if field.implied_origin() != Origin::Random || tape.drawn() < nonce.len() {
            continue;
        }
        declared = field.origin.is_some();
        judgement.measure(NONCES, 1);
        let drawn = &tape.bytes()[..tape.drawn().min(TAPE_BYTES)];
        if drawn.windows(nonce.len()).any(|window| window == nonce) {
            judgement.measure(RECOMPUTED, 1);
            as_drawn += 1;
        } else {
            other.get_or_insert(number);
        }
    }
    let (1.., Some(number)) = (as_drawn, other) else { return };
    let words = format!(
        "{as_drawn} of {MESSAGES} nonces are the drawn bytes, that of message {number} behind the copy is not"
    );
    if declared {
        let kind = ViolationKind::NonceNotDrawn;
        judgement.violations.push(Violation::new(kind, theft.action, words));
    } else {
        let position = "nonces are not always the drawn bytes; declare their origin".to_owned();
        *judgement.weak.entry((Weakness::UndeclaredOrigin, position)).or_default() += 1;
    }
}
