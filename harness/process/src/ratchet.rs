//! A program as a ratchet.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand_core::CryptoRng;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sprag::hexadecimal::{from_hex, to_hex};
use sprag::run::NOT_COPIED;
use sprag::{
    Attempt, Begun, Capabilities, Field, Kept, MessageIndex, Offer, Opened, Origin, Pair, Profile,
    Ratchet, Rejection, Setup,
};

use crate::child::{Child, Launch, Limits, StartError};
use crate::death::{Death, DeathKind};
use crate::describe::Description;
use crate::message::{Answer, Error};

/// Sessions that are given back together.
const BULK: usize = 64;

/// What a program that supports `tape` is given for a call: enough for a few keys and nonces.
const TAPE_BYTES: usize = 512;

/// And for opening a session: enough for the keys and signatures of a handshake, post-quantum ones among them.
const TAPE_BYTES_OF_OPENING: usize = 4096;

/// Largest number that goes over the line: all of them fit into a JavaScript number.
const LARGEST: u64 = (1 << 53) - 1;

/// A program as a ratchet.
///
/// When the program dies, what [`ProcessRatchet::start`] was given for that is called; if it returns, the call that met
/// the death panics with its words, and the next `pair` starts the program anew.
pub struct ProcessRatchet {
    description: Description,
    profile: Profile,
    line: Arc<Line>,
}

/// The line to the program, shared by all its sessions.
struct Line {
    launch: Launch,
    limits: Limits,
    on_death: Box<dyn Fn(&Death) + Send + Sync>,
    copies: Copies,
    state: Mutex<State>,
}

/// How sessions are copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Copies {
    ByClone,
    ByExport,
    Never,
}

struct State {
    child: Option<Child>,
    /// Which start of the program this is; sessions of an earlier one are gone.
    generation: u64,
    /// Sessions to be given back.
    dropped: Vec<u64>,
}

/// A session that the program holds.
pub struct Session {
    number: u64,
    generation: u64,
    line: Arc<Line>,
    /// Where the message that was opened last stands, if the program tells.
    last_index: Option<MessageIndex>,
}

impl ProcessRatchet {
    /// Starts the program. `profile` stands in for the one that it describes.
    ///
    /// # Errors
    /// If it cannot be started, does not speak this protocol, or nobody says what it claims.
    pub fn start(
        launch: Launch,
        limits: Limits,
        profile: Option<Profile>,
        on_death: impl Fn(&Death) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let (child, description) = Child::start(&launch, limits)?;
        let missing = || {
            StartError::Description(
                "`describe` names no `profile`; give one with --profile FILE".to_owned(),
            )
        };
        let profile = profile.or_else(|| description.profile.clone()).ok_or_else(missing)?;
        let copies = match (description.supports("clone"), description.supports("export")) {
            (true, _) => Copies::ByClone,
            (false, true) => Copies::ByExport,
            (false, false) => Copies::Never,
        };
        let state = Mutex::new(State { child: Some(child), generation: 0, dropped: Vec::new() });
        let on_death = Box::new(on_death);
        let line = Arc::new(Line { launch, limits, on_death, copies, state });
        Ok(Self { description, profile, line })
    }

    /// What the program says of itself.
    #[must_use]
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// What the program last wrote to its standard error; nothing if it has died.
    #[must_use]
    pub fn stderr(&self) -> Vec<u8> {
        self.line.state().child.as_ref().map_or_else(Vec::new, Child::stderr)
    }

