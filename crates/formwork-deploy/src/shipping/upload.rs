//! Writing objects: after the approval and before any stack is changed, so that no stack is refused for its contents when others are through.

use std::collections::{BTreeMap, BTreeSet};

use formwork_assembly::AssetSource;
use formwork_assets::{Digest, Packaged, Shipment};
use formwork_model::objects::{Bucket, Content};
use formwork_model::service::TemplateGiven;
use formwork_template::{Style, Template};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};

use super::given::{PREFIX, Shipping, list_key, object_key, url};
use crate::deploy::{Mode, Run};
use crate::error::Error;
use crate::progress::Progress;
use crate::report::Outcome;
use crate::request::Body;
use crate::stage::Stack;
use crate::template;

/// Objects that are written at once. Each of them may be sent in several parts.
const AT_ONCE: usize = 3;

/// Bytes that are ready to be sent.
enum Packed {
    Memory(Vec<u8>),
    /// A file that goes away with this value.
    File(Packaged),
}

impl Packed {
    fn content(&self) -> Content {
        match self {
            Packed::Memory(bytes) => Content::Bytes(bytes.clone()),
            Packed::File(file) => Content::File { path: file.path.clone(), length: file.length },
        }
    }
}

impl Run<'_> {
    /// Makes the buckets and ships what the changed stacks ship. False if something of that failed: no other stack is begun then, and each has
    /// its outcome.
    pub(crate) async fn ship(&self) -> bool {
        let Some(shipping) = &self.options.shipping else { return true };
        if self.mode == Mode::Prepare {
            return true;
        }
        let changing: Vec<usize> = (0..self.stacks.len()).filter(|index| self.stacks[*index].changes()).collect();
        let buckets = changing.iter().copied().filter(|index| self.is_bucket(*index));
        let made = join_all(buckets.map(|index| async move {
            self.make_bucket(index).await;
            (!self.stacks[index].is_through()).then_some(index)
        }));
        let failed: BTreeSet<usize> = made.await.into_iter().flatten().collect();
        if !failed.is_empty() {
            return self.hold_back(&failed);
        }
        let shipping_stacks = (0..self.stacks.len())
            .filter(|index| (shipping.is_checked || changing.contains(index)) && !self.is_bucket(*index))
            .filter(|index| self.needs_bucket(*index));
        let mut failed = BTreeSet::new();
        // An object that several stacks ship is written once.
        let mut contents: BTreeMap<(String, String), (usize, Bucket, &Shipment)> = BTreeMap::new();
        for index in shipping_stacks {
            let bucket = match self.bucket_for(index) {
                Ok(Some(bucket)) => bucket,
                Ok(None) => continue,
                Err(error) => {
                    self.stacks[index].end(Outcome::Stopped(error));
                    failed.insert(index);
                    continue;
                }
            };
            for shipment in self.shipments(index) {
                contents.entry((bucket.name.clone(), object_key(shipment))).or_insert((
                    index,
                    bucket.clone(),
                    shipment,
                ));
            }
        }
        let uploads = contents
            .into_values()
            .map(|(index, bucket, shipment)| async move { (index, self.upload(shipping, &bucket, shipment).await) });
        let mut uploads = stream::iter(uploads).buffer_unordered(AT_ONCE);
        while let Some((index, result)) = uploads.next().await {
            if let Err(error) = result {
                self.stacks[index].end(Outcome::Stopped(error));
                failed.insert(index);
            }
        }
        failed.is_empty() || self.hold_back(&failed)
    }

    /// Gives all stacks that were to be changed the outcome that they are not, because of these.
    fn hold_back(&self, because: &BTreeSet<usize>) -> bool {
        let names: Vec<String> =
            because.iter().map(|index| self.assembly.spelling(&self.stacks[*index].artifact.id)).collect();
        for stack in self.stacks.iter().filter(|stack| stack.outcome().is_none() && stack.changes()) {
            stack.end(Outcome::NotStarted { because: names.clone() });
        }
        false
    }

    /// Writes an object that is not there yet, after the list of its files: where the object is, its list is.
    async fn upload(&self, shipping: &Shipping, bucket: &Bucket, shipment: &Shipment) -> Result<(), Error> {
        let key = object_key(shipment);
        let refused = |cause| {
            let (asset, bucket) = (shipment.asset.id.clone(), bucket.name.clone());
            Error::Upload { asset, bucket, cause: Box::new(cause) }
        };
        let objects = &*shipping.objects.0;
        let is_there = objects.head(bucket, &key).await.map_err(refused)?.is_some();
        check_region(shipping, bucket)?;
        if is_there {
            return Ok(());
        }
        let packed = match &shipment.asset.source {
            AssetSource::Content { bytes, .. } => Packed::Memory(bytes.clone()),
            AssetSource::File { .. } | AssetSource::Folder { .. } => self.pack(shipping, shipment).await?,
        };
        let content = packed.content();
        let length = content.length();
        let tell = |sent: u64| {
            let (stack, asset) = (shipment.asset.stack.clone(), shipment.asset.id.clone());
            self.observer.progress(Progress::Uploading { stack, asset, sent, length });
        };
        tell(0);
        let list = Content::Bytes(shipment.list.to_json());
        objects.put(bucket, &list_key(&key), &list, &|_| ()).await.map_err(refused)?;
        objects.put(bucket, &key, &content, &tell).await.map_err(refused)
    }

    /// Packs a file or a folder, on a thread of its own: others are followed meanwhile.
    async fn pack(&self, shipping: &Shipping, shipment: &Shipment) -> Result<Packed, Error> {
        let (of_thread, into) = (shipment.clone(), shipping.scratch.clone());
        let packed = tokio::task::spawn_blocking(move || formwork_assets::package(&of_thread, &into)).await;
        let refused = |error: formwork_assets::Error| {
            let (problem, is_input) = (error.problem(), error.is_input());
            Error::Asset { reason: problem.message, hint: problem.hint, is_input }
        };
        match packed {
            Ok(packed) => packed.map(Packed::File).map_err(refused),
            Err(error) => Err(Error::Asset { reason: error.to_string(), hint: None, is_input: false }),
        }
    }

    /// The way in which the template of a change set is given; one that is too long for a call is written to the bucket. Templates of nested stacks
    /// are written, too: a change set reads them.
    pub(crate) async fn template_given(&self, index: usize, body: &Body) -> Result<TemplateGiven, Error> {
        let Stack { artifact, template, .. } = &self.stacks[index];
        if self.options.previous_templates {
            return Ok(TemplateGiven::Deployed);
        }
        let between = body.between();
        let inline = match between {
            Some(between) => template::inline(&between.to_json(Style::Pretty).0, between),
            None => template::inline(&artifact.template, template),
        };
        if let Some(shipping) = &self.options.shipping
            && let Some(bucket) = self.bucket_for(index)?
            && self.needs_bucket(index)
        {
            for shipment in self.shipments(index).filter(|shipment| shipment.asset.is_template()) {
                self.upload(shipping, &bucket, shipment).await?;
            }
        }
        if let Some(text) = inline {
            return Ok(TemplateGiven::Text(text));
        }
        if between.is_none() && self.is_deployed_template(index) {
            return Ok(TemplateGiven::Deployed);
        }
        self.by_url(index, between.unwrap_or(template)).await
    }

    async fn by_url(&self, index: usize, template: &Template) -> Result<TemplateGiven, Error> {
        let name = self.stacks[index].artifact.name();
        let text = template::shipped(name, template)?;
        let Some((shipping, bucket)) = self.options.shipping.as_ref().zip(self.bucket_for(index)?) else {
            return Err(template::too_long(name, text.len()));
        };
        let digest = Digest::of(text.as_bytes());
        let key = format!("{PREFIX}{digest}.template.json");
        let refused = |cause| {
            let (asset, bucket) = ("template".to_owned(), bucket.name.clone());
            Error::Upload { asset, bucket, cause: Box::new(cause) }
        };
        let is_there = shipping.objects.0.head(&bucket, &key).await.map_err(refused)?.is_some();
        check_region(shipping, &bucket)?;
        if !is_there {
            let content = Content::Bytes(text.into_bytes());
            shipping.objects.0.put(&bucket, &key, &content, &|_| ()).await.map_err(refused)?;
        }
        Ok(TemplateGiven::Url(url(&bucket, &key)))
    }
}

/// Refuses a bucket that is not in its stack's region, once it has answered: services read what a stack ships in their own region.
///
/// Source: Lambda Developer Guide, API Reference, "FunctionCode": "An Amazon S3 bucket in the same AWS Region as your function."
fn check_region(shipping: &Shipping, bucket: &Bucket) -> Result<(), Error> {
    match shipping.objects.0.elsewhere(bucket) {
        None => Ok(()),
        Some(region) => {
            let (bucket, wanted) = (bucket.name.clone(), bucket.region.clone());
            Err(Error::BucketElsewhere { bucket, region, wanted })
        }
    }
}
