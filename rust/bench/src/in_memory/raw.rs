//! OpenSSL with nothing of ours.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use dtls_test_support::Pipe;
use openssl::pkey::Id;
use openssl::ssl::{
    SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslStream, SslVerifyMode,
};
use openssl::x509::store::X509StoreBuilder;

use super::pair::{CIPHER, Pair};
use crate::identity::{HOST, Identity};
use crate::raw_openssl;

/// What all ends of a role share.
pub(crate) struct Raw {
    server: SslContext,
    client: SslContext,
}

pub(crate) struct Connected {
    client: SslStream<Pipe>,
    server: SslStream<Pipe>,
}

impl Raw {
    /// Set up as ours are, but for a cookie that costs nothing.
    pub(crate) fn new(identity: &Identity) -> Result<Self> {
        let mut server = raw_openssl::server_context(identity)?;
        without_tickets(&mut server);
        let mut client = raw_openssl::context(SslMethod::dtls_client())?;
        without_tickets(&mut client);
        let mut trusted = X509StoreBuilder::new()?;
        trusted.add_cert(identity.certificate.clone())?;
        client.set_cert_store(trusted.build());
        client.set_verify(SslVerifyMode::PEER);
        Ok(Self { server: server.build(), client: client.build() })
    }

    pub(crate) fn connect(&self) -> Result<(Connected, Duration)> {
        const MOST_ROUNDS: usize = 20;
        let mut ssl = raw_openssl::ssl(&self.client)?;
        ssl.set_connect_state();
        ssl.param_mut().set_host(HOST)?;
        let mut client = SslStream::new(ssl, Pipe::default())?;
        let start = Instant::now();
        let mut ssl = raw_openssl::ssl(&self.server)?;
        ssl.set_accept_state();
        let mut server = SslStream::new(ssl, Pipe::default())?;
        let mut server_took = start.elapsed();
        for _ in 0..MOST_ROUNDS {
            let client_done = client.do_handshake().is_ok();
            server.get_mut().incoming.append(&mut client.get_mut().outgoing);
            let start = Instant::now();
            let server_done = server.do_handshake().is_ok();
            server_took += start.elapsed();
            client.get_mut().incoming.append(&mut server.get_mut().outgoing);
            if client_done && server_done {
                let cipher = client.ssl().current_cipher().and_then(|cipher| cipher.standard_name());
                ensure!(cipher == Some(CIPHER), "another cipher was negotiated");
                ensure!(client.ssl().peer_tmp_key()?.id() == Id::X25519, "another group was negotiated");
                return Ok((Connected { client, server }, server_took));
            }
        }
        bail!("a handshake in memory does not end")
    }
}

impl Pair for Connected {
    fn seal(&mut self, packet: &[u8]) -> Result<Vec<u8>> {
        self.client.ssl_write(packet)?;
        self.client.get_mut().outgoing.pop_front().context("nothing was sealed")
    }

    fn open(&mut self, datagram: Vec<u8>) -> Result<usize> {
        self.server.get_mut().incoming.push_back(datagram);
        Ok(self.server.ssl_read(&mut [0; 2048])?)
    }
}

fn without_tickets(context: &mut SslContextBuilder) {
    context.set_options(SslOptions::NO_TICKET);
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
}
