//! What a session was negotiated for. A resumed session verifies nothing again, so it is resumed only where the same is
//! wanted.
//!
//! Options are destructured without `..`, so that a new option does not compile until it is decided whether it matters.

use openssl::error::ErrorStack;
use openssl::sha::{Sha256, sha256};
use openssl::x509::X509;

use super::{ClientOptions, ClientVerification, Negotiation, ServerOptions, Verification};
use crate::credentials::Credentials;
use crate::pin::Pin;
use crate::psk::Psk;
use crate::resumption::ResumptionKey;
use crate::trust::Trust;

impl ResumptionKey {
    /// The key of a client's sessions, without the host.
    pub(super) fn of_client(options: &ClientOptions) -> Result<Self, ErrorStack> {
        let ClientOptions {
            verification,
            trust,
            name_override,
            credentials,
            psk,
            negotiation: Negotiation { cipher_list, groups, alpn_protocols },
            // Not negotiated, and set for each `Ssl`.
            transport: _,
            // Where sessions are kept. The code that shares contexts considers it, too.
            sessions: _,
            // Does not change a session. Contexts with it are not shared.
            key_log: _,
        } = options;
        let mut fields = Fields::new();
        fields.verification(verification);
        fields.trust(trust)?;
        fields.text(name_override);
        fields.option(credentials.as_ref(), Fields::credentials)?;
        fields.option(psk.as_ref(), Fields::psk)?;
        fields.text(cipher_list);
        fields.text(groups);
        fields.number(alpn_protocols.len());
        alpn_protocols.iter().for_each(|name| fields.text(name));
        Ok(fields.finish())
    }

    /// What a server must have required when it made a ticket, also if servers share ticket keys.
    pub(super) fn of_server(options: &ServerOptions) -> Result<Self, ErrorStack> {
        let ServerOptions {
            // Whether there is a certificate. Which one does not matter: it may be renewed, and clients verify it.
            credentials,
            client_verification,
            // Whether there are keys. Which ones does not matter: their sessions get no ticket.
            psks,
            // OpenSSL would resume a session whose cipher is no longer in the list. Application protocols are negotiated in
            // each handshake (RFC 7301 §3.1).
            negotiation: Negotiation { cipher_list, groups, alpn_protocols: _ },
            // Not negotiated.
            transport: _,
            // A ticket of other keys cannot be decrypted.
            tickets: _,
            // Does not change a session.
            key_log: _,
        } = options;
        let mut fields = Fields::new();
        fields.number(usize::from(credentials.is_some()));
        fields.number(usize::from(psks.is_some()));
        match client_verification {
            ClientVerification::None => fields.number(0),
            ClientVerification::Optional(trust) => {
                fields.number(1);
                fields.trust(trust)?;
            }
            ClientVerification::Required(trust) => {
                fields.number(2);
                fields.trust(trust)?;
            }
        }
        fields.text(cipher_list);
        fields.text(groups);
        Ok(fields.finish())
    }

    /// The same key for one host.
    pub(super) fn for_host(&self, host: &str) -> Self {
        let mut fields = Fields::new();
        fields.bytes(&self.0);
        fields.text(host);
        fields.finish()
    }
}

/// A hash over fields. Each field has a length, so that no two lists of fields have the same bytes.
struct Fields(Sha256);

impl Fields {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn finish(self) -> ResumptionKey {
        ResumptionKey(self.0.finish())
    }

