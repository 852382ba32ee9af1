//! What OpenSSL gets from its process, as a test makes it: the time, random bytes and memory. Each thread has its own.
//!
//! OpenSSL's retransmission timer reads the system's clock, and `DTLS_set_timer_cb` sets nothing but how long it runs. It calls
//! `gettimeofday`, which OpenSSL, linked into this binary, finds here. With the random bytes of a seed too, the same link brings
//! the same datagrams again, and thousands of links need no time to wait.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::Once;
use std::time::Duration;

use dtls_core::Negotiation;
use libc::{c_char, c_int, c_void, timeval};
#[cfg(system_malloc)]
use libc::{free as release, malloc as allocate, malloc_usable_size as usable_size, realloc as resize};
#[cfg(not(system_malloc))]
use libmimalloc_sys::{mi_free as release, mi_malloc as allocate, mi_realloc as resize, mi_usable_size as usable_size};

thread_local! {
    /// How far ahead of the simulation the system's clock is, in seconds.
    static AHEAD: Cell<i64> = const { Cell::new(0) };
    static TIME: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static RANDOM: Cell<SplitMix64> = const { Cell::new(SplitMix64(0)) };
    static HELD: Cell<isize> = const { Cell::new(0) };
}

/// Has OpenSSL use the time, the random bytes and the memory of this file.
pub fn take_over() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // OpenSSL takes functions before it has allocated. Later it takes others only in the place of such.
        // SAFETY: the functions have the signatures that CRYPTO_set_mem_functions(3) asks for.
        unsafe { CRYPTO_set_mem_functions(malloc, realloc, free) };
        // The first use has it take dtls-core's functions, of the same allocator.
        Negotiation::default().check().unwrap();
        // SAFETY: as above; RAND_set_rand_method(3).
        let taken =
            unsafe { (CRYPTO_set_mem_functions(malloc, realloc, free), RAND_set_rand_method(&raw const METHOD)) };
        assert_eq!(taken, (1, 1));
    });
}

/// Sets OpenSSL's clock to `passed` after some moment.
pub fn set_time(passed: Duration) {
    TIME.set(Duration::from_secs(1_000_000_000) + passed);
}

/// Sets OpenSSL's clock `seconds` ahead of that time, as a correction of the system's clock would.
pub fn set_ahead(seconds: i64) {
    AHEAD.set(seconds);
}

/// Has OpenSSL's random bytes follow from `seed`.
pub fn set_seed(seed: u64) {
    RANDOM.set(SplitMix64(seed));
}

/// How many bytes this thread's OpenSSL has allocated and not freed.
pub fn held() -> isize {
    HELD.get()
}

/// Sebastiano Vigna's generator: eight bytes a step, from any seed.
#[derive(Clone, Copy)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// RAND_set_rand_method(3).
#[repr(C)]
struct RandMethod {
    seed: Option<unsafe extern "C" fn(*const c_void, c_int) -> c_int>,
    bytes: unsafe extern "C" fn(*mut u8, c_int) -> c_int,
    cleanup: Option<unsafe extern "C" fn()>,
    add: Option<unsafe extern "C" fn(*const c_void, c_int, f64) -> c_int>,
    pseudorand: unsafe extern "C" fn(*mut u8, c_int) -> c_int,
    status: unsafe extern "C" fn() -> c_int,
}

static METHOD: RandMethod =
    RandMethod { seed: None, bytes: random, cleanup: None, add: None, pseudorand: random, status: is_seeded };

unsafe extern "C" {
    fn RAND_set_rand_method(method: *const RandMethod) -> c_int;
    fn CRYPTO_set_mem_functions(
        malloc: unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *const c_char, c_int),
    ) -> c_int;
}

/// In place of libc's.
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(time: *mut timeval, _zone: *mut c_void) -> c_int {
    let now = TIME.get();
    // SAFETY: the caller's, for this call.
    unsafe { *time = timeval { tv_sec: (now.as_secs() as i64 + AHEAD.get()) as _, tv_usec: now.subsec_micros() as _ } };
    0
}

unsafe extern "C" fn random(buffer: *mut u8, length: c_int) -> c_int {
    let mut generator = RANDOM.get();
    // SAFETY: OpenSSL's buffer, which is ours alone during the call.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer, length as usize) };
    for chunk in buffer.chunks_mut(8) {
        chunk.copy_from_slice(&generator.next().to_le_bytes()[..chunk.len()]);
    }
    RANDOM.set(generator);
    1
}

unsafe extern "C" fn is_seeded() -> c_int {
    1
}

unsafe extern "C" fn malloc(size: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    // SAFETY: no preconditions.
    let block = unsafe { allocate(size) };
    count(block);
    block
}

unsafe extern "C" fn realloc(block: *mut c_void, size: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    discount(block);
    // SAFETY: OpenSSL gives back what these functions gave it.
    let block = unsafe { resize(block, size) };
    count(block);
    block
}

unsafe extern "C" fn free(block: *mut c_void, _file: *const c_char, _line: c_int) {
    discount(block);
    // SAFETY: as above.
    unsafe { release(block) }
}

/// A thread that frees what another has allocated may hold less than nothing.
fn count(block: *mut c_void) {
    // SAFETY: a live block of the allocator, or null, which has none.
    HELD.set(HELD.get() + unsafe { usable_size(block) } as isize);
}

fn discount(block: *mut c_void) {
    // SAFETY: as above.
    HELD.set(HELD.get() - unsafe { usable_size(block) } as isize);
}
