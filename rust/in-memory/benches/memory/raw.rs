//! OpenSSL with nothing of ours.

use std::time::Duration;

use dtls_in_memory::{Contexts, Identity};
use openssl::pkey::Id;

use crate::{CIPHER, Implementation, Pair, now};

pub(crate) struct Raw(Contexts);

impl Implementation for Raw {
    const NAME: &'static str = "raw";
    type Pair = dtls_in_memory::Pair;

    fn new() -> Self {
        Self(Contexts::new(&Identity::new().unwrap()).unwrap())
    }

    fn connect(&mut self) -> (Self::Pair, Duration) {
        let pair = self.0.pair(now).unwrap();
        let client = pair.client.ssl();
        assert_eq!(client.current_cipher().unwrap().standard_name(), Some(CIPHER));
        assert_eq!(client.peer_tmp_key().unwrap().id(), Id::X25519);
        let server_took = pair.server_took;
        (pair, server_took)
    }
}

impl Pair for dtls_in_memory::Pair {
    fn seal(&mut self, packet: &[u8]) {
        self.client.ssl_write(packet).unwrap();
        self.client.get_mut().outgoing.clear();
    }

    fn sealed(&mut self, packet: &[u8]) -> Vec<u8> {
        self.client.ssl_write(packet).unwrap();
        self.client.get_mut().outgoing.pop_front().unwrap()
    }

    fn open(&mut self, datagram: Vec<u8>) -> usize {
        self.server.get_mut().incoming.push_back(datagram);
        self.server.ssl_read(&mut [0; 2048]).unwrap()
    }
}
