use super::building::Script;
use super::forking::{account_of, Moment, heals, places_are_known};
use crate::attackers::Attacker;
use crate::attackers::hijacker::{Conduct, Hijacker, forge_at_snapshots, opens_to};
use crate::engine::{Arena, Theft, Transcript, execute};
use crate::games::{About, Game, game};
use crate::ideal::{Ideal, Knowledge};
use crate::judge::{Account, ExposureTime, Judgement, Violation, ViolationKind};
use crate::randomness::CallRng;
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{DynSession, Opened, Party, Profile, Rejection, Verdict};

game! {
    ActiveChosenCiphertexts,
    id: "active/chosen-ciphertexts",
    catalogue: "G-ACT-6",
    title: "After healing, no question put to a party helps the thief to read what comes then",
    severity: Critical,
    source: "Bienstock et al., A more complete analysis of the Signal Double Ratchet algorithm, CRYPTO 2022 (variants that older definitions accept fall to chosen ciphertexts just after a compromise)",
    checks: "Steals a session, waits until the ideal says that the conversation has healed, and then puts questions to a party: \
        the thief's own messages from the stolen session, of old and new chains, old messages repeated and changed, and \
        the next genuine message (the challenge) changed and spliced with the thief's. None may open that the stolen keys \
        do not reach. Then the challenge comes, the party answers, and the thief tries to read both: a question that is \
        refused may still have moved the party to where the thief can follow.",
    cannot_show: "Questions of a form that this wire does not have; what the time or the words of a refusal tell.",
    control: "a55-late-forgery-resumes",
    plainly: "After a break-in has healed, the burglar writes nonsense and old news to the victim, and listens whether the \
        replies become readable again.",
    kept: "it is the only one in which the thief asks questions after healing; others meet the same faults in passing",
}

const ASKED: &str = "questions put after healing|times";
const CHALLENGES: &str = "challenges that stayed closed|times";

/// Messages behind the theft until every ratchet that heals by epochs has healed.
const HEALING: u16 = 6;

/// Messages of the conversation that are repeated and changed.
const OLD: usize = 12;

impl Game for ActiveChosenCiphertexts {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends, so nothing can heal".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        9
    }

    /// A message of the epoch of the theft is left out, so that an old chain is there to be asked about.
    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let t = 1 + (trial / 3) as u16 % 4;
        if trial % 2 == 1 {
            let sender = if t % 2 == 1 { Party::Initiator } else { Party::Responder };
            let first = script.send(Party::Initiator, 2);
            script.deliver(MessageName { index: 1, ..first }, 1);
            script.ping_pong(sender.peer(), u16::from(sender == Party::Initiator));
        }
        let victim = Moment::of_trial(trial, profile).steal(&mut script, profile, t);
        let speaker = if t % 2 == 1 { Party::Responder } else { Party::Initiator };
        let more = choices.below(3) as u16;
        script.ping_pong(speaker, healing(profile) + more);
        script.add(Action::Steal { from: victim });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let account = account_of(arena, &transcript, &mut judgement);
        let (Some(account), [stolen, healed]) = (account, &transcript.thefts[..]) else {
            return Ok(judgement);
        };
        let knowledge = &account.stolen[0].knowledge;
        let ideal = &account.stolen[1].ideal;
        let mut questions = Vec::new();
        let thieves = forge_at_snapshots(arena, &transcript, &account, 0, |forgery| {
            questions.push(Question {
                bytes: forgery.bytes.clone(),
                allowed: [Party::Initiator, Party::Responder]
                    .map(|to| ideal.forgeable(knowledge, to, &forgery.place)),
            });
        });
        for asked in Party::BOTH {
            if is_healed(ideal, knowledge, asked) {
                let mut inquiry = Inquiry {
                    arena,
                    transcript: &transcript,
                    account: &account,
                    thieves: &thieves,
                    asked,
                    session: session_of(healed, asked).clone(),
                    peer: session_of(healed, asked.peer()).clone(),
                    calls: 0,
                };
                inquiry.run(stolen, &questions, knowledge, ideal, &mut judgement);
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::Forged
                | ViolationKind::Injected
                | ViolationKind::Exposed(ExposureTime::SentAfter)
        )
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !heals(profile) {
            return (Verdict::NotClaimed, "this family never heals".to_owned());
        }
        match (totals.figures.get(ASKED), totals.figures.get(CHALLENGES)) {
            (Some(asked), Some(closed)) => (
                Verdict::Pass,
                format!("{} questions, {} challenges", asked.count, closed.count),
            ),
            _ => (Verdict::NotRun, "no conversation healed far enough to be asked".to_owned()),
        }
    }
}

struct Question {
    bytes: Vec<u8>,
    /// Whether the ideal lets each party accept it.
    allowed: [bool; 2],
}

struct Inquiry<'a, 'r> {
    arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    account: &'a Account,
    thieves: &'a [(Conduct, Hijacker<'a, 'r>); 3],
    asked: Party,
    session: DynSession,
    peer: DynSession,
    calls: u32,
}

impl Inquiry<'_, '_> {
    fn rng(&mut self) -> CallRng {
        self.calls += 1;
        let action = self.transcript.thefts[1].action;
        self.arena.seed.derived(0xcca ^ self.asked as u64).call(action, self.calls)
    }

