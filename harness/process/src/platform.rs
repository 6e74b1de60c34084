//! What depends on the operating system. Elsewhere than on Linux, time is watched instead of CPU time, and memory is not
//! polled.

use std::process::ExitStatus;
use std::time::Duration;

/// CPU time that a process has used, where that can be told.
pub(crate) fn cpu_time(process: u32) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in parentheses may hold spaces.
        let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        let used = ticks()? + ticks()?;
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Some(Duration::from_millis(used * 1000 / per_second))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

/// MiB of a process that are in memory, where that can be told.
pub(crate) fn resident_mib(process: u32) -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
        let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
        Some((pages * rustix::param::page_size() as u64) >> 20)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

/// Runs `work`, and for good what it starts, on one processor of those that this thread may use, where that can be asked
/// for: number 0 is the one that the first caller ran on.
///
/// A program and whoever calls it take turns. On two processors one of them sleeps at any time, and waking it takes longer
/// than most calls.
pub fn on_processor<T>(number: usize, work: impl FnOnce() -> T) -> T {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
        static FIRST: std::sync::LazyLock<usize> = std::sync::LazyLock::new(sched_getcpu);

        let Ok(usable) = sched_getaffinity(None) else { return work() };
        let mut processors: Vec<usize> =
            (0..CpuSet::MAX_CPU).filter(|&processor| usable.is_set(processor)).collect();
        let first = processors.iter().position(|processor| processor == &*FIRST).unwrap_or(0);
        processors.rotate_left(first);
        let chosen = processors.get(number % processors.len().max(1));
        let Some(&chosen) = chosen else { return work() };
        let mut one = CpuSet::new();
        one.set(chosen);
        // Without leave to do so everything works, only slower.
        let asked = sched_setaffinity(None, &one);
        let done = work();
        if asked.is_ok() {
            let _ = sched_setaffinity(None, &usable);
        }
        done
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = number;
        work()
    }
}

/// How a process ended, in words that are the same each time.
pub(crate) fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("the program died of signal {signal}");
    }
    match status.code() {
        Some(code) => format!("the program ended by itself with status {code}"),
        None => "the program ended".to_owned(),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::Command;

    use super::*;

    /// Processors that a program may use, as the system lists them: `0-3,5`.
    fn usable_by_a_program() -> String {
        let status = Command::new("cat").arg("/proc/self/status").output().unwrap().stdout;
        let status = String::from_utf8(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        line.unwrap().trim().to_owned()
    }

    #[test]
    fn what_is_started_on_one_processor_stays_there_and_nothing_else_does() {
        let all = usable_by_a_program();
        let count = std::thread::available_parallelism().unwrap().get();
        let chosen: Vec<String> =
            (0..=count).map(|number| on_processor(number, usable_by_a_program)).collect();
        assert!(chosen.iter().all(|one| one.parse::<usize>().is_ok()), "{chosen:?}");
        let different: std::collections::BTreeSet<&String> = chosen.iter().collect();
        assert_eq!(different.len(), count, "{chosen:?}");
        assert_eq!(chosen.first(), chosen.last());
        assert_eq!(usable_by_a_program(), all);
    }
}
