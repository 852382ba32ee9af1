//! The stateless cookie of RFC 6347 §4.2.1: an HMAC over the client's address, its ClientHello's random, and the time.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::memcmp;
use openssl::rand::rand_bytes;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::client_hello::COOKIE_LENGTH;
use crate::ossl::{self, Hmac};
use crate::prf::RANDOM_LENGTH;
use crate::secrets::{SECRET_LENGTH, SharedSecrets};

/// A cookie is valid in the period in which it was made and in the next. A client needs a fraction of this to return it,
/// and nobody can collect cookies for long.
const PERIOD: Duration = Duration::from_secs(60);

/// A client that asks for a cookie or returns one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) address: SocketAddr,
    /// The ClientHello's random, which is the same in both hellos of a client. An observed cookie fits no other hello.
    pub(crate) random: [u8; RANDOM_LENGTH],
    pub(crate) now: Instant,
}

impl Candidate {
    /// The candidate whose cookie `ssl` verifies.
    pub(crate) fn of(ssl: &SslRef) -> Option<&Self> {
        ssl.ex_data(index().ok()?)
    }

    /// Makes `ssl` verify this candidate's cookie. Only the first call allocates, so a flood of hellos costs no memory.
    pub(crate) fn judge_with(self, ssl: &mut SslRef) -> Result<(), ErrorStack> {
        let index = index()?;
        match ssl.ex_data_mut(index) {
            Some(place) => *place = self,
            None => ssl.set_ex_data(index, self),
        }
        Ok(())
    }
}

/// Where an `Ssl` keeps its candidate for the callbacks.
fn index() -> Result<Index<Ssl, Candidate>, ErrorStack> {
    static INDEX: OnceLock<Index<Ssl, Candidate>> = OnceLock::new();
    if let Some(index) = INDEX.get() {
        return Ok(*index);
    }
    let index = Ssl::new_ex_index()?;
    Ok(*INDEX.get_or_init(|| index))
}

/// Makes and verifies cookies. Keep one `Cookies` when a server's options change, so that its cookies stay valid.
pub struct Cookies {
    secrets: Secrets,
    start: Instant,
    /// `start` on the clock that the servers share.
    start_on_clock: Duration,
}

enum Secrets {
    /// Those of a single server: a new one each period.
    Own(Mutex<Rotating>),
    /// Those of a fleet, newest first. The operator rotates them.
    Shared(Mutex<Vec<Hmac>>),
}

/// A random secret for each period. Cookies of the previous one are still valid.
struct Rotating {
    period: u64,
    current: Hmac,
    previous: Option<Hmac>,
}

/// How many periods the clocks of a fleet's servers may differ.
const PERIODS_AHEAD: u64 = 1;

impl std::fmt::Debug for Cookies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cookies").finish_non_exhaustive()
    }
}

impl Cookies {
    /// Cookies under random secrets, for a single server.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new(now: Instant) -> Result<Self, ErrorStack> {
        ossl::init();
        let rotating = Rotating { period: 0, current: random_secret()?, previous: None };
        Ok(Self { secrets: Secrets::Own(Mutex::new(rotating)), start: now, start_on_clock: Duration::ZERO })
    }

    /// Cookies that every server with the same `secrets` accepts, for servers behind one address. `since_epoch` is the
    /// system's time at `now`, since 1970. The servers' clocks may differ by a minute.
    ///
    /// # Errors
    /// When OpenSSL is out of memory.
    pub fn shared(secrets: &SharedSecrets, now: Instant, since_epoch: Duration) -> Result<Self, ErrorStack> {
        ossl::init();
        let secrets = secrets.iter().map(|secret| hmac(secret)).collect::<Result<_, _>>()?;
        Ok(Self { secrets: Secrets::Shared(Mutex::new(secrets)), start: now, start_on_clock: since_epoch })
    }

    /// Makes servers with `context` use these cookies.
    pub(crate) fn serve(self: &Arc<Self>, context: &mut SslContextBuilder) {
        let cookies = Arc::clone(self);
        context.set_cookie_generate_cb(move |ssl, buffer| {
            let Some(candidate) = Candidate::of(ssl) else { return Ok(0) };
            let cookie = cookies.generate(candidate)?;
            buffer[..cookie.len()].copy_from_slice(&cookie);
            Ok(cookie.len())
        });
        let cookies = Arc::clone(self);
        context.set_cookie_verify_cb(move |ssl, cookie| {
            Candidate::of(ssl).is_some_and(|candidate| cookies.verify(candidate, cookie).unwrap_or(false))
        });
    }

    pub(crate) fn generate(&self, candidate: &Candidate) -> Result<[u8; COOKIE_LENGTH], ErrorStack> {
        let period = self.period(candidate.now);
        match &self.secrets {
            Secrets::Own(rotating) => {
                let mut rotating = rotating.lock();
                let Rotating { current, period, .. } = rotating.at(period)?;
                sign(current, candidate, *period)
            }
            Secrets::Shared(secrets) => match secrets.lock().first_mut() {
                Some(secret) => sign(secret, candidate, period),
                None => Err(ErrorStack::get()),
            },
        }
    }

    /// Whether `cookie` was made for `candidate` and has not expired. Takes constant time for each secret and period.
    pub(crate) fn verify(&self, candidate: &Candidate, cookie: &[u8]) -> Result<bool, ErrorStack> {
        if cookie.len() != COOKIE_LENGTH {
            return Ok(false);
        }
        let period = self.period(candidate.now);
        let is_of = |secret: &mut Hmac, period: u64| {
            Ok(cookie[0] == period as u8 && memcmp::eq(&sign(secret, candidate, period)?, cookie))
        };
        match &self.secrets {
            Secrets::Own(rotating) => {
                let mut rotating = rotating.lock();
                let Rotating { current, previous, period } = rotating.at(period)?;
                match previous {
                    Some(previous) => Ok(is_of(current, *period)? || is_of(previous, period.saturating_sub(1))?),
                    None => is_of(current, *period),
                }
            }
            Secrets::Shared(secrets) => {
                for secret in secrets.lock().iter_mut() {
                    for period in period.saturating_sub(1)..=period + PERIODS_AHEAD {
                        if is_of(secret, period)? {
                            return Ok(true);
                        }
                    }
                }
                Ok(false)
            }
        }
    }

    fn period(&self, now: Instant) -> u64 {
        (self.start_on_clock + now.saturating_duration_since(self.start)).as_secs() / PERIOD.as_secs()
    }
}

