//! The faults of a run, drawn from a seed.

use std::cell::Cell;

use formwork_model::service::Call;

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
#[derive(Debug)]
pub(crate) struct Chance(Cell<u64>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(Cell::new(seed))
    }

    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count.max(1)).unwrap()).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// The fate of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused, since there are too many.
    Throttled,
    /// The server fails; the call was carried out, or not.
    Broken { is_done: bool },
    /// There is no connection.
    Refused,
    /// The connection is cut; the call was carried out, or not.
    Cut { is_done: bool },
    /// The answer is a part of one.
    Truncated,
    /// There is no answer until the client gives up; the call was carried out, or not.
    Hung { is_done: bool },
    /// The login may not do this.
    Denied,
    /// The login has expired.
    Expired,
}

/// The faults of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Each call fails so in so many of a hundred cases.
    Often(&'static [Fault], usize),
    /// This call always fails so.
    Always(Call, Fault),
    /// From the call of this number on, each fails so.
    From(usize, Fault),
    /// Reads that are older than the last change.
    Stale,
    /// Resources that fail.
    Resources,
}

/// The number of kinds of themes.
pub(crate) const THEMES: u64 = 11;

const ONCE_IN_A_WHILE: &[Fault] = &[
    Fault::Throttled,
    Fault::Broken { is_done: false },
    Fault::Broken { is_done: true },
    Fault::Refused,
    Fault::Cut { is_done: false },
    Fault::Cut { is_done: true },
    Fault::Truncated,
    Fault::Hung { is_done: false },
    Fault::Hung { is_done: true },
];

/// The calls that a login may be denied, or that always fail.
pub(crate) const CALLS: &[Call] = &[
    Call::DescribeStacks,
    Call::GetTemplate,
    Call::ListStackResources,
    Call::DescribeStackEvents,
    Call::DescribeEvents,
    Call::CreateChangeSet,
    Call::DescribeChangeSet,
    Call::ListChangeSets,
    Call::ExecuteChangeSet,
    Call::DeleteChangeSet,
    Call::DeleteStack,
    Call::UpdateTerminationProtection,
    Call::GetResource,
    Call::DeleteResource,
    Call::ListResourceRequests,
    Call::GetResourceRequestStatus,
];

impl Theme {
    pub(crate) fn of(seed: u64, chance: &Chance) -> Theme {
        use Fault as F;
        // Each kind in turn, and each call in turn where one is meant.
        let call = CALLS[usize::try_from(seed / THEMES).unwrap() % CALLS.len()];
        match seed % THEMES {
            0 => Theme::Often(&[F::Throttled], 30),
            1 => Theme::Often(&[F::Broken { is_done: false }, F::Broken { is_done: true }], 20),
            2 => Theme::Often(&[F::Cut { is_done: false }, F::Cut { is_done: true }, F::Refused], 20),
            3 => Theme::Often(&[F::Truncated], 20),
            4 => Theme::Often(&[F::Hung { is_done: false }, F::Hung { is_done: true }], 15),
            5 => Theme::Stale,
            6 => Theme::Always(call, F::Denied),
            7 => Theme::Always(
                call,
                chance.of(&[F::Broken { is_done: false }, F::Broken { is_done: true }, F::Truncated]),
            ),
            8 => Theme::From(1 + chance.below(60), F::Expired),
            9 => Theme::Resources,
            _ => Theme::Often(ONCE_IN_A_WHILE, 25),
        }
    }

    pub(crate) fn fault(self, call: Call, number: usize, chance: &Chance) -> Option<Fault> {
        match self {
            Theme::Often(faults, percent) => chance.percent(percent).then(|| chance.of(faults)),
            Theme::Always(one, fault) => (one == call).then_some(fault),
            Theme::From(first, fault) => (number >= first).then_some(fault),
            Theme::Stale | Theme::Resources => None,
        }
    }
}
