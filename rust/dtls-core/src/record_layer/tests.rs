//! The record layer beside OpenSSL's, under the same keys, and beside records that others have made.
//!
//! The engine's mbedTLS and GnuTLS are on the other side of whole connections in `godot_project/tests/interop`.

use std::time::SystemTime;

use openssl::pkey::PKey;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode};
use openssl::x509::X509;
use proptest::prelude::*;

use super::*;
use crate::Credentials;
use crate::datagram::Datagrams;
use crate::record::{APPLICATION_DATA, plausible_records, records};

const CIPHERS: [&str; 3] =
    ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"];

type Stream = SslStream<Datagrams>;

/// A server and a client of OpenSSL that are connected; a record layer with the client's keys; and the server's Finished.
struct SameKeys {
    server: Stream,
    client: Stream,
    layer: RecordLayer,
    /// What the suite adds to a record, in bytes.
    overhead: usize,
    finished: Vec<u8>,
}

fn stream(cipher: &str, method: SslMethod, credentials: Option<&Credentials>) -> Stream {
    let mut context = SslContext::builder(method).unwrap();
    context.set_cipher_list(cipher).unwrap();
    context.set_verify(SslVerifyMode::NONE);
    context.set_options(SslOptions::NO_QUERY_MTU | SslOptions::NO_TICKET);
    if let Some(credentials) = credentials {
        context.set_private_key(&PKey::private_key_from_pem(&credentials.key_to_pem().unwrap()).unwrap()).unwrap();
        context.set_certificate(&X509::from_pem(&credentials.chain_to_pem().unwrap()).unwrap()).unwrap();
    }
    let mut ssl = Ssl::new(&context.build()).unwrap();
    ssl.set_mtu(1500).unwrap();
    SslStream::new(ssl, Datagrams::default()).unwrap()
}

fn sent(stream: &mut Stream) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| stream.get_mut().outgoing.pop().map(<[u8]>::to_vec)).collect()
}

/// The last of epoch 1.
fn last_protected(datagrams: &[Vec<u8>]) -> Option<Record<'_>> {
    datagrams.iter().flat_map(|datagram| records(datagram)).filter(|record| record.is_protected()).last()
}

impl SameKeys {
    fn new(cipher: &str) -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let credentials = Credentials::self_signed("localhost", 1, since_epoch).unwrap();
        let mut server = stream(cipher, SslMethod::dtls_server(), Some(&credentials));
        let mut client = stream(cipher, SslMethod::dtls_client(), None);
        let (mut of_client, mut of_server) = (Vec::new(), Vec::new());
        while client.connect().is_err() {
            of_client = sent(&mut client);
            for datagram in &of_client {
                server.get_mut().add_incoming(datagram);
                let _ = server.accept();
                server.get_mut().drop_incoming();
            }
            of_server = sent(&mut server);
            client.get_mut().drop_incoming();
            of_server.iter().for_each(|datagram| client.get_mut().add_incoming(datagram));
        }
        let sealed = LastSealed::of(last_protected(&of_client).unwrap()).unwrap();
        let finished = last_protected(&of_server).unwrap();
        let (layer, ..) = RecordLayer::after(client.ssl(), sealed, finished.sequence()).unwrap();
        let suite = cipher_suite::find(client.ssl().current_cipher().unwrap().standard_name().unwrap()).unwrap();
        Self { finished: finished.bytes.to_vec(), overhead: suite.overhead, server, client, layer }
    }

    /// A record of the server's for the client, its number as content.
    fn next(&mut self, number: usize) -> Vec<u8> {
        self.server.ssl_write(&number.to_be_bytes()).unwrap();
        sent(&mut self.server).concat()
    }

    /// What OpenSSL and what this layer open of `datagram`.
    fn open(&mut self, datagram: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let mut room = [0; MAX_PACKET];
        self.client.get_mut().add_incoming(datagram);
        let by_openssl =
            std::iter::from_fn(|| self.client.ssl_read(&mut room).ok().map(|length| room[..length].to_vec())).collect();
        self.client.get_mut().drop_incoming();
        let mut room = [0; MAX_PACKET];
        let by_layer =
            records(datagram).filter_map(|record| self.layer.open(record, &mut room).map(<[u8]>::to_vec)).collect();
        (by_openssl, by_layer)
    }
}

/// How far the newest record moves on, how far behind it the record is that arrives, and what is changed of it: a byte, or the
/// epoch.
type Arrival = (usize, usize, Option<(usize, u8)>);

