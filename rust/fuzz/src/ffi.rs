//! What makes each run of an input the same, OpenSSL's randomness and timers; and how much memory is in use. The only `unsafe` of
//! this crate.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use libc::{c_char, c_int, c_void, timeval};
use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslSession};

/// <openssl/rand.h>, RAND_set_rand_method(3)
#[repr(C)]
struct RandMethod {
    seed: Option<extern "C" fn(*const c_void, c_int) -> c_int>,
    bytes: extern "C" fn(*mut u8, c_int) -> c_int,
    cleanup: Option<extern "C" fn()>,
    add: Option<extern "C" fn(*const c_void, c_int, f64) -> c_int>,
    pseudorand: extern "C" fn(*mut u8, c_int) -> c_int,
    status: extern "C" fn() -> c_int,
}

static PREDICTABLE: RandMethod =
    RandMethod { seed: None, bytes: fill, cleanup: None, add: None, pseudorand: fill, status: is_seeded };

unsafe extern "C" {
    fn RAND_set_rand_method(method: *const RandMethod) -> c_int;
    fn CRYPTO_malloc(size: usize, file: *const c_char, line: c_int) -> *mut c_void;
    fn CRYPTO_free(memory: *mut c_void, file: *const c_char, line: c_int);
    #[cfg(feature = "libfuzzer")]
    fn __sanitizer_get_current_allocated_bytes() -> usize;
}

/// What OpenSSL's clock shows when a run starts, in seconds since 1970.
const START: i64 = 1_700_000_000;

thread_local! {
    static RANDOM: Cell<u64> = const { Cell::new(0) };
    static ELAPSED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Sets randomness and clock to where every run starts.
pub(crate) fn reset() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        // SAFETY: the first call of OpenSSL, which may be this one: it allocates and frees a block, after which it refuses
        // another allocator, so that AddressSanitizer sees its blocks. The method has OpenSSL's layout and lives as long
        // as the program.
        unsafe {
            CRYPTO_free(CRYPTO_malloc(1, c"".as_ptr(), 0), c"".as_ptr(), 0);
            RAND_set_rand_method(&raw const PREDICTABLE);
        }
    });
    RANDOM.set(0);
    ELAPSED.set(Duration::ZERO);
}

/// The time now.
pub(crate) fn now() -> Instant {
    static BASE: OnceLock<Instant> = OnceLock::new();
    *BASE.get_or_init(Instant::now) + elapsed()
}

/// How long the run has been under way.
pub(crate) fn elapsed() -> Duration {
    ELAPSED.get()
}

/// Has time pass.
pub(crate) fn advance(time: Duration) {
    ELAPSED.set(ELAPSED.get() + time);
}

/// How many bytes of the heap are in use.
pub(crate) fn live_bytes() -> usize {
    #[cfg(feature = "libfuzzer")]
    // SAFETY: no preconditions.
    return unsafe { __sanitizer_get_current_allocated_bytes() };
    #[cfg(all(not(feature = "libfuzzer"), target_os = "linux", target_env = "gnu"))]
    // SAFETY: no preconditions.
    return unsafe {
        let info = libc::mallinfo2();
        info.uordblks + info.hblkhd
    };
    // Elsewhere the seeds run without a look at memory.
    #[cfg(not(any(feature = "libfuzzer", all(target_os = "linux", target_env = "gnu"))))]
    return 0;
}

/// Has `ssl`, a client, offer to resume a session of its own context.
pub(crate) fn resume(ssl: &mut SslRef, session: &SslSession) -> Result<(), ErrorStack> {
    // SAFETY: as the caller promises, who has one context only.
    unsafe { ssl.set_session(session) }
}

extern "C" fn fill(buffer: *mut u8, length: c_int) -> c_int {
    // SAFETY: OpenSSL passes a buffer of that many bytes.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer, usize::try_from(length).unwrap_or(0)) };
    // SplitMix64
    let mut state = RANDOM.get();
    for chunk in buffer.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
    }
    RANDOM.set(state);
    1
}

extern "C" fn is_seeded() -> c_int {
    1
}

/// The clock of OpenSSL's timers, in place of libc's.
///
/// # Safety
/// `time` is null or points to a `timeval`.
#[unsafe(no_mangle)]
#[expect(unreachable_pub)] // the linker reaches it
pub unsafe extern "C" fn gettimeofday(time: *mut timeval, _zone: *mut c_void) -> c_int {
    let elapsed = elapsed();
    // SAFETY: as the caller promises.
    if let Some(time) = unsafe { time.as_mut() } {
        time.tv_sec = START + elapsed.as_secs() as i64;
        time.tv_usec = i64::from(elapsed.subsec_micros());
    }
    0
}
