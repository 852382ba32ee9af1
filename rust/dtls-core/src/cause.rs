//! What causes an error: OpenSSL's errors and those of the operating system, so that they can be cloned and compared.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::ssl;

/// The errors of a call into OpenSSL. Displays the first reason among them; [`stack`](Self::stack) has everything.
#[derive(Debug, Clone)]
pub struct OpenSslError(ErrorStack);

impl OpenSslError {
    /// All errors of the call, as OpenSSL reported them.
    pub const fn stack(&self) -> &ErrorStack {
        &self.0
    }
}

impl From<ErrorStack> for OpenSslError {
    fn from(stack: ErrorStack) -> Self {
        Self(stack)
    }
}

impl From<ssl::Error> for OpenSslError {
    fn from(error: ssl::Error) -> Self {
        // Without a stack, the error is one of the stream; ours never fails.
        Self(error.ssl_error().cloned().unwrap_or_else(ErrorStack::get))
    }
}

impl fmt::Display for OpenSslError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.0.errors().iter().find_map(|error| error.reason());
        formatter.write_str(reason.unwrap_or("no reason given"))
    }
}

impl Error for OpenSslError {}

impl PartialEq for OpenSslError {
    /// Compares the codes: where in OpenSSL's source an error came from does not matter.
    fn eq(&self, other: &Self) -> bool {
        let codes = |error: &Self| error.0.errors().iter().map(|error| error.code()).collect::<Vec<_>>();
        codes(self) == codes(other)
    }
}

impl Eq for OpenSslError {}

/// An error of the operating system.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct SystemError(Arc<io::Error>);

impl SystemError {
    /// The error as the standard library has it.
    pub fn io(&self) -> &io::Error {
        &self.0
    }
}

impl From<io::Error> for SystemError {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl PartialEq for SystemError {
    fn eq(&self, other: &Self) -> bool {
        (self.0.kind(), self.0.raw_os_error()) == (other.0.kind(), other.0.raw_os_error())
    }
}

impl Eq for SystemError {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use openssl::x509::X509;

    use super::*;
    use crate::error::OptionsError;
    use crate::ossl;

    fn refused(pem: &str) -> OpenSslError {
        ossl::init();
        X509::from_pem(pem.as_bytes()).unwrap_err().into()
    }

    #[test]
    fn openssl_s_errors_are_equal_if_their_codes_are() {
        let no_pem = refused("no PEM");
        assert_eq!(no_pem, refused("no PEM either"));
        assert_ne!(no_pem, refused("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"));
        assert_eq!(no_pem.to_string(), "no start line");
    }

    #[test]
    fn an_error_gives_its_cause_as_its_source_and_does_not_repeat_it() {
        let error = OptionsError::from(refused("no PEM").stack().clone());
        assert_eq!(error.source().unwrap().downcast_ref(), Some(&refused("no PEM")));
        assert!(!error.to_string().contains("no start line"));
    }
}
