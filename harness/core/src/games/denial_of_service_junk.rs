use super::couple::Couple;
use super::forged_numbers::{COUNTER, Spellings, allowed_gap};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::randomness::CallRng;
use crate::run::{Totals, catching};
use crate::schedule::{Action, Choices, Schedule, Shape, Step};
use crate::{Opened, Party, Profile, Rejection, Verdict};

game! {
    DenialOfServiceJunk,
    id: "denial-of-service/junk",
    catalogue: "G-DOS-4",
    title: "Hundreds of bad messages in a row leave no trace",
    severity: Medium,
    source: "SPQR, panics on malformed messages; c-toxcore and olm memory faults (CVE-2021-34813); quorum-desktop issue 235 \
        (one bad frame killed the session); RUSTSEC-2026-0073",
    checks: "Gives one session hundreds of bad messages one after the other, in half of the trials after a restart: random \
        bytes, genuine messages with bits flipped, cut, extended, overwritten, spliced, renumbered, repeated, or handed back. \
        It must not panic, its state at rest must not grow by more than 4 KiB over that of a twin which saw none of it, and \
        what the twin opens next, and what its peer opens of it, must open here too.",
    cannot_show: "Malformed messages that only a search guided by coverage would find.",
    control: "d05-forged-keys-stay",
}

const JUNK: &str = "bad messages refused|times";

/// Bad messages of one trial.
const MESSAGES: u32 = 170;

/// What a session may remember of all of them together.
const MOST_GROWTH: u64 = 4096;

impl Game for DenialOfServiceJunk {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (4, 16), ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        let mut id = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0);
        let mut add = |action| {
            id += 1;
            schedule.steps.push(Step { id: crate::schedule::ActionId(id), action });
        };
        let party = Party::BOTH[(trial % 2) as usize];
        if trial % 4 >= 2 {
            add(Action::Restart { party });
        }
        add(Action::Steal { from: party });
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        for theft in &transcript.thefts {
            let storm = Storm::new(arena, &transcript, theft);
            if let Err(violation) = storm.pass_over(&mut judgement) {
                judgement.violations.push(violation);
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::TwinOutcome | ViolationKind::UnboundedWork)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(JUNK) {
            Some(junk) => (Verdict::Pass, format!("{} bad messages left no trace", junk.count)),
            None => (Verdict::NotRun, "nothing was refused".to_owned()),
        }
    }
}

/// What the bad messages of one trial are made from.
struct Storm<'a, 'r> {
    arena: &'a Arena<'r>,
    theft: &'a Theft,
    /// Genuine messages to the victim.
    genuine: Vec<&'a Wire>,
    /// Those of them that it has opened.
    opened: Vec<&'a Wire>,
    /// Its own messages.
    own: Vec<&'a Wire>,
    spellings: Spellings,
}

impl<'a, 'r> Storm<'a, 'r> {
    fn new(arena: &'a Arena<'r>, transcript: &'a Transcript, theft: &'a Theft) -> Self {
        let sent = |by: Party| transcript.wire.iter().filter(move |wire| wire.from == by).collect();
        let genuine: Vec<&Wire> = sent(theft.victim.peer());
        let opened = transcript.events.iter().filter_map(|event| match &event.kind {
            EventKind::Delivered(delivery) if delivery.to == theft.victim => {
                match delivery.outcome {
                    Outcome::Opened(message) => Some(&transcript.wire[message]),
                    _ => None,
                }
            }
            _ => None,
        });
        let opened = opened.filter(|wire| wire.from != theft.victim).collect();
        let mut chain = Couple::at(arena, theft, 6);
        let run: Vec<Vec<u8>> = (0..3).map_while(|_| chain.send(theft.victim.peer(), b"").ok()).collect();
        let run: Vec<&[u8]> = run.iter().map(|message| &message[..]).collect();
        let spellings = Spellings::of(arena, &run);
        Self { arena, theft, genuine, opened, own: sent(theft.victim), spellings }
    }

    fn pass_over(&self, judgement: &mut Judgement) -> Result<(), Violation> {
        let to = self.theft.victim;
        let mut noisy = Couple::at(self.arena, self.theft, 7);
        let mut calm = noisy.clone();
        let mut source = self.arena.seed.derived(0x1a2b).call(self.theft.action, 0);
        for ordinal in 0..MESSAGES {
            let Some(junk) = self.junk(&mut source) else { continue };
            let outcome = catching(|| noisy.open(to, &junk)).map_err(|text| {
                let detail = format!("bad message {ordinal}, {}: {text}", hex::encode(&junk));
                self.violation(ViolationKind::Panicked, detail)
            })?;
            match outcome {
                Err(_) => {
                    judgement.measure(JUNK, 1);
                    judgement.refused += 1;
                }
                // Whether it should have been opened is asked elsewhere. The twin opens it too.
                Ok(opened) => {
                    if calm.open(to, &junk).ok() != Some(opened) {
                        let detail = format!("bad message {ordinal} is opened, which the twin refuses");
                        return Err(self.violation(ViolationKind::TwinOutcome, detail));
                    }
                }
            }
        }
        let sizes = [&noisy, &calm].map(|couple| self.arena.size_at_rest(couple.session(to)));
        if let [Some(noisy), Some(calm)] = sizes
            && noisy > calm + MOST_GROWTH
        {
            let detail = format!(
                "{MESSAGES} bad messages left {} bytes in the {to}'s state at rest",
                noisy - calm
            );
            return Err(self.violation(ViolationKind::UnboundedWork, detail));
        }
        self.compare(noisy, calm)
    }

