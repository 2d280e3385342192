//! Access to an instance: CloudFront alone may connect, by the lists of its addresses that AWS keeps.
//!
//! Sources: Amazon CloudFront Developer Guide, "Locations and IP address ranges of CloudFront edge servers" (the managed prefix lists,
//! `com.amazonaws.global.cloudfront.origin-facing` and its sister of IPv6); Amazon VPC User Guide, "AWS-managed prefix lists" (the list
//! weighs 55 rules of the 60 that a security group has, for each family of addresses); EC2 API Reference, `PrefixListId`.

use formwork_assembly::Problem;
use formwork_template::{Reference, Val, Value, json};

use super::connection;
use crate::cloudfront::names::find;
use crate::found::is_id;
use crate::{Construct, Handle, Scope, Stacks, Untyped};

const RULE: &str = "AWS::EC2::SecurityGroupIngress";

/// Rules of a security group by which CloudFront reaches a port of an instance: one for IPv4, and one for IPv6 where the origin has an
/// address of it.
///
/// A list takes 55 of the 60 rules that a security group has for a family, so the group has room for few others. Rules that are there
/// already stay: one that lets everybody in has to be removed from the group, or the port is as open as before.
///
/// CloudFront's lists have other ids in every region; [`PrefixList::named`](crate::found::PrefixList::named) looks them up.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// site.add("Ingress", OriginIngress::new("sg-0123456789abcdef0", "pl-a3a144ca"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OriginIngress {
    /// The security group of the instance.
    pub security_group: Val<String>,
    /// The id of CloudFront's list of IPv4, `com.amazonaws.global.cloudfront.origin-facing`.
    pub ipv4: Val<String>,
    /// The id of CloudFront's list of IPv6, `com.amazonaws.global.ipv6.cloudfront.origin-facing`: none, unless said otherwise. It is needed where
    /// the origin's name has an AAAA record.
    pub ipv6: Option<Val<String>>,
    /// The port: 80, unless said otherwise.
    pub port: u16,
}

impl OriginIngress {
    /// The rule for port 80 over IPv4.
    pub fn new(security_group: impl Into<Val<String>>, ipv4: impl Into<Val<String>>) -> Self {
        OriginIngress { security_group: security_group.into(), ipv4: ipv4.into(), ipv6: None, port: 80 }
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(id) = self.security_group.literal()
            && !is_id(id, "sg-")
        {
            let hint = "`sg-` and 8 or 17 hexadecimal digits, e.g. `sg-0123456789abcdef0`";
            problems.push(Problem::error(format!("{id:?} is not the id of a security group")).hint(hint));
        }
        if self.port == 0 {
            problems.push(Problem::error("the ingress's port `0` is not a port"));
        }
        check_list(&self.ipv4, &mut problems);
        if let Some(ipv6) = &self.ipv6 {
            check_list(ipv6, &mut problems);
            if *ipv6 == self.ipv4 {
                let hint = "the list of IPv6 is `com.amazonaws.global.ipv6.cloudfront.origin-facing`";
                problems.push(Problem::error("the prefix lists of IPv4 and of IPv6 are one list").hint(hint));
            }
        }
        problems
    }
}

/// Ports on which a distribution comes to the server `domain_name`, and on which no rule of the security group lets CloudFront in.
pub(super) fn shut_out(
    ingress: &OriginIngress,
    domain_name: &Val<String>,
    distribution: &Reference,
    stacks: &Stacks<'_>,
) -> Vec<Problem> {
    let resource = stacks.resource(distribution).filter(|_| ingress.port != 0);
    let Some(distribution) = resource.map(|resource| resource.properties.to_value()) else { return Vec::new() };
    let (group, server) = (Value::from(ingress.security_group.clone()), Value::from(domain_name.clone()));
    let rules: Vec<Value> = stacks.resources(RULE).map(|(_, _, rule)| rule.properties.to_value()).collect();
    let is_let_in = |port: u64| {
        rules.iter().filter(|rule| find(rule, &["GroupId"]) == Some(&group)).any(|rule| {
            // A port that is not known now may be the one.
            let end = |name: &str, default| connection::number(rule, name, default).unwrap_or(default);
            (end("FromPort", 0)..=end("ToPort", u64::MAX)).contains(&port)
        })
    };
    let origins = find(&distribution, &["DistributionConfig", "Origins"]).and_then(Value::as_list).unwrap_or_default();
    let own = origins.iter().filter(|origin| find(origin, &["DomainName"]) == Some(&server));
    let mut ports: Vec<u64> = own.filter_map(|origin| Some(connection::of(origin, stacks)?.1)).collect();
    ports.sort_unstable();
    ports.dedup();
    let problem = |port: u64| {
        let message = format!(
            "CloudFront reaches the origin on port {port}, and the ingress lets it in on port {} alone",
            ingress.port
        );
        let hint = format!("`port: {port}` of the `OriginIngress`, or another `OriginIngress` in the stack");
        Problem::error(message).hint(hint)
    };
    ports.into_iter().filter(|port| !is_let_in(*port)).map(problem).collect()
}

fn check_list(id: &Val<String>, problems: &mut Vec<Problem>) {
    if let Some(id) = id.literal()
        && !is_id(id, "pl-")
    {
        let hint = "`pl-` and 8 or 17 hexadecimal digits, e.g. `pl-22a6434b`";
        problems.push(Problem::error(format!("{id:?} is not the id of a prefix list")).hint(hint));
    }
}

impl<R> Construct<R> for OriginIngress {
    /// The rules: of IPv4, then of IPv6.
    type Handle = Vec<Handle<Untyped, R>>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        scope.problems(self.problems());
        let lists = [("Ipv4", Some(self.ipv4)), ("Ipv6", self.ipv6)];
        let mut rules = Vec::new();
        for (name, list) in lists {
            let Some(list) = list else { continue };
            let properties = json!({
                "Description": "CloudFront",
                "FromPort": (i64::from(self.port)),
                "GroupId": (Value::from(self.security_group.clone())),
                "IpProtocol": "tcp",
                "SourcePrefixListId": (Value::from(list)),
                "ToPort": (i64::from(self.port)),
            });
            rules.push(scope.add(name, Untyped::new(RULE, properties)));
        }
        rules
    }
}
