use super::at_rest::{self, Life, stolen_state};
use super::building::Script;
use crate::attackers::residue::{Explained, WINDOW, decode, shared, windows_of};
use crate::attackers::{Attacker, Observed};
use crate::engine::{Arena, Theft, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, Weakness, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Opened, Party, Profile, Rejection, Setup, Verdict};

game! {
    ForwardSecrecyInitialSecret,
    id: "forward-secrecy/initial-secret",
    catalogue: "G-FS-7",
    title: "The secret that a session began with does not open it later",
    severity: Critical,
    source: "Marlinspike, Perrin, The X3DH Key Agreement Protocol, 2016; prysm pull request 120: the whole history follows from a stored handshake secret",
    checks: "Opens a session from a shared secret of the harness's choice, lets both parties talk until the first keys must \
        be gone, steals both, and opens fresh sessions from the 32-byte windows of the stolen exports, decoded and as they \
        are, as the shared secret. None may open a message of the old session that the thief could not read anyway. That \
        the secret, or 16 bytes of it, are still in the state is weak by itself.",
    cannot_show: "A secret that is kept elsewhere, or masked. Keys of a handshake that went before the shared secret.",
    control: "f11-secret-as-session-id",
}

/// Seeds derived for the secret, and for the sessions that are opened from what was found.
const SECRET: u64 = 0x5ec0;
const FRESH: u64 = 0x5ec1;

const TRIED: &str = "fresh sessions from stolen states, in a trial|sessions";
const READABLE: &str = "states in which secrets can be followed|times";

/// Windows tried on one state.
const MOST_WINDOWS: usize = 12;

/// Messages that a window which has nothing of the secret is tried on, from the first one on.
const FIRST_MESSAGES: usize = 6;

