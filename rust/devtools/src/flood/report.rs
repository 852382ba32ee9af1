//! The table of docs/floods.md.

use std::fmt::Write as _;

use super::kinds::Attacker;
use super::scene::{JOINS, PACKETS, PLAYERS, Phase, RECOVERY};
use super::{AFTER, DURING, LOST, RETURNED};
use crate::bench::report::number;
use crate::bench::usage;

pub(super) struct Table(String);

impl Table {
    pub(super) fn new(command: &str, version: &str) -> Self {
        let mut text = format!("# Floods\n\n`{command}` on {}, Godot {version}, loopback.\n", usage::machine());
        let (hertz, size) = PACKETS;
        let memory = [Attacker::Stranger, Attacker::Newcomer, Attacker::Player]
            .map(|attacker| format!("{} MiB for a {}", attacker.memory(), attacker.name()));
        let _ = write!(
            text,
            "
A headless Godot serves {PLAYERS} players at 60 frames a second and sends back what they send: {hertz} packets of {size} bytes
a second each. It asks clients for a certificate, and they have none. Meanwhile {JOINS} honest clients a second join, each
from an address of its own, in a process of their own. Then one process floods the server as fast as it can. The programs
share the machine's cores, so a flood also takes processor time from the players and from those that join. *During* is
{DURING} s of the flood. *After* is {AFTER} s once the server has only its players left, {} s after the flood at most.

The [threat model](threat-model.md) has the promises. The command fails if

- a player is lost, or more than {LOST} % of the players' packets are lost after a flood;
- an honest client cannot join after a flood, or during one that does not say *some* below;
- the server's memory grows during a flood by more than {};
- once honest clients have joined after it, the server's memory stays more than {RETURNED} MiB above what it was before the
  first flood.

*Round trip* is the players', median and 99th percentile, and is mostly the wait for a frame. *Joining* is the time that honest
clients took, median and longest. *Memory* is the most that was seen of what the server has to itself. *Main thread* is the
time in the frames of the script, and *process* that of all threads on processors. *Answered* is how many bytes the server
sent for each byte that it received, with the echoes.

| flood | by | datagrams a second | | round trip, ms | lost, % | joined | joining, ms | memory, MiB | main thread, % | process, % | answered | dropped |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
",
            RECOVERY.as_secs(),
            memory.join(", ")
        );
        Self(text)
    }

    pub(super) fn add(&mut self, flood: &str, by: &str, rate: Option<f64>, when: &str, phase: &Phase) {
        let Phase { median, p99, lost, joined, of, joining, memory, main_thread, process, answered, drops } = phase;
        let drops: Vec<_> = drops.iter().map(|(name, count)| format!("`{name}` {count}")).collect();
        let rate = rate.map(|rate| format!("{rate:.0}")).unwrap_or_default();
        let _ = writeln!(
            self.0,
            "| {flood} | {by} | {rate} | {when} | {}, {} | {} | {joined} of {of} | {}, {} | {memory:.0} | {} | {process:.0} | {} | {} |",
            number(*median),
            number(*p99),
            number(lost.max(0.0)),
            number(joining.0),
            number(joining.1),
            number(*main_thread),
            number(*answered),
            drops.join(", ")
        );
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}
