//! SDK clients, one a region, that share a login and its connections.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Region;
use formwork_aws::{Aws, NobodyThere, Options, Place, service};

use crate::error::Error;

/// The clients of all regions, sharing a login and its connections.
#[derive(Debug)]
pub struct Clients {
    aws: Aws,
    by_region: RefCell<BTreeMap<String, Regional>>,
}

/// The client of one region, with the words to speak of it.
#[derive(Clone, Debug)]
pub(crate) struct Regional {
    pub(crate) api: Client,
    pub(crate) place: Place,
}

impl Clients {
    /// Finds the login: [`Aws::load`].
    ///
    /// # Errors
    ///
    /// When the endpoint's URL is not a URL, or the profile cannot be used. A missing login shows at the first call only.
    pub async fn load(options: &Options, region: &str) -> Result<Clients, Error> {
        Ok(Clients { aws: Aws::load(options, region).await?, by_region: RefCell::default() })
    }

    /// The login, for calls of other services than CloudFormation.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    pub(crate) fn in_region(&self, region: &str) -> Regional {
        self.by_region
            .borrow_mut()
            .entry(region.to_owned())
            .or_insert_with(|| {
                let config = aws_sdk_cloudformation::config::Builder::from(self.aws.config())
                    .region(Region::new(region.to_owned()))
                    .retry_classifier(NobodyThere)
                    .build();
                let place = self.aws.place(&service::CLOUDFORMATION, region);
                Regional { api: Client::from_conf(config), place }
            })
            .clone()
    }
}
