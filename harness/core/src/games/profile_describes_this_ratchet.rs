use super::building::{Script, with_thefts};
use crate::attackers::Effort;
use crate::engine::{Arena, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, LONGEST_JUMP, MessageName, Schedule, Shape};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ProfileDescribesThisRatchet,
    id: "profile/describes-this-ratchet",
    catalogue: "G-PROFILE",
    title: "The profile describes this ratchet: what must leak leaks, and limits are where it says",
    severity: Medium,
    source: "derived: a game whose attacker has no teeth, or whose profile is wrong, shows nothing",
    checks: "Steals sessions that are shown to work by a control message, and opens with them every message that such a \
        session must open by the profile. Sends to just before, at and just behind each limit, of age and length too, and \
        compares lengths with a declared expansion. A ratchet that opens less, or more, than its profile says has another \
        profile.",
    cannot_show: "Parameters that no difference in behaviour follows from.",
    control: "d01-no-skip-limit",
}

impl Game for ProfileDescribesThisRatchet {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn looks_for_limits(&self) -> bool {
        true
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        40
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        // The first trials of a round go to the limits, three to each.
        let off_by = trial % 3;
        let at_limit = match trial / 3 {
            0 => at_skip_limit(profile, off_by),
            1 => at_store_limit(profile, off_by),
            2 => at_chain_limit(profile, off_by),
            3 => at_age_limit(profile, off_by),
            4 => at_length_limit(profile, off_by),
            5 => at_shared_limit(profile, off_by),
            6 => at_closing_limit(profile, off_by),
            _ => None,
        };
        if let Some(schedule) = at_limit {
            return schedule;
        }
        let shape = Shape { actions: (6, 30), ..Shape::honest() };
        with_thefts(Schedule::generate(choices, &shape), 3, choices)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Full);
        judgement.violations.extend(other_expansion(arena.profile, &transcript));
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::ProfileMismatch
                | ViolationKind::GenuineRefused
                | ViolationKind::SendRefused
        )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        if totals.allowed_exposures == 0 {
            return (Verdict::NotRun, "the attackers read nothing at all".to_owned());
        }
        (Verdict::Pass, format!("{} exposures, all by design", totals.allowed_exposures))
    }
}

/// Jumps over one key less than `max_skip`, as many, or one more.
fn at_skip_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let limit = Shape::jumpable(profile.limits()?.max_skip)?;
    let gap = u16::try_from((u64::from(limit) + off_by).checked_sub(1)?).ok()?;
    let mut script = Script::default();
    let first = script.send(Party::Initiator, gap + 1);
    script.deliver(MessageName { index: gap, ..first }, 1);
    for index in [0, 1, gap.saturating_sub(1)] {
        script.deliver(MessageName { index, ..first }, 1);
    }
    Some(script.finish())
}

/// Skips one key less than `max_stored`, as many, or one more, in as many jumps as `max_skip` asks for; then the
/// oldest of them come late.
fn at_store_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let missing = (u64::from(Shape::jumpable(profile.limits()?.max_stored)?) + off_by).checked_sub(1)?;
    let mut script = Script::default();
    let first = skip(&mut script, profile, missing)?;
    for index in [0, 1, 2] {
        script.deliver(MessageName { index, ..first }, 1);
    }
    Some(script.finish())
}

/// Messages of the initiator of which so many are skipped, in as many jumps as `max_skip` asks for; the first of them.
fn skip(script: &mut Script, profile: &Profile, mut missing: u64) -> Option<MessageName> {
    let max_skip = profile.limits()?.max_skip;
    let jump = Shape::jumpable(max_skip).or(max_skip)?.min(LONGEST_JUMP);
    let mut ends = Vec::new();
    let mut next = 0;
    while missing > 0 && jump > 0 {
        let skipped = missing.min(u64::from(jump));
        next += skipped;
        ends.push(u16::try_from(next).ok()?);
        next += 1;
        missing -= skipped;
    }
    let first = script.send(Party::Initiator, u16::try_from(next).ok()?);
    for index in ends {
        script.deliver(MessageName { index, ..first }, 1);
    }
    Some(first)
}

