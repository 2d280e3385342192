//! Objects in S3, as stacks name them: by bucket and key, which are values. A generated type that is the place of an object is made of one
//! by [`FromS3Object`]; a text that is such a place is one of its methods.

use crate::pseudo;
use crate::value::Val;

/// An object in a bucket: content that a stack ships, or one that is there already.
///
/// ```
/// use formwork_template::S3Object;
///
/// let script = S3Object::new("company-scripts", "jobs/nightly.py");
/// assert_eq!(script.s3_uri(), "s3://company-scripts/jobs/nightly.py".into());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct S3Object {
    bucket: Val<String>,
    key: Val<String>,
}

impl S3Object {
    /// The object with this key in this bucket.
    pub fn new(bucket: impl Into<Val<String>>, key: impl Into<Val<String>>) -> S3Object {
        S3Object { bucket: bucket.into(), key: key.into() }
    }

    /// The bucket's name.
    pub fn bucket(&self) -> Val<String> {
        self.bucket.clone()
    }

    /// The bucket's ARN.
    pub fn bucket_arn(&self) -> Val<String> {
        format!("arn:{}:s3:::{}", pseudo::partition(), self.bucket).into()
    }

    /// The object's key.
    pub fn key(&self) -> Val<String> {
        self.key.clone()
    }

    /// The object's ARN, as policies name it.
    pub fn arn(&self) -> Val<String> {
        format!("arn:{}:s3:::{}/{}", pseudo::partition(), self.bucket, self.key).into()
    }

    /// The object's URL, in the region of the stack: `https://BUCKET.s3.REGION.amazonaws.com/KEY`.
    pub fn url(&self) -> Val<String> {
        let (region, suffix) = (pseudo::region(), pseudo::url_suffix());
        format!("https://{}.s3.{region}.{suffix}/{}", self.bucket, self.key).into()
    }

    /// The object as `s3://BUCKET/KEY`.
    pub fn s3_uri(&self) -> Val<String> {
        format!("s3://{}/{}", self.bucket, self.key).into()
    }

    /// The object as `BUCKET/KEY`.
    pub fn location(&self) -> Val<String> {
        format!("{}/{}", self.bucket, self.key).into()
    }
}

/// A type that is the place of an object in S3, and needs nothing else: the code of a Lambda function, for example. Such values are
/// written as an object.
///
/// ```
/// use formwork_template::{FromS3Object, S3Object, Val};
///
/// #[derive(Debug, PartialEq)]
/// struct Code(Val<String>, Val<String>);
///
/// impl FromS3Object for Code {
///     fn from_s3_object(object: &S3Object) -> Self {
///         Code(object.bucket(), object.key())
///     }
/// }
///
/// let object = S3Object::new("company-code", "api.zip");
/// let code: Val<Code> = (&object).into();
/// assert_eq!(code.literal(), Some(&Code("company-code".into(), "api.zip".into())));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the place of an object in S3",
    note = "the book's page \"Properties that take an object\" says what each property takes"
)]
pub trait FromS3Object: Sized {
    /// The place of this object.
    fn from_s3_object(object: &S3Object) -> Self;
}

impl<T: FromS3Object> From<&S3Object> for Val<T> {
    #[inline]
    fn from(object: &S3Object) -> Self {
        Val::Literal(T::from_s3_object(object))
    }
}

impl<T: FromS3Object> From<S3Object> for Val<T> {
    #[inline]
    fn from(object: S3Object) -> Self {
        Val::Literal(T::from_s3_object(&object))
    }
}
