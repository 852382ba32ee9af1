//! Properties are checked as they are set.

use std::time::Duration;

use dtls_core::SharedSecrets;
use godot::builtin::PackedByteArray;
use godot::global::Error;

use crate::config::ConfigError;
use crate::refusal::{refuse, refuse_options};

/// The longest time-out in seconds: a day.
const MAX_TIMEOUT: f64 = 86_400.0;

pub(super) fn timeout(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds <= MAX_TIMEOUT)
}

pub(super) fn replace_secrets(old: &mut Option<SharedSecrets>, property: &str, bytes: &PackedByteArray) {
    if bytes.is_empty() {
        *old = None;
        return;
    }
    match SharedSecrets::from_bytes(bytes.as_slice()) {
        Ok(secrets) => *old = Some(secrets),
        Err(error) => refuse_property(property, &error.into()),
    }
}

pub(super) fn to_bytes(secrets: Option<&SharedSecrets>) -> PackedByteArray {
    secrets.map(|secrets| PackedByteArray::from(&secrets.to_bytes()[..])).unwrap_or_default()
}

pub(super) fn refuse_value(property: &str, expected: &'static str, value: impl ToString) {
    refuse_property(property, &ConfigError::OutOfRange(expected, value.to_string()));
}

/// A property has no code to return: the words are all there is.
pub(super) fn refuse_property(property: &str, error: &ConfigError) {
    refuse(Error::ERR_INVALID_PARAMETER, &format!("TLSOptionsOpenSSL.{property}: {error}."));
}

/// Refuses what a method was given, in words.
pub(super) fn refuse_method(method: &str, error: impl Into<ConfigError>) -> Error {
    refuse_options(&format!("TLSOptionsOpenSSL.{method}"), &error.into())
}
