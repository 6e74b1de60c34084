use std::ops::Range;

use crate::engine::{Arena, Transcript, Wire};
use crate::games::randomness_repeated_tape::needs_tapes;
use crate::games::worlds::{common_history, home, other_randomness, other_secrets, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule, Shape};
use crate::{DynSession, Field, Origin, Profile, Rejection, Verdict};

game! {
    BackdoorWireNoninterference,
    id: "backdoor/wire-noninterference",
    catalogue: "G-NI-1",
    title: "What looks random or public on the wire carries no secret",
    severity: Critical,
    source: "Bellare, Paterson, Rogaway, Security of symmetric encryption against mass surveillance (CRYPTO 2014); Berndt et al., ASAP: algorithm substitution attacks on cryptographic protocols",
    checks: "Plays one conversation in two worlds in which everything drawn is the same and all secrets and plaintexts are \
        others, their lengths apart. Every byte of a field whose origin is randomness must be the same in both, and so \
        must every public byte. In a third world the secrets are the same and the randomness is another: there every \
        public byte must be the same, and no field that is declared random may stay as it was. Against a declared \
        origin this fails; where it is only implied by a field's name, or where bytes that no field covers depend on \
        secrets, it is weak.",
    cannot_show: "Secrets hidden in ciphertexts, tags and what else must depend on secrets. A backdoor that stays silent in all \
        conversations played. Timing. Randomness that was bad from the start.",
    control: "b10-low-bits-tell",
    plainly: "What would a master key for a messenger be? Nobody needs to break the encryption if each message quietly \
        carries its own key along, wrapped so that only the holder of the master key can unwrap it. The place for it is \
        where a message has to look random anyway: a public key, a nonce, padding. Nobody sees the difference by looking. \
        This game makes it visible. It puts all dice in its own hands and has the same conversation twice, with the same \
        throws, but with other secrets and other words. What is honestly random must then come out the same, byte for \
        byte. If it does not, something secret has found its way into it. It can never notice what is smuggled inside \
        the encrypted part itself, or by the moment at which a message is sent, or a backdoor that waits for a sign \
        which was never given here.",
}

const RANDOM: &str = "bytes of random fields compared|bytes";
const PUBLIC: &str = "bytes of public fields compared|bytes";
const DEPENDENT: &str = "bytes of a message that may depend on secrets|bytes";

/// Shorter fields may be equal by chance.
const LONG_ENOUGH: usize = 8;

/// Longest tag that is not told as a field.
const LONGEST_TAG: usize = 32;

const SYNTHETIC: u64 = 0x5157;
const TEXT: &[u8] = b"sixteen bytes of";

impl Game for BackdoorWireNoninterference {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)?;
        if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell which bytes of a message are random or public".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        10
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (4, 24),
            thefts: 0,
            noise: false,
            restarts: trial % 2 == 1,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let ours = play(arena, home(arena), schedule)?;
        let secrets = play(arena, other_secrets(arena), schedule)?;
        let tapes = play(arena, other_randomness(arena), schedule)?;
        let synthetic_nonces = nonces_are_synthetic(arena, &ours);
        let common = common_history(&ours, &secrets).min(common_history(&ours, &tapes));
        let same_names = |transcript: &Transcript, message: usize| {
            transcript.wire.get(message).is_some_and(|wire| wire.name == ours.wire[message].name)
        };
        for message in 0..common.min(ours.wire.len()) {
            if !same_names(&secrets, message) || !same_names(&tapes, message) {
                break;
            }
            let worlds = [&ours, &secrets, &tapes].map(|transcript| &transcript.wire[message]);
            Comparison { arena, worlds, synthetic_nonces }.judge(&mut judgement);
            if !judgement.violations.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::SecretOnWire | ViolationKind::Predictable)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::UndeclaredOrigin
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let sum = |name| totals.figures.get(name).map_or(0, |figure| figure.sum);
        match (sum(RANDOM), sum(PUBLIC)) {
            (0, 0) => (Verdict::NotRun, "no field is random or public".to_owned()),
            (random, public) => {
                let reason = format!("{random} random and {public} public bytes carried no secret");
                (Verdict::Pass, reason)
            }
        }
    }
}

/// Whether a message in a running chain has the same nonce whatever its call draws.
fn nonces_are_synthetic(arena: &Arena<'_>, transcript: &Transcript) -> bool {
    let seed = arena.seed.derived(SYNTHETIC);
    let send = |session: &mut DynSession, ordinal| {
        let mut rng = seed.call(ActionId::PAIRING, ordinal);
        let message = arena.encrypt(session, &mut rng, b"", TEXT).ok()?;
        arena.field(&message, "nonce").map(<[u8]>::to_vec)
    };
    transcript.sessions.iter().any(|session| {
        let mut session = session.clone();
        // Whatever the party owes is drawn here.
        let _ = send(&mut session, 0);
        let [first, second] = [1, 2].map(|ordinal| send(&mut session.clone(), ordinal));
        first.is_some() && first == second
    })
}

