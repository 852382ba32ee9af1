//! What a session tells about itself and about the other side.

use openssl::ssl::SslRef;
use openssl::x509::X509;
use zeroize::Zeroizing;

use super::{Session, State};
use crate::error::ExportError;
use crate::options::Transport;
use crate::ossl;
use crate::pin::Pin;
use crate::record;
use crate::statistics::Statistics;

/// The most that is exported at once, in bytes.
const MAX_EXPORT: usize = 4096;

impl Session {
    /// The cipher agreed on, by its IANA name, once connected.
    pub fn cipher(&self) -> Option<&'static str> {
        self.stream.ssl().current_cipher().and_then(|cipher| cipher.standard_name())
    }

    /// The version agreed on, for example `DTLSv1.2`, once connected.
    pub fn protocol_version(&self) -> Option<&'static str> {
        self.when_connected(|ssl| Some(ssl.version_str()))
    }

    /// The application protocol agreed on (RFC 7301), if both sides name any.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.stream.ssl().selected_alpn_protocol()
    }

    /// Whether the session goes on from an earlier one, without certificates having been shown again.
    pub fn is_resumed(&self) -> bool {
        self.stream.ssl().session_reused()
    }

    /// The certificate that the other side has shown and proven to hold the key of, once connected.
    pub fn peer_certificate(&self) -> Option<X509> {
        self.when_connected(SslRef::peer_certificate)
    }

    /// The fingerprint of that certificate, to pin it.
    pub fn peer_fingerprint(&self) -> Option<Pin> {
        self.peer_certificate().and_then(|certificate| Pin::of_certificate(&certificate).ok())
    }

    /// The identity of the pre-shared key in use. On a server whose handshake is under way, it is what the client claims.
    pub fn psk_identity(&self) -> Option<&str> {
        self.stream.ssl().psk_identity().and_then(|identity| str::from_utf8(identity).ok())
    }

    /// `length` bytes that only the two sides of this session can know, the same on both for the same `label` and
    /// `context` (RFC 5705), for example to bind a login to the session.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub fn export_keying_material(
        &self,
        label: &str,
        length: usize,
        context: Option<&[u8]>,
    ) -> Result<Zeroizing<Vec<u8>>, ExportError> {
        if self.state != State::Connected {
            return Err(ExportError::NotConnected);
        }
        if !(1..=MAX_EXPORT).contains(&length) {
            return Err(ExportError::Length(length));
        }
        let mut material = Zeroizing::new(vec![0; length]);
        let exported = self.stream.ssl().export_keying_material(&mut material, label, context);
        ossl::clear_errors();
        exported.map_err(|_| ExportError::Label)?;
        Ok(material)
    }

    /// The largest packet in bytes that leaves in one datagram at the current MTU; 0 until connected.
    pub fn max_payload(&self) -> usize {
        match self.state {
            State::Connected => usize::from(self.transport.mtu).saturating_sub(record::record_overhead(self.overhead)),
            State::Handshaking | State::Ended(_) => 0,
        }
    }

    /// The network side of the session's options; the MTU is the current one.
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// What the session has done so far.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    fn when_connected<T>(&self, fact: impl FnOnce(&SslRef) -> Option<T>) -> Option<T> {
        if self.state == State::Connected { fact(self.stream.ssl()) } else { None }
    }
}
