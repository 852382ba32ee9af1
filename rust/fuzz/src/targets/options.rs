//! Options as scripts give them: ciphers, groups, protocols, names, keys. What is accepted can be used.

use std::collections::VecDeque;

use std::time::Duration;

use dtls_core::{ClientConfig, Credentials, IoBuffers, Psk, Session, SharedSecrets, State, TicketKeys};

use crate::ffi::now;
use crate::party::Party;
use crate::script::Script;
use crate::targets::handshake::exchange;
use crate::worlds;

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    match script.byte() % 5 {
        0 => negotiation(&mut script),
        1 => psk(&mut script),
        2 => host(script.rest()),
        3 => secrets(script.rest()),
        _ => self_signed(&mut script),
    }
}

/// Lists of ciphers, groups and protocols. A server and a client that take them shake hands, however it ends.
fn negotiation(script: &mut Script<'_>) {
    let (mut server, mut client) = worlds::options();
    for negotiation in [&mut server.negotiation, &mut client.negotiation] {
        negotiation.cipher_list = text(script.string());
        negotiation.groups = text(script.string());
        negotiation.alpn_protocols = script.string().split(|byte| *byte == b',').map(text).collect();
        if negotiation.alpn_protocols == [""] {
            negotiation.alpn_protocols.clear();
        }
        let _ = negotiation.check();
    }
    if let (Ok(server), Ok(client)) = (worlds::server_config(&server), ClientConfig::new(&client)) {
        let mut server = Party::server(&server);
        let (mut client, hello) = Party::client(&client);
        exchange(&mut client, &mut server, &mut VecDeque::from(hello));
    }
}

/// A pre-shared key that is accepted connects.
fn psk(script: &mut Script<'_>) {
    let identity = text(script.string());
    let Ok(psk) = Psk::new(&identity, script.string()) else { return };
    let (mut server, mut client) = worlds::options();
    worlds::share(psk, &mut server, &mut client);
    let server = worlds::server_config(&server).expect("a key will do");
    let client = ClientConfig::new(&client).expect("a key will do");
    let mut server = Party::server(&server);
    let (mut client, hello) = Party::client(&client);
    exchange(&mut client, &mut server, &mut VecDeque::from(hello));
    assert!(client.is_connected() && server.is_connected(), "{:?}, {:?}", client.state(), server.state());
}

/// A host that can be verified can be connected to.
fn host(name: &[u8]) {
    let config = ClientConfig::new(&worlds::options().1).expect("the options are good");
    let name = text(name);
    let session = Session::connect(&config, &name, now(), &mut IoBuffers::new());
    match config.check_host(&name) {
        Ok(()) => assert_eq!(session.expect("the host is good").state(), &State::Handshaking),
        Err(error) => assert_eq!(session.err(), Some(error)),
    }
}

fn secrets(bytes: &[u8]) {
    if let Ok(secrets) = SharedSecrets::from_bytes(bytes) {
        assert_eq!(secrets.to_bytes()[..], *bytes);
        TicketKeys::shared(&secrets).expect("OpenSSL has memory");
    }
}

/// A certificate that is made is one that servers show.
fn self_signed(script: &mut Script<'_>) {
    let days = script.number() as u32;
    let (mut server, _) = worlds::options();
    if let Ok(credentials) = Credentials::self_signed(&text(script.rest()), days, Duration::from_secs(1 << 31)) {
        server.credentials = Some(credentials);
        worlds::server_config(&server).expect("a certificate of our own will do");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
