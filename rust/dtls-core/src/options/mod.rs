//! Options, checked once and turned into what all sessions made from them share.

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

/// What a session does on the network, for either role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// The largest UDP payload that a flight of the handshake uses, in bytes. Lowered after repeated time-outs.
    pub mtu: u16,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// After how long without a packet from the other side a session ends; `None` for never.
    pub idle_timeout: Option<Duration>,
}

impl Transport {
    /// What [`mtu`](Self::mtu) may be, in bytes: from the least that OpenSSL takes to the most that UDP carries.
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
    // DTLS 1.0 is deprecated (RFC 8996). DTLS 1.3 comes with OpenSSL 4.1, which nothing here can test yet.
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET);
    // Tickets are all the resumption there is: a cache in the server would be memory for clients to fill.
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

fn ssl(context: &SslContext, transport: Transport) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(u32::from(transport.mtu))?;
    Ok(ssl)
}
