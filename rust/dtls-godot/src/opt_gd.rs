//! Object parameters that a script may leave out: gdext has no defaults for `Option<Gd<T>>`.

use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, ToGodot};
use godot::obj::{Gd, GodotClass};

/// An object parameter that may be null, which is its default.
pub(crate) struct OrNull<T: GodotClass>(pub(crate) Option<Gd<T>>);

impl<T: GodotClass> std::fmt::Debug for OrNull<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<T: GodotClass> Clone for OrNull<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: GodotClass> GodotConvert for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    type Via = Option<Gd<T>>;

    fn godot_shape() -> GodotShape {
        <Option<Gd<T>> as GodotConvert>::godot_shape()
    }
}

impl<T: GodotClass> ToGodot for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    type Pass = ByValue;

    fn to_godot(&self) -> Self::Via {
        self.0.clone()
    }
}

impl<T: GodotClass> FromGodot for OrNull<T>
where
    Option<Gd<T>>: GodotConvert<Via = Option<Gd<T>>>,
{
    fn try_from_godot(via: Self::Via) -> Result<Self, ConvertError> {
        Ok(Self(via))
    }
}
