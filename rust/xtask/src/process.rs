//! Child processes whose output is shown line by line as it comes, and which never outlive us.

use std::io::{self, BufRead, BufReader, Write as _};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A running child. Dropping it kills and reaps it.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    deadline: Instant,
}

impl Process {
    /// Starts `command` and prints what it says, each line after `prefix`; without one, nothing is printed.
    pub fn spawn(mut command: Command, prefix: impl Into<Option<&'static str>>, deadline: Instant) -> Result<Self> {
        let prefix = prefix.into();
        // One pipe for both streams keeps their lines in order.
        let (output, input) = io::pipe()?;
        command.stdout(input.try_clone()?).stderr(input);
        let child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;

        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                if let Some(prefix) = prefix {
                    println!("{prefix}{line}");
                }
                // Read on when nobody listens any more, or the child would block.
                let _ = sender.send(line);
            }
        });
        Ok(Self { child, lines, deadline })
    }

    /// Writes a line to the child's input, which its command must have piped.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("its input is not piped")?;
        writeln!(input, "{line}").with_context(|| format!("it does not read '{line}'"))
    }

    /// The system's number for it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of output, or `None` when the child closed it.
    pub fn next_line(&self) -> Result<Option<String>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("not done in time, so it was stopped"),
        }
    }

    /// Waits for its end until the deadline.
    pub fn wait(mut self) -> Result<ExitStatus> {
        while Instant::now() < self.deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("it closed its output but did not end in time, so it was stopped")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a child that has been reaped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Process> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::spawn(command, "", Instant::now() + limit)
    }

    #[test]
    fn lines_of_both_streams_keep_their_order() -> Result<()> {
        let process = shell("echo 1; echo 2 >&2; printf 3", Duration::from_secs(20))?;
        let mut lines = Vec::new();
        while let Some(line) = process.next_line()? {
            lines.push(line);
        }
        assert_eq!(lines, ["1", "2", "3"]);
        assert!(process.wait()?.success());
        Ok(())
    }

    #[test]
    fn a_silent_child_meets_its_deadline_and_is_reaped() -> Result<()> {
        let process = shell("exec sleep 60", Duration::from_millis(50))?;
        let id = process.id().to_string();
        assert!(process.next_line().is_err());
        drop(process);
        let alive = Command::new("kill").args(["-0", &id]).status()?;
        assert!(!alive.success());
        Ok(())
    }
}
