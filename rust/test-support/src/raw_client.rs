//! OpenSSL's own client, to hold sessions against.

use dtls_core::{ClientOptions, ServerOptions};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream, SslVerifyMode};

use crate::end::End;
use crate::pipe::Pipe;
use crate::world::{World, client_address};

/// A client that runs on OpenSSL alone.
#[derive(Debug)]
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

    /// Shakes hands with a server that has `options`: the server's end.
    pub fn meet(&mut self, options: &ServerOptions) -> End {
        let mut world = World::between(options, &ClientOptions::default());
        let mut server: Option<End> = None;
        while self.0.do_handshake().is_err() {
            let sent = self.sent();
            assert!(!sent.is_empty(), "the handshake failed: {:?}", server.map(|end| end.words()));
            for datagram in sent {
                if let Some(server) = &mut server {
                    server.receive(&datagram);
                } else {
                    let (session, answers) = world.accept(client_address(), &datagram);
                    server = session;
                    self.deliver(answers);
                }
            }
            if let Some(server) = &mut server {
                self.deliver(server.sent());
            }
        }
        server.unwrap()
    }

    /// Takes the datagrams that the client has written.
    pub fn sent(&mut self) -> Vec<Vec<u8>> {
        self.0.get_mut().outgoing.drain(..).collect()
    }

    /// Gives the client datagrams to read.
    pub fn deliver(&mut self, datagrams: Vec<Vec<u8>>) {
        self.0.get_mut().incoming.extend(datagrams);
    }

    /// The packets that were delivered.
    pub fn received(&mut self) -> Vec<Vec<u8>> {
        let mut buffer = vec![0; 20_000];
        std::iter::from_fn(|| self.0.ssl_read(&mut buffer).ok().map(|length| buffer[..length].to_vec())).collect()
    }
}