    /// What so many executions of a workload take, as the program itself has timed them: nothing of the line is in it.
    /// Workloads are those of [`sprag::workload`].
    ///
    /// # Errors
    /// Class `unsupported`, if the program does not measure this.
    pub fn bench(
        &self,
        workload: &str,
        iterations: u64,
        seed: [u8; 32],
    ) -> Result<Duration, Rejection> {
        #[derive(Deserialize)]
        struct Took {
            nanoseconds: u64,
        }
        if !self.description.supports("bench") {
            return Err(Rejection::unsupported("bench"));
        }
        self.line.revive();
        let params =
            json!({ "workload": workload, "iterations": iterations, "seed": to_hex(seed) });
        let (Took { nanoseconds }, _) = self.line.call("bench", params)?;
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// A call that does nothing, to measure the line itself.
    ///
    /// # Errors
    /// As the program answers. One that cannot drop sessions refuses, which takes as long.
    pub fn call_for_nothing(&self) -> Result<(), Rejection> {
        self.line.revive();
        self.line.call::<Value>("drop", json!({ "sessions": [] })).map(drop)
    }

    /// The parameter that carries the randomness of a call.
    fn with_randomness(&self, params: Map<String, Value>, rng: &mut dyn CryptoRng) -> Value {
        self.with_tape(TAPE_BYTES, params, rng)
    }

    fn with_tape(
        &self,
        length: usize,
        mut params: Map<String, Value>,
        rng: &mut dyn CryptoRng,
    ) -> Value {
        let (name, length) =
            if self.description.supports("tape") { ("tape", length) } else { ("seed", 32) };
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        params.insert(name.to_owned(), to_hex(bytes).into());
        params.into()
    }

    fn pair_over(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Session>, Rejection> {
        #[derive(Deserialize)]
        struct Paired {
            initiator: u64,
            responder: u64,
            #[serde(default)]
            opened: bool,
        }
        let mut params = Map::new();
        for (name, value) in [
            ("shared_secret", setup.shared_secret.as_ref().map(|secret| &secret[..])),
            ("initiator_id", setup.initiator_id.as_deref()),
            ("responder_id", setup.responder_id.as_deref()),
        ] {
            if let Some(value) = value {
                params.insert(name.to_owned(), to_hex(value).into());
            }
        }
        self.line.revive();
        let params = self.with_tape(TAPE_BYTES_OF_OPENING, params, rng);
        let (paired, generation): (Paired, u64) = self.line.call("pair", params)?;
        let session = |number| self.line.session("pair", number, generation);
        Ok(Pair {
            initiator: session(paired.initiator),
            responder: session(paired.responder),
            opened: paired.opened,
        })
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the program anew if it has died.
    fn revive(&self) {
        let mut state = self.state();
        if state.child.is_none() {
            match Child::start(&self.launch, self.limits) {
                Ok((child, _)) => state.child = Some(child),
                Err(error) => {
                    let words = format!("it does not start again: {error}");
                    drop(state);
                    self.died(&Death { kind: DeathKind::Crashed, words, stderr: Vec::new() });
                }
            }
        }
    }

    fn died(&self, death: &Death) -> ! {
        (self.on_death)(death);
        // The engine takes a panic for what it is: the end of this trial.
        std::panic::resume_unwind(Box::new(death.words.clone()))
    }

    fn wrong(&self, method: &str, why: &str) -> ! {
        let mut state = self.state();
        (state.child, state.generation) = (None, state.generation + 1);
        drop(state);
        let words = format!("`{method}` was answered wrongly: {why}");
        self.died(&Death { kind: DeathKind::Crashed, words, stderr: Vec::new() })
    }

    /// Makes a call, and gives its result with the generation that it belongs to.
    fn call<T: for<'de> Deserialize<'de>>(
        &self,
        method: &'static str,
        params: Value,
    ) -> Result<(T, u64), Rejection> {
        let (mut answers, generation) = self.answers(vec![(method, params)]);
        let Some(answer) = answers.pop() else { self.wrong(method, "by nothing") };
        self.result(method, answer).map(|result| (result, generation))
    }

    /// What an answer holds.
    fn result<T: for<'de> Deserialize<'de>>(
        &self,
        method: &str,
        answer: Answer,
    ) -> Result<T, Rejection> {
        let result = match answer {
            Ok(result) => result,
            Err(error) => match error.rejection() {
                Some(rejection) => return Err(rejection),
                None => self.failed(method, &error),
            },
        };
        serde_json::from_value(result).map_err(|error| self.wrong(method, &error.to_string()))
    }

    fn opened(&self, decrypted: Decrypted) -> (Opened, Option<MessageIndex>) {
        let index = decrypted.index.map(|Index { chain, n }| MessageIndex { chain, n });
        let opened = match decrypted.plaintext {
            Value::Null => Opened::Service,
            Value::String(plaintext) => Opened::Plaintext(self.bytes("decrypt", &plaintext)),
            _ => self.wrong("decrypt", "`plaintext` is neither hex nor null"),
        };
        (opened, index)
    }

    /// Copies of a session. No batch holds two calls on one session, so each one copies all that are there.
    fn copies_of(self: &Arc<Self>, session: &Session, count: usize) -> Vec<Session> {
        let mut copies: Vec<Session> = Vec::with_capacity(count);
        while copies.len() < count {
            let missing = count - copies.len();
            let originals = std::iter::once(session).chain(&copies).take(missing);
            let calls = originals.map(|original| ("clone", original.params().into())).collect();
            let (answers, generation) = self.answers(calls);
            for answer in answers {
                match self.result("clone", answer) {
                    Ok(Numbered { session }) => {
                        copies.push(self.session("clone", session, generation));
                    }
                    Err(rejection) => self.not_copied(&rejection),
                }
            }
        }
        copies
    }

    fn not_copied(&self, rejection: &Rejection) -> ! {
        self.wrong("clone", &format!("a session was not copied: {rejection}"))
    }

    fn failed(&self, method: &str, Error { code, message, .. }: &Error) -> ! {
        self.wrong(method, &format!("error {code}: {message}"))
    }

    /// Makes calls that do not depend on each other, more than one as a batch; with the generation that the answers
    /// belong to.
    fn answers(&self, calls: Vec<(&'static str, Value)>) -> (Vec<Answer>, u64) {
        let mut state = self.state();
        let State { child, dropped, generation } = &mut *state;
        let Some(running) = child else {
            drop(state);
            self.died(&Death {
                kind: DeathKind::Crashed,
                words: "the program that held the session has died".to_owned(),
                stderr: Vec::new(),
            })
        };
        let mut outcome = Ok(());
        if dropped.len() >= BULK {
            let sessions = std::mem::take(dropped);
            outcome = running.call("drop", json!({ "sessions": sessions })).map(drop);
        }
        match outcome.and_then(|()| running.ask(calls)) {
            Ok(answers) => (answers, *generation),
            Err(death) => {
                *child = None;
                *generation += 1;
                dropped.clear();
                drop(state);
                self.died(&death)
            }
        }
    }

    fn session(self: &Arc<Self>, method: &str, number: u64, generation: u64) -> Session {
        if number > LARGEST {
            self.wrong(method, "a session number of 2^53 or more");
        }
        Session { number, generation, line: Arc::clone(self), last_index: None }
    }
}

impl Session {
    /// The parameters of a call on this session.
    fn params(&self) -> Map<String, Value> {
        if self.generation != self.line.state().generation {
            self.line.died(&Death {
                kind: DeathKind::Crashed,
                words: "the program that held the session has died".to_owned(),
                stderr: Vec::new(),
            });
        }
        Map::from_iter([("session".to_owned(), self.number.into())])
    }
}

#[derive(Deserialize)]
struct Decrypted {
    /// Absent and `null` are told apart: one is a mistake, the other a service message.
    plaintext: Value,
    #[serde(default)]
    index: Option<Index>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    chain: Option<u64>,
    n: u64,
}

#[derive(Deserialize)]
struct Numbered {
    session: u64,
}

#[derive(Deserialize)]
struct Exported {
    state: String,
}

#[derive(Deserialize)]
struct Plain {
    plaintext: String,
}

/// The parameters of `open_with`.
fn raw(key: &[u8], ad: &[u8], sealed: &[u8]) -> Value {
    let [key, ad, sealed] = [key, ad, sealed].map(to_hex);
    json!({ "key": key, "ad": ad, "message": sealed })
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

impl Clone for Session {
    fn clone(&self) -> Self {
        let line = &self.line;
        let copied = match line.copies {
            Copies::ByClone => line.call::<Numbered>("clone", self.params().into()),
            Copies::ByExport => {
                line.call::<Exported>("export", self.params().into()).and_then(|(exported, _)| {
                    line.call::<Numbered>("import", json!({ "state": exported.state }))
                })
            }
            // The engine knows this for what it is: the trial shows nothing.
            Copies::Never => std::panic::resume_unwind(Box::new(NOT_COPIED)),
        };
        match copied {
            Ok((Numbered { session }, generation)) => {
                let mut copy = line.session("clone", session, generation);
                copy.last_index = self.last_index;
                copy
            }
            Err(rejection) => line.not_copied(&rejection),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut state = self.line.state();
        if self.generation == state.generation && state.child.is_some() {
            state.dropped.push(self.number);
        }
    }
}

impl Ratchet for ProcessRatchet {
    type Session = Session;

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(self.description.name.clone())
    }

    fn profile(&self) -> Profile {
        self.profile.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.description.capabilities()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        self.pair_over(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Session>, Rejection> {
        self.pair_over(rng, setup)
    }

    fn encrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut params = session.params();
        params.insert("ad".to_owned(), to_hex(ad).into());
        params.insert("plaintext".to_owned(), to_hex(plaintext).into());
        let params = self.with_randomness(params, rng);
        let (Message { message }, _) = self.line.call("encrypt", params)?;
        Ok(self.line.bytes("encrypt", &message))
    }

    fn decrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let mut params = session.params();
        params.insert("ad".to_owned(), to_hex(ad).into());
        params.insert("message".to_owned(), to_hex(message).into());
        let params = self.with_randomness(params, rng);
        let (decrypted, _) = self.line.call("decrypt", params)?;
        let (opened, index) = self.line.opened(decrypted);
        session.last_index = index;
        Ok(opened)
    }

    fn decrypt_each(
        &self,
        session: &Session,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>> {
        if !self.answers_together() {
            let alone = |attempt: &mut Attempt<'_>| {
                self.decrypt(&mut session.clone(), attempt.rng, attempt.ad, attempt.message)
            };
            return attempts.iter_mut().map(alone).collect();
        }
        let copies = self.line.copies_of(session, attempts.len());
        let params = copies.iter().zip(attempts).map(|(copy, attempt)| {
            let mut params = copy.params();
            params.insert("ad".to_owned(), to_hex(attempt.ad).into());
            params.insert("message".to_owned(), to_hex(attempt.message).into());
            ("decrypt", self.with_randomness(params, attempt.rng))
        });
        let (answers, _) = self.line.answers(params.collect());
        let opened = |answer| self.line.result("decrypt", answer).map(|it| self.line.opened(it).0);
        answers.into_iter().map(opened).collect()
    }

    fn answers_together(&self) -> bool {
        self.line.copies == Copies::ByClone && self.description.supports("batch")
    }

    fn draws_in_advance(&self) -> bool {
        true
    }

    /// The responder that made the offer is a session already, which [`Ratchet::accept`] opens.
    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        #[derive(Deserialize)]
        struct Offered {
            session: u64,
            offer: String,
        }
        self.line.revive();
        let params = self.with_tape(TAPE_BYTES_OF_OPENING, Map::new(), rng);
        let (Offered { session, offer }, generation) = self.line.call("offer", params)?;
        let bundle = self.line.bytes("offer", &offer);
        Ok(Offer { bundle, kept: Kept::new(self.line.session("offer", session, generation)) })
    }

    fn begin(&self, rng: &mut dyn CryptoRng, bundle: &[u8]) -> Result<Begun<Session>, Rejection> {
        #[derive(Deserialize)]
        struct Opening {
            session: u64,
            opening: String,
            #[serde(default)]
            opened: bool,
        }
        self.line.revive();
        let params = Map::from_iter([("offer".to_owned(), to_hex(bundle).into())]);
        let params = self.with_tape(TAPE_BYTES_OF_OPENING, params, rng);
        let (begun, generation): (Opening, u64) = self.line.call("begin", params)?;
        let session = self.line.session("begin", begun.session, generation);
        let opening = self.line.bytes("begin", &begun.opening);
        Ok(Begun { session, opening, opened: begun.opened })
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<Session, Rejection> {
        let session: Session = kept.take()?;
        let mut params = session.params();
        params.insert("opening".to_owned(), to_hex(opening).into());
        let params = self.with_tape(TAPE_BYTES_OF_OPENING, params, rng);
        self.line.call::<Value>("accept", params)?;
        Ok(session)
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        let (Exported { state }, _) = self.line.call("export", session.params().into())?;
        Ok(self.line.bytes("export", &state))
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        self.line.revive();
        let params = json!({ "state": to_hex(state) });
        let (Numbered { session }, generation) = self.line.call("import", params)?;
        Ok(self.line.session("import", session, generation))
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        #[derive(Deserialize)]
        struct Fields {
            fields: Vec<OneField>,
        }
        #[derive(Deserialize)]
        struct OneField {
            name: String,
            offset: usize,
            length: usize,
            #[serde(default)]
            origin: Option<Origin>,
        }
        self.line.revive();
        let params = json!({ "message": to_hex(message) });
        let (Fields { fields }, _) = self.line.call("fields", params)?;
        let field = |OneField { name, offset, length, origin }| {
            let field = Field::new(name, offset, length);
            match origin {
                Some(origin) => field.with_origin(origin),
                None => field,
            }
        };
        Ok(fields.into_iter().map(field).collect())
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.line.revive();
        let (message, value) = (to_hex(message), to_hex(value));
        let params = json!({ "message": message, "field": field, "value": value });
        let (Message { message }, _) = self.line.call("rewrite", params)?;
        Ok(self.line.bytes("rewrite", &message))
    }

    fn last_index(&self, session: &Session) -> Result<MessageIndex, Rejection> {
        session.last_index.ok_or_else(|| Rejection::unsupported("index"))
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.line.revive();
        let [key, ad, plaintext] = [key, ad, plaintext].map(to_hex);
        let params = json!({ "key": key, "ad": ad, "plaintext": plaintext });
        let (Message { message }, _) = self.line.call("seal_with", params)?;
        Ok(self.line.bytes("seal_with", &message))
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.line.revive();
        let (Plain { plaintext }, _) = self.line.call("open_with", raw(key, ad, sealed))?;
        Ok(self.line.bytes("open_with", &plaintext))
    }

    fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>> {
        if !self.answers_together() {
            return keys.iter().map(|key| self.open_with(key, ad, sealed)).collect();
        }
        self.line.revive();
        let calls = keys.iter().map(|key| ("open_with", raw(key, ad, sealed))).collect();
        let (answers, _) = self.line.answers(calls);
        let opened = |answer| {
            let Plain { plaintext } = self.line.result("open_with", answer)?;
            Ok(self.line.bytes("open_with", &plaintext))
        };
        answers.into_iter().map(opened).collect()
    }

    fn preset(
        &self,
        session: &mut Session,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        let mut params = session.params();
        for (name, number) in [("sent", sent), ("received", received)] {
            let Some(number) = number else { continue };
            if number > LARGEST {
                return Err(Rejection::other("a number of 2^53 or more"));
            }
            params.insert(name.to_owned(), number.into());
        }
        self.line.call::<Value>("preset", params.into()).map(drop)
    }

    fn outbox(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        #[derive(Deserialize)]
        struct Outbox {
            messages: Vec<String>,
        }
        let params = self.with_randomness(session.params(), rng);
        let (Outbox { messages }, _) = self.line.call("outbox", params)?;
        Ok(messages.iter().map(|message| self.line.bytes("outbox", message)).collect())
    }

    fn advance_clock(&self, session: &mut Session, seconds: u32) -> Result<(), Rejection> {
        let mut params = session.params();
        params.insert("seconds".to_owned(), seconds.into());
        self.line.call::<Value>("advance", params.into()).map(drop)
    }
}

impl Line {
    /// Bytes from their hex form, upper or lower case.
    fn bytes(&self, method: &str, text: &str) -> Vec<u8> {
        from_hex(text).unwrap_or_else(|error| self.wrong(method, &format!("no hex: {error}")))
    }
}