fn arrival() -> impl Strategy<Value = Arrival> {
    let ahead = prop_oneof![4 => 0..3_usize, 1 => 0..150_usize];
    let behind = prop_oneof![2 => Just(0), 2 => 0..6_usize, 2 => 60..68_usize, 1 => 0..150_usize];
    let epoch = (Just(4), 1..4_u8);
    let anywhere = (0..40_usize, 1..=255_u8);
    (ahead, behind, proptest::option::weighted(0.2, prop_oneof![anywhere, epoch]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Of what a session looks at there is no difference: the window is 64 records wide in both, and what was opened in the
    /// handshake stays seen. Of other records there is: one too short to be opened ends an OpenSSL connection.
    #[test]
    fn openssl_and_this_layer_open_the_same_records(
        cipher in proptest::sample::select(&CIPHERS[..]),
        arrivals in proptest::collection::vec(arrival(), 1..200),
    ) {
        let mut same = SameKeys::new(cipher);
        let mut sent = vec![same.finished.clone()];
        let (mut newest, mut opened) = (0, 0);
        for (ahead, behind, change) in arrivals {
            newest += ahead;
            while sent.len() <= newest {
                let record = same.next(sent.len());
                sent.push(record);
            }
            let mut datagram = sent[newest.saturating_sub(behind)].clone();
            if let Some((position, bits)) = change {
                let position = position % datagram.len();
                datagram[position] ^= bits;
            }
            if plausible_records(&datagram, false, same.overhead).is_none() {
                continue;
            }
            let (by_openssl, by_layer) = same.open(&datagram);
            opened += by_layer.len();
            prop_assert_eq!(by_openssl, by_layer);
        }
        prop_assert!(opened <= newest);
    }
}

/// A direction with a key of 0, 1, 2 and so on, and a salt or mask of 0xa0, 0xa1 and so on. The first record that OpenSSL sealed
/// had almost the last of the explicit nonces, so that they begin anew.
fn direction(suite: &str, init: Init) -> Direction {
    let Protection { aead, key, nonce, .. } = cipher_suite::find(suite).unwrap().protection.unwrap();
    let mut context = CipherCtx::new().unwrap();
    init(&mut context, Some(aead()), Some(&(0..32).collect::<Vec<_>>()[..key]), None).unwrap();
    let part: Vec<u8> = (0xa0..0xac).collect();
    let sealed = LastSealed { sequence: EPOCH, explicit_nonce: 0u64.wrapping_sub(16) };
    Direction { context, nonce: Nonce::new(&part[..nonce], sealed) }
}

fn layer(suite: &str) -> RecordLayer {
    RecordLayer {
        seal: direction(suite, CipherCtxRef::encrypt_init),
        open: direction(suite, CipherCtxRef::decrypt_init),
        next: EPOCH + 1,
        seen: ReplayWindow::default(),
        usage: (cipher_suite::find(suite).unwrap().protection.unwrap().usage)(),
    }
}

/// "hello" as application data, in the first record after the Finished and in the last that there is. PyCryptodome made them:
///
/// ```python
/// from struct import pack
/// from Crypto.Cipher import AES, ChaCha20_Poly1305
///
/// def record(gcm, key_length, sequence):  # epoch and sequence number in 64 bits
///     key, part = bytes(range(key_length)), bytes(range(0xa0, 0xac))
///     if gcm:
///         explicit = pack(">Q", (sequence - 2**48 - 16) % 2**64)
///         cipher = AES.new(key, AES.MODE_GCM, nonce=part[:4] + explicit)
///     else:
///         explicit, number = b"", bytes(4) + pack(">Q", sequence)
///         cipher = ChaCha20_Poly1305.new(key=key, nonce=bytes(a ^ b for a, b in zip(part, number)))
///     cipher.update(pack(">QBHH", sequence, 23, 0xfefd, 5))
///     fragment = explicit + b"".join(cipher.encrypt_and_digest(b"hello"))
///     return pack(">BHQH", 23, 0xfefd, sequence, len(fragment)) + fragment
/// ```
const KNOWN: [(&str, [&str; 2]); 3] = [
    (
        "_AES_128_GCM_SHA256",
        [
            "17fefd0001000000000001001dfffffffffffffff1e16558e343d31c9743aa530afe25febecca5fc1b36",
            "17fefd0001ffffffffffff001d0000ffffffffffeffcf1f3d8ee5c47a612a3c12b958faf4dcc64706800",
        ],
    ),
    (
        "_AES_256_GCM_SHA384",
        [
            "17fefd0001000000000001001dfffffffffffffff16227e7c8cff22184852924ef2db9114fa4b57573ba",
            "17fefd0001ffffffffffff001d0000ffffffffffeff7dafd96ccac4e12d707641acf6de2ec62b8e5765c",
        ],
    ),
    (
        "_CHACHA20_POLY1305_SHA256",
        [
            "17fefd000100000000000100158dfc5c66d60ce5f628cbc59ed67e83fe9911ac05e0",
            "17fefd0001ffffffffffff00158d41e45fa256d8bd89bac80923323d7a98b97dfbf4",
        ],
    ),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn records_are_those_that_another_implementation_makes_and_no_number_comes_after_the_last() {
    for (suite, [first, last]) in KNOWN {
        let mut layer = layer(suite);
        let mut datagrams = PacketQueue::new();
        layer.seal(APPLICATION_DATA, b"hello", &mut datagrams).unwrap();
        layer.leave_numbers(1);
        layer.seal(APPLICATION_DATA, b"hello", &mut datagrams).unwrap();
        for _ in 0..2 {
            assert!(layer.seal(APPLICATION_DATA, b"hello", &mut datagrams).is_err(), "{suite}");
            assert!(layer.is_used_up(), "{suite}");
        }
        assert_eq!(datagrams.iter().map(hex).collect::<Vec<_>>(), [first, last], "{suite}");
        let mut room = [0; MAX_PACKET];
        for datagram in datagrams.iter() {
            let record = Record { bytes: datagram };
            assert_eq!(layer.open(record, &mut room), Some(&b"hello"[..]), "{suite}");
            assert_eq!(layer.open(record, &mut room), None, "{suite}: it was seen");
        }
    }
}
