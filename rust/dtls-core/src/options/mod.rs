//! Options: they are checked once, and turned into a configuration that all sessions share.

mod client;
mod negotiation;
mod server;
mod terms;

use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslVersion};

pub(crate) use client::ClientSsl;
pub use client::{ClientConfig, ClientOptions, Verification};
pub use negotiation::Negotiation;
pub(crate) use negotiation::usable_ciphers;
pub use server::{ClientVerification, ServerConfig, ServerOptions};

use crate::ossl;

/// A session's settings for the network, for either role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transport {
    /// The largest UDP payload in bytes that the handshake uses. It is lowered after repeated time-outs.
    pub mtu: u16,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// A session ends after this time without a packet from the other side; `None` for never.
    pub idle_timeout: Option<Duration>,
}

impl Transport {
    /// The valid range of [`mtu`](Self::mtu) in bytes: from OpenSSL's minimum to the largest payload of UDP.
    pub const MTU: std::ops::RangeInclusive<u16> = 256..=65_507;
}

impl Default for Transport {
    fn default() -> Self {
        Self { mtu: 1200, handshake_timeout: Duration::from_secs(10), idle_timeout: None }
    }
}

fn context(method: SslMethod) -> Result<SslContextBuilder, ErrorStack> {
    ossl::init();
    let mut context = SslContextBuilder::new(method)?;
    // DTLS 1.0 is deprecated (RFC 8996). DTLS 1.3 needs OpenSSL 4.1, with which we cannot test yet.
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET);
    // Sessions are resumed by tickets only. Clients could fill a cache in the server.
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

fn ssl(context: &SslContext, transport: Transport) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(u32::from(transport.mtu))?;
    Ok(ssl)
}