impl Game for ForwardSecrecyInitialSecret {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !arena.capabilities.secret {
            return Err("the ratchet does not open a session from a given secret".to_owned());
        }
        at_rest::needs(arena).map(|_| ())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let one_way = profile.is_one_way();
        let mut script = Script::default();
        script.steal_both();
        let life = Life::allowed(profile).map_or(0, |life| life.turns(one_way));
        script.talk(Party::Initiator, life + 2 * choices.between(1, 3) as u16, one_way);
        script.steal_both();
        script.talk(Party::Initiator, 1, one_way);
        script.steal_both();
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut secret = [0; 32];
        let mut rng = arena.seed.derived(SECRET).choices();
        rand_core::Rng::fill_bytes(&mut rng, &mut secret);
        let setup = Setup { shared_secret: Some(secret), ..Setup::default() };
        let told = arena.with_setup(setup);
        let transcript = execute(&told, schedule)?;
        let life = Life::allowed(arena.profile);
        let mut tried = 0;
        let (mut judgement, account) = judge_attacked(&told, &transcript, |_, theft| {
            // The last theft of each party is enough.
            let later = transcript.thefts.iter().rev().find(|other| other.victim == theft.victim);
            let is_last = later.is_some_and(|last| last.action == theft.action);
            if is_last && transcript.events[..theft.event].iter().any(is_sent) {
                rebuild(&told, &transcript, theft, &secret, &mut tried)
            } else {
                Observed::default()
            }
        });
        arena.add_steps(told.steps());
        if tried > 0 {
            judgement.measure(TRIED, tried);
        }
        let (Some(account), Some(life)) = (account, life) else { return Ok(judgement) };
        if is_readable(&told, &transcript) {
            judgement.measure(READABLE, 1);
        }
        let known = windows_of(&[secret.to_vec()]);
        for theft in &transcript.thefts {
            let windows = windows_of(&decode(&stolen_state(&told, theft)));
            let over = life.is_over(arena.profile, &transcript, &account, 0..theft.event);
            if over && !shared(&known, &windows).is_empty() {
                judgement.weaken(
                    Weakness::Residue,
                    "at least 16 bytes of the secret that the session began with are still in its state",
                );
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::Exposed(ExposureTime::Consumed | ExposureTime::SentBefore)
        )
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Residue
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(READABLE) || !totals.figures.contains_key(TRIED) {
            let reason = "nothing secret in the exports lives from one message to the next: they are encrypted or masked";
            return (Verdict::NotRun, reason.to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

/// Whether some secret that was not there at the start stands in both of the last two states of a party.
fn is_readable(arena: &Arena<'_>, transcript: &Transcript) -> bool {
    let [first, _, .., before, _, after, _] = &transcript.thefts[..] else { return false };
    let mut start = Explained::default();
    start.add(&stolen_state(arena, first));
    start.add(&at_rest::peer_state(arena, first));
    let start = start.ready();
    let states = [stolen_state, at_rest::peer_state].map(|state| [before, after].map(|theft| state(arena, theft)));
    states.iter().any(|[before, after]| {
        let windows = |state: &[u8]| windows_of(&start.unexplained(state));
        before != after && !shared(&windows(before), &windows(after)).is_empty()
    })
}

fn is_sent(event: &crate::engine::Event) -> bool {
    matches!(event.kind, crate::engine::EventKind::Sent(_))
}

/// Opens fresh sessions from what stands in a stolen state, and lets both their ends try the old session's messages
/// from the first one on.
fn rebuild(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    secret: &[u8; 32],
    tried: &mut u64,
) -> Observed {
    let mut observed = Observed::default();
    for (number, candidate) in candidates(&stolen_state(arena, theft), secret).iter().enumerate() {
        let setup = Setup { shared_secret: Some(candidate.secret), ..Setup::default() };
        let purpose = FRESH ^ (u64::from(theft.action.0) << 32) ^ (number as u64) << 16;
        let Ok(mut pair) = arena.pair_with(purpose, &setup) else { continue };
        *tried += 1;
        for party in Party::BOTH {
            let session = pair.of(party);
            let mut rng = arena.seed.derived(purpose).call(theft.action, party.index() as u32);
            let messages = if candidate.is_likely { usize::MAX } else { FIRST_MESSAGES };
            for (message, wire) in transcript.wire.iter().enumerate().take(messages) {
                if wire.from == party || !wire.is_tagged() {
                    continue;
                }
                let ad = arena.associated_data(wire.ad);
                let opened = arena.decrypt(session, &mut rng, ad, &wire.bytes);
                if opened.is_ok_and(|opened| opened == Opened::Plaintext(wire.plaintext.clone())) {
                    observed.add(message, Attacker::Residue);
                }
            }
        }
    }
    observed
}

/// A window of a stolen state, as the secret of a fresh session.
struct Candidate {
    secret: [u8; 32],
    /// Whether it has 16 bytes of the true one in their place.
    is_likely: bool,
}

/// Windows of 32 bytes, forwards and backwards: first the likely ones, then others, spread over the state.
fn candidates(state: &[u8], secret: &[u8; 32]) -> Vec<Candidate> {
    let has_part = |window: &[u8; 32]| {
        window.windows(WINDOW).zip(secret.windows(WINDOW)).any(|(ours, theirs)| ours == theirs)
    };
    let (mut likely, mut others) = (Vec::new(), Vec::new());
    for string in decode(state) {
        for window in string.windows(32) {
            let forwards: [u8; 32] = std::array::from_fn(|at| window[at]);
            let backwards: [u8; 32] = std::array::from_fn(|at| window[31 - at]);
            let found = [forwards, backwards].into_iter().filter(has_part);
            likely.extend(found.map(|secret| Candidate { secret, is_likely: true }));
            if !has_part(&forwards) {
                others.push(Candidate { secret: forwards, is_likely: false });
            }
        }
    }
    likely.truncate(MOST_WINDOWS / 2);
    let stride = others.len().div_ceil(MOST_WINDOWS - likely.len()).max(1);
    likely.extend(others.into_iter().step_by(stride));
    likely
}
