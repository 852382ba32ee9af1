//! Who meets: each cipher suite, each way to tell who the other side is, resumed or not.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use dtls_core::{
    ClientOptions, ClientVerification, Cookies, Credentials, Psk, PskStore, ServerOptions, SharedSecrets, TicketKeys,
    Trust,
};
use dtls_test_support::{Issued, Recipe, p256, rsa2048};
use openssl::x509::X509;
use proptest::prelude::*;

use crate::link::process;

/// Every suite that a server takes, by OpenSSL's names. The records of CCM and ARIA stay with OpenSSL.
const WITH_CERTIFICATES: [&str; 12] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-ARIA128-GCM-SHA256",
    "ECDHE-ECDSA-ARIA256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ARIA128-GCM-SHA256",
    "ECDHE-ARIA256-GCM-SHA384",
];
const WITH_PSK: &str = "ECDHE-PSK-CHACHA20-POLY1305";

/// How the two sides are set up.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub suite: &'static str,
    /// Whether the client shows a certificate, too.
    pub mutual: bool,
    /// Whether the client comes back. With pre-shared keys there is no resumption.
    pub resumed: bool,
    /// The largest datagram of a handshake, in bytes, of the client and of the server.
    pub mtus: (u16, u16),
    pub handshake_timeout: Duration,
    /// Where OpenSSL's random bytes come from.
    pub seed: u64,
}

/// Any scenario whose handshake may take `handshake_timeout`.
pub fn scenario(handshake_timeout: impl Strategy<Value = Duration>) -> impl Strategy<Value = Scenario> {
    let suite = prop_oneof![12 => prop::sample::select(&WITH_CERTIFICATES[..]), 1 => Just(WITH_PSK)];
    let mtu = || 508..=1500_u16;
    (suite, any::<bool>(), any::<bool>(), (mtu(), mtu()), handshake_timeout, any::<u64>()).prop_map(
        |(suite, mutual, resumed, mtus, handshake_timeout, seed)| {
            let certificates = suite != WITH_PSK;
            let (mutual, resumed) = (mutual && certificates, resumed && certificates);
            Scenario { suite, mutual, resumed, mtus, handshake_timeout, seed }
        },
    )
}

/// OpenSSL's name of each.
pub fn suites() -> impl Iterator<Item = &'static str> {
    WITH_CERTIFICATES.into_iter().chain([WITH_PSK])
}

impl Scenario {
    /// A full handshake with the server's certificate, or a pre-shared key.
    pub const fn of(suite: &'static str) -> Self {
        let handshake_timeout = Duration::from_secs(10);
        Self { suite, mutual: false, resumed: false, mtus: (1200, 1200), handshake_timeout, seed: 0 }
    }

    /// The options of a server and of a client that it knows.
    pub fn options(&self) -> (ServerOptions, ClientOptions) {
        let (mut server, mut client) = (ServerOptions::default(), ClientOptions::default());
        for (mtu, transport) in [(self.mtus.0, &mut client.transport), (self.mtus.1, &mut server.transport)] {
            transport.mtu = mtu;
            transport.handshake_timeout = self.handshake_timeout;
            transport.idle_timeout = Some(Duration::from_secs(30));
        }
        self.suite.clone_into(&mut server.negotiation.cipher_list);
        self.suite.clone_into(&mut client.negotiation.cipher_list);
        if self.suite == WITH_PSK {
            let psk = Psk::new("alice", &[7; 32]).unwrap();
            let psks = PskStore::default();
            psks.insert(psk.clone());
            server.psks = Some(Arc::new(psks));
            client.psk = Some(psk);
            return (server, client);
        }
        let people = People::known();
        let with_ecdsa = self.suite.contains("ECDSA");
        server.credentials = Some(if with_ecdsa { &people.ecdsa_server } else { &people.rsa_server }.read());
        client.trust = Trust::Anchors(vec![people.authority.clone()]);
        if self.mutual {
            server.client_verification = ClientVerification::Required(client.trust.clone());
            client.credentials = Some(people.player.read());
        }
        if self.resumed {
            server.tickets = Some(Arc::new(TicketKeys::shared(&secrets()).unwrap()));
            client.sessions = Some(Arc::default());
        }
        (server, client)
    }
}

/// Always the same.
pub fn cookies() -> Cookies {
    Cookies::shared(&secrets(), Instant::now(), Duration::ZERO).unwrap()
}

fn secrets() -> SharedSecrets {
    SharedSecrets::from_bytes(&(0..32).collect::<Vec<_>>()).unwrap()
}

/// Whose certificates there are. Signatures whose size varies would make the same link bring other datagrams another day:
/// therefore the authority and the client have RSA keys.
struct People {
    authority: X509,
    ecdsa_server: Pem,
    rsa_server: Pem,
    player: Pem,
}

/// A key and its certificate, to be read anew for each link: OpenSSL draws random bytes when it uses a key for the first time.
struct Pem {
    key: Vec<u8>,
    certificate: Vec<u8>,
}

impl Pem {
    fn read(&self) -> Credentials {
        Credentials::from_pem(&self.key, None, &self.certificate).unwrap()
    }
}

impl People {
    fn known() -> &'static Self {
        static PEOPLE: OnceLock<People> = OnceLock::new();
        PEOPLE.get_or_init(|| {
            process::set_seed(0);
            let authority = Recipe::authority("authority").key(rsa2048()).self_signed();
            let signed = |recipe: Recipe| {
                let Issued { certificate, key } = recipe.signed_by(&authority);
                Pem { key: key.private_key_to_pem_pkcs8().unwrap(), certificate: certificate.to_pem().unwrap() }
            };
            Self {
                ecdsa_server: signed(Recipe::server().key(p256())),
                rsa_server: signed(Recipe::server().key(rsa2048())),
                player: signed(Recipe::server().common_name("player").key(rsa2048())),
                authority: authority.certificate,
            }
        })
    }
}
