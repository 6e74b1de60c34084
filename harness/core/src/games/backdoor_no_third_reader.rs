use std::collections::BTreeSet;

use crate::engine::{Arena, Transcript, Wire, execute};
use crate::games::outsider::{opened_by_outsider, opens};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule, Shape};
use crate::{DynSession, Pair, Profile, Rejection, Setup, Verdict};

game! {
    BackdoorNoThirdReader,
    id: "backdoor/no-third-reader",
    catalogue: "G-NI-3",
    title: "No third session and no guessable key opens a message",
    severity: Critical,
    source: "Levy, Robinson, Principles for a more informed exceptional access debate (Lawfare 2018), the 'ghost' proposal; Abelson et al., Keys under doormats (2015)",
    checks: "Gives every message to sessions that it was not made for. Opens sessions whose shared secret is guessable, and \
        tries those: zeros, ones, hashes of common words, bytes of the message's own header, tag and associated data, and \
        of the message before. Where the ratchet lends its cipher, the same guesses are tried as message keys. Measures \
        how many bytes a message adds to its text.",
    cannot_show: "A third reader whose key is random and not on the wire: a copy for one is seen only by its size, which is \
        compared where a profile declares it, or in the noninterference game. A key that the guesses do not contain.",
    control: "b55-key-in-the-header",
    plainly: "A third reader could be built in by addressing each message to one more recipient, or by using a key that \
        somebody else can work out: a fixed one, or one that travels along with the message. This game plays that \
        somebody. It tries every message on strangers, and with every key that lies about or that a lazy person would \
        choose, and it tells how much larger a message is than its text, because a copy for someone else needs room. A \
        good master key is not in its list of guesses, and then only the room it takes can betray it.",
    kept: "it tries guessable keys and strangers, which needs no copy of the ratchet and no control over randomness",
}

const STRANGERS: &str = "messages tried on strangers|times";
const GUESSED_SECRETS: &str = "guessed shared secrets tried|times";
const GUESSED_KEYS: &str = "guessed message keys tried|times";
const ADDED: &str = "bytes that a message adds to its text|bytes";

const STRANGER: u64 = 0x57a4;
const GUESS: u64 = 0x6e55;

/// Messages of a trial that guessed secrets are tried on: each guess is a session of its own.
const MOST_MESSAGES: usize = 4;

/// SHA-256 of the empty text, `test`, `password`, `secret`, `master`, and of 32 zero bytes.
const HASHES: [&str; 6] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    "fc613b4dfd6736a7bd268c8a0e74ed0d1c04a959f59dd74ef2874983fd443fc9",
    "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
];

impl Game for BackdoorNoThirdReader {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let shape = Shape {
            actions: (4, 16),
            thefts: 0,
            noise: false,
            restarts: false,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let transcript = execute(arena, schedule)?;
        for wire in &transcript.wire {
            judgement.measure(ADDED, wire.bytes.len().saturating_sub(wire.plaintext.len()) as u64);
        }
        try_strangers(arena, schedule, &transcript, &mut judgement)?;
        try_guessed_secrets(arena, &transcript, &mut judgement);
        try_guessed_keys(arena, &transcript, &mut judgement);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::ThirdReader
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (count(STRANGERS), count(GUESSED_SECRETS), count(GUESSED_KEYS)) {
            (0, _, _) => (Verdict::NotRun, "no message was sent".to_owned()),
            (strangers, secrets, keys) => {
                let reason = format!(
                    "{strangers} messages closed to strangers; {secrets} secrets and {keys} keys guessed in vain"
                );
                (Verdict::Pass, reason)
            }
        }
    }
}

fn accuse(wire: &Wire, words: String, judgement: &mut Judgement) {
    let kind = ViolationKind::ThirdReader;
    judgement.violations.push(Violation::new(kind, wire.name.action, words).of_message(wire.name));
}

/// Another session, as it was opened and as it stands behind the same conversation.
fn try_strangers(
    arena: &Arena<'_>,
    schedule: &Schedule,
    transcript: &Transcript,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    let other = arena.seeded(arena.seed.derived(STRANGER));
    let Pair { initiator, responder, .. } = other.pair()?;
    let behind = execute(&other, schedule)?;
    arena.add_steps(other.steps());
    transcript.wire.iter().for_each(|_| judgement.measure(STRANGERS, 1));
    let strangers = [&initiator, &responder].into_iter().chain(&behind.sessions);
    if let Some(wire) = opened_by_outsider(arena, transcript, strangers) {
        accuse(wire, "a session that it was not made for opens it".to_owned(), judgement);
    }
    Ok(())
}

