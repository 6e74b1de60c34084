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
