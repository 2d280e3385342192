//! `NginxSite`: https for an instance that runs nginx, without a load balancer.

use std::marker::PhantomData;

use formwork_assembly::{Location, Problem};
use formwork_template::{DeletionPolicy, UpdateReplacePolicy, Value};

use super::reverse_proxy::ReverseProxy;
use crate::acm::Certificate;
use crate::app::IntoStacks;
use crate::cloudfront::{Distribution, Origin, ViewerProtocolPolicy};
use crate::handle::Handle;
use crate::region::{Aws, Region, UsEast1};
use crate::route53::{AliasRecords, HostedZone};
use crate::stack::{AnyStack, Stack};

/// A site behind CloudFront on an instance that exists already, with its home in region `R`.
///
/// Stacks: `<name>-edge` in us-east-1 with `Certificate`; `<name>-site` in the home region with `Distribution`, `AliasA`
/// and `AliasAaaa`, and the files of [`ReverseProxy`] as `Nginx`. Where the home region is us-east-1, all of it is in
/// `<name>-site`.
///
/// A certificate that is replaced stays at AWS (`UpdateReplacePolicy: Retain`): the distribution uses the old one until its own
/// stack is updated. `deploy` names what is left, to be deleted then.
///
/// ```
/// use formwork::prelude::*;
///
/// let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
/// let origin = Origin::public_http("origin.example.com");
/// let app = App::new().with(NginxSite {
///     proxy: Some(ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") }),
///     ..NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin)
/// });
/// ```
#[derive(Clone, Debug)]
pub struct NginxSite<R> {
    /// What the names of the stacks begin with.
    pub name: String,
    /// The name under which viewers come.
    pub domain_name: String,
    /// The zone that the name lies in.
    pub zone: HostedZone,
    /// The instance.
    pub origin: Origin,
    /// nginx on the instance: as [`ReverseProxy::new`] has it for the name, unless said otherwise. `None`: something else answers
    /// there, such as Caddy, and no file is written.
    pub proxy: Option<ReverseProxy>,
    /// Changes the distribution beyond this type's own fields; it gets the one that would be made.
    pub distribution: fn(Distribution) -> Distribution,
    /// Where in the source the site stands, for messages.
    pub location: Location,
    /// The home region, which is in the type alone.
    pub region: PhantomData<fn() -> R>,
}

impl<R: Region<Partition = Aws>> NginxSite<R> {
    /// The site `domain_name` on the instance behind `origin`.
    #[track_caller]
    pub fn new(
        name: impl Into<String>,
        domain_name: impl Into<String>,
        zone: &HostedZone,
        origin: Origin,
    ) -> NginxSite<R> {
        let domain_name = domain_name.into();
        let proxy = Some(ReverseProxy::new(&domain_name));
        NginxSite {
            name: name.into(),
            domain_name,
            zone: zone.clone(),
            origin,
            proxy,
            distribution: |distribution| distribution,
            location: std::panic::Location::caller().into(),
            region: PhantomData,
        }
    }

    fn add_site<H: Region<Partition = Aws>>(self, site: &mut Stack<H>, certificate: &Handle<Certificate, UsEast1>) {
        let at = || self.location.clone();
        let url = format!("https://{}", self.domain_name);
        let distribution = (self.distribution)(Distribution {
            aliases: vec![self.domain_name.clone()],
            viewer_protocol_policy: ViewerProtocolPolicy::HttpsOnly,
            ..Distribution::new(self.origin, certificate)
        });
        let distribution = site.add_at("Distribution", distribution, at());
        site.add_at("Alias", AliasRecords::new(&self.zone, &self.domain_name, &distribution), at());
        site.output_at("Url", Value::from(url), at());
        let Some(proxy) = self.proxy else { return };
        if !proxy.answers(&self.domain_name) {
            let message = format!("the site's nginx does not answer to `{}`", self.domain_name);
            let hint = "add the name to the proxy's `server_names`";
            site.problem(Problem::error(message).at(at()).hint(hint));
        }
        site.add_at("Nginx", proxy, at());
    }
}

impl<R: Region<Partition = Aws>> IntoStacks for NginxSite<R> {
    fn into_stacks(self) -> Vec<AnyStack> {
        let at = || self.location.clone();
        let site_name = format!("{}-site", self.name);
        let certificate = Certificate::dns_validated(&self.domain_name, &self.zone);
        if R::CODE == UsEast1::CODE {
            // `R` is `UsEast1`, which the compiler does not know here.
            let mut site = Stack::<UsEast1>::new_at(site_name, at());
            let certificate = add_certificate(&mut site, certificate, at());
            self.add_site(&mut site, &certificate);
            return site.into_stacks();
        }
        let mut edge = Stack::<UsEast1>::new_at(format!("{}-edge", self.name), at());
        let mut site = Stack::<R>::new_at(site_name, at());
        let certificate = add_certificate(&mut edge, certificate, at());
        self.add_site(&mut site, &certificate);
        vec![edge.into(), site.into()]
    }
}

/// Adds the certificate, so that a replaced one stays: otherwise CloudFormation deletes it before the distribution's stack takes
/// the new one. With its stack it is deleted, which is said too: a policy alone reads as if the other was forgotten.
fn add_certificate(stack: &mut Stack<UsEast1>, certificate: Certificate, at: Location) -> Handle<Certificate, UsEast1> {
    let certificate = stack.add_at("Certificate", certificate, at);
    let options = stack.options(&certificate).update_replace_policy(UpdateReplacePolicy::Retain);
    options.deletion_policy(DeletionPolicy::Delete);
    certificate
}
