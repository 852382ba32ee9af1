//! Any datagrams, to a peer that waits for its client or is connected.

use super::{Victim, compression};
use crate::script::Script;

/// As many as tell something; more only cost time.
const MOST_DATAGRAMS: usize = 64;

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let compression = compression(&mut script);
    let mut victim = Victim::new(compression, script.below(4) != 0);
    for _ in 0..MOST_DATAGRAMS {
        if script.is_empty() {
            break;
        }
        let length = script.number() % 1500;
        victim.receive(script.take(length));
    }
    victim.take_events();
    victim.check();
}
