//! What this process has used of the machine so far, as the kernel counts it. Linux only; elsewhere unknown.

use std::fs;

/// Peak resident memory of this process, in bytes.
pub(crate) fn peak_memory() -> Option<u64> {
    peak_memory_in(&fs::read_to_string("/proc/self/status").ok()?)
}

/// CPU time of this process, all threads, user and system, in seconds. Resolution 10 ms.
pub(crate) fn cpu_seconds() -> Option<f64> {
    cpu_seconds_in(&fs::read_to_string("/proc/self/stat").ok()?)
}

fn peak_memory_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn cpu_seconds_in(stat: &str) -> Option<f64> {
    // The second field is the program's name in parentheses, which may hold anything; utime and stime are the 14th
    // and 15th, in ticks that Linux fixes at 100 a second for this file.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_kernels_words() {
        assert_eq!(peak_memory_in("VmPeak:\t 9 kB\nVmHWM:\t    1234 kB\n"), Some(1_263_616));
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 25 0 0 20 0 1 0 1 1 1";
        assert_eq!(cpu_seconds_in(stat), Some(1.75));
        assert_eq!(cpu_seconds_in("nonsense"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_memory() {
        assert!(peak_memory().unwrap() > 100_000);
        assert!(cpu_seconds().is_some());
    }
}
