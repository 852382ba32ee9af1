//! Our judge: a real handshake with a side that shows the chain.

use std::time::Instant;

use dtls_core::{
    ClientConfig, ClientOptions, ClientVerification, EndReason, IoBuffers, ServerOptions, Session, State, Trust,
};
use dtls_test_support::{End, World, client_address, trusting_pair};
use openssl::error::ErrorStack;
use openssl::x509::X509;

use crate::case::{Accept, Case, Chain, Refuse, Role, Verdict};
use crate::hostile::Hostile;

/// The alert of OpenSSL's server if it finds its own certificate unfit (RFC 5246 §7.2.2).
const NO_COMMON_CIPHER: u8 = 40;

/// How a handshake ends if a forged chain is accepted: the signature after it is for another chain or of another key.
const AFTER_A_FORGED_CHAIN: [&str; 3] = ["bad signature", "wrong signature type", "provider signature failure"];

/// What our side says about a case, and its words.
pub fn judge(case: &Case, role: Role) -> (Verdict, String) {
    let trust = match anchors(&case.chain) {
        Ok(anchors) => Trust::Anchors(anchors),
        Err(error) => return (Refuse, error.to_string()),
    };
    match role {
        Role::Server => {
            let mut options = ClientOptions::default();
            options.trust = trust;
            meet_server(&options, case.host, &case.chain)
        }
        Role::Client => {
            let (mut options, _) = trusting_pair();
            options.client_verification = ClientVerification::Required(trust);
            meet_client(&options, &case.chain)
        }
    }
}

fn anchors(chain: &Chain) -> Result<Vec<X509>, ErrorStack> {
    chain.anchors.iter().map(|der| X509::from_der(der)).collect()
}

/// A client with `options` connects to a server that shows `chain`.
pub fn meet_server(options: &ClientOptions, host: &str, chain: &Chain) -> (Verdict, String) {
    let (verdict, words, unfit) = meet(options, host, Hostile::new(Role::Server, chain));
    if unfit {
        let (verdict, words, _) = meet(options, host, Hostile::forging(Role::Server, chain));
        return (verdict, words);
    }
    (verdict, words)
}

/// The verdict, its words, and whether the server refused to show its certificate.
fn meet(options: &ClientOptions, host: &str, mut hostile: Hostile) -> (Verdict, String, bool) {
    let config = ClientConfig::new(options).unwrap();
    let mut buffers = IoBuffers::new();
    let session = match Session::connect(&config, host, Instant::now(), &mut buffers) {
        Ok(session) => session,
        Err(error) => return (Refuse, error.to_string(), false),
    };
    let mut client = End::new(session, buffers);
    loop {
        let sent = client.sent();
        if sent.is_empty() {
            let unfit = matches!(client.session.state(), State::Ended(EndReason::Alert(NO_COMMON_CIPHER)));
            let (verdict, words) = verdict(&client, &hostile);
            return (verdict, words, unfit);
        }
        sent.into_iter().for_each(|datagram| hostile.deliver(datagram));
        client.receive_all(hostile.step());
    }
}

/// A client that shows `chain` connects to a server with `options`.
pub fn meet_client(options: &ServerOptions, chain: &Chain) -> (Verdict, String) {
    let mut world = World::between(options, &ClientOptions::default());
    let mut hostile = Hostile::new(Role::Client, chain);
    let mut server = loop {
        let hello = hostile.step().remove(0);
        let (server, answers) = world.accept(client_address(), &hello);
        if let Some(server) = server {
            break server;
        }
        answers.into_iter().for_each(|datagram| hostile.deliver(datagram));
    };
    loop {
        let sent = server.sent();
        if sent.is_empty() {
            return verdict(&server, &hostile);
        }
        sent.into_iter().for_each(|datagram| hostile.deliver(datagram));
        server.receive_all(hostile.step());
    }
}

fn verdict(ours: &End, hostile: &Hostile) -> (Verdict, String) {
    let accepted = match ours.session.state() {
        State::Connected => {
            assert!(hostile.is_connected(), "only one side is connected");
            true
        }
        State::Ended(EndReason::Protocol(reason)) => {
            hostile.forges() && AFTER_A_FORGED_CHAIN.contains(&&*reason.to_string())
        }
        State::Ended(EndReason::CertificateRefused(_) | EndReason::Alert(NO_COMMON_CIPHER)) => false,
        // The other side's Finished is for another chain; or the chain is too long to be put together.
        State::Handshaking => hostile.forges(),
        state => panic!("not for the chain: {state:?}"),
    };
    (if accepted { Accept } else { Refuse }, ours.words())
}