    /// What comes next, for a session that saw the storm and for its twin.
    fn compare(
        &self,
        mut noisy: Couple<'_, '_>,
        mut calm: Couple<'_, '_>,
    ) -> Result<(), Violation> {
        let to = self.theft.victim;
        for wire in &self.genuine {
            let ad = self.arena.associated_data(wire.ad);
            let opens = |couple: &mut Couple<'_, '_>| {
                let mut rng = couple.rng();
                let session = couple.session_mut(to);
                let opened = self.arena.decrypt(session, &mut rng, ad, &wire.bytes);
                couple.settle();
                matches!(opened, Ok(Opened::Plaintext(plaintext)) if plaintext == wire.plaintext)
            };
            // Both go on, whatever opens.
            let (expected, opened) = (opens(&mut calm), opens(&mut noisy));
            if expected && !opened {
                let detail = format!("after {MESSAGES} bad messages the {to} refuses what its twin opens");
                let violation = self.violation(ViolationKind::TwinOutcome, detail);
                let violation = violation.behind_a_refusal(self.arena.profile);
                return Err(violation.of_message(wire.name));
            }
        }
        for from in [to.peer(), to, to.peer(), to] {
            let (expected, heard) = (calm.pass(from).is_some(), noisy.pass(from).is_some());
            if expected && !heard {
                let detail = format!("after {MESSAGES} bad messages to the {to} the {from} is not heard");
                let violation = self.violation(ViolationKind::TwinOutcome, detail);
                return Err(violation.behind_a_refusal(self.arena.profile));
            }
        }
        Ok(())
    }

    fn violation(&self, kind: ViolationKind, detail: String) -> Violation {
        Violation::new(kind, self.theft.action, detail)
    }

    /// One bad message; `None` if the draw needs what is not there.
    fn junk(&self, source: &mut CallRng) -> Option<Vec<u8>> {
        let profile = self.arena.profile;
        let kind = source.below(9);
        if kind == 0 || self.genuine.is_empty() {
            let mut bytes = random(source, 160);
            // Half of them begin as a genuine message does.
            if source.chance(1, 2)
                && let (Some(first), Some(wire)) = (bytes.first_mut(), self.genuine.first())
            {
                *first = wire.bytes.first().copied().unwrap_or(0);
            }
            return Some(bytes);
        }
        let mut bytes = pick(source, &self.genuine)?.bytes.clone();
        let at = source.below(bytes.len().max(1) as u32) as usize;
        match kind {
            1 => *bytes.get_mut(at)? ^= 1 << source.below(8),
            2 => bytes.truncate(at),
            3 => bytes.extend(random(source, 40)),
            4 => {
                for (place, byte) in (at..).zip(random(source, 40)) {
                    *bytes.get_mut(place)? = byte;
                }
            }
            5 => {
                let other = &pick(source, &self.genuine)?.bytes;
                bytes.truncate(at);
                bytes.extend(other.get(at..)?);
            }
            6 if profile.claims_replay_protection() => return Some(pick(source, &self.opened)?.bytes.clone()),
            7 if profile.claims_direction() => return Some(pick(source, &self.own)?.bytes.clone()),
            8 => {
                let number = self.spellings.read(self.arena, &bytes, COUNTER)?;
                let farthest = u32::try_from(allowed_gap(self.arena) * 2 + 2).unwrap_or(u32::MAX);
                let number = number + 1 + u64::from(source.below(farthest));
                bytes = self.spellings.forge(self.arena, &bytes, COUNTER, number)?;
            }
            _ => return None,
        }
        let genuine = |wire: &&Wire| wire.bytes == bytes;
        (!self.genuine.iter().any(genuine)).then_some(bytes)
    }
}

fn pick<'m>(source: &mut CallRng, from: &[&'m Wire]) -> Option<&'m Wire> {
    from.get(source.below(from.len() as u32) as usize).copied()
}

fn random(source: &mut CallRng, most: u32) -> Vec<u8> {
    let mut bytes = vec![0; source.between(1, most) as usize];
    rand_core::Rng::fill_bytes(source, &mut bytes);
    bytes
}
