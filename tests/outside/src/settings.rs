//! `Settings`: a construct that ships a text and says its place, beside a nested stack with a text of its own.

use formwork::cfn::ssm::parameter::Type;
use formwork::cfn::ssm::{Parameter, ParameterRequired};
use formwork::prelude::*;

/// Settings of an app, which machines read from the bucket.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The settings, in JSON.
    pub json: String,
}

/// The parts of [`Settings`].
#[derive(Debug)]
pub struct SettingsHandle<R> {
    /// The object in the bucket.
    pub object: S3Object,
    /// The parameter of Systems Manager that says its place.
    pub place: Handle<Parameter, R>,
    /// The stack with the defaults.
    pub defaults: Handle<NestedStack, R>,
}

impl<R> Construct<R> for Settings {
    type Handle = SettingsHandle<R>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let text = |uri: Val<String>| Parameter::new(ParameterRequired { type_: Type::String.into(), value: uri });
        let object = scope.asset("", Asset::text(self.json).extension("json"));
        let place = scope.add("Place", text(object.s3_uri()));

        let mut inner = Stack::in_region(format!("{}-defaults", scope.stack_id().name), scope.region());
        let defaults = inner.asset("Defaults", Asset::text("{}").extension("json"));
        inner.add("Place", text(defaults.s3_uri()));
        inner.output("Settings", place.ref_value());
        let defaults = scope.add("Defaults", NestedStack::new(inner));
        SettingsHandle { object, place, defaults }
    }
}
