//! Whom to trust: the certificates a chain must end in.

use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;

/// The anchors a certificate chain must end in.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// The operating system's store; Mozilla's roots where it has none. Read once a process.
    #[default]
    System,
    /// Exactly these certificates: authorities, or a server's own.
    Anchors(Vec<X509>),
}

impl Trust {
    pub(crate) fn store(&self) -> Result<X509Store, ErrorStack> {
        let mut store = X509StoreBuilder::new()?;
        // A certificate that the user trusts ends the chain, whether or not it is a self-signed authority.
        store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        let anchors = match self {
            Self::System => system_anchors(),
            Self::Anchors(anchors) => anchors,
        };
        for anchor in anchors {
            store.add_cert(anchor.clone())?;
        }
        Ok(store.build())
    }
}

fn system_anchors() -> &'static [X509] {
    static ANCHORS: OnceLock<Vec<X509>> = OnceLock::new();
    ANCHORS.get_or_init(|| {
        // Stores hold the odd certificate that cannot be read: what can be is what counts.
        let system = rustls_native_certs::load_native_certs().certs;
        let readable =
            |ders: &mut dyn Iterator<Item = &[u8]>| ders.filter_map(|der| X509::from_der(der).ok()).collect();
        let anchors: Vec<X509> = readable(&mut system.iter().map(|der| der.as_ref()));
        if anchors.is_empty() {
            readable(&mut webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| der.as_ref()))
        } else {
            anchors
        }
    })
}
