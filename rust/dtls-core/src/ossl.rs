//! The OpenSSL calls that the `openssl` crate lacks, and the only `unsafe` code of this crate. Nothing here decides anything.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ptr::NonNull;
use std::sync::{Arc, Once, OnceLock};
use std::time::Duration;

use foreign_types::ForeignTypeRef as _;
use libc::{c_char, c_int, c_long, c_uchar, c_void, timeval};
use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtxRef;
use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::rand::rand_bytes;
use openssl::ssl::{SslCipher, SslContext, SslContextBuilder, SslRef, SslSession, SslSessionRef, SslStream};
use openssl::stack::StackRef;
use openssl::x509::{X509Ref, X509VerifyResult};
use openssl_sys as ffi;
use zeroize::Zeroizing;

// <openssl/ssl.h>
const DTLS_CTRL_GET_TIMEOUT: c_int = 73;
const DTLS_CTRL_HANDLE_TIMEOUT: c_int = 74;
// <openssl/crypto.h>
const OPENSSL_INIT_NO_LOAD_CONFIG: u64 = 0x0000_0080;

// <openssl/x509_vfy.h>
pub(crate) const X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3: c_int = 93;

// <openssl/evp.h>
const MAX_IV_LENGTH: usize = 16;

/// Bytes of the name of a ticket key (SSL_CTX_set_tlsext_ticket_key_evp_cb(3)).
pub(crate) const TICKET_KEY_NAME: usize = 16;

/// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): connection, key name, IV, cipher, MAC, and whether to seal.
type TicketCallback = unsafe extern "C" fn(
    *mut ffi::SSL,
    *mut c_uchar,
    *mut c_uchar,
    *mut ffi::EVP_CIPHER_CTX,
    *mut ffi::EVP_MAC_CTX,
    c_int,
) -> c_int;

unsafe extern "C" {
    #[cfg(all(feature = "vendored", not(system_malloc)))]
    fn CRYPTO_set_mem_functions(
        malloc: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
    #[cfg(all(feature = "vendored", not(system_malloc)))]
    fn mi_collect(force: bool);
    fn OSSL_PARAM_construct_utf8_string(key: *const c_char, value: *mut c_char, size: usize) -> ffi::OSSL_PARAM;
    fn SSL_CTX_set_tlsext_ticket_key_evp_cb(context: *mut ffi::SSL_CTX, callback: TicketCallback) -> c_int;
    fn OPENSSL_init_crypto(opts: u64, settings: *const c_void) -> c_int;
    fn SSL_SESSION_get_max_fragment_length(session: *const ffi::SSL_SESSION) -> u8;
    #[cfg(test)]
    fn SSL_set_tlsext_max_fragment_length(ssl: *mut ffi::SSL, number: u8) -> c_int;
    fn SSL_get_ciphers(ssl: *const ffi::SSL) -> *mut ffi::stack_st_SSL_CIPHER;
    fn DTLSv1_listen(ssl: *mut ffi::SSL, client: *mut c_void) -> c_int;
    fn NAME_CONSTRAINTS_check(certificate: *mut ffi::X509, constraints: *mut c_void) -> c_int;
    fn NAME_CONSTRAINTS_free(constraints: *mut c_void);
    fn BIO_ADDR_new() -> *mut c_void;
    fn BIO_ADDR_free(address: *mut c_void);
}

/// Initialises OpenSSL without reading a configuration file: the compiled-in path of a vendored build is meaningless
/// on a player's machine, and a file planted there must not load providers into a game.
pub(crate) fn init() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        #[cfg(all(feature = "vendored", not(system_malloc)))]
        allocate_with_mimalloc();
        // With MinGW, OpenSSL leaves its cleanup to the process, which would call it after Godot has unloaded the library.
        let at_exit = if cfg!(windows) { ffi::OPENSSL_INIT_NO_ATEXIT } else { 0 };
        // SAFETY: may be called at any time, before any other OpenSSL call; a null settings pointer is allowed.
        unsafe { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | at_exit, std::ptr::null()) };
        openssl::init();
    });
}

/// Makes OpenSSL use mimalloc. A handshake allocates and frees some 70 KiB in hundreds of pieces. The system's allocator is
/// slower, and keeps holes between the memory of lasting connections.
#[cfg(all(feature = "vendored", not(system_malloc)))]
fn allocate_with_mimalloc() {
    unsafe extern "C" fn malloc(size: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
        // SAFETY: no preconditions.
        unsafe { libmimalloc_sys::mi_malloc(size) }
    }
    unsafe extern "C" fn realloc(memory: *mut c_void, size: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
        // SAFETY: OpenSSL passes memory that these functions allocated.
        unsafe { libmimalloc_sys::mi_realloc(memory, size) }
    }
    unsafe extern "C" fn free(memory: *mut c_void, _file: *const c_char, _line: c_int) {
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_free(memory) }
    }
    // SAFETY: the functions have the signatures of CRYPTO_set_mem_functions(3). Once OpenSSL has allocated, the call
    // changes nothing.
    unsafe { CRYPTO_set_mem_functions(malloc, realloc, free) };
}