/// One message in three worlds: the case's, one of other secrets, one of other randomness.
struct Comparison<'a, 'r> {
    arena: &'a Arena<'r>,
    worlds: [&'a Wire; 3],
    /// Nonces whose origin is not declared follow from key and text.
    synthetic_nonces: bool,
}

impl Comparison<'_, '_> {
    fn judge(&self, judgement: &mut Judgement) {
        let fields = self.worlds.map(|wire| self.arena.fields(&wire.bytes));
        let [ours, of_secrets, of_tapes] = &fields;
        let mut dependent = 0;
        for (index, field) in ours.iter().enumerate() {
            let counterpart = |fields: &[Field]| {
                let other = fields.get(index).filter(|other| other.name == field.name);
                other.cloned()
            };
            let (Some(secrets), Some(tapes)) = (counterpart(of_secrets), counterpart(of_tapes)) else {
                continue;
            };
            let [ours, secrets, tapes] = [field, &secrets, &tapes];
            let values =
                [(ours, 0), (secrets, 1), (tapes, 2)].map(|(field, world)| field.of(&self.worlds[world].bytes));
            let [Some(ours), Some(secrets), Some(tapes)] = values else { continue };
            let undeclared_nonce = field.origin.is_none() && field.name == "nonce";
            let origin = if undeclared_nonce && self.synthetic_nonces {
                Origin::Derived
            } else {
                field.implied_origin()
            };
            match origin {
                Origin::Public => self.judge_public(field, ours, secrets, tapes, judgement),
                Origin::Random => self.judge_random(field, ours, secrets, tapes, judgement),
                Origin::Derived => dependent += ours.len() as u64,
            }
        }
        judgement.measure(DEPENDENT, dependent);
        self.judge_uncovered(&fields, judgement);
    }

    /// A function of what everybody saw. Lengths of messages are seen, so only equally long ones are compared.
    fn judge_public(
        &self,
        field: &Field,
        ours: &[u8],
        secrets: &[u8],
        tapes: &[u8],
        judgement: &mut Judgement,
    ) {
        let length = |world: usize| self.worlds[world].bytes.len();
        judgement.measure(PUBLIC, ours.len() as u64);
        if length(0) == length(1) && ours != secrets {
            self.accuse(field, "a public field", "secrets", judgement);
        } else if length(0) == length(2) && ours != tapes {
            self.accuse(field, "a public field", "randomness", judgement);
        }
    }

    fn judge_random(
        &self,
        field: &Field,
        ours: &[u8],
        secrets: &[u8],
        tapes: &[u8],
        judgement: &mut Judgement,
    ) {
        if ours == tapes {
            // Made when the session was opened, if that draws the same in both worlds.
            let drawn_anew = self.arena.capabilities.secret;
            if field.origin.is_some() && drawn_anew && ours.len() >= LONG_ENOUGH {
                let words = format!("`{}` is declared random, and the same under other randomness", field.name);
                self.fail(ViolationKind::Predictable, words, judgement);
            }
            return;
        }
        judgement.measure(RANDOM, ours.len() as u64);
        if ours != secrets {
            self.accuse(field, "a random field", "secrets", judgement);
        }
    }

    fn accuse(&self, field: &Field, what: &str, on: &str, judgement: &mut Judgement) {
        if field.origin.is_some() {
            let words = format!("`{}`, {what}, depends on {on}", field.name);
            self.fail(ViolationKind::SecretOnWire, words, judgement);
        } else {
            let words = format!("`{}` depends on {on}; declare its origin", field.name);
            *judgement.weak.entry((Weakness::UndeclaredOrigin, words)).or_default() += 1;
        }
    }

    fn fail(&self, kind: ViolationKind, words: String, judgement: &mut Judgement) {
        let name = self.worlds[0].name;
        judgement.violations.push(Violation::new(kind, name.action, words).of_message(name));
    }

    /// Bytes between the fields, where the ratchet tells its ciphertext: encoding, and nothing that is secret.
    fn judge_uncovered(&self, fields: &[Vec<Field>; 3], judgement: &mut Judgement) {
        let uncovered = |world: usize| {
            let bytes = &self.worlds[world].bytes;
            gaps(&fields[world], bytes.len()).map(|gaps| {
                gaps.into_iter().flat_map(|gap| bytes[gap].iter().copied()).collect::<Vec<u8>>()
            })
        };
        let (Some(ours), Some(secrets)) = (uncovered(0), uncovered(1)) else { return };
        let same_length = self.worlds[0].bytes.len() == self.worlds[1].bytes.len();
        if same_length && ours != secrets {
            let words = "bytes that no field covers depend on secrets; declare them".to_owned();
            *judgement.weak.entry((Weakness::UndeclaredOrigin, words)).or_default() += 1;
        }
    }
}

/// What no field covers. Behind a ciphertext without a field for its tag, that is its tag.
fn gaps(fields: &[Field], length: usize) -> Option<Vec<Range<usize>>> {
    let ciphertext = fields.iter().find(|field| field.name == "ciphertext")?;
    let mut covered: Vec<Range<usize>> =
        fields.iter().map(|field| field.offset..field.offset + field.length).collect();
    if !fields.iter().any(|field| field.name == "tag") {
        let end = ciphertext.offset + ciphertext.length;
        covered.push(end..(end + LONGEST_TAG).min(length));
    }
    covered.sort_unstable_by_key(|range| range.start);
    let mut gaps = Vec::new();
    let mut at = 0;
    for range in covered {
        if range.start > at {
            gaps.push(at..range.start.min(length));
        }
        at = at.max(range.end);
    }
    if at < length {
        gaps.push(at..length);
    }
    Some(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_no_field_covers() {
        let fields = [Field::new("version", 0, 1), Field::new("ciphertext", 4, 6)];
        assert_eq!(gaps(&fields, 60), Some(vec![1..4, 42..60]));
        assert_eq!(gaps(&fields, 26).unwrap().iter().collect::<Vec<_>>(), [&(1..4)]);
        let tagged = [Field::new("ciphertext", 0, 6), Field::new("tag", 6, 4)];
        assert_eq!(gaps(&tagged, 12).unwrap().iter().collect::<Vec<_>>(), [&(10..12)]);
        assert_eq!(gaps(&fields[..1], 12), None);
    }
}
