//! What is measured, and of whom.

use std::fmt;

/// A way to serve; `godot_project/benches/implementations.gd` has the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Implementation {
    /// DTLSServer and PacketPeerDTLS.
    Engine,
    /// The same script with our names.
    DropIn,
    /// A server that owns its port, asked peer by peer.
    Native,
    /// The same, with a frame's packets in one call each way.
    Batch,
    /// No server but its parts: OpenSSL in memory, the kernel's batched calls. What nobody can beat.
    Limit,
}

impl Implementation {
    pub(crate) const ALL: [Self; 5] = [Self::Engine, Self::DropIn, Self::Native, Self::Batch, Self::Limit];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::DropIn => "drop-in",
            Self::Native => "native",
            Self::Batch => "batch",
            Self::Limit => "limit",
        }
    }

    /// Whether the server has a thread for its socket; otherwise datagrams wait in the system's buffer for a frame.
    pub(crate) const fn owns_its_port(self) -> bool {
        matches!(self, Self::Native | Self::Batch)
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
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) better: Better,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) fn lower(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, better: Better::Lower, value }
    }

    pub(crate) fn higher(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self { name: name.into(), unit, better: Better::Higher, value }
    }
}

/// A figure of one implementation in one round.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) case: &'static str,
    pub(crate) implementation: Implementation,
    pub(crate) round: u32,
    pub(crate) figure: Figure,
}
