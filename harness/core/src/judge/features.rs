//! Which features a conversation had: quotas show that the generator reaches the corners where bugs live.

use std::collections::BTreeMap;

/// A feature of a conversation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Feature {
    /// A message opened while a message of an epoch at least two before it was still missing.
    SkipOverTwoEpochs,
    /// A theft after receiving a new epoch and before replying.
    TheftBetweenReceiveAndReply,
    /// A theft after the victim refused something or restarted.
    TheftAfterFailures,
    /// A restart while skipped keys were stored.
    RestoreWithSkippedKeys,
    /// A changed copy of an epoch's first message was refused before the genuine one came.
    FailedNewKeyBeforeGenuine,
    /// More than 256 messages in one chain.
    ChainOver256,
    /// More than five chains in one direction.
    OverFiveChains,
    /// An empty plaintext.
    EmptyPlaintext,
}

impl Feature {
    /// Every feature, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::SkipOverTwoEpochs,
        Self::TheftBetweenReceiveAndReply,
        Self::TheftAfterFailures,
        Self::RestoreWithSkippedKeys,
        Self::FailedNewKeyBeforeGenuine,
        Self::ChainOver256,
        Self::OverFiveChains,
        Self::EmptyPlaintext,
    ];

    /// The feature's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SkipOverTwoEpochs => "skip over two epochs",
            Self::TheftBetweenReceiveAndReply => "theft between receive and reply",
            Self::TheftAfterFailures => "theft after failures",
            Self::RestoreWithSkippedKeys => "restore with skipped keys",
            Self::FailedNewKeyBeforeGenuine => "failed new key before the genuine one",
            Self::ChainOver256 => "more than 256 messages in a chain",
            Self::OverFiveChains => "more than 5 chains",
            Self::EmptyPlaintext => "empty plaintext",
        }
    }
}

/// How often each feature occurred.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Features(BTreeMap<Feature, u64>);

impl Features {
    /// Notes one occurrence.
    pub fn note(&mut self, feature: Feature) {
        *self.0.entry(feature).or_default() += 1;
    }

    /// How often it occurred.
    #[must_use]
    pub fn count(&self, feature: Feature) -> u64 {
        self.0.get(&feature).copied().unwrap_or(0)
    }

    /// The features that occurred at least once.
    pub fn present(&self) -> impl Iterator<Item = Feature> {
        self.0.keys().copied()
    }
}
