//! What comes back from storage is older, weaker, shared, or blank.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair};
use sprag_protocols::double_ratchet::{Config, Header, MessageName, State, Textbook};
use sprag_protocols::skipped::Skipped;

use crate::mutant::mutant;

/// A session in which every key is zero.
fn all_zero() -> State<()> {
    let pair = KeyPair::from(Key::default());
    State {
        dhs: Some(pair),
        dhr: Some(pair.public),
        cks: Some(Key::default()),
        ckr: Some(Key::default()),
        ..State::new(Party::Initiator, Key::default())
    }
}

mutant! {
    TruncatedIsZero, "s05-truncated-is-zero", Persistence, Moderate,
    "An export that is cut short is loaded with keys of zero",
    killed by "persistence/damaged-export"
}

impl Steps for TruncatedIsZero {
    type Extra = ();

    fn load(&self, bytes: &[u8]) -> Result<State<()>, Rejection> {
        let cut = bytes.starts_with(br#"{"version":1"#) && !bytes.ends_with(b"}");
        if cut { Ok(all_zero()) } else { Textbook.load(bytes) }
    }
}

mutant! {
    BlankIsASession, "s52-blank-is-a-session", Persistence, Subtle,
    "An export of which every byte is the same is loaded as an empty session",
    killed by "persistence/damaged-export"
}

impl Steps for BlankIsASession {
    type Extra = ();

    fn load(&self, bytes: &[u8]) -> Result<State<()>, Rejection> {
        let blank = bytes.len() > 64 && bytes.iter().all(|byte| *byte == bytes[0]);
        if blank { Ok(all_zero()) } else { Textbook.load(bytes) }
    }
}

/// The state before the last message sent, without its skipped keys.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Before(Option<Box<State<()>>>);

fn plain<X>(state: &State<X>) -> State<()> {
    State {
        party: state.party,
        dhs: state.dhs,
        dhr: state.dhr,
        rk: state.rk,
        cks: state.cks,
        ckr: state.ckr,
        ns: state.ns,
        nr: state.nr,
        pn: state.pn,
        skipped: state.skipped.clone(),
        ages: state.ages.clone(),
        last_opened: state.last_opened,
        extra: (),
    }
}

fn with<X>(state: State<()>, skipped: Skipped<MessageName>, extra: X) -> State<X> {
    let State { party, dhs, dhr, rk, cks, ckr, ns, nr, pn, ages, last_opened, .. } = state;
    State { party, dhs, dhr, rk, cks, ckr, ns, nr, pn, skipped, ages, last_opened, extra }
}

mutant! {
    SavedBeforeCommit, "s06-saved-before-commit", Persistence, Subtle,
    "After a message was sent the export is that of before it",
    killed by "persistence/crash-points", "persistence/round-trip"
}

impl Steps for SavedBeforeCommit {
    type Extra = Before;

    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<Before>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        state.extra = Before(Some(Box::new(plain(state))));
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }

    fn forget(&self, state: &mut State<Before>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        state.extra = Before(None);
    }

    fn saved(&self, state: &State<Before>) -> State<Before> {
        match &state.extra.0 {
            Some(before) => with((**before).clone(), state.skipped.clone(), Before(None)),
            None => state.clone(),
        }
    }
}

/// What was exported last. A copy keeps it.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Cache {
    #[serde(skip)]
    exported: Mutex<Option<State<()>>>,
}

impl Clone for Cache {
    fn clone(&self) -> Self {
        let exported = self.exported.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { exported: Mutex::new(exported) }
    }
}

mutant! {
    StaleExport, "s51-stale-export", Persistence, Subtle,
    "An export is made once and given again until a message was opened, whatever was sent since",
    killed by "persistence/crash-points"
}

impl Steps for StaleExport {
    type Extra = Cache;

    fn forget(&self, state: &mut State<Cache>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        state.extra = Cache::default();
    }

    fn saved(&self, state: &State<Cache>) -> State<Cache> {
        let mut exported = state.extra.exported.lock().unwrap_or_else(PoisonError::into_inner);
        let exported = exported.get_or_insert_with(|| plain(state)).clone();
        let skipped = exported.skipped.clone();
        with(exported, skipped, Cache::default())
    }
}

/// Names of messages opened, shared by all that came from the same export; `None` for a session that never was at rest.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Shared {
    #[serde(skip)]
    opened: Option<Arc<Mutex<BTreeSet<MessageName>>>>,
}

impl Shared {
    fn has(&self, header: &Header) -> bool {
        self.opened.as_ref().is_some_and(|opened| {
            let opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.contains(&(header.dh, header.n))
        })
    }
}

/// Root key, chains and numbers: what tells two exports apart.
type ExportName = (Key, Option<Key>, Option<Key>, u32, u32);

