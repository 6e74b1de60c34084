use super::building::Script;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{ActionId, Choices, Schedule};
use crate::{DynSession, Opened, Pair, Party, Profile, Rejection, Setup, Verdict};

game! {
    ForgeryIdentityBinding,
    id: "forgery/identity-binding",
    catalogue: "G-AUTH-9",
    title: "A message opens only between the two that it was meant for",
    severity: High,
    source: "Frosch et al., How secure is TextSecure?, EuroS&P 2016 (unknown key share); Miculan, Vitacolonna, on Telegram's rekeying, 2021; libsignal, sender and recipient addresses under the MAC, 2026",
    checks: "Opens sessions with the same secret and the same randomness that differ in who the two are: another recipient, \
        another sender, both exchanged, names that read the same when written one behind the other, and absent names. A \
        message of one session, and the reply to it, must be refused in every other. Between equal names it must open, \
        which shows that nothing but the names keeps the sessions apart.",
    cannot_show: "Whether the names given are the true ones: that is the handshake's affair.",
    control: "a35-one-identity-missing",
}

const KEPT_APART: &str = "messages to others refused|times";
const CONTROL: &str = "messages between equal names opened|times";

/// Who the two are, in sessions that must not understand each other.
const NAMES: [(&str, &str); 8] = [
    ("alice", "bob"),
    ("alice", "eve"),
    ("eve", "bob"),
    ("bob", "alice"),
    ("alic", "ebob"),
    ("aliceb", "ob"),
    ("alicebob", ""),
    ("", "alicebob"),
];

impl Game for ForgeryIdentityBinding {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.identities {
            Ok(())
        } else {
            Err("the ratchet takes no identities".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        1
    }

    fn schedule(&self, _profile: &Profile, _choices: &mut dyn Choices, _trial: u64) -> Schedule {
        // The sessions are opened by the game itself; the schedule only says that somebody speaks.
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, 2);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, _schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let open = |(initiator, responder): (&str, &str)| {
            let names = (initiator.as_bytes().to_vec(), responder.as_bytes().to_vec());
            let setup = Setup {
                shared_secret: arena.capabilities.secret.then_some([0x1d; 32]),
                initiator_id: Some(names.0),
                responder_id: Some(names.1),
            };
            // The same randomness each time.
            arena.pair_with(0x1d_e7, &setup)
        };
        for (index, &names) in NAMES.iter().enumerate() {
            let Ok(ours) = open(names) else { continue };
            let Ok(twin) = open(names) else { continue };
            if relayed(arena, &ours, &twin, &mut judgement).is_none() {
                continue;
            }
            judgement.measure(CONTROL, 1);
            for &other in NAMES.iter().skip(index + 1) {
                let Ok(theirs) = open(other) else { continue };
                for (from, to, between, and) in
                    [(&ours, &theirs, names, other), (&theirs, &ours, other, names)]
                {
                    let Some(what) = relayed(arena, from, to, &mut judgement) else { continue };
                    let detail = format!(
                        "{what} between “{}” and “{}” opened in the session of “{}” and “{}”",
                        between.0, between.1, and.0, and.1
                    );
                    let kind = ViolationKind::Confused;
                    judgement.violations.push(Violation::new(kind, ActionId(1), detail));
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Confused
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(CONTROL) {
            let reason = "sessions of equal names and randomness do not understand each other";
            return (Verdict::NotRun, reason.to_owned());
        }
        match totals.figures.get(KEPT_APART) {
            Some(refused) => (Verdict::Pass, format!("{} relayed messages refused", refused.count)),
            None => (Verdict::NotRun, "no two sessions could be compared".to_owned()),
        }
    }
}

/// Relays a message of one session, and the reply to it, into the other; says which of them opened there.
fn relayed(
    arena: &Arena<'_>,
    from: &Pair<DynSession>,
    to: &Pair<DynSession>,
    judgement: &mut Judgement,
) -> Option<&'static str> {
    let seed = arena.seed.derived(0x1d_e8);
    let mut calls = 0;
    let mut rng = || {
        calls += 1;
        seed.call(ActionId(1), calls)
    };
    let mut opens = |session: &mut DynSession, bytes: &[u8], text: &[u8]| {
        matches!(
            arena.decrypt(session, &mut rng(), b"", bytes),
            Ok(Opened::Plaintext(opened)) if opened == text
        )
    };
    let (mut sender, mut recipient) = (from.initiator.clone(), from.responder.clone());
    let text = b"sprag: meant for one recipient alone";
    let message = arena.encrypt(&mut sender, &mut seed.call(ActionId(2), 1), b"", text).ok()?;
    if opens(&mut to.responder.clone(), &message, text) {
        return Some("a message");
    }
    judgement.measure(KEPT_APART, 1);
    if opens(&mut recipient, &message, text) {
        let reply = b"sprag: the reply, meant for the sender alone";
        let mut rng = seed.call(ActionId(2), 2);
        if let Ok(bytes) = arena.encrypt(&mut recipient, &mut rng, b"", reply) {
            // The other initiator has sent too, so that it is ready for a reply.
            let mut other = to.initiator.clone();
            let mut rng = seed.call(ActionId(2), 1);
            let _ = arena.encrypt(&mut other, &mut rng, b"", text);
            if opens(&mut other, &bytes, reply) {
                return Some("a reply");
            }
            judgement.measure(KEPT_APART, 1);
        }
    }
    None
}
