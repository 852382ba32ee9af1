//! A child process that does what it is told line by line, and answers each with one line of `name=number` pairs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xtask::process::Process;

pub(crate) struct Program {
    name: &'static str,
    process: Process,
}

impl Program {
    /// A program that is stopped when it runs for longer than `limit`.
    pub(crate) fn start(name: &'static str, mut command: Command, limit: Duration) -> Result<Self> {
        command.stdin(Stdio::piped());
        Ok(Self { name, process: Process::spawn(command, None, Instant::now() + limit)? })
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Gives a command; its answer is to be fetched.
    pub(crate) fn tell(&mut self, command: &str) -> Result<()> {
        self.process.tell(command).context(self.name)
    }

    /// The next answer. What a program says besides, such as the engine's errors, is passed over.
    pub(crate) fn answer(&self) -> Result<Answer> {
        let mut last = String::new();
        while let Some(line) = self.process.next_line().context(self.name)? {
            if let Some(answer) = Answer::parse(&line) {
                return Ok(answer);
            }
            last = line;
        }
        bail!("{} ended without an answer; the last it said was '{last}'", self.name)
    }

    pub(crate) fn ask(&mut self, command: &str) -> Result<Answer> {
        self.tell(command)?;
        self.answer()
    }
}

pub(crate) struct Answer(Vec<(String, f64)>);

impl Answer {
    fn parse(line: &str) -> Option<Self> {
        let pair = |word: &str| {
            let (name, number) = word.split_once('=')?;
            Some((name.to_owned(), number.parse().ok()?))
        };
        let pairs: Vec<_> = line.split_whitespace().map(pair).collect::<Option<_>>()?;
        (!pairs.is_empty()).then_some(Self(pairs))
    }

    /// All pairs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }

    pub(crate) fn get(&self, name: &str) -> Result<f64> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, number)| *number).with_context(|| format!("an answer has no {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_nothing_but_numbers_with_names() -> Result<()> {
        let answer = Answer::parse("usec=12 seconds=0.5").context("an answer")?;
        assert_eq!((answer.get("usec")?, answer.get("seconds")?), (12.0, 0.5));
        assert!(answer.get("frames").is_err());
        for noise in ["", "ERROR: a=b", "usec=12 and more", "mbedtls error: returned -0x6e00"] {
            assert!(Answer::parse(noise).is_none());
        }
        Ok(())
    }
}
