//! An app of three stacks in three regions: `edge` gives a queue, a parameter and a certificate to `site`, which gives a parameter of its
//! own to `third`.

use formwork::assembly::{Assembly, Owner};
use formwork::prelude::*;
use formwork_template::memory::Memory;
use formwork_template::{Style, Template};

/// Forms of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The first.
    One,
    /// Everything that others use is replaced.
    Replaced,
    /// Everything that others use is gone, and so are its users.
    Removed,
}

fn note(name: &str, value: impl Into<Value>) -> Untyped {
    Untyped::new("AWS::SSM::Parameter", json!({ "Name": name, "Type": "String", "Value": value.into() }))
}

pub(crate) fn app(form: Form) -> Assembly {
    app_by(form, References::Parameter)
}

/// The app with references that are spelled so.
pub(crate) fn app_by(form: Form, references: References) -> Assembly {
    let mut edge = Stack::<UsEast1>::new("edge");
    let mut site = Stack::<ApNortheast2>::new("site");
    let mut third = Stack::<EuWest1>::new("third");
    edge.add("Stays", note("/stays", "x"));
    site.add("Stays", note("/stays", "x"));
    third.add("Stays", note("/stays", "x"));
    if form == Form::Removed {
        return assembly(App::new().references(references).with(edge).with(site).with(third));
    }
    let suffix = if form == Form::One { "a" } else { "b" };
    let queue = edge.add("Queue", Untyped::new("AWS::SQS::Queue", json!({ "QueueName": format!("jobs-{suffix}") })));
    let setting = edge.add("Setting", note(&format!("/setting-{suffix}"), "x"));
    let certificate = Untyped::new(
        "AWS::CertificateManager::Certificate",
        json!({
            "DomainName": format!("{suffix}.example.com"),
            "ValidationMethod": "DNS",
            "DomainValidationOptions": [{ "DomainName": format!("{suffix}.example.com"), "HostedZoneId": "Z0123456789ABCDEFGHIJ" }],
        }),
    );
    let certificate = edge.add("Certificate", certificate);
    site.add("UsesQueue", note("/queue", queue.ref_value()));
    site.add("UsesSetting", note("/setting", setting.ref_value()));
    let distribution = json!({ "DistributionConfig": {
        "Enabled": true,
        "DefaultCacheBehavior": { "TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" },
        "Origins": [{ "Id": "o", "DomainName": "o.example.com", "CustomOriginConfig": { "OriginProtocolPolicy": "https-only" } }],
        "ViewerCertificate": { "AcmCertificateArn": certificate.ref_value(), "SslSupportMethod": "sni-only" },
    } });
    site.add("Distribution", Untyped::new("AWS::CloudFront::Distribution", distribution));
    let copy = note(&format!("/copy-{suffix}"), queue.ref_value());
    let copy = site.add("Copy", copy);
    third.add("UsesCopy", note("/copy", copy.ref_value()));
    assembly(App::new().references(references).with(edge).with(site).with(third))
}

fn assembly(app: App) -> Assembly {
    let mut assembly = app.synth().unwrap_or_else(|report| panic!("{report:?}"));
    assembly.owner = Some(Owner::app("shop"));
    for stack in &mut assembly.stacks {
        // As the commands have it written, who name the app.
        let mut template = Template::from_json(&stack.template).unwrap();
        Memory { app: assembly.owner.clone(), ..Memory::read(&template) }.write(&mut template);
        stack.template = template.to_json(Style::Pretty).0;
    }
    assembly
}