/// Gives free memory back to the system. mimalloc does so only during later allocations, so the memory of a thousand
/// handshakes would stay until something allocates. Does nothing where OpenSSL uses the system's allocator.
pub(crate) fn release_memory() {
    #[cfg(all(feature = "vendored", not(system_malloc)))]
    // SAFETY: no preconditions; it touches free memory only.
    unsafe {
        mi_collect(true);
    }
}

/// The address that `DTLSv1_listen` fills. We do not use it, because we know each datagram's sender.
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

/// `DTLSv1_listen`: whether `stream` reads a ClientHello with a valid cookie. If so, the same `Ssl` continues the handshake.
/// Otherwise it may have written a HelloVerifyRequest.
pub(crate) fn listen<S>(stream: &mut SslStream<S>, peer: &mut PeerAddress) -> bool {
    // SAFETY: both pointers are live and exclusively borrowed; the stream's BIO is set.
    unsafe { DTLSv1_listen(stream.ssl().as_ptr(), peer.0.as_ptr()) == 1 }
}

/// The `Ssl` of a stream, to change it. The crate gives read access only.
pub(crate) fn ssl_mut<S>(stream: &mut SslStream<S>) -> &mut SslRef {
    // SAFETY: the stream owns the Ssl and is exclusively borrowed for as long as the result lives.
    unsafe { SslRef::from_ptr_mut(stream.ssl().as_ptr()) }
}

/// `DTLSv1_get_timeout`: the time until a flight must be retransmitted, if one is unanswered.
pub(crate) fn retransmit_in(ssl: &SslRef) -> Option<Duration> {
    let mut left = timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: the control writes one timeval through the pointer and keeps none of it.
    let armed = unsafe { ffi::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_GET_TIMEOUT, 0, (&raw mut left).cast()) };
    (armed == 1).then(|| {
        Duration::from_secs(u64::try_from(left.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(left.tv_usec).unwrap_or(0))
    })
}

/// `DTLSv1_handle_timeout`: retransmits the last flight if it is due. `false` after too many retransmissions.
pub(crate) fn handle_timeout(ssl: &mut SslRef) -> bool {
    // SAFETY: takes no argument; writes to the stream's own BIO.
    let handled: c_long = unsafe { ffi::SSL_ctrl(ssl.as_ptr(), DTLS_CTRL_HANDLE_TIMEOUT, 0, std::ptr::null_mut()) };
    handled >= 0
}

/// Empties this thread's error queue. `SSL_get_error` reads it, and a record that was dropped silently may have left an
/// entry there. The next "want read" would then look like a failure.
pub(crate) fn clear_errors() {
    // SAFETY: no preconditions.
    unsafe { ffi::ERR_clear_error() }
}

/// The ciphers that `ssl` may use, in order of preference.
pub(crate) fn ciphers(ssl: &SslRef) -> Option<&StackRef<SslCipher>> {
    // SAFETY: only reads the connection. The list may be null; it belongs to the connection or its context, and lives as
    // long.
    unsafe {
        let ciphers = SSL_get_ciphers(ssl.as_ptr());
        (!ciphers.is_null()).then(|| StackRef::from_ptr(ciphers))
    }
}

/// The max_fragment_length that was negotiated for `session`, as the number of RFC 6066 §4; 0 for none.
pub(crate) fn max_fragment_length(session: &SslSessionRef) -> u8 {
    // SAFETY: only reads the session, which is live.
    unsafe { SSL_SESSION_get_max_fragment_length(session.as_ptr()) }
}

/// Makes `ssl`, a client, ask for a max_fragment_length by its number.
#[cfg(test)]
pub(crate) fn ask_for_max_fragment_length(ssl: &mut SslRef, number: u8) -> bool {
    // SAFETY: the connection is live and exclusively borrowed.
    unsafe { SSL_set_tlsext_max_fragment_length(ssl.as_ptr(), number) == 1 }
}

/// Makes `ssl`, a client, offer to resume `session`.
pub(crate) fn set_session(ssl: &mut SslRef, session: SslSession) -> Result<(), ErrorStack> {
    // SAFETY: the session was read from DER, so that no other SSL_CTX has links to it (SSL_set_session(3)).
    unsafe { ssl.set_session(&session) }
}

