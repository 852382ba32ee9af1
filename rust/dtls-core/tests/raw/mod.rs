//! OpenSSL's own client, to hold sessions against.

use dtls_core::{Accepted, ClientOptions, IoBuffers, ServerOptions};
use dtls_in_memory::Pipe;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};

use crate::common::{End, World, client_address, drain};

pub struct RawClient(pub SslStream<Pipe>);

impl RawClient {
    /// A client that offers `cipher_list` and trusts whoever answers.
    pub fn new(cipher_list: &str) -> Self {
        let mut context = SslContext::builder(SslMethod::dtls_client()).unwrap();
        context.set_cipher_list(cipher_list).unwrap();
        context.set_verify(SslVerifyMode::NONE);
        let mut ssl = Ssl::new(&context.build()).unwrap();
        ssl.set_connect_state();
        Self(SslStream::new(ssl, Pipe::default()).unwrap())
    }

    /// Shakes hands with a server that has `options`.
    pub fn meet(&mut self, options: &ServerOptions) -> End {
        let mut world = World::between(options, &ClientOptions::default());
        let mut end: Option<End> = None;
        let mut buffers = IoBuffers::new();
        while self.0.do_handshake().is_err() {
            let sent = self.sent();
            assert!(!sent.is_empty(), "the handshake failed: {:?}", end.map(|end| end.words()));
            for datagram in sent {
                match &mut end {
                    Some(end) => end.receive(&datagram),
                    None => {
                        if let Accepted::Session(session) =
                            world.acceptor.accept(client_address(), &datagram, world.now, &mut buffers)
                        {
                            let buffers = std::mem::take(&mut buffers);
                            end = Some(End { session: *session, buffers, received: Vec::new() });
                        } else {
                            self.deliver(drain(&mut buffers));
                        }
                    }
                }
            }
            if let Some(end) = &mut end {
                self.deliver(end.sent());
            }
        }
        end.unwrap()
    }

    pub fn sent(&mut self) -> Vec<Vec<u8>> {
        self.0.get_mut().outgoing.drain(..).collect()
    }

    pub fn deliver(&mut self, datagrams: Vec<Vec<u8>>) {
        self.0.get_mut().incoming.extend(datagrams);
    }

    /// The packets that were delivered.
    pub fn received(&mut self) -> Vec<Vec<u8>> {
        let mut buffer = vec![0; 20_000];
        std::iter::from_fn(|| self.0.ssl_read(&mut buffer).ok().map(|length| buffer[..length].to_vec())).collect()
    }
}
