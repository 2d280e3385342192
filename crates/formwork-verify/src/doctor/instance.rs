//! The instance can be delivered to, and is where the distribution looks for it.

use futures_util::future::join3;

use super::secrets;
use super::visit::{NO_LOGIN, Visit, unanswered};
use crate::account::{Account, Instance, ManagedInstance, Unanswered};
use crate::check::Check;
use crate::dns::{ASK_AGAIN, NoAnswer};
use crate::settings::normal;
use crate::site::Origin;

pub(super) async fn checks<A: Account>(run: &Visit<'_, A>) -> Vec<Check> {
    let origin = run.site.origin.as_ref().filter(|origin| !origin.private);
    let Some(id) = &run.site.instance else {
        let why = "no instance is known; `--instance ID` has one checked";
        let subject = run.site.origin.as_ref().map_or("the instance", |origin| &origin.domain_name);
        let mut checks = vec![Check::not_checked("instance-managed", subject, why)];
        if let Some(origin) = origin {
            checks.push(address(origin, resolved(run, origin).await, None));
        }
        return checks;
    };
    let Some(account) = run.account else {
        let ids = ["instance-role", "instance-secrets", "instance-managed", "origin-address"];
        return ids.map(|check| Check::not_checked(check, id, NO_LOGIN)).into();
    };
    let addresses = async {
        match origin {
            Some(origin) => Some((origin, resolved(run, origin).await)),
            None => None,
        }
    };
    let (instance, managed, addresses) = join3(account.instance(id), account.managed_instance(id), addresses).await;
    let of_secrets = secrets::check(run, account, id, &instance).await;
    let mut checks = vec![role(id, &instance), of_secrets, of_manager(id, &managed)];
    if let Some((origin, addresses)) = addresses {
        checks.push(address(origin, addresses, Some((id, &instance))));
    }
    checks
}

async fn resolved<A>(run: &Visit<'_, A>, origin: &Origin) -> Result<Vec<String>, NoAnswer> {
    let found = run.dns.addresses(&origin.domain_name).await?;
    Ok(found.iter().map(ToString::to_string).collect())
}

fn role(id: &str, instance: &Result<Option<Instance>, Unanswered>) -> Check {
    let check = Check::new("instance-role", id, format!("EC2, instance {id}"));
    let instance = match instance {
        Ok(Some(instance)) => instance,
        Ok(None) => {
            return check.fail(
                format!("there is no instance `{id}` in this account and region"),
                "give the id of an instance of the site's region, or take another login",
            );
        }
        Err(error) => return unanswered(check, error),
    };
    let check = check.saw(format!("it is {}", instance.state));
    if instance.state != "running" {
        return check.fail(
            format!("the instance is {}", instance.state),
            format!("`aws ec2 start-instances --instance-ids {id}`"),
        );
    }
    match &instance.profile {
        Some(profile) => check.saw(profile),
        None => check.fail(
            "the instance has no role, so Systems Manager cannot reach it",
            "give it an instance profile whose role has the policy `AmazonSSMManagedInstanceCore`",
        ),
    }
}

fn of_manager(id: &str, managed: &Result<Option<ManagedInstance>, Unanswered>) -> Check {
    let check = Check::new("instance-managed", id, format!("Systems Manager, instance {id}"));
    let managed = match managed {
        Ok(Some(managed)) => managed,
        Ok(None) => {
            return check.fail(
                "Systems Manager does not know the instance",
                "it needs a role with `AmazonSSMManagedInstanceCore`, the agent running, and a way out to the internet; then wait five minutes",
            );
        }
        Err(error) => return unanswered(check, error),
    };
    let check = check.saw(format!("{}, agent {}, {}", managed.ping_status, managed.agent_version, managed.platform));
    if managed.ping_status != "Online" {
        return check.fail(
            format!("the agent on the instance is not online, but `{}`", managed.ping_status),
            "`sudo systemctl restart amazon-ssm-agent` on the instance; it needs a way out to the internet",
        );
    }
    match managed.platform.as_str() {
        "Linux" => check,
        other => check
            .fail(format!("the instance runs {other}"), "files are delivered to Linux; take `files --out` for others"),
    }
}

/// Checks that the origin's name leads to the instance's address of now.
fn address(
    origin: &Origin,
    addresses: Result<Vec<String>, NoAnswer>,
    instance: Option<(&String, &Result<Option<Instance>, Unanswered>)>,
) -> Check {
    let name = normal(&origin.domain_name);
    let check = Check::new("origin-address", &name, format!("A and AAAA {name}"));
    let stays = "give the instance an Elastic IP, which stays, and the origin its name";
    let addresses = match addresses {
        Ok(addresses) => addresses,
        Err(error) => {
            let what = format!("whether the origin `{name}` has an address cannot be told");
            return check.saw(error).warn(what, ASK_AGAIN);
        }
    };
    let check = check.saw_all(&addresses);
    if addresses.is_empty() {
        return check.fail(format!("the origin `{name}` has no address"), stays);
    }
    let instance = match instance {
        Some((_, Ok(Some(instance)))) => instance,
        Some((_, Ok(None))) => return check.unknown("there is no such instance"),
        Some((_, Err(error))) => return unanswered(check, error),
        None => return check.unknown("no instance is known whose address it should be"),
    };
    let Some(ip) = &instance.public_ip else {
        return check
            .fail("the instance has no public address", "start it, or give it an Elastic IP; a VPC origin needs none");
    };
    let check = check.saw(format!("the instance has {ip}{}", if instance.elastic { ", an Elastic IP" } else { "" }));
    if !addresses.contains(ip) && instance.public_dns_name.as_deref().map(normal) != Some(name.clone()) {
        let now = instance.public_dns_name.as_deref().unwrap_or(ip);
        return check.fail(format!("the origin `{name}` is not the instance, which is `{now}` now"), stays);
    }
    match instance.elastic {
        true => check,
        false => check.warn("the instance's address changes when it is stopped and started", stays),
    }
}
