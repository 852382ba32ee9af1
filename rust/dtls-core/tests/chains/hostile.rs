//! A server or a client that shows any chain, however wrong.

use dtls_test_support::Pipe;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::ssl::{ErrorCode, Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode};
use openssl::x509::X509;

use crate::case::{Chain, Role};
use crate::certificate::{Der, Draft};
use crate::keys::{Key, p256};

const HANDSHAKE: u8 = 22;
const CERTIFICATE: u8 = 11;
const RECORD_HEADER: usize = 13;
const MESSAGE_HEADER: usize = 12;

/// Shows a chain to the other end of its pipe.
pub struct Hostile {
    stream: SslStream<Pipe>,
    /// Replaces, on the wire, the certificate that OpenSSL shows.
    forged: Option<Vec<Der>>,
}

impl Hostile {
    /// Shows `chain` as OpenSSL does, and signs for it, where OpenSSL can.
    pub fn new(role: Role, chain: &Chain) -> Self {
        Self::with(role, chain, !is_shown_by_openssl(chain))
    }

    /// Replaces the chain on the wire: OpenSSL does not show a certificate that it finds unfit.
    pub fn forging(role: Role, chain: &Chain) -> Self {
        Self::with(role, chain, true)
    }

    fn with(role: Role, chain: &Chain, forged: bool) -> Self {
        let method = match role {
            Role::Server => SslMethod::dtls_server(),
            Role::Client => SslMethod::dtls_client(),
        };
        let mut context = SslContext::builder(method).unwrap();
        context.set_security_level(0);
        context.set_verify(SslVerifyMode::NONE);
        context.set_options(SslOptions::NO_QUERY_MTU);
        if forged {
            let key = if signs(&chain.key) { chain.key.clone() } else { p256("stand-in") };
            let stand_in = Draft::leaf().key(key.clone()).self_signed();
            context.set_certificate(&X509::from_der(&stand_in).unwrap()).unwrap();
            context.set_private_key(&key).unwrap();
        } else {
            context.set_certificate(&X509::from_der(&chain.shown[0]).unwrap()).unwrap();
            for issuer in &chain.shown[1..] {
                context.add_extra_chain_cert(X509::from_der(issuer).unwrap()).unwrap();
            }
            context.set_private_key(&chain.key).unwrap();
        }
        let mut ssl = Ssl::new(&context.build()).unwrap();
        // So that a stand-in fits into one record.
        ssl.set_mtu(4000).unwrap();
        match role {
            Role::Server => ssl.set_accept_state(),
            Role::Client => ssl.set_connect_state(),
        }
        let stream = SslStream::new(ssl, Pipe::default()).unwrap();
        Self { stream, forged: forged.then(|| chain.shown.clone()) }
    }

    /// Whether the chain is replaced on the wire. Then the handshake fails even if the chain is accepted.
    pub fn forges(&self) -> bool {
        self.forged.is_some()
    }

    /// Works on what was delivered; what is to be sent.
    pub fn step(&mut self) -> Vec<Vec<u8>> {
        loop {
            let done = self.stream.do_handshake();
            let failed = done.is_err_and(|error| error.code() != ErrorCode::WANT_READ);
            if failed || self.stream.get_ref().incoming.is_empty() || self.stream.ssl().is_init_finished() {
                break;
            }
        }
        let sent: Vec<Vec<u8>> = self.stream.get_mut().outgoing.drain(..).collect();
        match &self.forged {
            Some(chain) => sent.iter().map(|datagram| forge(datagram, chain)).collect(),
            None => sent,
        }
    }

    pub fn deliver(&mut self, datagram: Vec<u8>) {
        self.stream.get_mut().incoming.push_back(datagram);
    }

    pub fn is_connected(&self) -> bool {
        self.stream.ssl().is_init_finished()
    }
}

/// Whether OpenSSL sends the very bytes of a chain, and its key can sign for the other side.
fn is_shown_by_openssl(chain: &Chain) -> bool {
    let same = |der: &Der| X509::from_der(der).and_then(|read| read.to_der()).is_ok_and(|written| written == *der);
    let own = chain.shown.first().and_then(|own| X509::from_der(own).ok()?.public_key().ok());
    chain.shown.iter().all(same) && signs(&chain.key) && own.is_some_and(|own| own.public_eq(&chain.key))
}

/// Whether OpenSSL signs with `key` in a handshake with our side.
fn signs(key: &Key) -> bool {
    let usual = [Nid::X9_62_PRIME256V1, Nid::SECP384R1];
    match key.id() {
        Id::RSA => key.bits() >= 1024,
        Id::EC => key.ec_key().unwrap().group().curve_name().is_some_and(|curve| usual.contains(&curve)),
        _ => false,
    }
}

/// The datagram, with `chain` in its message of certificates.
fn forge(datagram: &[u8], chain: &[Der]) -> Vec<u8> {
    let mut rest = datagram;
    let mut forged = Vec::new();
    while !rest.is_empty() {
        let length = usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        let (record, others) = rest.split_at(RECORD_HEADER + length);
        rest = others;
        let epoch = &record[3..5];
        if record[0] != HANDSHAKE || epoch != [0, 0] || record[RECORD_HEADER] != CERTIFICATE {
            forged.extend(record);
            continue;
        }
        let certificates: Vec<u8> = chain.iter().flat_map(|der| [&three(der.len()), &der[..]].concat()).collect();
        let body = [&three(certificates.len()), &certificates[..]].concat();
        let message_sequence = &record[RECORD_HEADER + 4..RECORD_HEADER + 6];
        forged.extend(&record[..11]);
        forged.extend(((MESSAGE_HEADER + body.len()) as u16).to_be_bytes());
        forged.push(CERTIFICATE);
        forged.extend([&three(body.len()), message_sequence, &[0, 0, 0], &three(body.len())].concat());
        forged.extend(body);
    }
    forged
}

fn three(length: usize) -> [u8; 3] {
    [(length >> 16) as u8, (length >> 8) as u8, length as u8]
}