fn try_guessed_secrets(arena: &Arena<'_>, transcript: &Transcript, judgement: &mut Judgement) {
    if !arena.capabilities.secret {
        return;
    }
    let tagged: Vec<usize> =
        (0..transcript.wire.len()).filter(|&message| transcript.wire[message].is_tagged()).collect();
    let stride = tagged.len().div_ceil(MOST_MESSAGES).max(1);
    let tried: Vec<usize> = tagged.into_iter().step_by(stride).collect();
    let mut guesses: BTreeSet<[u8; 32]> = common_guesses().collect();
    for &message in &tried {
        guesses.extend(guesses_at(arena, transcript, message).into_iter().take(MOST_MESSAGES));
    }
    for (number, secret) in guesses.into_iter().enumerate() {
        let setup = Setup { shared_secret: Some(secret), ..Setup::default() };
        arena.at(ActionId::PAIRING);
        let Ok(pair) = arena.pair_with(GUESS + number as u64, &setup) else { continue };
        judgement.measure(GUESSED_SECRETS, 1);
        let ends: [&DynSession; 2] = [&pair.initiator, &pair.responder];
        for wire in tried.iter().map(|&message| &transcript.wire[message]) {
            if ends.iter().any(|end| opens(arena, end, wire)) {
                let words = format!("a session of the shared secret {} opens it", hex::encode(secret));
                return accuse(wire, words, judgement);
            }
        }
    }
}

/// A cipher gives the same ciphertext under the same key; what is authenticated with it does not matter.
fn try_guessed_keys(arena: &Arena<'_>, transcript: &Transcript, judgement: &mut Judgement) {
    if !arena.capabilities.raw_aead {
        return;
    }
    for (message, wire) in transcript.wire.iter().enumerate().filter(|(_, wire)| wire.is_tagged()) {
        let Some(ciphertext) = arena.field(&wire.bytes, "ciphertext") else { continue };
        let Some(begin) = ciphertext.first_chunk::<16>() else { continue };
        for key in common_guesses().chain(guesses_at(arena, transcript, message)) {
            let Ok(sealed) = arena.ratchet.seal_with(&key, b"", &wire.plaintext) else { continue };
            judgement.measure(GUESSED_KEYS, 1);
            if sealed.windows(begin.len()).any(|window| window == begin) {
                let words = format!("it is encrypted under {}, which anybody can find", hex::encode(key));
                return accuse(wire, words, judgement);
            }
        }
    }
}

/// What a careless person would choose.
fn common_guesses() -> impl Iterator<Item = [u8; 32]> {
    let hashes = HASHES.iter().filter_map(|text| {
        let mut key = [0; 32];
        hex::decode_to_slice(text, &mut key).ok().map(|()| key)
    });
    let counted = std::array::from_fn(|at| at as u8);
    [[0; 32], [0xff; 32], [1; 32], counted].into_iter().chain(hashes)
}

/// What lies about next to a message: its ratchet key, the rest of its header, tag, associated data, and parts of the
/// message before.
fn guesses_at(arena: &Arena<'_>, transcript: &Transcript, message: usize) -> Vec<[u8; 32]> {
    let wire = &transcript.wire[message];
    let fields = arena.fields(&wire.bytes);
    let ciphertext = fields.iter().find(|field| field.name == "ciphertext");
    let header = &wire.bytes[..ciphertext.map_or(0, |field| field.offset.min(wire.bytes.len()))];
    let mut guesses = Vec::new();
    guesses.extend(fields.iter().filter(|field| field.name != "ciphertext").filter_map(|field| {
        field.of(&wire.bytes).filter(|value| !value.is_empty()).map(filled)
    }));
    guesses.push(filled(&wire.bytes[arena.tag_of(&wire.bytes)]));
    guesses.push(filled(arena.associated_data(wire.ad)));
    guesses.extend(header.windows(32).map(filled));
    if let Some(before) = message.checked_sub(1).map(|before| &transcript.wire[before]) {
        guesses.push(filled(&before.bytes));
        guesses.push(filled(&before.plaintext));
        guesses.push(filled(&before.bytes[before.bytes.len().saturating_sub(32)..]));
        guesses.push(filled(arena.ciphertext(&before.bytes)));
    }
    guesses
}

/// The first 32 bytes, with zeros behind.
fn filled(bytes: &[u8]) -> [u8; 32] {
    std::array::from_fn(|at| bytes.get(at).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_keys_and_differ() {
        let guesses: BTreeSet<[u8; 32]> = common_guesses().collect();
        assert_eq!(guesses.len(), 4 + HASHES.len());
        assert_eq!(filled(b"ab")[..3], *b"ab\0");
    }
}