/// A store that is full of one chain's keys meets no key more of the next chain, one or two; then the oldest come late.
fn at_shared_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let claims = profile.double_ratchet_claims()?;
    let full = Shape::jumpable(claims.limits.max_stored).filter(|&full| full > 0)?;
    if !claims.closes_chains && claims.retained_chains == 0 {
        return None;
    }
    let mut script = Script::default();
    script.ping_pong(Party::Initiator, 2);
    let first = skip(&mut script, profile, full.into())?;
    script.ping_pong(Party::Responder, 1);
    let more = u16::try_from(off_by).ok()?;
    let second = script.send(Party::Initiator, more + 1);
    script.deliver(MessageName { index: more, ..second }, 1);
    for index in [0, 1, 2] {
        script.deliver(MessageName { index, ..first }, 1);
    }
    Some(script.finish())
}

/// The old chain is closed one key less than `max_skip` ahead, as many, or one more; then messages of both come late.
fn at_closing_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let claims = profile.double_ratchet_claims().filter(|claims| claims.closes_chains)?;
    let limit = Shape::jumpable(claims.limits.max_skip)?;
    let gap = u16::try_from((u64::from(limit) + off_by).checked_sub(1)?).ok()?;
    let mut script = Script::default();
    script.ping_pong(Party::Initiator, 2);
    let first = script.send(Party::Initiator, gap + 1);
    script.deliver(first, 1);
    script.ping_pong(Party::Responder, 1);
    let second = script.send(Party::Initiator, 2);
    script.deliver(second, 1);
    for index in [1, gap] {
        script.deliver(MessageName { index, ..first }, 1);
    }
    script.deliver(MessageName { index: 1, ..second }, 1);
    Some(script.finish())
}

/// A message of a chain comes late, when one newer chain less than may be retained has followed, as many, or one more.
fn at_chain_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let claims = profile.double_ratchet_claims()?;
    let newer = (u64::from(claims.retained_chains) + off_by).saturating_sub(1);
    let mut script = Script::default();
    script.ping_pong(Party::Initiator, 2);
    let first = script.send(Party::Initiator, 2);
    script.deliver(first, 1);
    script.ping_pong(Party::Responder, u16::try_from(newer * 2).ok()?);
    script.deliver(MessageName { index: 1, ..first }, 1);
    Some(script.finish())
}

/// A message skipped comes late: a second before its key is too old, a second after, and after restarts on the way.
fn at_age_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let seconds = profile.limits()?.stored_seconds?;
    let mut script = Script::default();
    script.ping_pong(Party::Initiator, 2);
    let first = script.send(Party::Initiator, 2);
    // How long it was under way does not matter.
    script.add(Action::Tick { seconds: seconds / 2 + 1 });
    script.deliver(MessageName { index: 1, ..first }, 1);
    let ticks = match off_by {
        0 => vec![seconds - 1],
        1 => vec![seconds.saturating_add(1)],
        _ => vec![seconds / 2 + 1; 2],
    };
    for seconds in ticks {
        script.add(Action::Restart { party: Party::Responder });
        script.add(Action::Tick { seconds });
    }
    script.add(Action::Steal { from: Party::Responder });
    script.deliver(first, 1);
    Some(script.finish())
}

/// Plaintexts of just the declared length, at the start, in a running chain and in a new one.
fn at_length_limit(profile: &Profile, off_by: u64) -> Option<Schedule> {
    let most = profile.max_plaintext.filter(|&most| most <= LONGEST_DECLARED)?;
    let mut script = Script::default();
    for by in [Party::Initiator, Party::Responder, Party::Initiator] {
        let size = most.saturating_sub(off_by as u32);
        let sent = script.add(Action::Send { by, count: 2, size, ad: off_by as u8 });
        script.deliver(MessageName::new(sent, 0), 2);
    }
    Some(script.finish())
}

/// Longer plaintexts are not tried, whatever a profile says.
const LONGEST_DECLARED: u32 = 1 << 16;

/// The first message that is longer or shorter than the profile says.
fn other_expansion(profile: &Profile, transcript: &Transcript) -> Option<Violation> {
    let expansion = profile.expansion? as usize;
    let wire = transcript
        .wire
        .iter()
        .find(|wire| wire.bytes.len() != wire.plaintext.len().saturating_add(expansion))?;
    let (long, plain) = (wire.bytes.len(), wire.plaintext.len());
    let detail = format!("{plain} bytes of plaintext in a message of {long}, with an `expansion` of {expansion}");
    let mismatch = Violation::new(ViolationKind::ProfileMismatch, wire.name.action, detail);
    Some(mismatch.of_message(wire.name))
}
