//! Refuses a call: with an error code for scripts, and a message in the log for people.

use crate::error::ConfigError;
use godot::global::{Error, push_error};
use godot::meta::ToGodot;
use godot::obj::WithBaseField;

/// Pushes `text` as an error and returns `code`. For static methods; methods of an object use [`ReleaseBorrow`].
pub(crate) fn refuse(code: Error, text: &str) -> Error {
    push_error(&[text.to_variant()]);
    code
}

/// Like [`refuse`], for options. The engine's error code for all of these is ERR_INVALID_PARAMETER.
pub(crate) fn refuse_options(class_and_method: &str, error: &ConfigError) -> Error {
    refuse(Error::ERR_INVALID_PARAMETER, &format!("{class_and_method}: {error}."))
}

/// Releases the borrow of an object of ours during a call. A message that is reported may run a script's Logger, which may
/// call the same object.
pub(crate) trait ReleaseBorrow: WithBaseField {
    /// Runs `action`, during which we or the engine may report something.
    fn release_borrow<R>(&mut self, action: impl FnOnce() -> R) -> R {
        let _lent = self.base_mut();
        action()
    }

    fn refuse(&mut self, code: Error, text: &str) -> Error {
        self.release_borrow(|| refuse(code, text))
    }

    fn refuse_options(&mut self, class_and_method: &str, error: &ConfigError) -> Error {
        self.release_borrow(|| refuse_options(class_and_method, error))
    }
}

impl<T: WithBaseField> ReleaseBorrow for T {}
