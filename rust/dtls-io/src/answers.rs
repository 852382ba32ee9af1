//! Limits how many clients without a valid cookie a server answers. Sending the answers is most of the cost of a
//! ClientHello flood.

use std::time::{Duration, Instant};

/// How many clients with an invalid cookie are asked for a new one per second. Honest ones are rare: their cookie
/// expired, or the server's secret was replaced.
const INVALID_A_SECOND: u32 = 1000;

/// More than one turn receives.
const ALL: u32 = 1024;

/// How many turns in a row may leave datagrams waiting before fewer clients are answered. A crowd that joins at once
/// takes fewer turns.
const PATIENCE: u32 = 8;

/// The highest pressure. At least `ALL >> (MOST_PRESSURE - PATIENCE)` clients are answered per turn.
const MOST_PRESSURE: u32 = 16;

/// Clients without a cookie are always answered, unless more datagrams arrive for a long time than the thread can
/// handle. Then each turn answers half as many as the turn before, so that players' packets are not lost in the
/// system's receive buffer.
#[derive(Default)]
pub(crate) struct Answers {
    /// Rises by one for each turn that left datagrams waiting, and falls by one for each turn that left none.
    pressure: u32,
    /// How many clients were answered in this turn.
    in_turn: u32,
    /// Start of the second that `invalid` counts.
    since: Option<Instant>,
    invalid: u32,
}

impl Answers {
    /// Begins a turn. `drained` says whether the last turn left no datagrams waiting.
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
