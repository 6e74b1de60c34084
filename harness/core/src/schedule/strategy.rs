//! The proptest strategy of schedules: the same generator, the same shrinker.

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rand_core::Rng as _;

use super::{Schedule, Shape, Shrinker};
use crate::randomness::CaseSeed;

/// Schedules of a shape, for `proptest!`.
#[derive(Clone, Debug)]
pub struct ScheduleStrategy {
    shape: Shape,
}

/// A drawn schedule that proptest can shrink.
#[derive(Clone, Debug)]
pub struct ScheduleTree(Shrinker);

impl ScheduleStrategy {
    /// Schedules of `shape`.
    #[must_use]
    pub const fn new(shape: Shape) -> Self {
        Self { shape }
    }
}

impl Strategy for ScheduleStrategy {
    type Tree = ScheduleTree;
    type Value = Schedule;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut seed = [0; 32];
        runner.rng().fill_bytes(&mut seed);
        let mut choices = CaseSeed::from(seed).choices();
        let schedule = Schedule::generate(&mut choices, &self.shape);
        Ok(ScheduleTree(Shrinker::new(schedule, Vec::new())))
    }
}

impl ValueTree for ScheduleTree {
    type Value = Schedule;

    fn current(&self) -> Schedule {
        self.0.candidate().clone()
    }

    fn simplify(&mut self) -> bool {
        // proptest calls this when the current value fails.
        self.0.accept();
        self.0.advance()
    }

    fn complicate(&mut self) -> bool {
        self.0.advance()
    }
}

#[cfg(test)]
mod tests {
    use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

    use super::*;
    use crate::schedule::Action;

    #[test]
    fn proptest_ends_at_the_smallest_schedule() {
        let shape = Shape { thefts: 3, ..Shape::honest() };
        let mut runner = TestRunner::new_with_rng(
            Config { failure_persistence: None, ..Config::default() },
            proptest::test_runner::TestRng::deterministic_rng(
                proptest::test_runner::RngAlgorithm::ChaCha,
            ),
        );
        let outcome = runner.run(&ScheduleStrategy::new(shape), |schedule| {
            let thefts = schedule
                .steps
                .iter()
                .filter(|step| matches!(step.action, Action::Steal { .. }))
                .count();
            if thefts < 2 { Ok(()) } else { Err(TestCaseError::fail("two thefts")) }
        });
        let Err(TestError::Fail(_, smallest)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(smallest.steps.len(), 2, "{smallest:?}");
    }
}
