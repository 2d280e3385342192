//! Mistakes around CloudFront that schemas cannot see, and that cost a deployment each.
//!
//! Sources: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront" (the certificate
//! is in us-east-1); CloudFront API Reference, `Origin` (`DomainName` is a name, without protocol and path).

use formwork_template::function::Function;
use formwork_template::{Map, Value};

use crate::check::Check;
use crate::finding::{Finding, rule};

const TYPE: &str = "AWS::CloudFront::Distribution";
const HOME: &str = "us-east-1";

pub(crate) fn check(check: &mut Check<'_, '_>, id: &str, type_name: &str, properties: &Value) {
    let config = properties.as_map().and_then(|map| map.get("DistributionConfig")).and_then(Value::as_map);
    let Some(config) = config.filter(|_| type_name == TYPE) else { return };
    let place = ["Resources", id, "Properties", "DistributionConfig"];
    certificate(check, config, &place);
    let origins = config.get("Origins").and_then(Value::as_list).unwrap_or_default();
    for (index, origin) in origins.iter().enumerate() {
        let name = origin.as_map().and_then(|origin| origin.get("DomainName")).and_then(Value::as_str);
        let Some(name) = name.filter(|name| name.contains('/') || name.contains("::") || name.starts_with("http:"))
        else {
            continue;
        };
        let rest = name.split_once("://").map_or(name, |(_, rest)| rest);
        let (host, directory) = rest.split_once('/').map_or((rest, ""), |(host, directory)| (host, directory));
        let mut path = crate::rules::path(&place);
        path.extend(["Origins".to_owned(), index.to_string(), "DomainName".to_owned()]);
        let mut hint = format!("write `{host}`");
        if !directory.is_empty() {
            hint += &format!(", and `/{}` as `OriginPath`", directory.trim_end_matches('/'));
        }
        let message = format!("the origin's `DomainName` is a URL: `{name}`");
        check.add(Finding::error(rule::ORIGIN_URL, &path, message).value(name).allowed("a domain name").hint(hint));
    }
}

fn certificate(check: &mut Check<'_, '_>, config: &Map, place: &[&str]) {
    let viewer = config.get("ViewerCertificate").and_then(Value::as_map);
    let Some(arn) = viewer.and_then(|viewer| viewer.get("AcmCertificateArn")) else { return };
    // CloudFront in China takes certificates of IAM only, and has no home region of this kind.
    if check.region.is_some_and(|region| region.starts_with("cn-")) {
        return;
    }
    let mut path = crate::rules::path(place);
    path.extend(["ViewerCertificate".to_owned(), "AcmCertificateArn".to_owned()]);
    let hint = "make the certificate in a stack in `us-east-1`, and refer to it from here";
    match arn {
        Value::String(text) => {
            // arn:aws:acm:REGION:ACCOUNT:certificate/ID
            let region = text.strip_prefix("arn:aws:acm:").and_then(|rest| rest.split(':').next());
            if let Some(region) = region.filter(|region| *region != HOME) {
                let message =
                    format!("the distribution's certificate is in `{region}`, CloudFront reads it from `{HOME}` only");
                check.add(
                    Finding::error(rule::CERTIFICATE_REGION, &path, message).value(region).allowed(HOME).hint(hint),
                );
            }
        }
        Value::Function(function) => {
            let Function::Ref(id) = &**function else { return };
            let is_certificate = |id: &String| {
                let resource = check.template.resources.get(id);
                resource.is_some_and(|resource| resource.type_name == "AWS::CertificateManager::Certificate")
            };
            if let Some(region) = check.region.filter(|region| *region != HOME && is_certificate(id)) {
                let message =
                    format!("the certificate `{id}` is made in `{region}`, CloudFront reads it from `{HOME}` only");
                check.add(
                    Finding::error(rule::CERTIFICATE_REGION, &path, message).value(region).allowed(HOME).hint(hint),
                );
            }
        }
        _ => {}
    }
}