    fn run(
        &mut self,
        stolen: &Theft,
        questions: &[Question],
        knowledge: &Knowledge,
        ideal: &Ideal,
        judgement: &mut Judgement,
    ) {
        let mut ideal = ideal.clone();
        let Some(place) = ideal.send(self.asked.peer()) else { return };
        if knowledge.leaks(&place) {
            return;
        }
        let plaintext = b"sprag: the challenge, which nobody else may read";
        let mut rng = self.rng();
        let Ok(challenge) = self.arena.encrypt(&mut self.peer, &mut rng, b"", plaintext) else {
            return;
        };
        for question in self.questions(questions, &challenge) {
            judgement.measure(ASKED, 1);
            let mut rng = self.rng();
            let opened = self.arena.decrypt(&mut self.session, &mut rng, b"", &question.bytes);
            let Ok(Opened::Plaintext(text)) = opened else { continue };
            if text == plaintext || self.is_genuine(&text) {
                // Changed bytes with the same plaintext are the affair of other games.
                continue;
            }
            if !question.allowed[self.asked.index()] {
                let kind = if text.starts_with(b"sprag: the thief") {
                    ViolationKind::Injected
                } else {
                    ViolationKind::Forged
                };
                let detail = format!("after healing, the {} opened one of the questions", self.asked);
                let action = self.transcript.thefts[1].action;
                return judgement.violations.push(Violation::new(kind, action, detail));
            }
        }
        let mut rng = self.rng();
        let arrived = opens_to(self.arena, &mut self.session, &mut rng, &challenge, plaintext);
        if arrived {
            ideal.open(self.asked, &place);
        }
        let answer_text = b"sprag: the answer, which nobody else may read";
        let mut rng = self.rng();
        let answer = self.arena.encrypt(&mut self.session, &mut rng, b"", answer_text);
        let answer_is_safe =
            ideal.send(self.asked).is_some_and(|place| !knowledge.leaks(&place));
        let mut safe = vec![(&challenge, &plaintext[..])];
        if let (Ok(answer), true) = (&answer, answer_is_safe) {
            safe.push((answer, &answer_text[..]));
        }
        for (bytes, text) in safe {
            for (conduct, thief) in self.thieves {
                if thief.could_read(bytes, text) {
                    let time = ExposureTime::SentAfter;
                    let detail = format!(
                        "stolen from the {}, a session ({conduct:?}) read what the {} and its peer wrote after {} questions",
                        stolen.victim, self.asked, self.calls
                    );
                    let action = self.transcript.thefts[1].action;
                    let violation = Violation::new(ViolationKind::Exposed(time), action, detail);
                    let attacker = Some(Attacker::Hijacker);
                    return judgement.violations.push(Violation { attacker, ..violation });
                }
            }
            judgement.measure(CHALLENGES, 1);
        }
    }

    fn is_genuine(&self, text: &[u8]) -> bool {
        self.transcript.wire.iter().any(|wire| wire.plaintext == text)
    }

    /// The thief's messages, old ones repeated and changed, the challenge changed and spliced.
    fn questions(&self, made_up: &[Question], challenge: &[u8]) -> Vec<Question> {
        let refused = |bytes| Question { bytes, allowed: [false; 2] };
        let flipped = |bytes: &[u8], part: usize| {
            let mut bytes = bytes.to_vec();
            let at = bytes.len() * part / 8;
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            bytes
        };
        let mut all = Vec::new();
        for question in made_up {
            all.push(Question { bytes: question.bytes.clone(), allowed: question.allowed });
            for part in [3, 5] {
                let keep = challenge.len().min(question.bytes.len()) * part / 8;
                all.push(refused([&question.bytes[..keep], &challenge[keep..]].concat()));
                all.push(refused([&challenge[..keep], &question.bytes[keep..]].concat()));
            }
        }
        let oldest = self.transcript.wire.len().saturating_sub(OLD);
        for (message, wire) in self.transcript.wire.iter().enumerate().skip(oldest) {
            if wire.from != self.asked {
                for part in [3, 7] {
                    all.push(refused(flipped(&wire.bytes, part)));
                }
                if self.account.opened_at[message].is_some() {
                    all.push(refused(wire.bytes.clone()));
                }
            }
        }
        all.extend((0..8).map(|part| refused(flipped(challenge, part))));
        all.retain(|question| question.bytes != challenge);
        all
    }
}

/// Whether a thief can neither take over the party's peer any more, nor read what both write next.
fn is_healed(ideal: &Ideal, knowledge: &Knowledge, asked: Party) -> bool {
    !ideal.hijackable(knowledge, asked) && !ideal.hijackable(knowledge, asked.peer())
}

const fn session_of(theft: &Theft, party: Party) -> &DynSession {
    if theft.victim as usize == party as usize { &theft.session } else { &theft.peer }
}

fn healing(profile: &Profile) -> u16 {
    match &profile.family {
        crate::Family::PeriodicRekey(claims) => {
            u16::try_from(claims.rekey_messages.saturating_mul(3)).unwrap_or(u16::MAX).min(300) + 8
        }
        _ => HEALING,
    }
}
