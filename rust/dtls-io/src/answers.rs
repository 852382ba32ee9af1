//! How many strangers a server answers: to send the answers is most of what a flood of ClientHellos costs.

use std::time::{Duration, Instant};

/// So many clients with an invalid cookie are asked for another one in a second. Honest ones are rare: their cookie went stale,
/// or the server's secret was replaced.
const INVALID_A_SECOND: u32 = 1000;

/// More than a turn receives.
const ALL: u32 = 1024;

/// So many turns in a row may leave datagrams waiting: more than a crowd that joins at once brings.
const PATIENCE: u32 = 8;

/// What is answered then at least: `ALL` shifted by the difference to `PATIENCE`.
const MOST_PRESSURE: u32 = 16;

/// Clients without a cookie are always answered, unless more comes for long than the thread can take: then half of what was
/// answered before, turn by turn, so that players' packets are not lost in the system's buffer.
#[derive(Default)]
pub(crate) struct Answers {
    /// One more for each turn that left datagrams waiting, one less for each that did not.
    pressure: u32,
    /// How many were answered in this turn.
    in_turn: u32,
    /// When the second began that `invalid` counts.
    since: Option<Instant>,
    invalid: u32,
}

impl Answers {
    /// Begins a turn; whether the last one left nothing waiting.
    pub(crate) fn begin_turn(&mut self, drained: bool) {
        self.pressure = if drained { self.pressure.saturating_sub(1) } else { (self.pressure + 1).min(MOST_PRESSURE) };
        self.in_turn = 0;
    }

    /// Whether a client without a cookie is answered.
    pub(crate) fn take(&mut self) -> bool {
        self.in_turn += 1;
        self.in_turn <= ALL >> self.pressure.saturating_sub(PATIENCE)
    }

    /// Whether a client with an invalid cookie is answered.
    pub(crate) fn take_for_invalid(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= Duration::from_secs(1)) {
            self.since = Some(now);
            self.invalid = 0;
        }
        self.invalid += 1;
        self.invalid <= INVALID_A_SECOND && self.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(answers: &mut Answers) -> usize {
        (0..ALL).filter(|_| answers.take()).count()
    }

    #[test]
    fn everybody_is_answered_unless_too_much_comes_for_long() {
        let mut answers = Answers::default();
        for _ in 0..PATIENCE {
            answers.begin_turn(false);
            assert_eq!(answered(&mut answers), ALL as usize);
        }
        answers.begin_turn(false);
        assert_eq!(answered(&mut answers), ALL as usize / 2);
        for _ in 0..1000 {
            answers.begin_turn(false);
        }
        assert!(answered(&mut answers) > 0, "never nobody");
        for _ in 0..MOST_PRESSURE - PATIENCE {
            answers.begin_turn(true);
        }
        assert_eq!(answered(&mut answers), ALL as usize);
    }

    #[test]
    fn few_with_an_invalid_cookie_are_answered_in_a_second() {
        let mut answers = Answers::default();
        let start = Instant::now();
        for second in 0..3 {
            let now = start + Duration::from_secs(second);
            let mut answered = 0;
            for _ in 0..10 {
                answers.begin_turn(true);
                answered += (0..ALL).filter(|_| answers.take_for_invalid(now)).count();
            }
            assert_eq!(answered, INVALID_A_SECOND as usize);
        }
    }
}
