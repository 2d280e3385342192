//! `NginxSite`: https for an instance that runs nginx, without a load balancer.

use std::marker::PhantomData;

use formwork_assembly::Problem;
use formwork_template::{DeletionPolicy, UpdateReplacePolicy};

use super::reverse_proxy::ReverseProxy;
use crate::acm::Certificate;
use crate::cloudfront::{Behavior, Distribution, Origin, ViewerProtocolPolicy};
use crate::region::{Aws, Region, UsEast1};
use crate::route53::{AliasRecords, AliasRecordsHandle, HostedZone};
use crate::{Handle, IntoStacks, Stack};

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
/// let mut site = NginxSite {
///     proxy: Some(ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") }),
///     ..NginxSite::<EuCentral1>::new("example", "example.com", &zone, origin)
/// }
/// .build();
/// site.site.output("Distribution", site.distribution.id());
/// let app = App::new().with(site);
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
    /// The home region, which is in the type alone.
    pub region: PhantomData<fn() -> R>,
}

/// The stacks of a site, to which more can be added, and the handles of its parts.
#[derive(Debug)]
pub struct NginxSiteStacks<R> {
    /// The stack in us-east-1 with the certificate; none where the home region is that one.
    pub edge: Option<Stack<UsEast1>>,
    /// The stack in the home region with everything else.
    pub site: Stack<R>,
    /// The certificate.
    pub certificate: Handle<Certificate, UsEast1>,
    /// The distribution.
    pub distribution: Handle<Distribution, R>,
    /// The records of the name.
    pub records: AliasRecordsHandle<R>,
}

impl<R: Region<Partition = Aws>> NginxSite<R> {
    /// The site `domain_name` on the instance behind `origin`.
    pub fn new(
        name: impl Into<String>,
        domain_name: impl Into<String>,
        zone: &HostedZone,
        origin: Origin,
    ) -> NginxSite<R> {
        let domain_name = domain_name.into();
        let proxy = Some(ReverseProxy::new(&domain_name));
        NginxSite { name: name.into(), domain_name, zone: zone.clone(), origin, proxy, region: PhantomData }
    }

    /// The stacks with everything in them, and the handles of its parts.
    #[track_caller]
    pub fn build(self) -> NginxSiteStacks<R> {
        self.build_with(|distribution| distribution)
    }

    /// The same with a change of the distribution, beyond this type's own fields; `change` gets the one that would be added. What no
    /// field of a distribution covers is changed afterwards, by [`Scope::edit`](crate::Scope::edit).
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// # let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    /// # let site = NginxSite::<EuCentral1>::new("example", "example.com", &zone, Origin::public_http("origin.example.com"));
    /// # let context = Context::default();
    /// let web_acl = context.get("web-acl", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2");
    /// let site = site.build_with(|distribution| Distribution { web_acl: some(web_acl), ..distribution });
    /// ```
    #[track_caller]
    pub fn build_with(self, change: impl FnOnce(Distribution) -> Distribution) -> NginxSiteStacks<R> {
        let mut site = Stack::<R>::new(format!("{}-site", self.name));
        let certificate = Certificate::dns_validated(&self.domain_name, &self.zone);
        let (edge, certificate) = match R::CODE == UsEast1::CODE {
            true => {
                let certificate = add_certificate(&mut site, certificate);
                // `R` is `UsEast1`, which the compiler does not know here.
                (None, Handle::new(Handle::reference(&certificate).clone()))
            }
            false => {
                let mut edge = Stack::<UsEast1>::new(format!("{}-edge", self.name));
                let certificate = add_certificate(&mut edge, certificate);
                (Some(edge), certificate)
            }
        };
        let behavior =
            Behavior { viewer_protocol_policy: ViewerProtocolPolicy::HttpsOnly, ..Behavior::new(self.origin) };
        let distribution = change(Distribution {
            aliases: vec![self.domain_name.clone()],
            ..Distribution::new(behavior, &certificate)
        });
        let distribution = site.add("Distribution", distribution);
        let records = site.add("Alias", AliasRecords::new(&self.zone, &self.domain_name, &distribution));
        site.output("Url", format!("https://{}", self.domain_name));
        if let Some(proxy) = self.proxy {
            if !proxy.answers(&self.domain_name) {
                let message = format!("the site's nginx does not answer to `{}`", self.domain_name);
                site.problem(Problem::error(message).hint("add the name to the proxy's `server_names`"));
            }
            site.add("Nginx", proxy);
        }
        NginxSiteStacks { edge, site, certificate, distribution, records }
    }
}

impl<R: Region<Partition = Aws>> IntoStacks for NginxSite<R> {
    fn into_stacks(self) -> Vec<Stack> {
        self.build().into_stacks()
    }
}

impl<R> IntoStacks for NginxSiteStacks<R> {
    fn into_stacks(self) -> Vec<Stack> {
        (self.edge, self.site).into_stacks()
    }
}

/// Adds the certificate, so that a replaced one stays: otherwise CloudFormation deletes it before the distribution's stack takes
/// the new one. With its stack it is deleted, which is said too: a policy alone reads as if the other was forgotten.
#[track_caller]
fn add_certificate<R>(stack: &mut Stack<R>, certificate: Certificate) -> Handle<Certificate, R> {
    let certificate = stack.add("Certificate", certificate);
    let options = stack.options(&certificate).update_replace_policy(UpdateReplacePolicy::Retain);
    options.deletion_policy(DeletionPolicy::Delete);
    certificate
}
