//! Gets PEM text from the engine's certificates and keys.

use dtls_core::OptionsError;
use godot::builtin::GString;
use godot::classes::{CryptoKey, Engine, FileAccess, X509Certificate};
use godot::global::{Error, push_warning};
use godot::meta::ToGodot;
use godot::obj::{Gd, NewGd, Singleton};

use crate::report::refuse;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// What the engine returns for a certificate.
#[derive(PartialEq, Eq)]
pub(crate) struct CertificatePem {
    /// The first certificate, once per certificate of the chain.
    pem: String,
    /// The file from which it was loaded, if it is a resource.
    file: Option<Vec<u8>>,
}

impl CertificatePem {
    /// Reads `certificate`. The engine's `save_to_string` returns the first certificate once per certificate of the chain,
    /// each with a NUL, and reports an error about the NUL. Therefore the error is muted, and a chain is read from its file.
    pub(crate) fn of(certificate: &mut Gd<X509Certificate>) -> Self {
        let mut engine = Engine::singleton();
        let printing = engine.is_printing_error_messages();
        engine.set_print_error_messages(false);
        let text = certificate.save_to_string().to_string();
        engine.set_print_error_messages(printing);

        let path = certificate.get_path();
        let is_file = !path.is_empty() && FileAccess::file_exists(&path);
        Self {
            // The NUL is in place of a line end.
            pem: text.replace(['\0', char::REPLACEMENT_CHARACTER], "\n"),
            file: is_file.then(|| FileAccess::get_file_as_bytes(&path).to_vec()),
        }
    }

    /// The certificates as PEM, the own certificate first.
    pub(crate) fn chain(&self) -> Result<Vec<u8>, OptionsError> {
        if let Some(file) = &self.file {
            let own = dtls_core::certificates_from_pem(self.pem.as_bytes())?;
            // The file may be DER, or hold another certificate meanwhile.
            if dtls_core::certificates_from_pem(file).is_ok_and(|whole| whole.first() == own.first()) {
                return Ok(file.clone());
            }
        }
        if self.pem.matches(BEGIN).count() > 1 {
            push_warning(&[
                "Godot hands over the first certificate of a chain only. Load the chain with load() from a \
                .crt file instead, so that the whole chain is used."
                    .to_variant(),
            ]);
            return dtls_core::certificates_from_pem(self.pem.as_bytes())?[0].to_pem().map_err(OptionsError::from);
        }
        Ok(self.pem.clone().into_bytes())
    }
}

/// The private key of `key`. It is wiped when dropped.
pub(crate) fn of_key(key: &mut Gd<CryptoKey>) -> Result<zeroize::Zeroizing<Vec<u8>>, OptionsError> {
    if key.is_public_only() {
        return Err(OptionsError::NoPrivateKey);
    }
    Ok(zeroize::Zeroizing::new(key.save_to_string().to_string().into_bytes()))
}

/// The engine's object for the certificates of a PEM text. If the engine cannot read them, reports an error and returns
/// `None`.
pub(crate) fn to_certificate(pem: &[u8], method: &str) -> Option<Gd<X509Certificate>> {
    let mut certificate = X509Certificate::new_gd();
    match certificate.load_from_string(&GString::from(str::from_utf8(pem).ok()?)) {
        Error::OK => Some(certificate),
        code => {
            refuse(code, &format!("{method}: the engine cannot read a certificate of this kind."));
            None
        }
    }
}
