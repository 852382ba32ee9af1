//! How a call is refused: the engine's error code for scripts, and words in the log for people.

use crate::error::ConfigError;
use godot::global::{Error, push_error};
use godot::meta::ToGodot;
use godot::obj::WithBaseField;

/// Pushes `text` as an error and gives back `code`. For calls on no object; see [`ReleaseBorrow`].
pub(crate) fn refuse(code: Error, text: &str) -> Error {
    push_error(&[text.to_variant()]);
    code
}

/// As [`refuse`], for options: the engine calls all of these invalid parameters.
pub(crate) fn refuse_options(class_and_method: &str, error: &ConfigError) -> Error {
    refuse(Error::ERR_INVALID_PARAMETER, &format!("{class_and_method}: {error}."))
}

/// An object of ours in the middle of a call. What is reported runs a script's Logger, which may call the same object: so
/// it is not borrowed meanwhile.
pub(crate) trait ReleaseBorrow: WithBaseField {
    /// Does what may report something, by us or by the engine.
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
