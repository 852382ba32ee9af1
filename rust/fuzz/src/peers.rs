//! Sessions that are connected with OpenSSL's own client or server.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use dtls_core::{ClientConfig, ClientOptions, Credentials, ServerConfig, ServerOptions, SessionCache, Verification};
use dtls_test_support::{Issued, Pipe, Recipe, Suite, credentials};
use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslSession, SslStream, SslVerifyMode, SslVersion};

use crate::ffi;
use crate::party::Party;
use crate::worlds;

/// OpenSSL's side of a connection.
pub(crate) type Peer = SslStream<Pipe>;

/// What all connections of a suite and role share.
struct Setup {
    openssl: SslContext,
    victim: Victim,
}

enum Victim {
    /// With the session that OpenSSL's client resumes.
    Server(ServerConfig, Option<SslSession>),
    /// One that resumes nothing; and one whose cache has the session of its last connection.
    Client(ClientConfig, ClientConfig),
}

/// OpenSSL's side, and a session of ours: they are connected by a full handshake, or by a resumption.
pub(crate) fn connect(suite: &'static Suite, server: bool, resumed: bool) -> (Peer, Party) {
    type Setups = HashMap<(&'static str, bool), Rc<Setup>>;
    thread_local! {
        static SETUPS: RefCell<Setups> = RefCell::default();
    }
    let setup = SETUPS.with_borrow_mut(|setups| {
        let setup = setups.entry((suite.name, server)).or_insert_with(|| {
            let setup = Setup::new(suite, server);
            // Every run starts alike.
            ffi::reset();
            Rc::new(setup)
        });
        Rc::clone(setup)
    });
    setup.connect(resumed)
}

impl Setup {
    fn new(suite: &Suite, server: bool) -> Self {
        let identity = Recipe::server().days(-1..3650).self_signed();
        let openssl = context(suite, (!server).then_some(&identity)).expect("OpenSSL takes the options");
        if !server {
            let resuming = client(suite, Some(Arc::default()));
            let setup = Self { openssl, victim: Victim::Client(client(suite, None), resuming) };
            setup.connect(true);
            return setup;
        }
        let mut options = ServerOptions::default();
        options.credentials = Some(own(&identity));
        options.negotiation.cipher_list = suite.name.into();
        options.tickets = Some(worlds::tickets());
        let mut setup = Self {
            openssl,
            victim: Victim::Server(worlds::server_config(&options).expect("the options are good"), None),
        };
        let (peer, _) = setup.connect(false);
        if let Victim::Server(_, session) = &mut setup.victim {
            *session = peer.ssl().session().map(ToOwned::to_owned);
        }
        setup
    }

    fn connect(&self, resumed: bool) -> (Peer, Party) {
        let mut ssl = Ssl::new(&self.openssl).expect("OpenSSL has memory");
        ssl.set_mtu(1200).expect("a good size");
        let (mut victim, hello) = match &self.victim {
            Victim::Server(config, session) => {
                ssl.set_connect_state();
                if let (true, Some(session)) = (resumed, session) {
                    ffi::resume(&mut ssl, session).expect("a session of this context");
                }
                (Party::server(config), Vec::new())
            }
            Victim::Client(fresh, resuming) => {
                ssl.set_accept_state();
                Party::client(if resumed { resuming } else { fresh })
            }
        };
        let mut peer = SslStream::new(ssl, Pipe::default()).expect("OpenSSL has memory");
        peer.get_mut().incoming.extend(hello);
        loop {
            let done = peer.do_handshake().is_ok();
            let sent: Vec<_> = peer.get_mut().outgoing.drain(..).collect();
            if sent.is_empty() {
                assert!(done, "a handshake with OpenSSL ends: {:?}", victim.state());
                break;
            }
            for datagram in sent {
                peer.get_mut().incoming.extend(victim.receive(&datagram));
            }
        }
        assert!(victim.is_connected(), "a handshake with OpenSSL ends: {:?}", victim.state());
        (peer, victim)
    }
}

fn client(suite: &Suite, sessions: Option<Arc<SessionCache>>) -> ClientConfig {
    let mut options = ClientOptions::default();
    options.verification = Verification::Nothing;
    options.negotiation.cipher_list = suite.name.into();
    options.sessions = sessions;
    ClientConfig::new(&options).expect("the options are good")
}

fn own(identity: &Issued) -> Credentials {
    credentials(&identity.key, std::slice::from_ref(&identity.certificate))
}

/// Of a server with `identity`, or of a client.
fn context(suite: &Suite, identity: Option<&Issued>) -> Result<SslContext, ErrorStack> {
    let mut context =
        SslContext::builder(if identity.is_some() { SslMethod::dtls_server() } else { SslMethod::dtls_client() })?;
    context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_cipher_list(suite.name)?;
    context.set_options(SslOptions::NO_QUERY_MTU);
    context.set_verify(SslVerifyMode::NONE);
    if let Some(identity) = identity {
        context.set_certificate(&identity.certificate)?;
        context.set_private_key(&identity.key)?;
    }
    Ok(context.build())
}
