use super::couple::Couple;
use super::damage::{Damage, STRETCH};
use super::keystream::{self, Known};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::{Totals, catching};
use crate::schedule::{Action, ActionId, Choices, Schedule, Shape, Step};
use crate::{DynSession, Opened, Party, Profile, Rejection, Setup, Verdict};

game! {
    PersistenceDamagedExport,
    id: "persistence/damaged-export",
    catalogue: "G-PER-2",
    title: "A damaged export is refused, or gives no weaker session",
    severity: High,
    source: "derived; truncated and zero-filled files are what crashes leave behind. vodozemac, olm and OpenMLS test their \
        decoders, not what a decoded state does",
    checks: "Cuts exports short, extends them, fills stretches with 00 and FF, flips bits, and offers them to import. One that is \
        accepted must not panic when it is used, open a message that was consumed, repeat a keystream of the original, \
        understand a session made from a secret of all 00 or all FF, or encrypt as a stranger's session with the same damage \
        does: then no secret is left in it. That it no longer understands its peer is acceptable. Damage in the middle, which \
        only a checksum would find, makes `weak`; a cut, extended or overwritten export fails.",
    cannot_show: "Damage made on purpose by somebody who knows the format.",
    control: "s05-truncated-is-zero",
}

const REFUSED: &str = "damaged exports refused|times";
const ACCEPTED: &str = "damaged exports accepted|times";

/// Bits that are flipped, and stretches that are filled, in one trial.
const FLIPS: u32 = 24;
const FILLS: u32 = 6;

