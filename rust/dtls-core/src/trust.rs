//! The certificates that a side trusts.

use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;

use crate::ossl;

/// The trust anchors (RFC 5280 §6.1): a certificate chain must end in one of them.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Trust {
    /// The operating system's store, or Mozilla's roots if it has none. It is read once per process.
    #[default]
    System,
    /// Exactly these certificates: authorities, or a server's own certificate.
    Anchors(Vec<X509>),
}

impl Trust {
    pub(crate) fn store(&self) -> Result<X509Store, ErrorStack> {
        let mut store = X509StoreBuilder::new()?;
        // A trusted certificate ends the chain, even if it is not a self-signed authority. An authority may require a policy of
        // the certificates below it (RFC 5280 §4.2.1.11).
        store.set_flags(X509VerifyFlags::PARTIAL_CHAIN | X509VerifyFlags::POLICY_CHECK)?;
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
        let system = rustls_native_certs::load_native_certs().certs;
        readable_or_mozilla(system.iter().map(|der| der.as_ref()))
    })
}

/// Skips certificates that cannot be read, because some systems' stores hold one.
fn readable_or_mozilla<'a>(system: impl Iterator<Item = &'a [u8]>) -> Vec<X509> {
    ossl::init();
    let anchors: Vec<X509> = readable(system).collect();
    if anchors.is_empty() {
        readable(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| der.as_ref())).collect()
    } else {
        anchors
    }
}

fn readable<'a>(ders: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = X509> {
    ders.filter_map(|der| X509::from_der(der).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozilla_s_roots_stand_in_where_the_system_has_none_that_can_be_read() {
        let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.len();
        assert!(all > 0);
        assert_eq!(readable_or_mozilla(std::iter::empty()).len(), all);
        assert_eq!(readable_or_mozilla([&b"no certificate"[..]].into_iter()).len(), all);
    }

    #[test]
    fn a_certificate_that_cannot_be_read_does_not_spoil_the_system_s_store() {
        let good = webpki_root_certs::TLS_SERVER_ROOT_CERTS[0].as_ref();
        assert_eq!(readable_or_mozilla([&b"no certificate"[..], good].into_iter()).len(), 1);
    }
}
