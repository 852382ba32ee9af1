//! What a session is agreed on for: it is resumed only where the very same is wanted, for it checks nothing again.
//!
//! Options are taken apart without `..`: one that is added does not compile until somebody has decided whether it belongs.

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
    /// All that a client's session is agreed on for, but the host.
    pub(super) fn of_client(options: &ClientOptions) -> Result<Self, ErrorStack> {
        let ClientOptions {
            verification,
            trust,
            name_override,
            credentials,
            psk,
            negotiation: Negotiation { cipher_list, groups, alpn_protocols },
            // How datagrams travel is nobody's agreement, and each `Ssl` is told by itself.
            transport: _,
            // Where sessions are kept, not what for. A context is shared with this in view, too.
            sessions: _,
            // Reads what was agreed on. Contexts with it are not shared.
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

    /// What a client must have been asked for when its ticket was made, also where servers share ticket keys.
    pub(super) fn of_server(options: &ServerOptions) -> Result<Self, ErrorStack> {
        let ServerOptions {
            // Whether the server shows one. Which one is for clients to hold against the host, and a renewed certificate is as
            // good.
            credentials,
            client_verification,
            // Whether keys are taken. Which ones does not matter: their sessions get no ticket.
            psks,
            // OpenSSL takes a session whose cipher is in the list no more. Application protocols are agreed on anew in each
            // handshake (RFC 7301 §3.1).
            negotiation: Negotiation { cipher_list, groups, alpn_protocols: _ },
            // How datagrams travel is nobody's agreement.
            transport: _,
            // Open tickets, or do not.
            tickets: _,
            // Reads what was agreed on.
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

    /// The same for one host.
    pub(super) fn for_host(&self, host: &str) -> Self {
        let mut fields = Fields::new();
        fields.bytes(&self.0);
        fields.text(host);
        fields.finish()
    }
}

/// A hash under way, over fields that each tell where they end, so that no two lists of fields read the same.
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

    /// The key by its hash, of which OpenSSL wipes the traces.
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
    fn clients_that_differ_in_one_thing_that_matters_have_other_terms() {
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
    fn servers_that_differ_in_one_thing_that_matters_have_other_terms() {
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
    fn what_is_nobody_s_agreement_leaves_the_terms_alone() {
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
    fn debug_shows_nothing_of_the_terms() {
        assert_eq!(format!("{:?}", of_client(&ClientOptions::default())), "ResumptionKey { .. }");
    }
}
