//! One execution: the schedule against the ratchet, action by action.

use std::collections::{HashMap, HashSet, VecDeque};

use super::change::{altered, spliced_from, sweep};
use super::drawing::{Drawing, Source};
use super::{
    Arena, Arrival, Change, Delivery, Event, EventKind, NoOp, Outcome, Sweep, SweepFind, Theft,
    Transcript, Wire,
};
use crate::randomness::CaseSeed;
use crate::schedule::{Action, ActionId, MessageName, Order, Schedule, ServiceDelivery, Tamper};
use crate::{DynSession, Opened, Pair, Party, Rejection};

/// Bytes of a plaintext that make it unique in the run.
pub(crate) const TAG_BYTES: usize = 16;

/// Service messages that may follow one call before the ratchet is taken to chat with itself.
const ENDLESS_SERVICE: usize = 64;

/// Seeds derived for other purposes than the case's own calls.
const OTHER_SESSION: u64 = 0x5e55;
const SWEEP: u64 = 0x53e9;

/// Executes `schedule` on a fresh session.
///
/// # Errors
/// If the ratchet cannot open a session; everything else is an event.
pub fn execute(arena: &Arena<'_>, schedule: &Schedule) -> Result<Transcript, Rejection> {
    execution(arena, schedule, None).map(|(transcript, _)| transcript)
}

/// As [`execute`], and gives for each message of the wire the session of its recipient right before it opened the message.
///
/// # Errors
/// If the ratchet cannot open a session.
pub fn execute_watched(
    arena: &Arena<'_>,
    schedule: &Schedule,
) -> Result<(Transcript, Vec<Option<DynSession>>), Rejection> {
    let (transcript, before) = execution(arena, schedule, Some(HashMap::new()))?;
    let mut before = before.unwrap_or_default();
    let sessions = (0..transcript.wire.len()).map(|message| before.remove(&message)).collect();
    Ok((transcript, sessions))
}

/// Sessions by the message that they opened next.
type Before = Option<HashMap<usize, DynSession>>;

fn execution(
    arena: &Arena<'_>,
    schedule: &Schedule,
    before: Before,
) -> Result<(Transcript, Before), Rejection> {
    let Pair { initiator, responder, opened } = arena.pair()?;
    let mut execution = Execution {
        arena,
        schedule,
        sessions: [initiator, responder],
        events: Vec::with_capacity(schedule.steps.len()),
        wire: Vec::new(),
        names: HashMap::new(),
        lost: HashSet::new(),
        delivered: HashSet::new(),
        held: Default::default(),
        stored: [None, None],
        thefts: Vec::new(),
        drawing: [Drawing::at_pairing(), Drawing::at_pairing()],
        failures: [false; 2],
        other_session: None,
        before,
        action: ActionId::PAIRING,
        ordinal: 1,
    };
    for party in Party::BOTH {
        execution.pump(party);
    }
    for step in &schedule.steps {
        execution.action = step.id;
        execution.ordinal = 0;
        arena.at(step.id);
        execution.act(&step.action);
    }
    let Execution { events, wire, thefts, sessions, before, .. } = execution;
    let (seed, schedule) = (arena.seed, schedule.clone());
    Ok((Transcript { seed, schedule, opened, events, wire, thefts, sessions }, before))
}

/// The plaintext of message `name`: unique for its case and name if it has at least 16 bytes.
#[must_use]
pub fn plaintext_of(seed: &CaseSeed, name: MessageName, size: u32) -> Vec<u8> {
    let mut plaintext: Vec<u8> =
        (0..size).map(|at| b"sprag plaintext "[at as usize % 16]).collect();
    if plaintext.len() >= TAG_BYTES {
        let ordinal = u32::MAX - u32::from(name.index);
        let mut rng = seed.call(name.action, ordinal);
        rand_core::Rng::fill_bytes(&mut rng, &mut plaintext[..TAG_BYTES]);
    }
    plaintext
}

