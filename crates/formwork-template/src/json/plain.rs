//! Rust's own types in a template.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::{Field, JsonWriter, ToJson};
use crate::value::Value;

impl<T: ToJson> Field for T {
    #[inline]
    fn is_present(&self) -> bool {
        true
    }
    #[inline]
    fn write_field(&self, out: &mut JsonWriter) {
        self.write(out);
    }
}

impl<T: ToJson> Field for Option<T> {
    #[inline]
    fn is_present(&self) -> bool {
        self.is_some()
    }
    #[inline]
    fn write_field(&self, out: &mut JsonWriter) {
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl ToJson for str {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.string(self);
    }
}

impl ToJson for String {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.string(self);
    }
}

impl ToJson for bool {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.bool(*self);
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToJson for $integer {
            #[inline]
            fn write(&self, out: &mut JsonWriter) {
                out.integer(i64::from(*self));
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! large_integers {
    ($($integer:ty),*) => {$(
        impl ToJson for $integer {
            fn write(&self, out: &mut JsonWriter) {
                out.number(&(*self).into());
            }
        }
    )*};
}

large_integers!(u64, isize, usize);

impl ToJson for f64 {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.float(*self);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        (**self).write(out);
    }
}

impl<T: ToJson + ?Sized> ToJson for Box<T> {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        (**self).write(out);
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.list(self);
    }
}

impl<T: ToJson> ToJson for [T] {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.list(self);
    }
}

impl<T: ToJson, const N: usize> ToJson for [T; N] {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.list(self);
    }
}

impl ToJson for Cow<'_, str> {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.string(self);
    }
}

impl ToJson for serde_json::Value {
    fn write(&self, out: &mut JsonWriter) {
        Value::from(self.clone()).write(out);
    }
}

impl<T: ToJson> ToJson for IndexMap<String, T> {
    #[inline]
    fn write(&self, out: &mut JsonWriter) {
        out.entries(self.iter().map(|(key, value)| (key.as_str(), value)));
    }
}
