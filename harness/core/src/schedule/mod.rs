//! Schedules: the case itself. One language that is generated, shrunk, stored, replayed and told.

mod action;
mod case;
mod choices;
mod expectation;
mod generate;
mod shrink;
#[cfg(feature = "proptest")]
mod strategy;
mod tell;

use serde::{Deserialize, Serialize};

pub use action::{Action, ActionId, BadTape, MessageName, Order, Step, Tamper};
pub use case::{CASE_VERSION, Case, CaseError, SUITE};
pub use choices::Choices;
pub use expectation::{Expectation, Expectations};
pub(crate) use generate::LONGEST_JUMP;
pub use generate::Shape;
pub use shrink::{SHRINK_LIMIT, Shrinker, shrink};
#[cfg(feature = "proptest")]
pub use strategy::{ScheduleStrategy, ScheduleTree};

/// A list of actions with ids of their own. Deleting one never changes what another means.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// When service messages (rekeying) reach the peer.
    #[serde(default)]
    pub service: ServiceDelivery,
    /// The actions, in order.
    pub steps: Vec<Step>,
    /// What is expected of single actions, whatever an ideal says.
    #[serde(default, skip_serializing_if = "Expectations::is_empty")]
    pub expect: Expectations,
}

/// When service messages reach the peer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceDelivery {
    /// At the first [`Action::DeliverService`] for them, in order.
    Held,
    /// At once and in order.
    #[default]
    Immediate,
}

impl Schedule {
    /// A schedule of these actions, numbered from 1.
    #[must_use]
    pub fn of(actions: impl IntoIterator<Item = Action>) -> Self {
        let steps = (1..).zip(actions).map(|(id, action)| Step { id: ActionId(id), action });
        Self { steps: steps.collect(), ..Self::default() }
    }

    /// Roughly how many calls of a ratchet it brings about; opening the sessions counts as one.
    fn calls(&self) -> usize {
        1 + self.steps.iter().map(|step| step.action.calls()).sum::<usize>()
    }

    /// The same schedule without the steps that `drop` picks.
    #[must_use]
    pub fn without(&self, drop: impl Fn(&Action) -> bool) -> Self {
        let steps = self.steps.iter().filter(|step| !drop(&step.action)).cloned().collect();
        Self { steps, ..self.clone() }
    }
}
