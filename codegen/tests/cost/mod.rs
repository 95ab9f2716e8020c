//! What work costs as its input grows, by the CPU time of this thread: a machine that is busy changes nothing.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The least that is no longer linear. Four times the input takes four times as long, and sixteen times if it is quadratic.
pub(crate) const LINEAR: f64 = 8.0;

/// Returns how many times as long the work takes for four times the input. `input` makes one of that size.
///
/// Whatever else runs makes a measurement longer and never shorter: the least of several counts.
pub(crate) fn growth<I>(size: usize, input: impl Fn(usize) -> I, work: impl Fn(&I)) -> f64 {
    let (small, large) = (input(size), input(4 * size));
    let time = |input: &I| {
        let start = now();
        work(input);
        now().saturating_sub(start)
    };
    // The first time also fills caches and tables.
    let (mut least_small, mut least_large) = (time(&small), Duration::MAX);
    let mut growth = f64::MAX;
    for _ in 0..4 {
        least_small = least_small.min(time(&small));
        least_large = least_large.min(time(&large));
        growth = least_large.as_secs_f64() / least_small.max(Duration::from_micros(50)).as_secs_f64();
        if growth < LINEAR {
            break;
        }
    }
    growth
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