impl Game for PersistenceDamagedExport {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.export {
            Ok(())
        } else {
            Err("the ratchet has no export".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (5, 14), ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        let id = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
        let from = Party::BOTH[(trial % 2) as usize];
        schedule.steps.push(Step { id: ActionId(id), action: Action::Steal { from } });
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge_damages(arena, schedule, |theft, length| damages(arena, theft, length))
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::WeakImport
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::DamagedExport
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        match (count(REFUSED), count(ACCEPTED)) {
            (0, 0) => (Verdict::NotRun, "no export was damaged".to_owned()),
            (refused, 0) => (Verdict::Pass, format!("{refused} damaged exports were refused")),
            (refused, accepted) => {
                (Verdict::Pass, format!("{refused} damaged exports refused, {accepted} accepted without harm"))
            }
        }
    }
}

/// Executes `schedule` and offers the export of its last theft to import, in each damaged form that `damages` gives for the
/// action of the theft and the length of the export.
///
/// # Errors
/// If no session can be opened.
pub(crate) fn judge_damages(
    arena: &Arena<'_>,
    schedule: &Schedule,
    damages: impl FnOnce(ActionId, usize) -> Vec<Damage>,
) -> Result<Judgement, Rejection> {
    let transcript = execute(arena, schedule)?;
    let mut judgement = Judgement::default();
    let (Some(theft), strangers) = (transcript.thefts.last(), arena.seeded(arena.seed.derived(0x57a9)))
    else {
        return Ok(judgement);
    };
    let stranger = execute(&strangers, schedule)?;
    arena.add_steps(strangers.steps());
    let Some(other) = stranger.thefts.last() else { return Ok(judgement) };
    let states = [&theft.session, &other.session, &other.peer].map(|session| arena.export(session));
    let [Ok(state), Ok(other), Ok(peer)] = states else { return Ok(judgement) };
    let inquest = Inquest::new(arena, &transcript, theft, [&other, &peer]);
    for damage in damages(theft.action, state.len()) {
        if let Err(violation) = inquest.examine(&state, &damage, &mut judgement) {
            judgement.violations.push(violation);
            break;
        }
    }
    Ok(judgement)
}

fn damages(arena: &Arena<'_>, action: ActionId, length: usize) -> Vec<Damage> {
    let mut source = arena.seed.derived(0xda4a).call(action, 0);
    let mut below = |bound: usize| source.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize;
    let mut damages = Vec::new();
    for part in 0..16 {
        damages.push(Damage::Cut { keep: length * part / 16 });
    }
    for _ in 0..8 {
        damages.push(Damage::Cut { keep: below(length) });
    }
    for less in [1, 2, 4, 8, 16, STRETCH, 2 * STRETCH] {
        damages.push(Damage::Cut { keep: length.saturating_sub(less) });
    }
    damages.extend([1, STRETCH, length].map(|by| Damage::Extended { by }));
    for with in [0, 0xff] {
        damages.push(Damage::Overwritten { with });
        for _ in 0..FILLS {
            damages.push(Damage::Filled { at: below(length), with });
        }
    }
    // The first bytes are where versions are.
    damages.extend((0..16).map(|byte| Damage::Flipped { bit: byte * 8 + below(8) }));
    damages.extend((0..FLIPS).map(|_| Damage::Flipped { bit: below(length * 8) }));
    damages
}

struct Inquest<'a, 'r> {
    arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    theft: &'a Theft,
    /// Exports of a stranger in the victim's role, and of the stranger's peer.
    strangers: [&'a [u8]; 2],
    /// Messages that the victim opened, and that the undamaged export refuses.
    consumed: Vec<&'a Wire>,
    /// Sessions made from secrets that anyone can guess, for the peer's role.
    guessable: Vec<DynSession>,
}

impl<'a, 'r> Inquest<'a, 'r> {
    fn new(
        arena: &'a Arena<'r>,
        transcript: &'a Transcript,
        theft: &'a Theft,
        strangers: [&'a Vec<u8>; 2],
    ) -> Self {
        let opened = transcript.events.iter().filter_map(|event| match &event.kind {
            EventKind::Delivered(delivery) if delivery.to == theft.victim => match delivery.outcome {
                Outcome::Opened(message) => Some(&transcript.wire[message]),
                _ => None,
            },
            _ => None,
        });
        let mut inquest = Self {
            arena,
            transcript,
            theft,
            strangers: strangers.map(Vec::as_slice),
            consumed: Vec::new(),
            guessable: Vec::new(),
        };
        inquest.consumed = opened
            .filter(|wire| wire.from != theft.victim && !inquest.opens(&theft.session, wire))
            .take(8)
            .collect();
        if arena.capabilities.secret {
            for byte in [0, 0xff] {
                let setup = Setup { shared_secret: Some([byte; 32]), ..Setup::default() };
                if let Ok(mut pair) = arena.pair_with(u64::from(byte) + 0x5ec, &setup) {
                    inquest.guessable.push(pair.of(theft.victim.peer()).clone());
                }
            }
        }
        inquest
    }

    fn examine(
        &self,
        state: &[u8],
        damage: &Damage,
        judgement: &mut Judgement,
    ) -> Result<(), Violation> {
        let damaged = damage.of(state);
        if damaged == state {
            return Ok(());
        }
        let violation = |kind, what: &str| {
            let detail = format!("an export of the {} that was {damage:?} {what}", self.theft.victim);
            Violation::new(kind, self.theft.action, detail)
        };
        let panicked = |text: String| violation(ViolationKind::Panicked, &format!("panics: {text}"));
        let Ok(session) = catching(|| self.arena.import(&damaged)).map_err(panicked)? else {
            judgement.measure(REFUSED, 1);
            return Ok(());
        };
        judgement.measure(ACCEPTED, 1);
        // What is written back as it was has not been damaged: white space, for example.
        if self.arena.export(&session).is_ok_and(|again| again == state) {
            return Ok(());
        }
        let fault = catching(|| self.fault(&session, damage)).map_err(panicked)?;
        let Some(fault) = fault else { return Ok(()) };
        if damage.is_gross() {
            return Err(violation(ViolationKind::WeakImport, fault));
        }
        *judgement.weak.entry((Weakness::DamagedExport, fault.to_owned())).or_default() += 1;
        Ok(())
    }

    /// What is wrong with a session from a damaged export.
    fn fault(&self, session: &DynSession, damage: &Damage) -> Option<&'static str> {
        let victim = self.theft.victim;
        if self.arena.profile.claims_replay_protection()
            && self.consumed.iter().any(|wire| self.opens(session, wire))
        {
            return Some("opens a message that was consumed");
        }
        let plaintext = [b'*'; 48];
        let sent = self.sends(session, &plaintext, 1);
        if let Some(message) = &sent {
            let mine = Known { message, plaintext: &plaintext };
            let own = |wire: &&Wire| wire.from == victim && wire.name.action < self.theft.action;
            let repeats = self.transcript.wire.iter().filter(own).any(|wire| {
                let theirs = Known { message: &wire.bytes, plaintext: &wire.plaintext };
                keystream::is_shared(self.arena, theirs, mine)
            });
            if repeats {
                return Some("repeats a keystream of the original");
            }
        }
        for guessable in &self.guessable {
            let theirs = self.sends(guessable, &plaintext, 2);
            let understood = |reader: &DynSession, message: &Option<Vec<u8>>| {
                message.as_ref().is_some_and(|message| self.reads(reader, message, &plaintext))
            };
            if understood(session, &theirs) || understood(guessable, &sent) {
                return Some("understands a session made from a secret that anyone can guess");
            }
        }
        let [stranger, peer] = self.strangers.map(|state| self.arena.import(&damage.of(state)).ok());
        if let (Some(stranger), Some(message)) = (stranger, &sent) {
            let theirs = self.sends(&stranger, &plaintext, 1);
            let same = |theirs: Vec<u8>| {
                let [ours, theirs] = [message, &theirs].map(|message| self.arena.ciphertext(message));
                ours.len() >= 16 && ours == theirs
            };
            if theirs.is_some_and(same) {
                return Some("encrypts as a stranger's does: no secret is left in it");
            }
        }
        let foreign = peer.and_then(|peer| self.sends(&peer, &plaintext, 3));
        if foreign.is_some_and(|message| self.reads(session, &message, &plaintext)) {
            return Some("understands a stranger's: no secret is left in it");
        }
        // It must not panic on what it is due, either.
        let mut couple = Couple::at(self.arena, self.theft, 11);
        *couple.session_mut(victim) = session.clone();
        for from in [victim.peer(), victim, victim.peer()] {
            let _ = couple.pass(from);
        }
        None
    }

    fn sends(&self, session: &DynSession, plaintext: &[u8], call: u32) -> Option<Vec<u8>> {
        let mut rng = self.arena.seed.derived(0xe5).call(self.theft.action, call);
        self.arena.encrypt(&mut session.clone(), &mut rng, b"", plaintext).ok()
    }

    fn reads(&self, session: &DynSession, message: &[u8], plaintext: &[u8]) -> bool {
        let mut rng = self.arena.seed.derived(0xe6).call(self.theft.action, 0);
        let opened = self.arena.decrypt(&mut session.clone(), &mut rng, b"", message);
        matches!(opened, Ok(Opened::Plaintext(found)) if found == plaintext)
    }

    fn opens(&self, session: &DynSession, wire: &Wire) -> bool {
        let mut rng = self.arena.seed.derived(0xe7).call(self.theft.action, 0);
        let ad = self.arena.associated_data(wire.ad);
        let opened = self.arena.decrypt(&mut session.clone(), &mut rng, ad, &wire.bytes);
        matches!(opened, Ok(Opened::Plaintext(found)) if found == wire.plaintext)
    }
}
