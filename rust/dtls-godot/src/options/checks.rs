//! Checks the values of properties.

use std::time::Duration;

use dtls_core::{Negotiation, OptionsError, SharedSecrets};
use godot::builtin::PackedByteArray;
use godot::global::Error;

use super::TlsOptions;
use super::data::{Role, ServerData};
use crate::error::ConfigError;
use crate::limits::MAX_TIMEOUT;
use crate::report::ReleaseBorrow as _;

pub(super) fn timeout(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds <= MAX_TIMEOUT)
}

/// `None` for an empty array.
fn secrets(bytes: &PackedByteArray) -> Result<Option<SharedSecrets>, OptionsError> {
    if bytes.is_empty() { Ok(None) } else { SharedSecrets::from_bytes(bytes.as_slice()).map(Some) }
}

pub(super) fn to_bytes(secrets: Option<&SharedSecrets>) -> PackedByteArray {
    secrets.map(|secrets| PackedByteArray::from(&secrets.to_bytes()[..])).unwrap_or_default()
}

impl TlsOptions {
    /// The settings that only servers have. For a client's options, an error is reported.
    pub(super) fn server_data_mut(&mut self, property: &str) -> Option<&mut ServerData> {
        if matches!(self.data.role, Role::Client { .. }) {
            self.refuse_property(property, &ConfigError::ClientForServer);
        }
        match &mut self.data.role {
            Role::Server(server) => Some(server),
            Role::Client { .. } => None,
        }
    }

    pub(super) fn replace_secrets(
        &mut self,
        property: &str,
        bytes: &PackedByteArray,
        place: impl FnOnce(&mut ServerData) -> &mut Option<SharedSecrets>,
    ) {
        let Some(server) = self.server_data_mut(property) else { return };
        match secrets(bytes) {
            Ok(secrets) => *place(server) = secrets,
            Err(error) => self.refuse_property(property, &error.into()),
        }
    }

    pub(super) fn negotiate(&mut self, property: &str, change: impl FnOnce(&mut Negotiation)) {
        let mut changed = self.data.negotiation.clone();
        change(&mut changed);
        match changed.check() {
            Ok(()) => self.data.negotiation = changed,
            Err(error) => self.refuse_property(property, &error.into()),
        }
    }

    pub(super) fn refuse_value(&mut self, property: &str, expected: &'static str, value: impl ToString) {
        self.refuse_property(property, &ConfigError::OutOfRange(expected, value.to_string()));
    }

    /// A property has no error code to return, so the message says everything.
    pub(super) fn refuse_property(&mut self, property: &str, error: &ConfigError) {
        self.refuse_options(&format!("TLSOptionsOpenSSL.{property}"), error);
    }

    /// Rejects an argument of a method with a message.
    pub(super) fn refuse_method(&mut self, method: &str, error: impl Into<ConfigError>) -> Error {
        self.refuse_options(&format!("TLSOptionsOpenSSL.{method}"), &error.into())
    }
}