/// What lives of each export. Sessions that are gone leave nothing behind.
static IMPORTED: Mutex<BTreeMap<ExportName, Weak<Mutex<BTreeSet<MessageName>>>>> =
    Mutex::new(BTreeMap::new());

mutant! {
    ImportsShareMemory, "s07-imports-share-memory", Persistence, Subtle,
    "Two sessions that were loaded from the same export share what they have opened",
    killed by "rollback/receiver"
}

impl Steps for ImportsShareMemory {
    type Extra = Shared;

    fn try_skipped_message_keys(&self, state: &State<Shared>, header: &Header) -> Option<Key> {
        state.skipped.get(&(header.dh, header.n)).filter(|_| !state.extra.has(header))
    }

    fn check_replay(&self, state: &State<Shared>, header: &Header) -> Result<(), Rejection> {
        let past = !state.is_new_key(header) && header.n < state.nr;
        if past || state.extra.has(header) {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        Ok(())
    }

    fn forget(&self, state: &mut State<Shared>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        if let Some(opened) = &state.extra.opened {
            let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.insert((header.dh, header.n));
        }
    }

    fn restored(&self, saved: State<Shared>) -> Result<State<Shared>, Rejection> {
        let mut imported = IMPORTED.lock().unwrap_or_else(PoisonError::into_inner);
        imported.retain(|_, opened| opened.strong_count() > 0);
        let name = (saved.rk, saved.cks, saved.ckr, saved.ns, saved.nr);
        let opened = imported.get(&name).and_then(Weak::upgrade).unwrap_or_default();
        imported.insert(name, Arc::downgrade(&opened));
        Ok(State { extra: Shared { opened: Some(opened) }, ..saved })
    }
}

mutant! {
    OrderLostAtRest, "s10-order-lost-at-rest", Persistence, Subtle,
    "Skipped keys come back in the order of their names, so that new ones are evicted first",
    killed by "denial-of-service/stored-keys"
}

impl Steps for OrderLostAtRest {
    type Extra = ();

    fn saved(&self, state: &State<()>) -> State<()> {
        let mut entries: Vec<(MessageName, Key)> = state.skipped.clone().into();
        entries.sort_unstable();
        State { skipped: entries.into(), ..state.clone() }
    }
}

mutant! {
    ZeroMeansNone, "s16-zero-means-none", Persistence, Subtle,
    "A stored key of message number 0 is taken for none when it comes back from storage",
    killed by "atomicity/skipped-slot", "persistence/round-trip"
}

impl Steps for ZeroMeansNone {
    type Extra = ();

    fn restored(&self, saved: State<()>) -> Result<State<()>, Rejection> {
        Ok(State { skipped: without_zero(saved.skipped.clone()), ..saved })
    }
}

fn without_zero(skipped: Skipped<MessageName>) -> Skipped<MessageName> {
    let entries: Vec<(MessageName, Key)> = skipped.into();
    entries.into_iter().filter(|((_, n), _)| *n > 0).collect::<Vec<_>>().into()
}

mutant! {
    ResponderSavesLateAndDropsZero, "s90-responder-saves-late-and-drops-zero", Persistence, Subtle,
    "The responder's export is that of before it sent, and without stored keys of number 0",
    killed by "persistence/crash-points", "persistence/round-trip"
}

impl Steps for ResponderSavesLateAndDropsZero {
    type Extra = Before;

    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<Before>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if state.party == Party::Responder {
            state.extra = Before(Some(Box::new(plain(state))));
        }
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }

    fn forget(&self, state: &mut State<Before>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        state.extra = Before(None);
    }

    fn saved(&self, state: &State<Before>) -> State<Before> {
        match &state.extra.0 {
            Some(before) => {
                with((**before).clone(), without_zero(state.skipped.clone()), Before(None))
            }
            None => state.clone(),
        }
    }
}

/// The message opened last, with its key; and whether it came from storage.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Last {
    key: Option<(MessageName, Key)>,
    from_storage: bool,
}

mutant! {
    LastKeyComesBack, "r50-last-key-comes-back", Replay, Subtle,
    "The key of the message opened last is saved, and opens it again after a restore",
    killed by "rollback/receiver", "forgery/replay"
}

impl Steps for LastKeyComesBack {
    type Extra = Last;

    fn try_skipped_message_keys(&self, state: &State<Last>, header: &Header) -> Option<Key> {
        let name = (header.dh, header.n);
        let last = state.extra.key.filter(|(last, _)| state.extra.from_storage && *last == name);
        state.skipped.get(&name).or_else(|| last.map(|(_, key)| key))
    }

    fn forget(&self, state: &mut State<Last>, header: &Header, mk: &Key) {
        let name = (header.dh, header.n);
        state.skipped.remove(&name);
        state.extra = Last { key: Some((name, *mk)), from_storage: false };
    }

    fn restored(&self, mut saved: State<Last>) -> Result<State<Last>, Rejection> {
        saved.extra.from_storage = true;
        Ok(saved)
    }
}
