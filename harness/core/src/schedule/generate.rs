//! Drawing schedules. The generator is a swarm: each schedule first draws its own mix of actions, then its actions.

use super::{
    Action, ActionId, Choices, MessageName, Order, Schedule, ServiceDelivery, Step, Tamper,
};
use crate::{Family, Party, Profile};

/// Longer jumps than this cost more than all other trials of a round together.
pub(crate) const LONGEST_JUMP: u32 = 4096;

/// What may happen in a drawn schedule.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Fewest and most actions.
    pub actions: (u32, u32),
    /// Most thefts; each schedule draws its own number.
    pub thefts: u32,
    /// Changed, repeated and reflected messages.
    pub noise: bool,
    /// Parties restart from their exports.
    pub restarts: bool,
    /// Messages are lost.
    pub loss: bool,
    /// Time passes.
    pub clock: bool,
    /// Most messages of one ping-pong.
    pub turns: u16,
    /// Gap lengths at which limits may break; rarely a schedule jumps to one of them, one less or one more.
    pub edges: Vec<u32>,
}

impl Shape {
    /// Everything, for a ratchet of this profile.
    #[must_use]
    pub fn everything(profile: &Profile) -> Self {
        let limits = profile.limits();
        let edges = [
            limits.and_then(|limits| limits.max_skip),
            limits.and_then(|limits| limits.max_stored),
        ];
        let edges = edges.into_iter().filter_map(Self::jumpable).collect();
        Self {
            actions: (8, 56),
            thefts: 3,
            noise: true,
            restarts: true,
            loss: true,
            clock: true,
            turns: Self::turns_of(profile),
            edges,
        }
    }

    /// A limit that conversations may jump to.
    pub(crate) fn jumpable(limit: Option<u32>) -> Option<u32> {
        limit.filter(|&limit| limit <= LONGEST_JUMP)
    }

    /// A ratchet that heals by periods shows nothing unless conversations run through some of them.
    fn turns_of(profile: &Profile) -> u16 {
        match &profile.family {
            Family::PeriodicRekey(claims) => {
                claims.rekey_messages.saturating_mul(3).clamp(6, 300) as u16
            }
            _ => 6,
        }
    }

    /// An honest conversation: loss and reordering, but no noise, thefts or restarts.
    #[must_use]
    pub const fn honest() -> Self {
        Self {
            actions: (6, 40),
            thefts: 0,
            noise: false,
            restarts: false,
            loss: true,
            clock: false,
            turns: 6,
            edges: Vec::new(),
        }
    }
}

/// The mix that one schedule draws for itself.
struct Swarm {
    /// Weights of [`Kind`].
    weights: [u32; KINDS],
    /// Of 8 sends, how many come from the party that did not send last.
    turn_taking: u32,
    /// Of 8 deliveries, how many take the oldest waiting message.
    promptness: u32,
    long_sizes: bool,
    several_ads: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Send,
    Deliver,
    PingPong,
    Drop,
    Duplicate,
    Tamper,
    Reflect,
    WrongAd,
    Restart,
    Tick,
    DeliverService,
    LongChain,
    Edge,
}
const KINDS: usize = 13;
const ALL_KINDS: [Kind; KINDS] = [
    Kind::Send,
    Kind::Deliver,
    Kind::PingPong,
    Kind::Drop,
    Kind::Duplicate,
    Kind::Tamper,
    Kind::Reflect,
    Kind::WrongAd,
    Kind::Restart,
    Kind::Tick,
    Kind::DeliverService,
    Kind::LongChain,
    Kind::Edge,
];

impl Swarm {
    fn draw(choices: &mut dyn Choices, shape: &Shape) -> Self {
        let mut optional = |allowed: bool, most: u32| {
            if allowed && choices.chance(1, 2) { choices.between(1, most) } else { 0 }
        };
        let weights = [
            16,
            16,
            optional(true, 8).max(if shape.turns > 6 { 4 } else { 0 }),
            optional(shape.loss, 3),
            optional(shape.noise, 4),
            optional(shape.noise, 8),
            optional(shape.noise, 3),
            optional(shape.noise, 3),
            optional(shape.restarts, 6),
            optional(shape.clock, 2),
            optional(true, 2),
            0,
            0,
        ];
        let mut swarm = Self {
            weights,
            turn_taking: choices.between(1, 7),
            promptness: choices.between(2, 8),
            long_sizes: choices.chance(1, 8),
            several_ads: choices.chance(1, 2),
        };
        if choices.chance(1, 40) {
            swarm.weights[Kind::LongChain as usize] = 2;
        }
        if !shape.edges.is_empty() && choices.chance(1, 48) {
            swarm.weights[Kind::Edge as usize] = 2;
        }
        swarm
    }
}

