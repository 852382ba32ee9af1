//! How a call is refused: the engine's error code for scripts, and words in the log for people.

use crate::config::ConfigError;
use godot::global::{Error, push_error};
use godot::meta::ToGodot;

/// Pushes `text` as an error and gives back `code`.
pub(crate) fn refuse(code: Error, text: &str) -> Error {
    push_error(&[text.to_variant()]);
    code
}

/// As [`refuse`], for options: the engine calls all of these invalid parameters.
pub(crate) fn refuse_options(class_and_method: &str, error: &ConfigError) -> Error {
    refuse(Error::ERR_INVALID_PARAMETER, &format!("{class_and_method}: {error}."))
}
