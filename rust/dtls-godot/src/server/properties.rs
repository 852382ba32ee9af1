//! Checks the values of properties.

use std::ops::RangeInclusive;

use godot::global::Error;

use super::DtlsServer;
use crate::limits::Limits;
use crate::report::ReleaseBorrow as _;

impl DtlsServer {
    /// Sets a property to a value in `range`. Any other value is rejected with an error that names the valid range.
    pub(crate) fn set_limit(
        &mut self,
        property: &str,
        value: i64,
        range: RangeInclusive<i64>,
        place: impl FnOnce(&mut Limits) -> &mut i64,
    ) {
        if range.contains(&value) {
            *place(&mut self.limits) = value;
        } else {
            self.refuse(
                Error::ERR_INVALID_PARAMETER,
                &format!(
                    "DTLSServerOpenSSL.{property}: give {} to {}, not {value}; the old value stays.",
                    range.start(),
                    range.end()
                ),
            );
        }
    }
}