    fn number(&mut self, number: usize) {
        self.0.update(&(number as u64).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn option<T>(
        &mut self,
        option: Option<&T>,
        some: impl FnOnce(&mut Self, &T) -> Result<(), ErrorStack>,
    ) -> Result<(), ErrorStack> {
        self.number(usize::from(option.is_some()));
        option.map_or(Ok(()), |value| some(self, value))
    }

    fn verification(&mut self, verification: &Verification) {
        match verification {
            Verification::Full => self.number(0),
            Verification::Chain => self.number(1),
            Verification::Nothing => self.number(2),
            Verification::Pinned(pins) => {
                self.number(3);
                self.number(pins.len());
                for pin in pins {
                    let (kind, digest) = match pin {
                        Pin::Certificate(digest) => (0, digest),
                        Pin::Key(digest) => (1, digest),
                    };
                    self.number(kind);
                    self.bytes(digest);
                }
            }
        }
    }

    fn trust(&mut self, trust: &Trust) -> Result<(), ErrorStack> {
        match trust {
            Trust::System => self.number(0),
            Trust::Anchors(anchors) => {
                self.number(1);
                self.certificates(anchors)?;
            }
        }
        Ok(())
    }

    fn certificates(&mut self, certificates: &[X509]) -> Result<(), ErrorStack> {
        self.number(certificates.len());
        for certificate in certificates {
            self.bytes(&certificate.to_der()?);
        }
        Ok(())
    }

    /// The key is that of the first certificate.
    fn credentials(&mut self, Credentials { key: _, chain }: &Credentials) -> Result<(), ErrorStack> {
        self.certificates(chain)
    }

    /// The key as its hash. OpenSSL wipes its traces.
    fn psk(&mut self, Psk { identity, key }: &Psk) -> Result<(), ErrorStack> {
        self.text(identity);
        self.bytes(&sha256(key));
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::time::{Instant, SystemTime};

    use super::*;
    use crate::key_log::KeyLog;
    use crate::options::Transport;
    use crate::tickets::TicketKeys;

    fn credentials() -> Credentials {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Credentials::self_signed("localhost", 1, since_epoch).unwrap()
    }

    fn negotiations() -> Vec<Negotiation> {
        let alpn = |names: &[&str]| Negotiation {
            alpn_protocols: names.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        vec![
            Negotiation { cipher_list: "P-256".into(), ..Default::default() },
            Negotiation { groups: "P-256".into(), ..Default::default() },
            alpn(&["P-256"]),
            alpn(&["P-256", ""]),
            alpn(&["P-", "256"]),
        ]
    }

    fn transport() -> Transport {
        Transport { mtu: 500, ..Transport::default() }
    }

    fn key_log() -> KeyLog {
        let path = std::env::temp_dir().join(format!("dtls-core-terms-{}", std::process::id()));
        let key_log = KeyLog::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        key_log
    }

    fn of_client(options: &ClientOptions) -> ResumptionKey {
        ResumptionKey::of_client(options).unwrap()
    }

    fn of_server(options: &ServerOptions) -> ResumptionKey {
        ResumptionKey::of_server(options).unwrap()
    }

    fn distinct(terms: &[ResumptionKey]) -> bool {
        terms.iter().collect::<HashSet<_>>().len() == terms.len()
    }

    #[test]
    fn clients_that_differ_in_one_option_that_matters_have_different_keys() {
        let (one, other) = (credentials(), credentials());
        let anchors = |of: &[&Credentials]| Trust::Anchors(of.iter().map(|of| of.chain[0].clone()).collect());
        let longer = Credentials { chain: [&one.chain[..], &other.chain].concat(), ..one.clone() };
        let psk = |identity: &str, key: u8| Some(Psk::new(identity, &[key; 16]).unwrap());
        let plain = ClientOptions::default();
        let verified = |verification| ClientOptions { verification, ..plain.clone() };
        let trusting = |trust| ClientOptions { trust, ..plain.clone() };
        let certified =
            |credentials: &Credentials| ClientOptions { credentials: Some(credentials.clone()), ..plain.clone() };
        let mut options = vec![
            plain.clone(),
            verified(Verification::Chain),
            verified(Verification::Nothing),
            verified(Verification::Pinned(vec![])),
            verified(Verification::Pinned(vec![Pin::Key([1; 32])])),
            verified(Verification::Pinned(vec![Pin::Key([2; 32])])),
            verified(Verification::Pinned(vec![Pin::Certificate([1; 32])])),
            verified(Verification::Pinned(vec![Pin::Key([1; 32]), Pin::Key([2; 32])])),
            trusting(anchors(&[])),
            trusting(anchors(&[&one])),
            trusting(anchors(&[&one, &other])),
            ClientOptions { name_override: "P-256".into(), ..plain.clone() },
            certified(&one),
            certified(&other),
            certified(&longer),
            ClientOptions { psk: psk("alice", 1), ..plain.clone() },
            ClientOptions { psk: psk("alice", 2), ..plain.clone() },
            ClientOptions { psk: psk("bob", 1), ..plain.clone() },
        ];
        options.extend(negotiations().into_iter().map(|negotiation| ClientOptions { negotiation, ..plain.clone() }));
        let mut terms: Vec<ResumptionKey> = options.iter().map(of_client).collect();
        terms.extend(["game.example", "other.example"].map(|host| terms[0].for_host(host)));
        assert!(distinct(&terms));
    }

    #[test]
    fn servers_that_differ_in_one_option_that_matters_have_different_keys() {
        let anchors = |of: &[Credentials]| Trust::Anchors(of.iter().map(|of| of.chain[0].clone()).collect());
        let (none, one) = (anchors(&[]), anchors(&[credentials()]));
        let plain = ServerOptions::default();
        let asking = |client_verification| ServerOptions { client_verification, ..plain.clone() };
        let mut options = vec![
            plain.clone(),
            ServerOptions { credentials: Some(credentials()), ..plain.clone() },
            ServerOptions { psks: Some(Arc::default()), ..plain.clone() },
            asking(ClientVerification::Optional(Trust::System)),
            asking(ClientVerification::Required(Trust::System)),
            asking(ClientVerification::Required(none)),
            asking(ClientVerification::Required(one.clone())),
            asking(ClientVerification::Optional(one)),
        ];
        let negotiations = negotiations().into_iter().filter(|negotiation| negotiation.alpn_protocols.is_empty());
        options.extend(negotiations.map(|negotiation| ServerOptions { negotiation, ..plain.clone() }));
        let terms: Vec<ResumptionKey> = options.iter().map(of_server).collect();
        assert!(distinct(&terms));
    }

    #[test]
    fn options_that_are_not_negotiated_do_not_change_the_key() {
        let client = ClientOptions {
            transport: transport(),
            sessions: Some(Arc::default()),
            key_log: Some(key_log()),
            ..Default::default()
        };
        assert_eq!(of_client(&client), of_client(&ClientOptions::default()));
        let server = |psks: Option<_>| ServerOptions { credentials: Some(credentials()), psks, ..Default::default() };
        let other = ServerOptions {
            transport: transport(),
            tickets: Some(Arc::new(TicketKeys::new(Instant::now()).unwrap())),
            key_log: Some(key_log()),
            negotiation: negotiations().remove(2),
            ..server(Some(Arc::default()))
        };
        assert_eq!(of_server(&other), of_server(&server(Some(Arc::default()))));
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        assert_eq!(format!("{:?}", of_client(&ClientOptions::default())), "ResumptionKey { .. }");
    }
}
