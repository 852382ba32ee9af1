//! Raw OpenSSL: the limit that everything else is measured against.

use std::time::Duration;

use anyhow::{Result, bail};
use dtls_test_support::Pipe;
use openssl::error::ErrorStack;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslRef, SslSessionCacheMode, SslStream, SslVerifyMode,
    SslVersion,
};
use openssl::x509::store::X509StoreBuilder;

use crate::identity::{HOST, Identity};

const COOKIE: [u8; 32] = [7; 32];

/// One side of a connection.
pub type End = SslStream<Pipe>;

/// What all ends of a role share.
#[derive(Debug)]
pub struct Contexts {
    server: SslContext,
    client: SslContext,
}

/// Two ends that are connected, and what that took each of them.
#[derive(Debug)]
pub struct Pair {
    /// Has verified the server's certificate.
    pub client: End,
    /// Has had its cookie back.
    pub server: End,
    /// The client's share of the handshake.
    pub client_took: Duration,
    /// The server's.
    pub server_took: Duration,
}

impl Contexts {
    /// Set up as ours are, but for a cookie that costs nothing.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn new(identity: &Identity) -> Result<Self> {
        let mut server = context(SslMethod::dtls_server())?;
        server.set_options(SslOptions::COOKIE_EXCHANGE | SslOptions::CIPHER_SERVER_PREFERENCE);
        server.set_certificate(&identity.certificate)?;
        server.set_private_key(&identity.key)?;
        server.set_cookie_generate_cb(|_, buffer| {
            buffer[..COOKIE.len()].copy_from_slice(&COOKIE);
            Ok(COOKIE.len())
        });
        server.set_cookie_verify_cb(|_, cookie| cookie == COOKIE);
        let mut client = context(SslMethod::dtls_client())?;
        let mut trusted = X509StoreBuilder::new()?;
        trusted.add_cert(identity.certificate.clone())?;
        client.set_cert_store(trusted.build());
        client.set_verify(SslVerifyMode::PEER);
        Ok(Self { server: server.build(), client: client.build() })
    }

    /// A handshake; `now` is the clock for what it takes.
    ///
    /// # Errors
    /// When it does not end.
    pub fn pair(&self, now: fn() -> Duration) -> Result<Pair> {
        const MOST_ROUNDS: usize = 20;
        let start = now();
        let mut client = end(&self.client, |ssl| {
            ssl.set_connect_state();
            ssl.param_mut().set_host(HOST)
        })?;
        let mut client_took = now().saturating_sub(start);
        let start = now();
        let mut server = end(&self.server, |ssl| {
            ssl.set_accept_state();
            Ok(())
        })?;
        let mut server_took = now().saturating_sub(start);
        for _ in 0..MOST_ROUNDS {
            let start = now();
            let client_done = client.do_handshake().is_ok();
            client_took += now().saturating_sub(start);
            server.get_mut().incoming.append(&mut client.get_mut().outgoing);
            let start = now();
            let server_done = server.do_handshake().is_ok();
            server_took += now().saturating_sub(start);
            client.get_mut().incoming.append(&mut server.get_mut().outgoing);
            if client_done && server_done {
                return Ok(Pair { client, server, client_took, server_took });
            }
        }
        bail!("a handshake in memory does not end")
    }
}

fn context(method: SslMethod) -> Result<SslContextBuilder> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list("ECDHE+AESGCM+AES128:ECDHE+AESGCM+AES256:ECDHE+CHACHA20")?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(context)
}

fn end(context: &SslContext, set_role: fn(&mut SslRef) -> Result<(), ErrorStack>) -> Result<End> {
    const MTU: u32 = 1200;
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(MTU)?;
    set_role(&mut ssl)?;
    Ok(SslStream::new(ssl, Pipe::default())?)
}
