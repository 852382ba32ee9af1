//! The floods, and what is promised while each lasts. docs/threat-model.md has the promises.

/// A kind of flood.
pub(crate) struct Kind {
    /// As `rust/bench` calls it.
    pub(crate) name: &'static str,
    /// What is sent, and from where.
    pub(crate) title: &'static str,
    pub(crate) attacker: Attacker,
    /// Whether all honest clients can join meanwhile.
    pub(crate) admits: bool,
}

/// Who floods, as in docs/threat-model.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attacker {
    Stranger,
    Newcomer,
    Player,
}

impl Attacker {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Newcomer => "newcomer",
            Self::Player => "player",
        }
    }

    /// How much memory the server may use meanwhile above what it uses with its players, in MiB.
    pub(crate) const fn memory(self) -> f64 {
        match self {
            // Nothing is kept of a stranger. This is for the honest clients that join meanwhile.
            Self::Stranger => 16.0,
            // 4,096 handshakes, and datagrams that wait.
            Self::Newcomer => 700.0 + 47.0,
            // Each of the eight that flood has 2 MiB to be read, and as much to be sent in each of two buffers. A buffer takes
            // up to three times what it holds while it grows. The rest is what earlier floods may leave.
            Self::Player => 8.0 * 2.0 * 3.0 * 3.0 + super::RETURNED,
        }
    }
}

const fn kind(name: &'static str, title: &'static str, attacker: Attacker) -> Kind {
    Kind { name, title, attacker, admits: true }
}

/// More than can be answered or received, or from more addresses than can be told from a crowd.
const fn crowd(name: &'static str, title: &'static str, attacker: Attacker) -> Kind {
    Kind { admits: false, ..kind(name, title, attacker) }
}

pub(crate) const KINDS: [Kind; 16] = [
    crowd("first", "first hellos, 1,000 addresses", Attacker::Stranger),
    kind("forged", "hellos with forged cookies, 1,000 addresses", Attacker::Stranger),
    kind("truncated", "hellos cut off, 250 addresses", Attacker::Stranger),
    kind("oversized", "datagrams of 2 to 64 KiB, 250 addresses", Attacker::Stranger),
    kind("strange-records", "forged records, 250 addresses without a connection", Attacker::Stranger),
    kind("valid", "hellos with valid cookies, 1,000 ports of one address", Attacker::Newcomer),
    kind("slow-from-one", "handshakes that stop in six places, 4,096 ports of one address", Attacker::Newcomer),
    crowd("slow-from-many", "handshakes that stop in six places, 64 addresses", Attacker::Newcomer),
    kind("forged-records", "forged records", Attacker::Player),
    kind("replayed", "replayed records", Attacker::Player),
    kind("restarts", "hellos with valid cookies from the ports of connections", Attacker::Player),
    kind("tiny", "packets of one byte and of none", Attacker::Player),
    crowd("largest", "packets of 16 KiB", Attacker::Player),
    kind("alerts", "alerts, whole and broken", Attacker::Player),
    kind("finished", "Finished again and again", Attacker::Player),
    kind("messages", "requests for renegotiation, other messages, unknown records", Attacker::Player),
];
