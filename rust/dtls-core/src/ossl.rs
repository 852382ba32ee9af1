//! The few OpenSSL calls that the `openssl` crate lacks; the only `unsafe` of this crate.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::Once;
use std::time::Duration;

use foreign_types::ForeignTypeRef as _;
use libc::{c_int, c_long, c_void, timeval};
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslStream};
use openssl_sys as ffi;

// <openssl/ssl.h>
const DTLS_CTRL_GET_TIMEOUT: c_int = 73;
const DTLS_CTRL_HANDLE_TIMEOUT: c_int = 74;
// <openssl/crypto.h>
const OPENSSL_INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;

unsafe extern "C" {
    fn OPENSSL_init_crypto(opts: u64, settings: *const c_void) -> c_int;
    fn DTLSv1_listen(ssl: *mut ffi::SSL, client: *mut c_void) -> c_int;
    fn BIO_ADDR_new() -> *mut c_void;
    fn BIO_ADDR_free(address: *mut c_void);
}

/// Initialises OpenSSL without reading a configuration file: the compiled-in path of a vendored build is meaningless
/// on a player's machine, and a file planted there must not load providers into a game.
pub(crate) fn init() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        // SAFETY: may be called at any time, before any other OpenSSL call; a null settings pointer is allowed.
        unsafe { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, std::ptr::null()) };
        openssl::init();
    });
}

/// The address that `DTLSv1_listen` insists on filling; unused, since datagrams reach us with theirs.
pub(crate) struct PeerAddress(NonNull<c_void>);

// SAFETY: a BIO_ADDR is plain memory with no ties to a thread.
unsafe impl Send for PeerAddress {}

impl PeerAddress {
    pub(crate) fn new() -> Result<Self, ErrorStack> {
        // SAFETY: no preconditions; null is checked.
        NonNull::new(unsafe { BIO_ADDR_new() }).map(Self).ok_or_else(ErrorStack::get)
    }
}

impl Drop for PeerAddress {
    fn drop(&mut self) {
        // SAFETY: allocated by BIO_ADDR_new, freed once.
        unsafe { BIO_ADDR_free(self.0.as_ptr()) }
    }
}

/// `DTLSv1_listen`: whether the datagram that `stream` reads is a ClientHello with a valid cookie, so that the handshake
/// may go on with this very `Ssl`. Otherwise a HelloVerifyRequest may have been written.
pub(crate) fn listen<S>(stream: &mut SslStream<S>, peer: &mut PeerAddress) -> bool {
    // SAFETY: both pointers are live and exclusively borrowed; the stream's BIO is set.
    unsafe { DTLSv1_listen(stream.ssl().as_ptr(), peer.0.as_ptr()) == 1 }
}

/// The `Ssl` of a stream, to change it: the crate lends it for reading only.
pub(crate) fn ssl_mut<S>(stream: &mut SslStream<S>) -> &mut SslRef {
    // SAFETY: the stream owns the Ssl and is exclusively borrowed for as long as the result lives.
    unsafe { SslRef::from_ptr_mut(stream.ssl().as_ptr()) }
}

/// `DTLSv1_get_timeout`: how long until a flight must be sent again, if one is unanswered.
pub(crate) fn retransmit_in(ssl: &SslRef) -> Option<Duration> {
    let mut left = timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: the control writes one timeval through the pointer and keeps none of it.
    let armed = unsafe { ffi::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_GET_TIMEOUT, 0, (&raw mut left).cast()) };
    (armed == 1).then(|| {
        Duration::from_secs(u64::try_from(left.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(left.tv_usec).unwrap_or(0))
    })
}

/// `DTLSv1_handle_timeout`: sends the last flight again if its time has come. `false` after too many of them.
pub(crate) fn handle_timeout(ssl: &mut SslRef) -> bool {
    // SAFETY: takes no argument; writes to the stream's own BIO.
    let handled: c_long = unsafe { ffi::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_HANDLE_TIMEOUT, 0, std::ptr::null_mut()) };
    handled >= 0
}

/// Empties this thread's error queue, which `SSL_get_error` consults: a record that was silently dropped may have left
/// an entry there that would turn the next "want read" into a failure.
pub(crate) fn clear_errors() {
    // SAFETY: no preconditions.
    unsafe { ffi::ERR_clear_error() }
}