impl Rotating {
    /// The secrets of `period`, or of a later one if another thread has already moved on.
    fn at(&mut self, period: u64) -> Result<&mut Self, ErrorStack> {
        if period > self.period {
            let retired = std::mem::replace(&mut self.current, random_secret()?);
            self.previous = (period == self.period + 1).then_some(retired);
            self.period = period;
        }
        Ok(self)
    }
}

fn random_secret() -> Result<Hmac, ErrorStack> {
    let mut secret = Zeroizing::new([0; SECRET_LENGTH]);
    rand_bytes(&mut *secret)?;
    hmac(&*secret)
}

fn hmac(secret: &[u8]) -> Result<Hmac, ErrorStack> {
    Hmac::new(c"SHA256", secret)
}

fn sign(secret: &mut Hmac, candidate: &Candidate, period: u64) -> Result<[u8; COOKIE_LENGTH], ErrorStack> {
    // Sockets write an IPv4 address in two forms.
    let ip = match candidate.address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let port = candidate.address.port().to_be_bytes();
    let mut cookie = [0; COOKIE_LENGTH];
    secret.sign(&[&ip.octets(), &port, &period.to_be_bytes(), &candidate.random], &mut cookie)?;
    // Names the period, so that a forged cookie costs one HMAC instead of one for each period that is valid.
    cookie[0] = period as u8;
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
    fn a_cookie_outlives_the_period_after_its_own_and_not_two() {
        let start = Instant::now();
        let cookies = Cookies::new(start).unwrap();
        let client = |now| candidate("192.0.2.1:1000", now);
        let cookie = cookies.generate(&client(start)).unwrap();
        assert!(cookies.verify(&client(start + 2 * PERIOD - Duration::from_millis(1)), &cookie).unwrap());
        assert!(!cookies.verify(&client(start + 2 * PERIOD), &cookie).unwrap());
    }

    #[test]
    fn a_cookie_is_stale_after_a_long_silence() {
        let start = Instant::now();
        let cookies = Cookies::new(start).unwrap();
        let cookie = cookies.generate(&candidate("192.0.2.1:1000", start)).unwrap();
        assert!(!cookies.verify(&candidate("192.0.2.1:1000", start + 3 * PERIOD), &cookie).unwrap());
    }

    #[test]
    fn servers_that_share_a_secret_take_each_other_s_cookies_whatever_their_clocks_and_rotations() {
        let now = Instant::now();
        let (old, new): (Vec<u8>, Vec<u8>) = ((0..32).collect(), (32..64).collect());
        let server = |secrets: &[u8], clock: u64| {
            Cookies::shared(&SharedSecrets::from_bytes(secrets).unwrap(), now, Duration::from_secs(clock)).unwrap()
        };
        let client = candidate("192.0.2.1:1000", now);
        let cookie = server(&old, 1_000_000).generate(&client).unwrap();
        for clock in [1_000_000, 1_000_000 - 60, 1_000_000 + 60] {
            assert!(server(&old, clock).verify(&client, &cookie).unwrap());
            assert!(server(&[new.clone(), old.clone()].concat(), clock).verify(&client, &cookie).unwrap());
            assert!(!server(&new, clock).verify(&client, &cookie).unwrap());
        }
        for clock in [1_000_000 - 180, 1_000_000 + 180] {
            assert!(!server(&old, clock).verify(&client, &cookie).unwrap());
        }
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
    fn a_server_on_its_own_makes_each_period_s_cookies_under_another_secret() {
        let start = Instant::now();
        let cookies = Cookies::new(start).unwrap();
        let Secrets::Own(rotating) = &cookies.secrets else { panic!("it shares nothing") };
        let client = candidate("192.0.2.1:1000", start + PERIOD);
        let cookie = cookies.generate(&client).unwrap();
        let Rotating { current, previous: Some(first), .. } = &mut *rotating.lock() else {
            panic!("it keeps the last")
        };
        assert_eq!(sign(current, &client, 1).unwrap(), cookie);
        assert_ne!(sign(first, &client, 1).unwrap(), cookie);
    }

    #[test]
    fn debug_shows_no_secret() {
        let cookies = Cookies::new(Instant::now()).unwrap();
        assert_eq!(format!("{cookies:?}"), "Cookies { .. }");
    }
}
