//! What is measured, and of whom.

use std::fmt;

/// A way to serve, or to speak DTLS in memory. `godot_project/benches/implementations.gd` and `multiplayer_peers.gd` have the
/// scripts of the former.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Implementation {
    /// DTLSServer and PacketPeerDTLS.
    Engine,
    /// The same script with our names.
    DropIn,
    /// A server that owns its port.
    Native,
    /// The same, which takes and sends all packets of a frame in one call.
    Batch,
    /// UDPServer and PacketPeerUDP, without encryption: what the engine and the system cost alone.
    Udp,
    /// A server over raw OpenSSL with batched system calls and no engine: what no server over it can beat by much.
    Batched,
    /// ENetMultiplayerPeer, without encryption.
    Enet,
    /// The same with DTLS.
    EnetDtls,
    /// ENetMultiplayerPeerOpenSSL.
    EnetOpenSsl,
    /// Raw OpenSSL in memory: what nothing over it can beat.
    OpenSsl,
    /// dtls-core's sessions in memory.
    DtlsCore,
    /// Another crate in memory.
    Dimpl,
}

impl Implementation {
    /// Those with a server, those with a multiplayer server, then those in memory; the first of each are what the others are
    /// compared with.
    pub(crate) const COMPARED: [&[Self]; 3] = [
        &[Self::Engine, Self::DropIn, Self::Native, Self::Batch, Self::Udp, Self::Batched],
        &[Self::Enet, Self::EnetDtls, Self::EnetOpenSsl],
        &[Self::OpenSsl, Self::DtlsCore, Self::Dimpl],
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::DropIn => "drop-in",
            Self::Native => "native",
            Self::Batch => "batch",
            Self::Udp => "udp",
            Self::Batched => "openssl-batched",
            Self::Enet => "enet",
            Self::EnetDtls => "enet-dtls",
            Self::EnetOpenSsl => "enet-openssl",
            Self::OpenSsl => "openssl",
            Self::DtlsCore => "dtls-core",
            Self::Dimpl => "dimpl",
        }
    }

    /// Whether the server has a thread for its socket; otherwise datagrams wait in the system's buffer for a frame.
    pub(crate) const fn owns_its_port(self) -> bool {
        matches!(self, Self::Native | Self::Batch)
    }

    /// How many clients it can have within a minute. UDPServer looks through all its peers for each datagram, so more take
    /// minutes to come in.
    pub(crate) const fn most_clients(self) -> usize {
        match self {
            Self::Engine | Self::DropIn | Self::Udp => 1000,
            _ => usize::MAX,
        }
    }

    /// How many new clients a second it surely keeps up with, so that none has to repeat itself; 0 for all at once.
    pub(crate) const fn joins_per_second(self) -> u32 {
        match self {
            Self::Engine | Self::EnetDtls => 150,
            Self::Enet => 400,
            Self::DropIn => 450,
            Self::Udp => 2000,
            _ => 0,
        }
    }

    /// What its clients speak, as `rust/bench` names it.
    pub(crate) const fn trust(self) -> &'static str {
        match self {
            Self::Udp | Self::Enet => "plain",
            _ => "certificate",
        }
    }
}

impl fmt::Display for Implementation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Lower,
    Higher,
}

impl fmt::Display for Better {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        })
    }
}

/// A number with a meaning.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    pub(crate) value: f64,
    /// Where it is on a curve.
    pub(crate) point: Option<Point>,
}

/// A metric that is one of several, by a number of clients.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) curve: &'static str,
    pub(crate) clients: usize,
}

impl Metric {
    pub(crate) fn lower(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, better: Better::Lower, value, point: None }
    }

    /// A lower one is better here, too.
    pub(crate) fn on_curve(curve: &'static str, clients: usize, unit: &'static str, value: f64) -> Self {
        let point = Some(Point { curve, clients });
        Self { name: format!("{curve}, {clients} clients"), unit, better: Better::Lower, value, point }
    }

    pub(crate) fn higher(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, better: Better::Higher, value, point: None }
    }
}

/// A metric of one implementation in one round.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) case: &'static str,
    pub(crate) implementation: Implementation,
    pub(crate) round: u32,
    pub(crate) metric: Metric,
}
