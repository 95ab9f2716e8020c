//! What work costs as its input grows, by the CPU time of this thread: a machine that is busy changes nothing.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The least that is no longer linear. Four times the input takes four times as long, and sixteen times if it is quadratic.
pub(crate) const LINEAR: f64 = 9.0;

/// How many times as long the work takes for four times the input. `input` makes one of that size.
///
/// The least of several measurements: what else runs beside makes one of them longer, and none of them shorter.
pub(crate) fn growth<I>(size: usize, input: impl Fn(usize) -> I, work: impl Fn(&I)) -> f64 {
    let least = |size| {
        let input = input(size);
        let time = || {
            let start = now();
            work(&input);
            now().saturating_sub(start)
        };
        time().min(time())
    };
    let measure = || least(4 * size).as_secs_f64() / least(size).max(Duration::from_micros(50)).as_secs_f64();
    let mut growth = measure();
    for _ in 0..3 {
        if growth >= LINEAR {
            growth = growth.min(measure());
        }
    }
    growth
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
