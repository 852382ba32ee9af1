//! The servers and clients that inputs meet.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dtls_core::{
    Acceptor, ClientConfig, ClientOptions, ClientVerification, Cookies, Credentials, IoBuffers, OptionsError, Psk,
    PskStore, ServerConfig, ServerOptions, SessionCache, SharedSecrets, TicketKeys, Trust,
};
use dtls_test_support::{Recipe, credentials, rsa2048};
use openssl::x509::X509;

use crate::ffi::now;
use crate::party::buffers;

/// A server, and a client that trusts it.
pub(crate) struct World {
    pub(crate) server: ServerConfig,
    client: ClientConfig,
    /// With these, a client has a cache of its own for the session that it resumes.
    resuming: Option<ClientOptions>,
}

impl World {
    /// The configuration of a client.
    pub(crate) fn client(&self) -> ClientConfig {
        let Some(mut options) = self.resuming.clone() else { return self.client.clone() };
        options.sessions = Some(Arc::<SessionCache>::default());
        ClientConfig::new(&options).expect("the options are good")
    }

    /// Whether the client has a session to resume, once it was connected.
    pub(crate) const fn resumes(&self) -> bool {
        self.resuming.is_some()
    }
}

/// The options of a server with an ECDSA certificate, and of a client that trusts it.
pub(crate) fn options() -> (ServerOptions, ClientOptions) {
    thread_local! {
        static PAIR: (ServerOptions, ClientOptions) = pair(&identity(false));
    }
    PAIR.with(Clone::clone)
}

/// How many there are.
pub(crate) const COUNT: usize = 10;

/// One of them.
pub(crate) fn get(index: usize) -> Rc<World> {
    thread_local! {
        static WORLDS: [Rc<World>; COUNT] = make().map(Rc::new);
    }
    WORLDS.with(|worlds| Rc::clone(&worlds[index % COUNT]))
}

/// An acceptor with a certificate.
pub(crate) fn acceptor() -> (Acceptor, IoBuffers) {
    (Acceptor::new(get(0).server.clone()).expect("OpenSSL has memory"), buffers())
}

fn make() -> [World; COUNT] {
    let rsa = identity(true);
    let world = |change: fn(&mut ServerOptions, &mut ClientOptions)| {
        let (mut server, mut client) = options();
        change(&mut server, &mut client);
        between(&server, client)
    };
    let (server, client) = pair(&rsa);
    let with_rsa = between(&server, client);
    [
        world(|_, _| {}),
        with_rsa,
        world(|server, client| {
            let (trust, credentials) = identity(true);
            server.client_verification = ClientVerification::Required(trust);
            client.credentials = Some(credentials);
        }),
        world(|server, _| server.client_verification = ClientVerification::Optional(identity(false).0)),
        world(|server, client| {
            server.credentials = None;
            share_a_key(server, client);
        }),
        world(share_a_key),
        world(|server, _| server.tickets = Some(tickets())),
        world(|server, client| {
            for negotiation in [&mut server.negotiation, &mut client.negotiation] {
                negotiation.alpn_protocols = vec!["game/2".into(), "game/1".into()];
                negotiation.groups = "P-256:X25519".into();
            }
        }),
        world(|server, client| {
            server.negotiation.cipher_list = "ECDHE+AESCCM".into();
            client.negotiation.cipher_list = "ECDHE+AESCCM".into();
        }),
        world(|server, client| {
            server.transport.mtu = 256;
            client.transport.mtu = 256;
        }),
    ]
}

/// An authority, and a server's certificate that it issued by way of another.
fn identity(rsa: bool) -> (Trust, Credentials) {
    const DAYS: std::ops::Range<i64> = -1..3650;
    let root = Recipe::authority("root").days(DAYS).self_signed();
    let issuer = Recipe::authority("issuer").days(DAYS).signed_by(&root);
    let own = Recipe::server().days(DAYS);
    let own = if rsa { own.key(rsa2048()) } else { own }.signed_by(&issuer);
    let chain: [X509; 2] = [own.certificate, issuer.certificate];
    (Trust::Anchors(vec![root.certificate]), credentials(&own.key, &chain))
}

/// Options of a server, and of a client that trusts it.
fn pair((trust, credentials): &(Trust, Credentials)) -> (ServerOptions, ClientOptions) {
    let (mut server, mut client) = (ServerOptions::default(), ClientOptions::default());
    server.credentials = Some(credentials.clone());
    client.trust = trust.clone();
    (server, client)
}

fn share_a_key(server: &mut ServerOptions, client: &mut ClientOptions) {
    share(Psk::new("player", &[7; 32]).expect("a good key"), server, client);
}

/// Has both sides use a pre-shared key.
pub(crate) fn share(psk: Psk, server: &mut ServerOptions, client: &mut ClientOptions) {
    let store = PskStore::default();
    store.insert(psk.clone());
    server.psks = Some(Arc::new(store));
    client.psk = Some(psk);
}

fn between(server: &ServerOptions, client: ClientOptions) -> World {
    World {
        server: server_config(server).expect("the options are good"),
        client: ClientConfig::new(&client).expect("the options are good"),
        resuming: server.tickets.is_some().then_some(client),
    }
}

/// A server's configuration, if its options are good.
pub(crate) fn server_config(options: &ServerOptions) -> Result<ServerConfig, OptionsError> {
    let cookies = Cookies::shared(&secrets(), now(), Duration::from_secs(1_000_000))?;
    ServerConfig::new(options, Arc::new(cookies))
}

/// What seals tickets.
pub(crate) fn tickets() -> Arc<TicketKeys> {
    Arc::new(TicketKeys::shared(&secrets()).expect("OpenSSL has memory"))
}

/// Secrets of a fleet, so that cookies and tickets of one run are those of another.
fn secrets() -> SharedSecrets {
    SharedSecrets::from_bytes(&std::array::from_fn::<u8, 32, _>(|index| index as u8)).expect("32 bytes")
}
