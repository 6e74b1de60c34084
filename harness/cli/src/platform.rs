//! Everything that depends on the operating system. Elsewhere than on Linux there is a plain alternative, or less
//! protection: without `/proc` no polling of memory, without parent-death signals only the watchdog's look at its parent.

use std::fs::File;
use std::io;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::exit::Refusal;

/// This process's parent, as something to compare.
pub(crate) fn parent() -> u32 {
    #[cfg(unix)]
    return std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    return 0;
}

/// CPU time that this process has used; on other systems time in general.
pub(crate) fn cpu_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanos)
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::LazyLock<std::time::Instant> =
            std::sync::LazyLock::new(std::time::Instant::now);
        START.elapsed()
    }
}

/// CPU time that this thread has used; on other systems time in general.
pub(crate) fn thread_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanos)
    }
    #[cfg(not(unix))]
    cpu_time()
}

/// MiB of this process that are in memory, where that can be told.
pub(crate) fn resident_mib() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
        let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
        Some((pages * rustix::param::page_size() as u64) >> 20)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Makes this process a worker: it dies with its parent, leaves no core file, and cannot grow far beyond the limit
/// between two polls.
pub(crate) fn restrain(memory_mib: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit,
        };
        // Where one of these is not allowed, the watchdog is still there.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
        let bytes = memory_mib.saturating_mul(2).saturating_add(256).saturating_mul(1 << 20);
        for (resource, most) in [(Resource::Data, bytes), (Resource::Core, 0)] {
            let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory_mib;
}

/// Becomes `line`, with limits, and dies with its parent. What comes back is why it did not.
pub(crate) fn launch(memory_mib: u64, line: &[String]) -> Refusal {
    restrain(memory_mib);
    let [program, arguments @ ..] = line else { return Refusal::usage("no program") };
    let mut command = Command::new(program);
    command.args(arguments);
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    };
    Refusal::usage(format!("`{}` cannot be started: {error}", sprag_report::inert(program)))
}

/// Takes standard output away from whatever else this process runs: what is printed there goes to standard error from
/// now on, and only the file given back leads to where it led.
///
/// # Errors
/// If the descriptor cannot be doubled.
pub(crate) fn take_stdout() -> io::Result<File> {
    #[cfg(unix)]
    {
        let own = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
        rustix::stdio::dup2_stdout(io::stderr())?;
        Ok(File::from(own))
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle as _;
        Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
    }
}

/// Puts the process that `command` starts in a group of its own, which a Ctrl-C at the terminal does not reach.
pub(crate) fn in_own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Ends a process that was started by [`in_own_group`], with all that it has started.
pub(crate) fn end_group(process: u32) {
    #[cfg(unix)]
    {
        let pid = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
    #[cfg(not(unix))]
    let _ = process;
}

/// How a process ended, in words that are the same each time.
pub(crate) fn ending(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => " (illegal instruction)",
            6 => " (abort)",
            7 | 10 => " (bus error)",
            8 => " (arithmetic)",
            9 => " (killed)",
            11 => " (segmentation fault)",
            15 => " (terminated)",
            _ => "",
        };
        return format!("the process died of signal {signal}{name}");
    }
    match status.code() {
        Some(code) => format!("the process ended by itself with status {code}"),
        None => "the process ended".to_owned(),
    }
}
