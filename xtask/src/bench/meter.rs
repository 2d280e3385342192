//! The stop-watch: wall time, CPU time and peak memory of a command, with all processes that it started and waited for.
//!
//! Python measures, because the system call that tells (`wait4`) is unsafe in Rust and this project has no unsafe code.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::workspace::output;

/// Runs a command several times; a line for each run. A child's peak memory begins with Python's own, some 9 MB.
const SCRIPT: &str = "
import json, os, sys, time
for _ in range(int(sys.argv[1])):
    nowhere = os.open(os.devnull, os.O_WRONLY)
    actions = [(os.POSIX_SPAWN_DUP2, nowhere, 1)]
    start = time.perf_counter()
    pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=actions)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(nowhere)
    if status != 0:
        sys.exit('the command failed')
    scale = 1024 if sys.platform != 'darwin' else 1
    print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss * scale]))
";

/// One command, measured; the median of several runs in each figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) wall_seconds: f64,
    pub(super) cpu_seconds: f64,
    pub(super) peak_bytes: f64,
}

/// Runs a command several times in a folder.
pub(super) fn measure(runs: usize, folder: &Path, command: &[&str], variables: &[(&str, &str)]) -> Result<Measured> {
    let mut python = Command::new("python3");
    python.args(["-I", "-S", "-c", SCRIPT]).arg(runs.to_string()).args(command);
    python.current_dir(folder).envs(variables.iter().copied());
    let text = output(&mut python).with_context(|| format!("cannot measure `{}`", command.join(" ")))?;
    let mut figures = Vec::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).context("the measuring script printed something else")?;
        figures.push([0, 1, 2].map(|index| value[index].as_f64().unwrap_or(f64::NAN)));
    }
    let median = |index: usize| {
        let mut column: Vec<f64> = figures.iter().map(|figure| figure[index]).collect();
        column.sort_by(f64::total_cmp);
        column.get(column.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Ok(Measured { wall_seconds: median(0), cpu_seconds: median(1), peak_bytes: median(2) })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::measure;

    #[test]
    fn a_command_is_measured() {
        let sleep = measure(3, Path::new("."), &["sh", "-c", "sleep $LONG"], &[("LONG", "0.05")]).unwrap();
        assert!(sleep.wall_seconds >= 0.05, "{sleep:?}");
        assert!(sleep.cpu_seconds < sleep.wall_seconds, "{sleep:?}");
        assert!(sleep.peak_bytes > 100_000.0, "{sleep:?}");
        assert!(measure(1, Path::new("."), &["false"], &[]).is_err());
    }
}
