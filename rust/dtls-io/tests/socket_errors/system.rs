//! sendmmsg(2), sendmsg(2) and recvmmsg(2) of this process, which fail as often as a test likes.
//!
//! The library, linked into this binary, finds these in place of libc's. They make the system call themselves.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use nix::errno::Errno;
use nix::libc::{SYS_recvmmsg, SYS_sendmmsg, SYS_sendmsg, c_int, c_uint, mmsghdr, msghdr, ssize_t, syscall, timespec};

/// What the next calls of a function return instead of being made.
pub struct Faults {
    errno: AtomicI32,
    left: AtomicU32,
    calls: AtomicU32,
}

/// Of sendmmsg.
pub static SENDING: Faults = Faults::none();

/// Of sendmsg, which sends several datagrams to one peer as segments.
pub static SENDING_SEGMENTS: Faults = Faults::none();

/// Of recvmmsg.
pub static RECEIVING: Faults = Faults::none();

impl Faults {
    const fn none() -> Self {
        Self { errno: AtomicI32::new(0), left: AtomicU32::new(0), calls: AtomicU32::new(0) }
    }

    /// Has the next `times` calls fail.
    pub fn inject(&self, errno: Errno, times: u32) {
        self.errno.store(errno as i32, Ordering::SeqCst);
        self.left.store(times, Ordering::SeqCst);
    }

    /// How many calls are yet to fail.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }

    /// How many calls there have been.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Whether this call fails; errno is set then.
    fn strike(&self) -> bool {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let fails = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails {
            Errno::from_raw(self.errno.load(Ordering::SeqCst)).set();
        }
        fails
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sendmmsg(socket: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int {
    if SENDING.strike() {
        return -1;
    }
    // SAFETY: the caller's arguments are those of the system call.
    unsafe { syscall(SYS_sendmmsg, socket, messages, count, flags) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sendmsg(socket: c_int, message: *const msghdr, flags: c_int) -> ssize_t {
    if SENDING_SEGMENTS.strike() {
        return -1;
    }
    // SAFETY: as above.
    unsafe { syscall(SYS_sendmsg, socket, message, flags) as ssize_t }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn recvmmsg(
    socket: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
    timeout: *mut timespec,
) -> c_int {
    if RECEIVING.strike() {
        return -1;
    }
    // SAFETY: as above.
    unsafe { syscall(SYS_recvmmsg, socket, messages, count, flags, timeout) as c_int }
}
