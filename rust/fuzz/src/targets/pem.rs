//! PEM text: certificates, keys, and both together.

use dtls_core::{ClientConfig, ClientOptions, Credentials, Pin, ServerOptions, Trust, certificates_from_pem};

use crate::script::Script;
use crate::worlds::server_config;

pub(crate) fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let key_length = script.number();
    let (passphrase, key) = ([script.byte(); 4], script.take(key_length));
    let chain = script.rest();
    // How often a passphrase is hashed is up to who wrote the file, who may want to wait for days.
    if key.windows(9).any(|word| word == b"ENCRYPTED") {
        return;
    }
    let passphrase = (passphrase[0] % 2 == 1).then_some(&passphrase[..]);
    if let Ok(credentials) = Credentials::from_pem(key, passphrase, chain) {
        let chain = credentials.chain_to_pem().expect("a chain that was read");
        let key = credentials.key_to_pem().expect("a key that was read");
        let again = Credentials::from_pem(&key, None, &chain).expect("what was written is read");
        assert_eq!(again.chain_to_pem().ok(), Some(chain), "the chain is the same");
        let mut options = ServerOptions::default();
        options.credentials = Some(credentials);
        // OpenSSL may refuse it, a short key for one.
        drop(server_config(&options));
    }
    if let Ok(certificates) = certificates_from_pem(chain) {
        for certificate in &certificates {
            let _ = (Pin::of_certificate(certificate), Pin::of_key(certificate));
        }
        let mut options = ClientOptions::default();
        options.trust = Trust::Anchors(certificates);
        drop(ClientConfig::new(&options));
    }
}
