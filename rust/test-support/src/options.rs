//! Struct update syntax for options that are `#[non_exhaustive]`.

/// The value of a struct expression with a base, for example `options!(ClientOptions { trust, ..base })`. Rust itself allows
/// these only in the crate of a `#[non_exhaustive]` struct.
#[macro_export]
macro_rules! options {
    ($type:ident { $($field:ident $(: $value:expr)?,)* ..$base:expr }) => {{
        let mut options: $type = $base;
        $($crate::options!(@set options $field $($value)?);)*
        options
    }};
    (@set $options:ident $field:ident) => { $options.$field = $field };
    (@set $options:ident $field:ident $value:expr) => { $options.$field = $value };
}
