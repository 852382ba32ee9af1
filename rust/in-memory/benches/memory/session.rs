//! Our sessions, which come through the gate with a real cookie.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dtls_core::{
    Accepted, Acceptor, ClientConfig, ClientOptions, Cookies, Credentials, IoBuffers, Negotiation, ServerConfig,
    ServerOptions, Session, State, Trust,
};
use dtls_in_memory::{HOST, Identity};

use crate::{Implementation, Pair, now};

pub(crate) struct Sessions {
    acceptor: Acceptor,
    client: ClientConfig,
}

/// One side, with the buffers of its thread.
pub(crate) struct End {
    pub(crate) session: Session,
    pub(crate) buffers: IoBuffers,
}

pub(crate) struct Connected {
    pub(crate) client: End,
    pub(crate) server: End,
    /// Whoever drives sessions looks at the clock once for many datagrams.
    now: Instant,
}

impl Sessions {
    pub(crate) fn with(negotiation: Negotiation) -> Self {
        // First, as every program's first call into dtls-core does: it has OpenSSL take its memory from another allocator,
        // which OpenSSL allows before its first use only. `raw`, which is measured later, has it then too.
        let cookies = Arc::new(Cookies::new(Instant::now()).unwrap());
        let identity = Identity::new().unwrap();
        let key = identity.key.private_key_to_pem_pkcs8().unwrap();
        let chain = identity.certificate.to_pem().unwrap();
        let mut server = ServerOptions::default();
        server.credentials = Some(Credentials::from_pem(&key, None, &chain).unwrap());
        server.negotiation = negotiation.clone();
        let mut client = ClientOptions::default();
        client.trust = Trust::Anchors(vec![identity.certificate]);
        client.negotiation = negotiation;
        Self {
            acceptor: Acceptor::new(ServerConfig::new(&server, cookies).unwrap()).unwrap(),
            client: ClientConfig::new(&client).unwrap(),
        }
    }
}

impl Implementation for Sessions {
    const NAME: &'static str = "session";
    type Pair = Connected;

    fn new() -> Self {
        Self::with(Negotiation::default())
    }

    fn connect(&mut self) -> (Connected, Duration) {
        let address = SocketAddr::from(([192, 0, 2, 7], 40000));
        let mut buffers = IoBuffers::new();
        let session = Session::connect(&self.client, HOST, Instant::now(), &mut buffers).unwrap();
        let mut client = End { session, buffers };
        let mut buffers = IoBuffers::new();
        let mut server = None;
        let mut server_took = Duration::ZERO;
        loop {
            let flight = drain(&mut client.buffers);
            if flight.is_empty() {
                break;
            }
            let start = now();
            for datagram in &flight {
                let instant = Instant::now();
                match &mut server {
                    None => {
                        if let Accepted::Session(session) =
                            self.acceptor.accept(address, datagram, instant, &mut buffers)
                        {
                            server = Some(*session);
                        }
                    }
                    Some(session) => session.receive(datagram, instant, &mut buffers, |_| {}),
                }
            }
            server_took += now() - start;
            for datagram in drain(&mut buffers) {
                client.session.receive(&datagram, Instant::now(), &mut client.buffers, |_| {});
            }
        }
        let server = End { session: server.unwrap(), buffers };
        assert_eq!((client.session.state(), server.session.state()), (&State::Connected, &State::Connected));
        (Connected { client, server, now: Instant::now() }, server_took)
    }
}

impl Pair for Connected {
    fn seal(&mut self, packet: &[u8]) {
        let End { session, buffers } = &mut self.client;
        session.send(packet, buffers).unwrap();
        while let Some(datagram) = buffers.outgoing().pop() {
            black_box(datagram);
        }
    }

    fn sealed(&mut self, packet: &[u8]) -> Vec<u8> {
        let End { session, buffers } = &mut self.client;
        session.send(packet, buffers).unwrap();
        buffers.outgoing().pop().unwrap().to_vec()
    }

    fn open(&mut self, datagram: Vec<u8>) -> usize {
        let mut length = 0;
        let End { session, buffers } = &mut self.server;
        session.receive(&datagram, self.now, buffers, |packet| length += packet.len());
        length
    }
}

fn drain(buffers: &mut IoBuffers) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| buffers.outgoing().pop().map(<[u8]>::to_vec)).collect()
}
