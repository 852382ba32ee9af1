//! The stateless cookie of RFC 6347 §4.2.1: an HMAC over the client's address and its ClientHello's random, under a
//! secret that rotates.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::{PKey, Private};
use openssl::rand::rand_bytes;
use openssl::sign::Signer;
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::ossl;
use crate::record::RANDOM_LENGTH;

/// Size of a cookie in bytes: one SHA-256.
pub(crate) const COOKIE_LENGTH: usize = 32;

/// How long a secret makes new cookies. A cookie is good for one to two of these: many times what a client needs to
/// return it, and short against collecting them.
const ROTATION: Duration = Duration::from_secs(60);

/// Who asks for a cookie or returns one, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) address: SocketAddr,
    /// The ClientHello's random, the same in both of a client's hellos: a cookie seen on the wire serves no other hello.
    pub(crate) random: [u8; RANDOM_LENGTH],
    pub(crate) now: Instant,
}

/// Makes and checks cookies. They outlive the options of a server: share one `Cookies` across them all.
#[derive(Debug)]
pub struct Cookies(Mutex<Secrets>);

struct Secrets {
    /// OpenSSL wipes the key when it is freed.
    current: PKey<Private>,
    previous: Option<PKey<Private>>,
    rotated: Instant,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Cookies {
    /// Cookies under a random secret, renewed every minute; the last one is still honoured.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(now: Instant) -> Result<Self, ErrorStack> {
        ossl::init();
        Ok(Self(Mutex::new(Secrets { current: random_secret()?, previous: None, rotated: now })))
    }

    pub(crate) fn generate(&self, candidate: &Candidate) -> Result<[u8; COOKIE_LENGTH], ErrorStack> {
        let mut secrets = self.0.lock();
        secrets.rotate(candidate.now)?;
        sign(&secrets.current, candidate)
    }

    /// In constant time, whether `cookie` was made for `candidate` and is not stale.
    pub(crate) fn verify(&self, candidate: &Candidate, cookie: &[u8]) -> Result<bool, ErrorStack> {
        if cookie.len() != COOKIE_LENGTH {
            return Ok(false);
        }
        let mut secrets = self.0.lock();
        secrets.rotate(candidate.now)?;
        if memcmp::eq(&sign(&secrets.current, candidate)?, cookie) {
            return Ok(true);
        }
        match &secrets.previous {
            Some(previous) => Ok(memcmp::eq(&sign(previous, candidate)?, cookie)),
            None => Ok(false),
        }
    }
}

impl Secrets {
    fn rotate(&mut self, now: Instant) -> Result<(), ErrorStack> {
        let age = now.saturating_duration_since(self.rotated);
        if age >= ROTATION {
            let retired = std::mem::replace(&mut self.current, random_secret()?);
            self.previous = (age < 2 * ROTATION).then_some(retired);
            self.rotated = if age < 2 * ROTATION { self.rotated + ROTATION } else { now };
        }
        Ok(())
    }
}

fn random_secret() -> Result<PKey<Private>, ErrorStack> {
    let mut secret = Zeroizing::new([0; 32]);
    rand_bytes(&mut *secret)?;
    PKey::hmac(&*secret)
}

fn sign(secret: &PKey<Private>, candidate: &Candidate) -> Result<[u8; COOKIE_LENGTH], ErrorStack> {
    // One form for an IPv4 client, however the socket spells it.
    let ip = match candidate.address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let mut message = [0; 18 + RANDOM_LENGTH];
    message[..16].copy_from_slice(&ip.octets());
    message[16..18].copy_from_slice(&candidate.address.port().to_be_bytes());
    message[18..].copy_from_slice(&candidate.random);
    let mut cookie = [0; COOKIE_LENGTH];
    Signer::new(MessageDigest::sha256(), secret)?.sign_oneshot(&mut cookie, &message)?;
    Ok(cookie)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn candidate(address: &str, now: Instant) -> Candidate {
        Candidate { address: address.parse().unwrap(), random: [7; RANDOM_LENGTH], now }
    }

    #[test]
    fn a_cookie_is_good_for_its_own_address_port_and_hello_only() {
        let now = Instant::now();
        let cookies = Cookies::new(now).unwrap();
        let client = candidate("192.0.2.1:1000", now);
        let cookie = cookies.generate(&client).unwrap();
        assert!(cookies.verify(&client, &cookie).unwrap());
        assert!(cookies.verify(&candidate("[::ffff:192.0.2.1]:1000", now), &cookie).unwrap());
        assert!(!cookies.verify(&candidate("192.0.2.1:1001", now), &cookie).unwrap());
        assert!(!cookies.verify(&candidate("192.0.2.2:1000", now), &cookie).unwrap());
        assert!(!cookies.verify(&Candidate { random: [8; RANDOM_LENGTH], ..client }, &cookie).unwrap());
    }

    #[test]
    fn a_cookie_outlives_one_rotation_and_not_two() {
        let start = Instant::now();
        let cookies = Cookies::new(start).unwrap();
        let client = |now| candidate("192.0.2.1:1000", now);
        let cookie = cookies.generate(&client(start)).unwrap();
        assert!(cookies.verify(&client(start + 2 * ROTATION - Duration::from_millis(1)), &cookie).unwrap());
        assert!(!cookies.verify(&client(start + 2 * ROTATION), &cookie).unwrap());
    }

    #[test]
    fn a_cookie_is_stale_after_a_long_silence() {
        let start = Instant::now();
        let cookies = Cookies::new(start).unwrap();
        let cookie = cookies.generate(&candidate("192.0.2.1:1000", start)).unwrap();
        assert!(!cookies.verify(&candidate("192.0.2.1:1000", start + 3 * ROTATION), &cookie).unwrap());
    }

    #[test]
    fn forged_cookies_are_refused() {
        let now = Instant::now();
        let cookies = Cookies::new(now).unwrap();
        let client = candidate("[2001:db8::1]:1000", now);
        let mut cookie = cookies.generate(&client).unwrap();
        assert!(!cookies.verify(&client, &[]).unwrap());
        assert!(!cookies.verify(&client, &cookie[..31]).unwrap());
        cookie[31] ^= 1;
        assert!(!cookies.verify(&client, &cookie).unwrap());
        let other = Cookies::new(now).unwrap().generate(&client).unwrap();
        assert!(!cookies.verify(&client, &other).unwrap());
    }

    #[test]
    fn debug_shows_no_secret() {
        let cookies = Cookies::new(Instant::now()).unwrap();
        assert_eq!(format!("{cookies:?}"), "Cookies(Mutex { data: Secrets { .. } })");
    }
}
