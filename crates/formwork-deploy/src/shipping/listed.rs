//! Files of contents that change, by the lists beside the deployed objects and the lists of what is there now.

use std::collections::BTreeMap;

use formwork_assembly::{AssetSource, BUCKET_PARAMETER};
use formwork_assets::list::MOST_JSON_BYTES;
use formwork_assets::{Archive, ContentList, FileDifference, Mode, Shipment, compare};
use formwork_diff::secrets_of_files as secret;
use formwork_diff::{AssetChange, AssetFate, AssetFile, AssetFileFate};
use formwork_model::objects::Bucket;
use futures_util::future::join_all;

use super::given::{Shipping, list_key, object_key};
use crate::deploy::{Run, Stack};
use crate::status::Standing;

/// Bytes of a text that is compared line by line.
const LONGEST_TEXT: u64 = 256 << 10;

/// Bytes of a deployed zip that is fetched for its texts.
const LONGEST_ARCHIVE: usize = 16 << 20;

impl Run<'_> {
    /// The contents of the stack that are shipped anew.
    pub(crate) async fn asset_changes(&self, index: usize) -> Vec<AssetChange> {
        let Some(shipping) = &self.options.shipping else { return Vec::new() };
        let changes = self.shipments(index).map(|shipment| self.asset_change(index, shipping, shipment));
        join_all(changes).await.into_iter().flatten().collect()
    }

    async fn asset_change(&self, index: usize, shipping: &Shipping, shipment: &Shipment) -> Option<AssetChange> {
        let (before, bucket) = self.deployed_asset(index, shipment);
        let fate = match (before, bucket) {
            (None, _) => AssetFate::New,
            (Some(before), _) if before == object_key(shipment) => {
                match self.needs_bucket(index) && self.moves(index) {
                    true => AssetFate::Moved,
                    false => return None,
                }
            }
            (Some(_), None) => AssetFate::Unknown { reason: "the deployed bucket is not known".to_owned() },
            (Some(before), Some(bucket)) => match files(shipping, shipment, &bucket, &before).await {
                Ok(files) => AssetFate::Changed(files),
                Err(reason) => AssetFate::Unknown { reason },
            },
        };
        Some(AssetChange {
            id: shipment.asset.id.clone(),
            place: match &shipment.asset.source {
                AssetSource::File { path } | AssetSource::Folder { path } => Some(path.clone()),
                AssetSource::Content { .. } => None,
            },
            files: shipment.list.entries().len(),
            length: shipment.list.length(),
            fate,
        })
    }

    /// The deployed key of a content, and the bucket in which it is.
    fn deployed_asset(&self, index: usize, shipment: &Shipment) -> (Option<String>, Option<Bucket>) {
        let Stack { artifact, state, .. } = &self.stacks[index];
        let state = state.borrow();
        let Some(before) = state.before.as_ref().filter(|before| before.standing() == Standing::Ready) else {
            return (None, None);
        };
        let named = before.parameter(BUCKET_PARAMETER).zip(before.account());
        let bucket = named.map(|(name, owner)| Bucket {
            name: name.to_owned(),
            region: artifact.region().to_owned(),
            owner: owner.to_owned(),
        });
        (before.parameter(&shipment.asset.parameter).map(str::to_owned), bucket)
    }
}

/// The files that differ.
async fn files(
    shipping: &Shipping,
    shipment: &Shipment,
    bucket: &Bucket,
    before: &str,
) -> Result<Vec<AssetFile>, String> {
    let list = shipping.objects.0.get(bucket, &list_key(before), MOST_JSON_BYTES).await;
    let list = list.map_err(|error| error.to_string())?;
    let list = list.ok_or_else(|| format!("the list of the deployed files is not in the bucket `{}`", bucket.name))?;
    let list = ContentList::from_json(&list).map_err(|error| format!("the list of the deployed files: {error}"))?;
    let differences = compare(&list, &shipment.list);
    let texts = texts(shipping, shipment, bucket, before, &differences).await;
    Ok(differences.into_iter().map(|difference| file(difference, &texts)).collect())
}

fn file(difference: FileDifference, texts: &BTreeMap<String, (String, String)>) -> AssetFile {
    let path = difference.path().to_owned();
    let fate = match &difference {
        FileDifference::Added(entry) => AssetFileFate::Added(entry.length),
        FileDifference::Removed(entry) => AssetFileFate::Removed(entry.length),
        FileDifference::Changed { before, after } => AssetFileFate::Changed {
            before: before.length,
            after: after.length,
            texts: texts.get(&path).cloned(),
            executable: difference.is_of_mode().then_some(after.mode == Mode::Executable),
        },
    };
    AssetFile { path, fate }
}

/// The texts of the changed files that are texts, by path: the deployed ones out of the bucket. What cannot be read is compared by its length.
async fn texts(
    shipping: &Shipping,
    shipment: &Shipment,
    bucket: &Bucket,
    before: &str,
    differences: &[FileDifference],
) -> BTreeMap<String, (String, String)> {
    let changed = differences.iter().filter_map(|difference| match difference {
        FileDifference::Changed { before, after }
            if difference.is_of_content() && before.length.max(after.length) <= LONGEST_TEXT =>
        {
            Some(after.path.as_str())
        }
        _ => None,
    });
    let after: BTreeMap<&str, String> =
        changed.filter_map(|path| Some((path, text(path, shipment.read(path)?)?))).collect();
    if after.is_empty() {
        return BTreeMap::new();
    }
    let deployed = shipping.objects.0.get(bucket, before, LONGEST_ARCHIVE).await.ok().flatten().unwrap_or_default();
    let is_one = after.contains_key("");
    let mut archive = if is_one { None } else { Archive::read(&deployed) };
    let mut before = |path: &str| match (&mut archive, is_one) {
        (_, true) => text(path, deployed.clone()),
        (Some(archive), false) => text(path, archive.file(path, LONGEST_TEXT)?),
        (None, false) => None,
    };
    after.into_iter().filter_map(|(path, after)| Some((path.to_owned(), (before(path)?, after)))).collect()
}

/// A text for people: UTF-8 without NUL, in which nothing looks like a secret.
fn text(path: &str, bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0') && !secret::in_file(path, text))
}