struct Drawing<'c> {
    choices: &'c mut dyn Choices,
    shape: &'c Shape,
    swarm: Swarm,
    steps: Vec<Step>,
    next_id: u32,
    last_sender: Party,
    /// Messages not yet delivered, oldest first.
    waiting: Vec<(MessageName, Party)>,
    /// Messages delivered at least once.
    delivered: Vec<MessageName>,
}

impl Schedule {
    /// Draws one schedule. An exhausted source gives a short, still meaningful one.
    #[must_use]
    pub fn generate(choices: &mut dyn Choices, shape: &Shape) -> Self {
        let swarm = Swarm::draw(choices, shape);
        let service =
            if choices.chance(1, 8) { ServiceDelivery::Held } else { ServiceDelivery::Immediate };
        let length = choices.between(shape.actions.0, shape.actions.1);
        let thefts: Vec<u32> = match shape.thefts {
            0 => Vec::new(),
            most => (0..choices.between(0, most)).map(|_| choices.below(length)).collect(),
        };
        let mut drawing = Drawing {
            choices,
            shape,
            swarm,
            steps: Vec::new(),
            next_id: 1,
            last_sender: Party::Responder,
            waiting: Vec::new(),
            delivered: Vec::new(),
        };
        for position in 0..length {
            for _ in thefts.iter().filter(|&&theft| theft == position) {
                let from = drawing.party();
                drawing.push(Action::Steal { from });
            }
            drawing.action();
        }
        Self { service, steps: drawing.steps, ..Self::default() }
    }
}

