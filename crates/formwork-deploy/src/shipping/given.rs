//! Everything that a run is given to ship: the calls, the bucket, the contents; and the names of objects.

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use formwork_assets::Shipment;
use formwork_model::objects::{Bucket, Objects};
use formwork_template::region::partition_of;

use super::bucket::BucketChoice;

/// The folder of a bucket that is formwork's; the bucket may have others' things beside it.
pub const PREFIX: &str = "formwork/";

/// The calls of S3, whoever answers them.
#[derive(Clone)]
pub struct Store(pub Rc<dyn Objects>);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Everything that is shipped by the stacks of a run.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// The calls.
    pub objects: Store,
    /// The bucket.
    pub choice: BucketChoice,
    /// The login's account, if it is known.
    pub account: Option<String>,
    /// The contents; none of them where [`Shipping::is_skipped`].
    pub shipments: Vec<Shipment>,
    /// True if contents are uploaded that are missing in the bucket, whatever is deployed.
    pub is_checked: bool,
    /// True if contents are left out of a comparison: what is deployed is taken for what is there.
    pub is_skipped: bool,
    /// A folder for what is packed; it is there as long as the run.
    pub scratch: PathBuf,
}

/// The key of the object of a content.
pub(super) fn object_key(shipment: &Shipment) -> String {
    format!("{PREFIX}{}", shipment.key)
}

/// The key of the list of the files of the object with this key. Lists are in a folder of their own, by hash alone: no content's name is that of a
/// list, whatever its extension.
pub(super) fn list_key(key: &str) -> String {
    let name = key.strip_prefix(PREFIX).unwrap_or(key);
    format!("{PREFIX}lists/{}", name.split('.').next().unwrap_or(name))
}

/// The URL of an object, as CloudFormation takes it: by path, which every name of a bucket fits.
///
/// Source: S3 User Guide, "Virtual hosting of general purpose buckets", its section on path-style requests.
pub(super) fn url(bucket: &Bucket, key: &str) -> String {
    let (name, region, suffix) = (&bucket.name, &bucket.region, partition_of(&bucket.region).url_suffix);
    format!("https://s3.{region}.{suffix}/{name}/{key}")
}
