use super::couple::Couple;
use super::keystream::{self, Known};
use super::traces::carries;
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule, Tamper};
use crate::{Party, Profile, Rejection, Verdict};

use super::building::{Script, Stage};

game! {
    AtomicityFailedEncrypt,
    id: "atomicity/failed-encrypt",
    catalogue: "G-ATOM-2",
    title: "A refusal to encrypt uses up no key, and no error carries plaintext",
    severity: High,
    source: "RUSTSEC-2023-0096 (aes-gcm: the buffer holds the plaintext after a failed decryption); trait contract: a \
        refused call leaves the session as it was",
    checks: "Lets both parties try to encrypt before they can, and plaintexts of 64 KiB, 1 MiB and one byte more. Where that \
        is refused, the next message must open wherever a twin's does that was refused nothing, and must not be \
        encrypted under the key and nonce of an earlier one. Changed, repeated and misdirected messages are refused too; \
        the text of no refusal may carry ten bytes of a plaintext, plain, in hex or as a list of numbers.",
    cannot_show: "Buffers that stay in memory. Where nothing is ever refused to be encrypted, only the errors are read.",
    control: "t11-error-carries-plaintext",
}

const REFUSED: &str = "encryptions refused|times";
const READ: &str = "error texts read|times";

/// Sizes beyond what a header of 16 or 20 bits for the length can tell.
const SIZES: [usize; 3] = [(1 << 16) + 1, 1 << 20, (1 << 20) + 1];

impl Game for AtomicityFailedEncrypt {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        2 * Stage::ALL.len() as u64
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let stage = Stage::ALL[trial as usize % Stage::ALL.len()];
        let message = stage.reach(&mut script, profile.is_one_way());
        let long = MessageName::new(
            script.add(Action::Send { by: Party::Initiator, count: 1, size: 64, ad: 0 }),
            0,
        );
        for message in [message, long] {
            for how in [
                Tamper::FlipBit { bit: choices.below(1 << 16) },
                Tamper::CutAndFlip { keep: u32::MAX },
                Tamper::Truncate { keep: choices.below(1 << 16) },
                Tamper::FlipBit { bit: choices.below(1 << 16) },
                Tamper::Extend { bytes: vec![7] },
            ] {
                script.add(Action::Tamper { message, how });
            }
            script.add(Action::Reflect { message });
            script.add(Action::WrongAd { message, ad: 2 });
        }
        // A theft of each, for what is refused to be encrypted.
        script.add(Action::Steal { from: Party::BOTH[(trial % 2) as usize] });
        script.deliver(long, 1);
        script.add(Action::Duplicate { message: long });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        read_errors(&transcript, &mut judgement);
        for theft in &transcript.thefts {
            for by in Party::BOTH {
                refuse_encryption(arena, &transcript, theft, by, &mut judgement);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::PlaintextInError | ViolationKind::TwinOutcome | ViolationKind::KeyReused
        )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (count(REFUSED), count(READ)) {
            (0, 0) => (Verdict::NotRun, "nothing was refused".to_owned()),
            (0, read) => (Verdict::Pass, format!("{read} error texts; no encryption was refused")),
            (refused, read) => {
                (Verdict::Pass, format!("{refused} refused encryptions, {read} error texts"))
            }
        }
    }
}

/// The texts of all refusals to open a message, against what is in it.
fn read_errors(transcript: &Transcript, judgement: &mut Judgement) {
    for event in &transcript.events {
        let EventKind::Delivered(delivery) = &event.kind else { continue };
        let Outcome::Refused(rejection) = &delivery.outcome else { continue };
        let wire = &transcript.wire[delivery.message];
        judgement.measure(READ, 1);
        judgement.refused += 1;
        if carries(&rejection.detail, &wire.plaintext) {
            let detail = format!("the {} said: {rejection}", delivery.to);
            let kind = ViolationKind::PlaintextInError;
            judgement.violations.push(Violation::new(kind, event.action, detail).of_message(wire.name));
            return;
        }
    }
}

/// `by` is refused what it cannot encrypt, and goes on; a twin goes on without.
fn refuse_encryption(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    by: Party,
    judgement: &mut Judgement,
) {
    let mut tried = Couple::at(arena, theft, 9);
    let mut twin = tried.clone();
    let mut fail = |kind, detail| {
        judgement.violations.push(Violation::new(kind, theft.action, detail));
    };
    let mut refused = 0;
    for size in [0].into_iter().chain(SIZES) {
        let mut plaintext = tried.plaintext();
        if size > 0 {
            plaintext.resize(size, b'+');
        }
        let mut attempt = tried.clone();
        let Err(rejection) = attempt.send(by, &plaintext) else { continue };
        refused += 1;
        if carries(&rejection.detail, &plaintext[..plaintext.len().min(48)]) {
            let detail = format!("the {by} refused to encrypt and said: {rejection}");
            fail(ViolationKind::PlaintextInError, detail);
            return;
        }
        tried = attempt;
    }
    if refused == 0 {
        return;
    }
    let own = transcript.wire.iter().filter(|wire| wire.from == by && wire.name.action < theft.action);
    let mut sent: Vec<(Vec<u8>, Vec<u8>)> =
        own.map(|wire| (wire.bytes.clone(), wire.plaintext.clone())).collect();
    for from in [by, by, by.peer(), by] {
        let plaintext = twin.plaintext();
        let Some(expected) = passes(&mut twin, from, &plaintext) else { continue };
        let plaintext = tried.plaintext();
        let message = tried.send(from, &plaintext);
        let Ok(message) = message else {
            let detail = format!("after {refused} refusals to encrypt the {from} cannot send");
            return fail(ViolationKind::TwinOutcome, detail);
        };
        let reused = from == by
            && sent.iter().any(|(other, text)| {
                let one = Known { message: other, plaintext: text };
                keystream::is_shared(arena, one, Known { message: &message, plaintext: &plaintext })
            });
        if reused {
            let detail = format!("after {refused} refusals to encrypt the {by} repeats a keystream");
            return fail(ViolationKind::KeyReused, detail);
        }
        if !tried.reads(from.peer(), &message, &plaintext) && expected {
            let detail = format!(
                "after {refused} refusals to encrypt the {from} sends what does not open, and its twin what does"
            );
            return fail(ViolationKind::TwinOutcome, detail);
        }
        if from == by {
            sent.push((message, plaintext));
        }
    }
    for _ in 0..refused {
        judgement.measure(REFUSED, 1);
    }
}

/// Whether a message opens; `None` if it cannot even be sent.
fn passes(couple: &mut Couple<'_, '_>, from: Party, plaintext: &[u8]) -> Option<bool> {
    let message = couple.send(from, plaintext).ok()?;
    Some(couple.reads(from.peer(), &message, plaintext))
}