impl Drawing<'_> {
    fn push(&mut self, action: Action) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.steps.push(Step { id: ActionId(id), action });
        id
    }

    fn party(&mut self) -> Party {
        Party::BOTH[self.choices.below(2) as usize]
    }

    fn action(&mut self) {
        let kind = ALL_KINDS[self.choices.weighted(&self.swarm.weights)];
        match kind {
            Kind::Send => self.send(),
            Kind::Deliver => self.deliver(),
            Kind::PingPong => {
                let first = self.party();
                let turns = self.choices.between(1, self.shape.turns.into()) as u16;
                self.push(Action::PingPong { first, turns });
            }
            Kind::Drop => {
                if let Some(index) = self.waiting_index() {
                    let (message, _) = self.waiting.remove(index);
                    self.push(Action::Drop { message });
                }
            }
            Kind::Duplicate => {
                if let Some(message) = self.pick_delivered() {
                    self.push(Action::Duplicate { message });
                }
            }
            Kind::Tamper => self.tamper(),
            Kind::Reflect => {
                if let Some(message) = self.pick_any() {
                    self.push(Action::Reflect { message });
                }
            }
            Kind::WrongAd => {
                if let Some(message) = self.pick_any() {
                    let ad = self.choices.below(4) as u8;
                    self.push(Action::WrongAd { message, ad });
                }
            }
            Kind::Restart => {
                let party = self.party();
                self.push(Action::Restart { party });
            }
            Kind::Tick => {
                let seconds = [1, 60, 3_600, 86_400, 604_800][self.choices.below(5) as usize];
                self.push(Action::Tick { seconds });
            }
            Kind::DeliverService => {
                let from = self.party();
                self.push(Action::DeliverService { from });
            }
            Kind::LongChain => {
                let by = self.party();
                let count = self.choices.between(257, 300) as u16;
                let send = self.push(Action::Send { by, count, size: 16, ad: 0 });
                let first = MessageName::new(send, 0);
                self.push(Action::Deliver { first, count, order: Order::AsSent });
                self.delivered.push(first);
                self.swarm.weights[Kind::LongChain as usize] = 0;
            }
            Kind::Edge => self.edge(),
        }
    }

    fn send(&mut self) {
        let by = if self.choices.chance(self.swarm.turn_taking, 8) {
            self.last_sender.peer()
        } else {
            self.last_sender
        };
        self.last_sender = by;
        let count = if self.choices.chance(1, 8) { self.choices.between(2, 6) as u16 } else { 1 };
        let size = self.size();
        let ad = if self.swarm.several_ads { self.choices.below(4) as u8 } else { 0 };
        let id = self.push(Action::Send { by, count, size, ad });
        self.waiting.extend((0..count).map(|index| (MessageName::new(id, index), by)));
    }

    fn size(&mut self) -> u32 {
        const SHORT: [u32; 8] = [16, 32, 0, 1, 15, 17, 64, 100];
        const LONG: [u32; 4] = [255, 256, 1000, 5000];
        if self.swarm.long_sizes && self.choices.chance(1, 4) {
            return LONG[self.choices.below(4) as usize];
        }
        // Mostly sizes that carry a tag, since only those count as exposures.
        if self.choices.chance(3, 4) { 16 } else { SHORT[self.choices.below(8) as usize] }
    }

    fn deliver(&mut self) {
        if let Some(index) = self.waiting_index() {
            let (message, _) = self.waiting.remove(index);
            self.delivered.push(message);
            self.push(Action::Deliver { first: message, count: 1, order: Order::AsSent });
        } else {
            self.send();
        }
    }

    fn tamper(&mut self) {
        let Some(message) = self.pick_any() else { return };
        let choices = &mut *self.choices;
        let how = match choices.below(8) {
            0 => Tamper::FlipBit { bit: choices.below(1 << 20) },
            1 => Tamper::FlipBits { bits: (choices.below(1 << 20), choices.below(1 << 20)) },
            2 => Tamper::SetByte { at: choices.below(1 << 16), value: choices.below(256) as u8 },
            3 => Tamper::Truncate { keep: choices.below(1 << 16) },
            4 => Tamper::Extend {
                bytes: (0..choices.between(1, 4)).map(|_| choices.below(256) as u8).collect(),
            },
            // 32 bytes hit a ratchet key often enough to make a new one out of it.
            5 => Tamper::Overwrite {
                at: choices.below(64),
                bytes: (0..32).map(|_| choices.below(256) as u8).collect(),
            },
            6 => Tamper::SpliceSession { keep: choices.below(160) },
            _ => match self.pick_any() {
                Some(with) if with != message => {
                    Tamper::Splice { with, keep: self.choices.below(160) }
                }
                _ => Tamper::FlipBit { bit: self.choices.below(256) },
            },
        };
        self.push(Action::Tamper { message, how });
    }

    /// One message from just before, at or just behind a limit; the earlier ones stay waiting.
    fn edge(&mut self) {
        let by = self.party();
        let edge = self.shape.edges[self.choices.below(self.shape.edges.len() as u32) as usize];
        let gap = (edge + self.choices.below(3)).saturating_sub(1);
        let Ok(count) = u16::try_from(gap + 1) else { return };
        let id = self.push(Action::Send { by, count, size: 16, ad: 0 });
        let last = MessageName::new(id, count - 1);
        self.push(Action::Deliver { first: last, count: 1, order: Order::AsSent });
        self.delivered.push(last);
        for index in [0, count / 2, count.saturating_sub(2)] {
            self.waiting.push((MessageName::new(id, index), by));
        }
        self.swarm.weights[Kind::Edge as usize] = 0;
    }

    fn waiting_index(&mut self) -> Option<usize> {
        let waiting = self.waiting.len() as u32;
        if waiting == 0 {
            None
        } else if self.choices.chance(self.swarm.promptness, 8) {
            Some(0)
        } else {
            Some(self.choices.below(waiting) as usize)
        }
    }

    fn pick_delivered(&mut self) -> Option<MessageName> {
        let count = self.delivered.len() as u32;
        (count > 0).then(|| self.delivered[self.choices.below(count) as usize])
    }

    fn pick_any(&mut self) -> Option<MessageName> {
        if !self.waiting.is_empty() && self.choices.chance(2, 3) {
            let index = self.choices.below(self.waiting.len() as u32) as usize;
            return Some(self.waiting[index].0);
        }
        self.pick_delivered()
    }
}

impl<'a> arbitrary::Arbitrary<'a> for Schedule {
    fn arbitrary(source: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let shape =
            Shape { clock: true, restarts: true, noise: true, thefts: 3, ..Shape::honest() };
        Ok(Self::generate(source, &shape))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyGeneration;
    use crate::randomness::CaseSeed;

    #[test]
    fn one_seed_gives_one_schedule() {
        let shape = Shape::everything(&Profile::double_ratchet(KeyGeneration::Eager));
        let draw =
            |trial| Schedule::generate(&mut CaseSeed::of_trial(7, "game", trial).choices(), &shape);
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn a_fuzzer_that_runs_dry_still_gives_a_schedule() {
        let schedule: Schedule =
            arbitrary::Arbitrary::arbitrary(&mut arbitrary::Unstructured::new(&[])).unwrap();
        assert!(!schedule.steps.is_empty());
    }

    #[test]
    fn ids_are_unique_and_targets_exist() {
        let shape = Shape::everything(&Profile::double_ratchet(KeyGeneration::Lazy));
        for trial in 0..200 {
            let seed = CaseSeed::of_trial(1, "game", trial);
            let schedule = Schedule::generate(&mut seed.choices(), &shape);
            for (place, step) in schedule.steps.iter().enumerate() {
                assert_eq!(step.id.0 as usize, place + 1);
                if let Action::Deliver { first, .. } = &step.action {
                    assert!(first.action < step.id, "{schedule:?}");
                }
            }
        }
    }
}
