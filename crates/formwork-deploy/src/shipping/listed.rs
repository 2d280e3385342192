//! Files of contents that change, by the lists beside the deployed objects and the lists of what is there now.

use std::collections::BTreeMap;
use std::time::Duration;

use formwork_assembly::{AssetSource, BUCKET_PARAMETER};
use formwork_assets::list::MOST_JSON_BYTES;
use formwork_assets::{Archive, ContentList, FileDifference, Mode, Shipment, compare};
use formwork_diff::secrets_of_files as secret;
use formwork_diff::{AssetChange, AssetFate, AssetFile, AssetFileFate, LeftOut};
use formwork_model::objects::Bucket;
use futures_util::future::join_all;

use super::given::{Shipping, list_key, object_key};
use crate::deploy::Run;
use crate::stage::Ready;

/// Bytes of a text that is compared line by line.
const LONGEST_TEXT: u64 = 256 << 10;

/// Bytes of a deployed zip that is fetched for its texts.
const LONGEST_ARCHIVE: usize = 16 << 20;

/// The time for a list, and for a zip. A preview does without them sooner than a deployment does: that one waits as long as for an upload.
const PATIENCE: Duration = Duration::from_secs(20);

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
            left_out: shipment.left_out.iter().map(left_out).collect(),
            fate,
        })
    }

    /// The deployed key of a content, and the bucket in which it is.
    fn deployed_asset(&self, index: usize, shipment: &Shipment) -> (Option<String>, Option<Bucket>) {
        let (artifact, found) = (self.stacks[index].artifact, self.stacks[index].found());
        let Some(Ready { stack: before, .. }) = found.ready() else { return (None, None) };
        let named = before.parameter(BUCKET_PARAMETER).zip(before.account());
        let bucket = named.map(|(name, owner)| Bucket {
            name: name.to_owned(),
            region: artifact.region().to_owned(),
            owner: owner.to_owned(),
        });
        (before.parameter(&shipment.asset.parameter).map(str::to_owned), bucket)
    }
}

fn left_out(one: &formwork_assets::LeftOut) -> LeftOut {
    LeftOut { by: one.reason.as_str().to_owned(), count: one.count, paths: one.paths.clone() }
}

/// The files that differ.
async fn files(
    shipping: &Shipping,
    shipment: &Shipment,
    bucket: &Bucket,
    before: &str,
) -> Result<Vec<AssetFile>, String> {
    let list_key = list_key(before);
    let list = tokio::time::timeout(PATIENCE, shipping.objects.0.get(bucket, &list_key, MOST_JSON_BYTES)).await;
    let list = list.map_err(|_| format!("S3 did not answer within {} seconds", PATIENCE.as_secs()))?;
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
    let deployed = tokio::time::timeout(PATIENCE, shipping.objects.0.get(bucket, before, LONGEST_ARCHIVE)).await;
    let Ok(Ok(Some(deployed))) = deployed else { return BTreeMap::new() };
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

    use std::future::{pending, ready};
    use std::path::Path;
    use std::rc::Rc;

    use formwork_assembly::{Asset, Location, StackId};
    use formwork_assets::prepare_all;
    use formwork_model::objects::{Content, ObjectFacts, ObjectPage, Objects};
    use formwork_model::service::Answer;

    use super::*;
    use crate::shipping::bucket::BucketChoice;
    use crate::shipping::given::Store;

    /// A store that answers for one object, and says nothing else.
    struct Hesitant(Option<(String, Vec<u8>)>);

    impl Objects for Hesitant {
        fn elsewhere(&self, _: &Bucket) -> Option<String> {
            None
        }

        fn get<'a>(&'a self, _: &'a Bucket, key: &'a str, _: usize) -> Answer<'a, Option<Vec<u8>>> {
            match &self.0 {
                Some((has, content)) if has == key => Box::pin(ready(Ok(Some(content.clone())))),
                _ => Box::pin(pending()),
            }
        }

        fn head<'a>(&'a self, _: &'a Bucket, _: &'a str) -> Answer<'a, Option<ObjectFacts>> {
            Box::pin(pending())
        }

        fn put<'a>(&'a self, _: &'a Bucket, _: &'a str, _: &'a Content, _: &'a (dyn Fn(u64) + 'a)) -> Answer<'a, ()> {
            Box::pin(pending())
        }

        fn list<'a>(&'a self, _: &'a Bucket, _: &'a str, _: Option<&'a str>) -> Answer<'a, ObjectPage> {
            Box::pin(pending())
        }

        fn delete<'a>(&'a self, _: &'a Bucket, _: &'a str) -> Answer<'a, ()> {
            Box::pin(pending())
        }
    }

    fn shipment(text: &str) -> Shipment {
        let asset = Asset {
            stack: StackId::new("api", "eu-west-1"),
            id: "Page".to_owned(),
            parameter: "PageKey".to_owned(),
            source: AssetSource::Content { bytes: text.into(), extension: "html".to_owned() },
            exclude: Vec::new(),
            location: Location { file: "src/lib.rs".into(), line: 1 },
        };
        prepare_all(&[&asset], Path::new(".")).unwrap().remove(0)
    }

    async fn changed(store: Hesitant, before: &Shipment) -> Result<Vec<AssetFile>, String> {
        let shipping = Shipping {
            objects: Store(Rc::new(store)),
            choice: BucketChoice::OfStack,
            account: None,
            shipments: Vec::new(),
            is_checked: false,
            is_skipped: false,
            scratch: "scratch".into(),
        };
        let bucket = Bucket { name: "b".to_owned(), region: "eu-west-1".to_owned(), owner: "1".to_owned() };
        files(&shipping, &shipment("two\n"), &bucket, &object_key(before)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_preview_does_without_what_is_not_answered() {
        let before = shipment("one\n");
        let silent = changed(Hesitant(None), &before).await;
        assert_eq!(silent, Err("S3 did not answer within 20 seconds".to_owned()));

        let list = (list_key(&object_key(&before)), before.list.to_json());
        let fate = AssetFileFate::Changed { before: 4, after: 4, texts: None, executable: None };
        assert_eq!(changed(Hesitant(Some(list)), &before).await, Ok(vec![AssetFile { path: String::new(), fate }]));
    }
}