struct Execution<'a> {
    arena: &'a Arena<'a>,
    schedule: &'a Schedule,
    sessions: [DynSession; 2],
    events: Vec<Event>,
    wire: Vec<Wire>,
    names: HashMap<MessageName, usize>,
    lost: HashSet<usize>,
    delivered: HashSet<usize>,
    /// Held service messages, by sender.
    held: [VecDeque<Vec<u8>>; 2],
    /// What each party last wrote to storage.
    stored: [Option<Vec<u8>>; 2],
    thefts: Vec<Theft>,
    drawing: [Drawing; 2],
    /// Whether a party refused something or restarted.
    failures: [bool; 2],
    /// The same conversation in another session, once a splice asks for it.
    other_session: Option<HashMap<MessageName, Vec<u8>>>,
    /// If asked for: the recipient's session right before each message opened.
    before: Before,
    action: ActionId,
    ordinal: u32,
}

impl Execution<'_> {
    fn act(&mut self, action: &Action) {
        match action {
            Action::Send { by, count, size, ad } => {
                for index in 0..*count {
                    self.send(*by, index, *size, *ad);
                }
            }
            Action::Deliver { first, count, order } => {
                for place in 0..*count {
                    let offset = match order {
                        Order::AsSent => place,
                        Order::Reversed => count - 1 - place,
                    };
                    let name = MessageName { index: first.index.saturating_add(offset), ..*first };
                    match self.in_network(name) {
                        Some(message) => self.deliver(message),
                        None => self.nothing(NoOp::NoSuchMessage),
                    }
                }
            }
            Action::Duplicate { message } => match self.in_network(*message) {
                Some(message) if self.delivered.contains(&message) => self.deliver(message),
                _ => self.nothing(NoOp::NoSuchMessage),
            },
            Action::Drop { message } => match self.in_network(*message) {
                Some(message) => {
                    self.lost.insert(message);
                }
                None => self.nothing(NoOp::NoSuchMessage),
            },
            Action::Tamper { message, how } => match self.in_network(*message) {
                Some(message) if how.is_sweep() => self.tamper_everywhere(message, how),
                Some(message) => self.tamper(message, how),
                None => self.nothing(NoOp::NoSuchMessage),
            },
            Action::Reflect { message } => match self.in_network(*message) {
                Some(message) => {
                    let to = self.wire[message].from;
                    let (ad, bytes) = (self.wire[message].ad, self.wire[message].bytes.clone());
                    let outcome = self.open(to, message, ad, &bytes, None);
                    self.record_delivery(to, message, Arrival::Reflected, outcome);
                }
                None => self.nothing(NoOp::NoSuchMessage),
            },
            Action::WrongAd { message, ad } => self.deliver_under(*message, *ad),
            Action::Steal { from } => self.steal(*from),
            Action::Restart { party } => self.restart(*party),
            Action::BadRandomness { by, tape } => self.drawing[by.index()].spoil(*tape),
            Action::Persist { party } => self.persist(*party),
            Action::Crash { party } => self.crash(*party),
            Action::Tick { seconds } => self.tick(*seconds),
            Action::PingPong { first, turns } => {
                let mut by = *first;
                for index in 0..*turns {
                    if let Some(message) = self.send(by, index, 16, 0) {
                        self.deliver(message);
                    }
                    by = by.peer();
                }
            }
            Action::DeliverService { from } => {
                if self.held[from.index()].is_empty() {
                    self.nothing(NoOp::NoSuchMessage);
                }
                while let Some(bytes) = self.held[from.index()].pop_front() {
                    self.deliver_service(*from, bytes);
                    self.pump(from.peer());
                }
            }
        }
    }

    /// The generator of the next call of `by`.
    fn rng(&mut self, by: Party) -> Source {
        self.ordinal += 1;
        let (seed, call) = self.arena.draws(by, (self.action, self.ordinal));
        self.drawing[by.index()].source(&seed, call.0, call.1)
    }

    /// Takes the generator of the call that was just made back.
    fn drew(&mut self, by: Party, source: Source) {
        let settled = self.drawing[by.index()].settle(source, self.action, self.ordinal);
        if let Some((how, tape)) = settled {
            self.record(EventKind::DrewBadly { by, how, tape });
        }
    }

    fn record(&mut self, kind: EventKind) {
        self.events.push(Event { action: self.action, kind });
    }

    fn nothing(&mut self, why: NoOp) {
        self.record(EventKind::Nothing(why));
    }

    fn in_network(&self, name: MessageName) -> Option<usize> {
        self.names.get(&name).copied().filter(|message| !self.lost.contains(message))
    }

    fn send(&mut self, by: Party, index: u16, size: u32, ad: u8) -> Option<usize> {
        let name = MessageName { action: self.action, index };
        let profile = self.arena.profile;
        let size = size.min(profile.max_plaintext.unwrap_or(size));
        let size = size.max(profile.min_plaintext.unwrap_or(0));
        let seed = self.arena.world.plaintexts.unwrap_or(self.arena.seed);
        let plaintext = plaintext_of(&seed, name, size);
        let mut rng = self.rng(by);
        let associated = self.arena.associated_data(ad);
        let session = &mut self.sessions[by.index()];
        let encrypted = self.arena.encrypt(session, &mut rng, associated, &plaintext);
        self.drew(by, rng);
        let sent = match encrypted {
            Ok(bytes) => {
                let message = self.wire.len();
                self.wire.push(Wire { name, from: by, bytes, plaintext, ad });
                self.names.insert(name, message);
                self.record(EventKind::Sent(message));
                Some(message)
            }
            Err(rejection) => {
                self.record(EventKind::SendRefused { by, rejection });
                None
            }
        };
        self.pump(by);
        sent
    }

    /// Gives `bytes` to `to` and says what came out.
    fn open(
        &mut self,
        to: Party,
        message: usize,
        ad: u8,
        bytes: &[u8],
        spliced: Option<usize>,
    ) -> Outcome {
        let mut rng = self.rng(to);
        let associated = self.arena.associated_data(ad);
        let session = &mut self.sessions[to.index()];
        let opened = self.arena.decrypt(session, &mut rng, associated, bytes);
        self.drew(to, rng);
        match opened {
            Ok(Opened::Plaintext(plaintext)) => {
                Transcript::outcome_of(&self.wire, plaintext, message, spliced)
            }
            Ok(Opened::Service) => Outcome::Service,
            Err(rejection) => Outcome::Refused(rejection),
        }
    }

    fn record_delivery(&mut self, to: Party, message: usize, arrival: Arrival, outcome: Outcome) {
        self.failures[to.index()] |= matches!(outcome, Outcome::Refused(_));
        let opened = matches!(outcome, Outcome::Opened(_));
        let index = opened.then(|| self.arena.last_index(&self.sessions[to.index()])).flatten();
        self.record(EventKind::Delivered(Delivery { to, message, arrival, outcome, index }));
        self.pump(to);
    }

    fn deliver(&mut self, message: usize) {
        let Wire { from, ad, .. } = self.wire[message];
        let to = from.peer();
        let bytes = std::mem::take(&mut self.wire[message].bytes);
        let session = self.before.is_some().then(|| self.sessions[to.index()].clone());
        let outcome = self.open(to, message, ad, &bytes, None);
        self.wire[message].bytes = bytes;
        if let (Some(before), Some(session), Outcome::Opened(_)) =
            (&mut self.before, session, &outcome)
        {
            before.entry(message).or_insert(session);
        }
        self.delivered.insert(message);
        self.record_delivery(to, message, Arrival::Genuine, outcome);
    }

    fn deliver_under(&mut self, name: MessageName, ad: u8) {
        let Some(message) = self.in_network(name) else {
            return self.nothing(NoOp::NoSuchMessage);
        };
        if !self.arena.capabilities.associated_data {
            return self.nothing(NoOp::Unsupported);
        }
        let own = self.wire[message].ad;
        if self.arena.associated_data(ad) == self.arena.associated_data(own) {
            return self.nothing(NoOp::Unchanged);
        }
        let to = self.wire[message].from.peer();
        let bytes = self.wire[message].bytes.clone();
        let outcome = self.open(to, message, ad, &bytes, None);
        self.record_delivery(to, message, Arrival::WrongAd, outcome);
    }

    /// The changed bytes of a message, unless the change leaves it as it is or makes another genuine one of it.
    fn changed(&mut self, message: usize, how: &Tamper) -> Result<Change, NoOp> {
        let (other, spliced) = match (spliced_from(how), how) {
            (Some(with), _) => {
                let index = *self.names.get(&with).ok_or(NoOp::NoSuchMessage)?;
                (Some(self.wire[index].bytes.clone()), Some(index))
            }
            (None, Tamper::SpliceSession { .. }) => {
                let name = self.wire[message].name;
                let bytes = self.other_session().get(&name).cloned();
                (Some(bytes.ok_or(NoOp::NoSuchMessage)?), None)
            }
            _ => (None, None),
        };
        let other = other.as_deref();
        let genuine = &self.wire[message].bytes;
        let bytes = match how {
            Tamper::SetField { field, value } => self.rewritten(genuine, field, value)?,
            Tamper::CopyField { field, .. } => {
                let value = other.and_then(|other| self.arena.field(other, field));
                self.rewritten(genuine, field, value.ok_or(NoOp::Unsupported)?)?
            }
            _ => altered(how, genuine, other).ok_or(NoOp::Unchanged)?,
        };
        // Where one field is the whole message, a copied field makes another genuine message of it.
        if self.wire.iter().any(|wire| wire.bytes == bytes) {
            return Err(NoOp::Unchanged);
        }
        let foreign = spliced.is_none() && other == Some(&bytes);
        // A field is a whole message only where there is an envelope around it.
        let has_envelope = !self.arena.profile.envelope.is_empty();
        let spliced = spliced.filter(|_| has_envelope || !matches!(how, Tamper::CopyField { .. }));
        Ok(Change { bytes, spliced, foreign })
    }

    fn rewritten(&self, genuine: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, NoOp> {
        if !self.arena.capabilities.rewrite {
            return Err(NoOp::Unsupported);
        }
        self.arena.rewrite(genuine, field, value).map_err(|_| NoOp::Unsupported)
    }

    fn tamper(&mut self, message: usize, how: &Tamper) {
        let change = match self.changed(message, how) {
            Ok(changed) => changed,
            Err(why) => return self.nothing(why),
        };
        let Wire { from, ad, .. } = self.wire[message];
        let outcome = self.open(from.peer(), message, ad, &change.bytes, change.spliced);
        self.record_delivery(from.peer(), message, Arrival::Changed(change), outcome);
    }

    fn tamper_everywhere(&mut self, message: usize, how: &Tamper) {
        let Wire { from, ad, .. } = self.wire[message];
        let to = from.peer();
        let associated = self.arena.associated_data(ad);
        let seed = self.arena.seed.derived(SWEEP);
        let tag = self.arena.tag_of(&self.wire[message].bytes);
        let mut changes = Vec::new();
        for tamper in sweep(how, self.wire[message].bytes.len(), tag, &seed) {
            if let Ok(change) = self.changed(message, &tamper) {
                changes.push((tamper, change));
            }
        }
        let attempts = (1..).zip(&changes).map(|(ordinal, (_, change))| {
            (seed.call(self.action, ordinal), associated, &change.bytes[..])
        });
        let answers = self.arena.decrypt_each(&self.sessions[to.index()], attempts.collect());
        let (tried, mut accepted) = (changes.len() as u64, Vec::new());
        for ((tamper, change), answer) in changes.into_iter().zip(answers) {
            let outcome = match answer {
                Ok(Opened::Plaintext(plaintext)) => {
                    Transcript::outcome_of(&self.wire, plaintext, message, change.spliced)
                }
                Ok(Opened::Service) => Outcome::Service,
                Err(_) => continue,
            };
            accepted.push(SweepFind { tamper, change, outcome });
        }
        self.record(EventKind::Swept(Sweep { to, message, tried, accepted }));
    }

    fn other_session(&mut self) -> &HashMap<MessageName, Vec<u8>> {
        let Self { other_session, arena, schedule, action, .. } = self;
        other_session.get_or_insert_with(|| {
            let other = arena.seeded(arena.seed.derived(OTHER_SESSION));
            let noiseless = schedule
                .without(|action| action.is_noise() || matches!(action, Action::Steal { .. }));
            let messages = execute(&other, &noiseless).map_or_else(
                |_| HashMap::new(),
                |transcript| {
                    transcript.wire.into_iter().map(|wire| (wire.name, wire.bytes)).collect()
                },
            );
            arena.add_steps(other.steps());
            arena.at(*action);
            messages
        })
    }

    fn steal(&mut self, victim: Party) {
        let theft = Theft {
            action: self.action,
            victim,
            session: self.sessions[victim.index()].clone(),
            peer: self.sessions[victim.peer().index()].clone(),
            event: self.events.len(),
            after_failures: self.failures[victim.index()],
        };
        self.record(EventKind::Stolen(self.thefts.len()));
        self.thefts.push(theft);
    }

    fn restart(&mut self, party: Party) {
        if !self.arena.capabilities.export {
            return self.nothing(NoOp::Unsupported);
        }
        let outcome = self.arena.reload(&self.sessions[party.index()]).map(|session| {
            self.sessions[party.index()] = session;
        });
        self.failures[party.index()] = true;
        self.record(EventKind::Restarted { party, outcome });
    }

    fn persist(&mut self, party: Party) {
        if !self.arena.capabilities.export {
            return self.nothing(NoOp::Unsupported);
        }
        let outcome = self.arena.export(&self.sessions[party.index()]).map(|bytes| {
            self.stored[party.index()] = Some(bytes);
        });
        self.record(EventKind::Persisted { party, outcome });
    }

    fn crash(&mut self, party: Party) {
        let Some(stored) = &self.stored[party.index()] else {
            return self.nothing(NoOp::NothingStored);
        };
        let outcome = self.arena.import(stored).map(|session| {
            self.sessions[party.index()] = session;
        });
        self.failures[party.index()] = true;
        self.record(EventKind::Crashed { party, outcome });
    }

    fn tick(&mut self, seconds: u32) {
        if !self.arena.capabilities.clock {
            return self.nothing(NoOp::Unsupported);
        }
        for party in Party::BOTH {
            // A refusal to let time pass shows in what the session does later.
            let _ = self.arena.ratchet.advance_clock(&mut self.sessions[party.index()], seconds);
        }
        self.record(EventKind::Ticked(seconds));
        for party in Party::BOTH {
            self.pump(party);
        }
    }

    /// Takes the service messages of `first` and of whoever answers them.
    fn pump(&mut self, first: Party) {
        if !self.arena.capabilities.outbox {
            return;
        }
        let mut waiting = VecDeque::from([first]);
        let mut made = 0;
        while let Some(from) = waiting.pop_front() {
            let mut rng = self.rng(from);
            let session = &mut self.sessions[from.index()];
            let messages = self.arena.ratchet.outbox(session, &mut rng).unwrap_or_default();
            self.drew(from, rng);
            for bytes in messages {
                made += 1;
                self.record(EventKind::ServiceSent { from });
                if made > ENDLESS_SERVICE {
                    let rejection = Rejection::other("service messages without end");
                    let (held, outcome) = (false, Err(rejection));
                    return self.record(EventKind::ServiceDelivered { from, bytes, held, outcome });
                }
                match self.schedule.service {
                    ServiceDelivery::Held => self.held[from.index()].push_back(bytes),
                    ServiceDelivery::Immediate => {
                        self.deliver_service(from, bytes);
                        waiting.push_back(from.peer());
                    }
                }
            }
        }
    }

    fn deliver_service(&mut self, from: Party, bytes: Vec<u8>) {
        let to = from.peer();
        let mut rng = self.rng(to);
        let opened = self.arena.decrypt(&mut self.sessions[to.index()], &mut rng, b"", &bytes);
        self.drew(to, rng);
        let outcome = match opened {
            Ok(Opened::Service) => Ok(()),
            Ok(Opened::Plaintext(_)) => {
                Err(Rejection::other("a service message was taken for a user's"))
            }
            Err(rejection) => Err(rejection),
        };
        let held = self.schedule.service == ServiceDelivery::Held;
        self.record(EventKind::ServiceDelivered { from, bytes, held, outcome });
    }
}
