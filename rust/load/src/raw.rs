//! Raw OpenSSL in memory: the limit that a server is measured against.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use anyhow::{Result, bail};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSessionCacheMode, SslStream, SslVerifyMode,
    SslVersion,
};
use openssl::x509::{X509, X509Builder};

use crate::clock::Clock;

const COOKIE: [u8; 32] = [7; 32];

/// The datagrams of one end: what it writes is carried to the other by hand.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pub(crate) incoming: VecDeque<Vec<u8>>,
    pub(crate) outgoing: VecDeque<Vec<u8>>,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        let length = datagram.len().min(buffer.len());
        buffer[..length].copy_from_slice(&datagram[..length]);
        Ok(length)
    }
}

impl Write for Pipe {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) type End = SslStream<Pipe>;

/// What all ends of a role share.
pub(crate) struct Contexts {
    server: SslContext,
    client: SslContext,
}

impl Contexts {
    /// Set up as ours are, with a P-256 key, and a cookie that costs nothing.
    pub(crate) fn new() -> Result<Self> {
        let key = PKey::from_ec_key(EcKey::generate(EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?.as_ref())?)?;
        let mut server = context(SslMethod::dtls_server())?;
        server.set_options(SslOptions::COOKIE_EXCHANGE | SslOptions::CIPHER_SERVER_PREFERENCE);
        server.set_certificate(certificate(&key)?.as_ref())?;
        server.set_private_key(&key)?;
        server.set_cookie_generate_cb(|_, buffer| {
            buffer[..COOKIE.len()].copy_from_slice(&COOKIE);
            Ok(COOKIE.len())
        });
        server.set_cookie_verify_cb(|_, cookie| cookie == COOKIE);
        Ok(Self { server: server.build(), client: context(SslMethod::dtls_client())?.build() })
    }

    /// A client, a server that is connected to it, and what the server's side of that took.
    pub(crate) fn pair(&self) -> Result<(End, End, Clock)> {
        const MOST_ROUNDS: usize = 20;
        let mut spent = Clock::default();
        let mut client = end(&self.client, SslRef::set_connect_state)?;
        let mut server = spent.time(|| end(&self.server, SslRef::set_accept_state))?;
        for _ in 0..MOST_ROUNDS {
            let client_done = client.do_handshake().is_ok();
            server.get_mut().incoming.append(&mut client.get_mut().outgoing);
            let server_done = spent.time(|| server.do_handshake().is_ok());
            client.get_mut().incoming.append(&mut server.get_mut().outgoing);
            if client_done && server_done {
                return Ok((client, server, spent));
            }
        }
        bail!("a handshake in memory does not end")
    }
}

fn context(method: SslMethod) -> Result<SslContextBuilder> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list("ECDHE+AESGCM:ECDHE+CHACHA20")?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_verify(SslVerifyMode::NONE);
    Ok(context)
}

fn end(context: &SslContext, set_role: fn(&mut SslRef)) -> Result<End> {
    const MTU: u32 = 1200;
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(MTU)?;
    set_role(&mut ssl);
    Ok(SslStream::new(ssl, Pipe::default())?)
}

fn certificate(key: &PKey<Private>) -> Result<X509> {
    let mut builder = X509Builder::new()?;
    builder.set_pubkey(key)?;
    builder.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    builder.set_not_after(Asn1Time::days_from_now(1)?.as_ref())?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
