//! [`json!`](crate::json!): any JSON, written as JSON.

use crate::function::recognise;
use crate::value::{Map, Value};

/// Any JSON as a [`Value`], written as JSON, with expressions where values are: literals, attributes of handles, parameters,
/// results of [`function`](crate::function). Expressions are borrowed, so that a value can be used again. An `Option` that is
/// `None` is `AWS::NoValue`: CloudFormation leaves the entry out.
///
/// An object that spells an intrinsic function is that function.
///
/// ```
/// use formwork_template::{json, pseudo};
///
/// let policy = json!({
///     "Version": "2012-10-17",
///     "Statement": [{
///         "Effect": "Allow",
///         "Action": ["s3:GetObject", "s3:ListBucket"],
///         "Resource": { "Fn::Join": ["", ["arn:", pseudo::partition(), ":s3:::logs/*"]] },
///     }],
/// });
///
/// let role = String::from("arn:aws:iam::111122223333:role/reader");
/// let first = json!({ "Principal": { "AWS": role } });
/// assert_eq!(first, json!({ "Principal": { "AWS": role } }));
/// ```
///
/// Entries that are neither literals nor lists, objects or in parentheses are taken one by one; of a list or an object with
/// more than a hundred entries, put those in parentheses.
#[macro_export]
macro_rules! json {
    (null) => { $crate::Value::Null };
    ([ $($item:tt),* $(,)? ]) => { $crate::Value::List(::std::vec![$($crate::json!($item)),*]) };
    ([ $($items:tt)* ]) => {{
        let mut list = ::std::vec::Vec::<$crate::Value>::new();
        $crate::json!(@list list $($items)*);
        $crate::Value::List(list)
    }};
    ({ $($key:literal : $value:tt),* $(,)? }) => {
        $crate::json_object([$(($key, $crate::json!($value))),*])
    };
    ({ $($entries:tt)* }) => {{
        let mut entries = ::std::vec::Vec::<(&str, $crate::Value)>::new();
        $crate::json!(@entries entries $($entries)*);
        $crate::json_object(entries)
    }};

    (@list $list:ident) => {};
    (@list $list:ident null $(, $($rest:tt)*)?) => {
        $list.push($crate::Value::Null);
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident [ $($item:tt)* ] $(, $($rest:tt)*)?) => {
        $list.push($crate::json!([ $($item)* ]));
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident { $($item:tt)* } $(, $($rest:tt)*)?) => {
        $list.push($crate::json!({ $($item)* }));
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident $item:expr $(, $($rest:tt)*)?) => {
        $list.push($crate::Value::from(&$item));
        $crate::json!(@list $list $($($rest)*)?);
    };

    (@entries $entries:ident) => {};
    (@entries $entries:ident $key:literal : null $(, $($rest:tt)*)?) => {
        $entries.push(($key, $crate::Value::Null));
        $crate::json!(@entries $entries $($($rest)*)?);
    };
    (@entries $entries:ident $key:literal : [ $($value:tt)* ] $(, $($rest:tt)*)?) => {
        $entries.push(($key, $crate::json!([ $($value)* ])));
        $crate::json!(@entries $entries $($($rest)*)?);
    };
    (@entries $entries:ident $key:literal : { $($value:tt)* } $(, $($rest:tt)*)?) => {
        $entries.push(($key, $crate::json!({ $($value)* })));
        $crate::json!(@entries $entries $($($rest)*)?);
    };
    (@entries $entries:ident $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        $entries.push(($key, $crate::Value::from(&$value)));
        $crate::json!(@entries $entries $($($rest)*)?);
    };

    (($value:expr)) => { $crate::Value::from(&$value) };
    ($value:expr) => { $crate::Value::from(&$value) };
}

/// The object of these entries, or the function that it spells.
#[doc(hidden)]
pub fn json_object<'k>(entries: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    recognise(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map>())
}
