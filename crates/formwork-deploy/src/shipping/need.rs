//! Contents that a run has to ship, and the bucket for them: none, as long as the keys are the deployed ones.

use formwork_assembly::{Asset, BUCKET_PARAMETER, StackId};
use formwork_assets::Shipment;
use formwork_model::objects::Bucket;
use formwork_template::{Style, Template};

use super::bucket::{self, BucketChoice};
use super::given::object_key;
use crate::deploy::Run;
use crate::error::Error;
use crate::parameters::Imported;
use crate::stack::Deployed;
use crate::stage::Ready;

/// Stands for a content that was left out, where a preview names what a value is known after.
const NOT_READ: &str = "its content is read";

impl Run<'_> {
    /// The contents of the stack with this index.
    pub(crate) fn shipments(&self, index: usize) -> impl Iterator<Item = &Shipment> {
        let id = &self.stacks[index].artifact.id;
        let all = self.options.shipping.iter().flat_map(|shipping| &shipping.shipments);
        all.filter(move |shipment| shipment.asset.stack == *id)
    }

    /// True if the stack with this index has a region's bucket for the others.
    pub(crate) fn is_bucket(&self, index: usize) -> bool {
        self.options.shipping.is_some() && bucket::is_bucket(&self.stacks[index].artifact.id)
    }

    /// Refuses a deployed stack that has the name of a bucket's, and no bucket: it is somebody else's.
    pub(crate) fn check_bucket(&self, index: usize) -> Result<(), Error> {
        let (artifact, found) = (self.stacks[index].artifact, self.stacks[index].found());
        let is_foreign =
            |before: &Template| before.resources.get("Bucket").is_none_or(|it| &*it.type_name != "AWS::S3::Bucket");
        match found.template() {
            Some(before) if is_foreign(before) => Err(Error::BucketStackForeign { stack: artifact.id.to_string() }),
            _ => Ok(()),
        }
    }

    /// True if something of the stack may have to be shipped: its bucket has to be known then.
    pub(crate) fn needs_bucket(&self, index: usize) -> bool {
        let (is_long, found) = (&self.stacks[index].is_long, self.stacks[index].found());
        let Some(Ready { stack: before, .. }) = found.ready() else {
            return *is_long || self.shipments(index).next().is_some();
        };
        let is_checked = self.options.shipping.as_ref().is_some_and(|shipping| shipping.is_checked);
        let is_elsewhere = is_checked || self.is_elsewhere(index, before);
        let mut shipments = self.shipments(index);
        shipments.any(|one| is_elsewhere || before.parameter(&one.asset.parameter) != Some(&object_key(one)))
            || *is_long && !self.is_deployed_template(index)
    }

    /// The value of the parameter for the bucket, where that is not the output of a stack: the bucket that is named, and the deployed value while
    /// nothing is shipped.
    pub(crate) fn bucket_parameter(&self, index: usize) -> Result<Option<(String, Imported)>, Error> {
        let Some(shipping) = &self.options.shipping else { return Ok(None) };
        if self.assembly.assets_of(&self.stacks[index].artifact.id).next().is_none() {
            return Ok(None);
        }
        let value = match self.needs_bucket(index) {
            false => {
                let found = self.stacks[index].found();
                found.stack().and_then(|before| before.parameter(BUCKET_PARAMETER)).map(str::to_owned)
            }
            true if shipping.choice == BucketChoice::OfStack => None,
            true => self.bucket_for(index)?.map(|bucket| bucket.name),
        };
        Ok(value.map(|value| (BUCKET_PARAMETER.to_owned(), Imported::Known(value))))
    }

    /// The values of the parameters for keys.
    pub(crate) fn key_parameters(&self, index: usize) -> Vec<(String, Imported)> {
        let (artifact, found) = (self.stacks[index].artifact, self.stacks[index].found());
        let mut values: Vec<(String, Imported)> =
            self.shipments(index).map(|one| (one.asset.parameter.clone(), Imported::Known(object_key(one)))).collect();
        if !self.options.shipping.as_ref().is_some_and(|shipping| shipping.is_skipped) {
            return values;
        }
        let value = |asset: &Asset| {
            let deployed = found.stack().and_then(|before| before.parameter(&asset.parameter));
            let known = deployed.map(|key| Imported::Known(key.to_owned()));
            (asset.parameter.clone(), known.unwrap_or_else(|| Imported::KnownAfter(NOT_READ.to_owned())))
        };
        let is_read = |asset: &&Asset| self.shipments(index).any(|one| one.asset.parameter == asset.parameter);
        values.extend(self.assembly.assets_of(&artifact.id).filter(|asset| !is_read(asset)).map(value));
        values
    }

    /// True if the deployed contents are not in the bucket that is named.
    fn is_elsewhere(&self, index: usize, before: &Deployed) -> bool {
        let Some(shipping) = &self.options.shipping else { return false };
        let deployed = before.parameter(BUCKET_PARAMETER);
        let named = shipping.choice.name(self.stacks[index].artifact.region(), self.account().as_deref());
        deployed.is_none() || named.is_some_and(|named| deployed != Some(&named))
    }

    /// True if the deployed contents are in another bucket than the one that is named.
    pub(super) fn moves(&self, index: usize) -> bool {
        let found = self.stacks[index].found();
        found.stack().is_some_and(|before| self.is_elsewhere(index, before))
    }

    /// True if the template of the stack is word by word the deployed one.
    pub(crate) fn is_deployed_template(&self, index: usize) -> bool {
        let (template, found) = (&self.stacks[index].template, self.stacks[index].found());
        let is_certain = found.ready().is_some_and(|ready| ready.uncertain.is_empty());
        let before = found.template().filter(|_| is_certain);
        before.is_some_and(|before| before.to_json(Style::Compact).0 == template.to_json(Style::Compact).0)
    }

    /// The bucket for the contents of the stack; `None` if it is yet to be made.
    pub(crate) fn bucket_for(&self, index: usize) -> Result<Option<Bucket>, Error> {
        let Some(shipping) = &self.options.shipping else { return Ok(None) };
        let region = self.stacks[index].artifact.region();
        if let BucketChoice::Named(pattern) = &shipping.choice {
            let owner = self.account().ok_or_else(|| Error::AccountNotKnown { bucket: pattern.clone() })?;
            return Ok(shipping.choice.bucket(region, &owner));
        }
        let id = StackId::new(bucket::STACK, region);
        let of = |deployed: Option<&Deployed>| {
            let deployed = deployed?;
            let (name, owner) = (deployed.output(bucket::OUTPUT)?.to_owned(), deployed.account()?.to_owned());
            Some(Bucket { name, region: region.to_owned(), owner })
        };
        Ok(match self.order.position(&id) {
            Some(place) => of(self.stacks[place].now().as_deref()),
            None => of(self.producers.borrow().get(&id).and_then(Option::as_ref)),
        })
    }

    /// The account: that of the login, or of a stack that is deployed.
    fn account(&self) -> Option<String> {
        let known = self.options.shipping.as_ref().and_then(|shipping| shipping.account.clone());
        known.or_else(|| self.account_of_stacks())
    }

    /// The account of a stack that was found: all stacks of a run are in one, which the ARN of each has.
    pub(crate) fn account_of_stacks(&self) -> Option<String> {
        self.stacks.iter().find_map(|stack| Some(stack.found().stack()?.account()?.to_owned()))
    }
}
