//! Work on several threads, of which there are few: what they hold in memory is bounded by their number.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The most threads. Beyond, it is the disk that is waited for.
const MOST_THREADS: usize = 8;

/// The results of some work on each of the numbers below `count`, in their order. Each thread has a workplace of its own, e.g. a buffer.
pub(crate) fn each<W, T: Send>(
    count: usize,
    workplace: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> T + Sync,
) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(count);
    let next = AtomicUsize::new(0);
    let run = || {
        let mut workplace = workplace();
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return done;
            }
            done.push((number, work(&mut workplace, number)));
        }
    };
    if threads < 2 {
        return run().into_iter().map(|(_, result)| result).collect();
    }
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            match other.join() {
                Ok(results) => done.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn results_are_in_order_and_complete() {
        for count in [0, 1, 2, 1000] {
            let results = each(count, || 1, |one, number| number + *one);
            assert_eq!(results, (1..=count).collect::<Vec<_>>());
        }
    }
}
