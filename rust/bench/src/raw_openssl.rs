//! OpenSSL with nothing of ours, set up as ours is.

use anyhow::Result;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslVersion};

use crate::identity::{Identity, PSK};

const COOKIE: [u8; 32] = [7; 32];

/// A server's, whose cookie costs nothing.
pub(crate) fn server_context(identity: &Identity) -> Result<SslContextBuilder> {
    let mut server = context(SslMethod::dtls_server())?;
    server.set_options(SslOptions::COOKIE_EXCHANGE | SslOptions::CIPHER_SERVER_PREFERENCE);
    server.set_certificate(&identity.certificate)?;
    server.set_private_key(&identity.key)?;
    server.set_cookie_generate_cb(|_, buffer| {
        buffer[..COOKIE.len()].copy_from_slice(&COOKIE);
        Ok(COOKIE.len())
    });
    server.set_cookie_verify_cb(|_, cookie| cookie == COOKIE);
    Ok(server)
}

/// Has a server know its clients by a key that all of them have.
pub(crate) fn accept_psk(server: &mut SslContextBuilder) -> Result<()> {
    server.set_cipher_list("ECDHE-PSK-CHACHA20-POLY1305")?;
    server.set_psk_server_callback(|_, _, key| {
        key[..PSK.len()].copy_from_slice(&PSK);
        Ok(PSK.len())
    });
    Ok(())
}

pub(crate) fn context(method: SslMethod) -> Result<SslContextBuilder> {
    let mut context = SslContext::builder(method)?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list("ECDHE+AESGCM+AES128:ECDHE+AESGCM+AES256:ECDHE+CHACHA20")?;
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_RENEGOTIATION);
    Ok(context)
}

pub(crate) fn ssl(context: &SslContext) -> Result<Ssl> {
    const MTU: u32 = 1200;
    let mut ssl = Ssl::new(context)?;
    ssl.set_mtu(MTU)?;
    Ok(ssl)
}
