//! What a session tells about itself and about the other side.

use openssl::ssl::SslRef;
use openssl::x509::X509;
use zeroize::Zeroizing;

use super::{Protocol, Session, State};
use crate::error::ExportError;
use crate::options::Transport;
use crate::ossl;
use crate::pin::Pin;
use crate::record;
use crate::statistics::Statistics;

/// The most that is exported at once, in bytes.
const MAX_EXPORT: usize = 4096;

/// What two sides have agreed on.
pub(super) struct Agreed {
    pub(super) cipher: &'static str,
    version: &'static str,
    alpn_protocol: Option<Box<[u8]>>,
    resumed: bool,
    peer_certificate: Option<X509>,
    psk_identity: Option<Box<str>>,
}

impl Agreed {
    /// That of a connection whose handshake is done.
    pub(super) fn of(ssl: &SslRef) -> Self {
        Self {
            cipher: ssl.current_cipher().and_then(|cipher| cipher.standard_name()).unwrap_or_default(),
            version: ssl.version_str(),
            alpn_protocol: ssl.selected_alpn_protocol().map(Box::from),
            resumed: ssl.session_reused(),
            peer_certificate: ssl.peer_certificate(),
            psk_identity: ssl.psk_identity().and_then(|identity| str::from_utf8(identity).ok()).map(Box::from),
        }
    }
}

impl Session {
    /// The cipher agreed on, by its IANA name, once connected.
    pub fn cipher(&self) -> Option<&'static str> {
        self.agreed.as_ref().map(|agreed| agreed.cipher)
    }

    /// The version agreed on, for example `DTLSv1.2`, once connected.
    pub fn protocol_version(&self) -> Option<&'static str> {
        self.agreed.as_ref().map(|agreed| agreed.version)
    }

    /// The application protocol agreed on (RFC 7301), if both sides name any.
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.agreed.as_ref().and_then(|agreed| agreed.alpn_protocol.as_deref())
    }

    /// Whether the session goes on from an earlier one, without certificates having been shown again. While the handshake is
    /// under way, whether it is going to.
    pub fn is_resumed(&self) -> bool {
        match (&self.agreed, &self.protocol) {
            (Some(agreed), _) => agreed.resumed,
            (None, Protocol::OpenSsl(openssl)) => openssl.ssl().session_reused(),
            (None, Protocol::Established(_)) => false,
        }
    }

    /// The certificate that the other side has shown and proven to hold the key of, once connected.
    pub fn peer_certificate(&self) -> Option<X509> {
        self.agreed.as_ref().and_then(|agreed| agreed.peer_certificate.clone())
    }

    /// The fingerprint of that certificate, to pin it.
    pub fn peer_fingerprint(&self) -> Option<Pin> {
        self.peer_certificate().and_then(|certificate| Pin::of_certificate(&certificate).ok())
    }

    /// The identity of the pre-shared key in use, once connected.
    pub fn psk_identity(&self) -> Option<&str> {
        self.agreed.as_ref().and_then(|agreed| agreed.psk_identity.as_deref())
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
        if let Some(context) = context.filter(|context| context.len() > usize::from(u16::MAX)) {
            return Err(ExportError::Context(context.len()));
        }
        let mut material = Zeroizing::new(vec![0; length]);
        let exported = match &self.protocol {
            Protocol::Established(established) => established.secret.export(label, context, &mut material),
            Protocol::OpenSsl(openssl) => openssl.ssl().export_keying_material(&mut material, label, context).ok(),
        };
        ossl::clear_errors();
        exported.map(|()| material).ok_or(ExportError::Label)
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
}
