//! Contents that the stacks of a test ship. Files are not read, and need not be there: their keys are made of their paths. Contents of the source
//! have keys of their own, so that a change of them is a change of the stack; and templates of nested stacks are given to the engine.

use formwork::assembly::{Assembly, Asset, AssetSource, BUCKET_PARAMETER, Selector};
use formwork_deploy::shipping::bucket::BucketChoice;
use formwork_deploy::shipping::{Digest, PREFIX, Shipping, Store};
use formwork_deploy::{Error, GivenParameter};
use formwork_local::InProcess;
use formwork_model::objects::{Bucket, Content, Objects as _};
use formwork_model::service::CloudFormation;

/// The name of the bucket of every region.
const BUCKET: &str = "formwork-assets";

/// Values of the parameters for keys, and for the bucket of a stack that has none yet: a deployed one is kept by the deployer.
pub(crate) async fn parameters(
    service: &dyn CloudFormation,
    assembly: &Assembly,
) -> Result<Vec<GivenParameter>, Error> {
    let given = |asset: &Asset, key: &str, value: String| GivenParameter {
        stack: Selector::read(&asset.stack.to_string()),
        key: key.to_owned(),
        value,
    };
    let mut parameters = Vec::new();
    for asset in &assembly.assets {
        parameters.push(given(asset, &asset.parameter, key(asset)));
        let deployed = service.stack(&asset.stack.region, &asset.stack.name).await?;
        let has_bucket = |(name, _): &(String, String)| name == BUCKET_PARAMETER;
        if !deployed.is_some_and(|stack| stack.parameters.iter().any(has_bucket)) {
            parameters.push(given(asset, BUCKET_PARAMETER, BUCKET.to_owned()));
        }
    }
    Ok(parameters)
}

fn key(asset: &Asset) -> String {
    match &asset.source {
        AssetSource::File { path } => format!("{PREFIX}{path}"),
        AssetSource::Folder { path } => format!("{PREFIX}{path}.zip"),
        AssetSource::Content { bytes, extension } => {
            format!("{PREFIX}{}.{extension}", Digest::of(bytes))
        }
    }
}

/// Gives the engine the templates of nested stacks, and the calls by which a long one is given.
pub(crate) async fn shipping(
    service: &dyn CloudFormation,
    engine: &InProcess,
    assembly: &Assembly,
) -> Result<Shipping, Error> {
    let region = assembly.stacks.first().map_or("us-east-1", |stack| stack.region());
    let account = service.caller(region).await?.account;
    for asset in assembly.assets.iter().filter(|asset| asset.is_template()) {
        let AssetSource::Content { bytes, .. } = &asset.source else { continue };
        let region = asset.stack.region.to_string();
        let bucket = Bucket { name: BUCKET.to_owned(), region, owner: account.clone() };
        engine.put(&bucket, &key(asset), &Content::Bytes(bytes.clone()), &|_| ()).await?;
    }
    Ok(Shipping {
        objects: Store(std::rc::Rc::new(engine.clone())),
        choice: BucketChoice::Named(BUCKET.to_owned()),
        account: Some(account),
        shipments: Vec::new(),
        is_checked: false,
        is_skipped: false,
        scratch: std::path::PathBuf::new(),
    })
}