/// The keys that protect one ticket; wiped when dropped.
pub(crate) struct TicketKey {
    /// Names the key in the tickets that it protects.
    pub(crate) name: [u8; TICKET_KEY_NAME],
    /// AES-256.
    pub(crate) cipher: Zeroizing<[u8; 32]>,
    /// HMAC with SHA-256.
    pub(crate) mac: Zeroizing<[u8; 32]>,
}

/// Chooses the keys of a server's tickets.
pub(crate) trait ChooseTicketKey: Send + Sync {
    /// The key for a new ticket to the client of `ssl`; `None` for no ticket.
    fn for_new(&self, ssl: &SslRef) -> Result<Option<Arc<TicketKey>>, ErrorStack>;

    /// The key that a ticket from the client of `ssl` names, and whether the client should get a new ticket; `None` if the
    /// ticket must not be used.
    fn by_name(&self, ssl: &SslRef, name: &[u8; TICKET_KEY_NAME]) -> Option<(Arc<TicketKey>, bool)>;
}

/// Makes servers with `context` send tickets, under the keys that `chooser` chooses.
pub(crate) fn set_ticket_keys(
    context: &mut SslContextBuilder,
    chooser: Arc<dyn ChooseTicketKey>,
) -> Result<(), ErrorStack> {
    context.set_ex_data(chooser_index()?, chooser);
    // SAFETY: the callback has the signature that OpenSSL calls; it lives as long as the program.
    match unsafe { SSL_CTX_set_tlsext_ticket_key_evp_cb(context.as_ptr(), ticket_callback) } {
        1 => Ok(()),
        _ => Err(ErrorStack::get()),
    }
}

/// Where a context keeps what the ticket callback asks for keys.
fn chooser_index() -> Result<Index<SslContext, Arc<dyn ChooseTicketKey>>, ErrorStack> {
    static INDEX: OnceLock<Index<SslContext, Arc<dyn ChooseTicketKey>>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = SslContext::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

/// HMAC (EVP_MAC-HMAC(7)) with a key that is set once. Setting up a `Signer` for each use would double the cost. OpenSSL
/// wipes the key when it is freed.
pub(crate) struct Hmac(NonNull<ffi::EVP_MAC_CTX>);

// SAFETY: a context has no ties to a thread.
unsafe impl Send for Hmac {}

impl Hmac {
    /// An HMAC with `digest`, which has OpenSSL's name.
    pub(crate) fn new(digest: &CStr, key: &[u8]) -> Result<Self, ErrorStack> {
        // SAFETY: the strings end with a NUL.
        let algorithm = unsafe { ffi::EVP_MAC_fetch(std::ptr::null_mut(), c"HMAC".as_ptr(), std::ptr::null()) };
        let algorithm = NonNull::new(algorithm).ok_or_else(ErrorStack::get)?.as_ptr();
        // SAFETY: the algorithm is live until it is freed; the context, which may be null, keeps a reference of its own.
        let context = unsafe {
            let context = ffi::EVP_MAC_CTX_new(algorithm);
            ffi::EVP_MAC_free(algorithm);
            context
        };
        let hmac = Self(NonNull::new(context).ok_or_else(ErrorStack::get)?);
        // SAFETY: the context is live, and nobody else has it.
        if unsafe { init_mac(context, digest, key) } { Ok(hmac) } else { Err(ErrorStack::get()) }
    }

    /// Writes the authentication code of the joined `parts` to the start of `code`.
    pub(crate) fn sign(&mut self, parts: &[&[u8]], code: &mut [u8]) -> Result<(), ErrorStack> {
        let context = self.0.as_ptr();
        let mut length = 0;
        // SAFETY: the context is live and exclusively borrowed; null keeps its key; the pointers go with their sizes.
        let signed = unsafe {
            ffi::EVP_MAC_init(context, std::ptr::null(), 0, std::ptr::null()) == 1
                && parts.iter().all(|part| ffi::EVP_MAC_update(context, part.as_ptr(), part.len()) == 1)
                && ffi::EVP_MAC_final(context, code.as_mut_ptr(), &raw mut length, code.len()) == 1
        };
        if signed { Ok(()) } else { Err(ErrorStack::get()) }
    }
}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: made by EVP_MAC_CTX_new, freed once.
        unsafe { ffi::EVP_MAC_CTX_free(self.0.as_ptr()) }
    }
}

/// Prepares OpenSSL's contexts to encrypt or decrypt a ticket. Must not panic.
unsafe extern "C" fn ticket_callback(
    ssl: *mut ffi::SSL,
    name: *mut c_uchar,
    iv: *mut c_uchar,
    cipher: *mut ffi::EVP_CIPHER_CTX,
    mac: *mut ffi::EVP_MAC_CTX,
    seal: c_int,
) -> c_int {
    const FAILED: c_int = -1;
    const NO_TICKET: c_int = 0;
    const DONE: c_int = 1;
    const RENEW: c_int = 2;

    // SAFETY: all pointers are those of a call that is under way: the connection that is served, and its two contexts.
    let (ssl, cipher) = unsafe { (SslRef::from_ptr(ssl), CipherCtxRef::from_ptr_mut(cipher)) };
    // SAFETY: OpenSSL's name has 16 bytes and its IV EVP_MAX_IV_LENGTH, which are ours alone during the call.
    let (name, iv) = unsafe { (&mut *name.cast::<[u8; TICKET_KEY_NAME]>(), &mut *iv.cast::<[u8; MAX_IV_LENGTH]>()) };
    let Ok(index) = chooser_index() else { return FAILED };
    let Some(chooser) = ssl.ssl_context().ex_data(index) else { return NO_TICKET };
    let (key, outcome) = if seal != 0 {
        match chooser.for_new(ssl) {
            Ok(Some(key)) => (key, DONE),
            Ok(None) => return NO_TICKET,
            Err(_) => return FAILED,
        }
    } else {
        match chooser.by_name(ssl, name) {
            Some((key, renew)) => (key, if renew { RENEW } else { DONE }),
            None => return NO_TICKET,
        }
    };
    let aes = Some(Cipher::aes_256_cbc());
    let prepared = if seal != 0 {
        *name = key.name;
        rand_bytes(iv).and_then(|()| cipher.encrypt_init(aes, Some(&*key.cipher), Some(iv)))
    } else {
        cipher.decrypt_init(aes, Some(&*key.cipher), Some(iv))
    };
    // SAFETY: the MAC context is that of this call.
    if prepared.is_ok() && unsafe { init_mac(mac, c"SHA256", &*key.mac) } { outcome } else { FAILED }
}

/// # Safety
/// `mac` is a live context of HMAC that nobody else uses.
unsafe fn init_mac(mac: *mut ffi::EVP_MAC_CTX, digest: &CStr, key: &[u8]) -> bool {
    // SAFETY: the parameter points to a string that is only read and outlives the call, which copies the key.
    unsafe {
        let digest = OSSL_PARAM_construct_utf8_string(c"digest".as_ptr(), digest.as_ptr().cast_mut(), 0);
        let parameters = [digest, ffi::OSSL_PARAM_construct_end()];
        ffi::EVP_MAC_init(mac, key.as_ptr(), key.len(), parameters.as_ptr()) == 1
    }
}

/// The bits of a certificate's key usage, and of its extended key usage (`XKU`); all bits of one that it lacks.
pub(crate) fn usages(certificate: &X509Ref) -> (u32, u32) {
    let certificate = certificate.as_ptr();
    // SAFETY: the certificate is live; OpenSSL caches what it parses under a lock of the certificate.
    unsafe { (ffi::X509_get_key_usage(certificate), ffi::X509_get_extended_key_usage(certificate)) }
}

/// Whether a certificate has extensions.
pub(crate) fn has_extensions(certificate: &X509Ref) -> bool {
    // SAFETY: only reads the certificate, which is live.
    unsafe { ffi::X509_get_ext_count(certificate.as_ptr()) > 0 }
}

/// The `X509_V_ERR` for the names of `certificate` that the name constraints of `authority` do not allow.
pub(crate) fn violation_of_constraints(authority: &X509Ref, certificate: &X509Ref) -> Option<c_int> {
    // Has OpenSSL parse the names; the check uses what was parsed.
    let _ = usages(certificate);
    // SAFETY: both certificates are live. The constraints are a structure of our own, checked for null and freed once.
    let result = unsafe {
        let [critical, index] = [std::ptr::null_mut(); 2];
        let constraints = ffi::X509_get_ext_d2i(authority.as_ptr(), ffi::NID_name_constraints, critical, index);
        if constraints.is_null() {
            return None;
        }
        let result = NAME_CONSTRAINTS_check(certificate.as_ptr(), constraints);
        NAME_CONSTRAINTS_free(constraints);
        result
    };
    (result != ffi::X509_V_OK).then_some(result)
}

/// A verify_result by its number in <openssl/x509_vfy.h>.
pub(crate) fn verify_result(code: c_int) -> X509VerifyResult {
    // SAFETY: any number is a result: one without a name has words that say so.
    unsafe { X509VerifyResult::from_raw(code) }
}

#[cfg(all(test, feature = "vendored", not(system_malloc)))]
mod tests {
    use super::*;

    #[test]
    fn openssl_takes_its_memory_from_mimalloc() {
        init();
        // SAFETY: allocates and frees one block; the address is only looked up.
        let from_mimalloc = unsafe {
            let block = ffi::OPENSSL_malloc(100);
            let found = libmimalloc_sys::mi_is_in_heap_region(block);
            ffi::OPENSSL_free(block);
            found
        };
        assert!(from_mimalloc);
    }
}
