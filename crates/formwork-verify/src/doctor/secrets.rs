//! The instance's role may read the secrets of the origin, without which nginx does not start.
//!
//! Sources: IAM API Reference, `SimulatePrincipalPolicy` ("You can simulate resources that don't exist in your account"; of resources'
//! own policies it knows none); Secrets Manager User Guide, "What's in a secret" (the six characters at the end of an ARN);
//! dleavitt in link2aws/link2aws.github.io#66 for the name that CloudFormation gives a secret: its logical id, and twelve characters.

use futures_util::future::join_all;

use super::visit::{Deployed, Visit, unanswered};
use crate::account::{Account, Decision, Instance, Unanswered};
use crate::check::Check;
use crate::site::Secret;

/// The one call of a delivery and of `origin-secrets.sh`.
const ACTION: &str = "secretsmanager:GetSecretValue";

pub(super) async fn check<A: Account>(
    run: &Visit<'_, A>,
    account: &A,
    id: &str,
    instance: &Result<Option<Instance>, Unanswered>,
) -> Check {
    let asked = format!("IAM, `GetInstanceProfile` and `SimulatePrincipalPolicy` of `{ACTION}`");
    let check = Check::new("instance-secrets", id, asked);
    if run.site.secrets.is_empty() {
        return check.skip("nginx asks for no secret of Secrets Manager that is known");
    }
    let profile = match instance {
        Ok(Some(Instance { profile: Some(profile), .. })) => profile,
        Ok(Some(_)) => return check.unknown("the instance has no role"),
        Ok(None) => return check.unknown("there is no such instance"),
        Err(error) => return unanswered(check, error),
    };
    let role = match account.role(profile).await {
        Ok(Some(role)) => role,
        Ok(None) => {
            return check.saw(profile).fail("the instance profile has no role", "add a role to the instance profile");
        }
        Err(error) => return unanswered(check.saw(profile), &error),
    };
    let asked = run.site.secrets.iter().map(async |secret| {
        let arn = arn(run, account, secret, &role).await?;
        let decision = account.decision(&role, ACTION, &arn).await?;
        Ok((secret, arn, decision))
    });
    let mut check = check.saw(&role);
    let (mut denied, mut unmentioned) = (Vec::new(), Vec::new());
    for answer in join_all(asked).await {
        let (secret, arn, decision) = match answer {
            Ok(answer) => answer,
            Err(error) => return unanswered(check, &error),
        };
        let word = match decision {
            Decision::Allowed => "allowed",
            Decision::Denied => "denied",
            Decision::Unmentioned => "not allowed",
        };
        check = check.saw(format!("{arn}: {word}"));
        match decision {
            Decision::Allowed => {}
            Decision::Denied => denied.push(secret),
            Decision::Unmentioned => unmentioned.push((secret, arn)),
        }
    }
    if let Some(secret) = denied.first() {
        let hint =
            "take the secret out of what a policy of the role, its permissions boundary or the organisation denies";
        return check
            .fail(format!("a policy denies the instance's role access to the secret `{}`", name(secret)), hint);
    }
    let Some((secret, _)) = unmentioned.first() else { return check };
    let what = format!("no policy of the instance's role lets it read the secret `{}`", name(secret));
    let hint = format!("give the role {}", statement(&unmentioned));
    // A secret of somebody else may have a policy of its own, and that may name the role.
    match unmentioned.iter().all(|(secret, _)| matches!(secret, Secret::Existing(_))) {
        true => check.warn(format!("{what}; the secret's own may"), hint),
        false => check.fail(what, hint),
    }
}

/// The secret, as its owner knows it.
fn name(secret: &Secret) -> &str {
    match secret {
        Secret::Existing(arn) => arn,
        Secret::Made { name, logical_id, .. } => name.as_ref().unwrap_or(logical_id),
    }
}

/// The ARN of a secret: of one that is not made yet, an ARN as it will be, but for the characters that are drawn.
async fn arn<A: Account>(run: &Visit<'_, A>, account: &A, secret: &Secret, role: &str) -> Result<String, Unanswered> {
    let (stack, logical_id, name) = match secret {
        Secret::Existing(arn) => return Ok(arn.clone()),
        Secret::Made { stack, logical_id, name } => (stack, logical_id, name),
    };
    if run.deployed != Deployed::No
        && let Some(arn) = account.physical_id(stack, logical_id).await?
    {
        return Ok(arn);
    }
    let name = name.clone().unwrap_or_else(|| format!("{logical_id}-EXAMPLE00000"));
    let (partition, owner) = partition_and_account(role);
    Ok(format!("arn:{partition}:secretsmanager:{}:{owner}:secret:{name}-EXAMPL", stack.region))
}

/// Partition and account of a role.
fn partition_and_account(role: &str) -> (&str, &str) {
    let part = |place: usize| role.split(':').nth(place).unwrap_or_default();
    (part(1), part(4))
}

/// The statement that a role lacks. The name of a secret of the next generation begins with the same letters.
fn statement(lacking: &[(&Secret, String)]) -> String {
    let mut resources: Vec<String> = Vec::new();
    for (secret, arn) in lacking {
        let resource = match secret {
            Secret::Existing(arn) => arn.clone(),
            Secret::Made { logical_id, name, .. } => {
                let begin = arn.split_once(":secret:").map_or(&**arn, |(begin, _)| begin);
                let name = name.as_ref().unwrap_or(logical_id).trim_end_matches(|c: char| c.is_ascii_digit());
                format!("{begin}:secret:{name}*")
            }
        };
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    let resources = resources.iter().map(|resource| format!("\"{resource}\"")).collect::<Vec<_>>().join(", ");
    format!("`{{\"Effect\": \"Allow\", \"Action\": \"{ACTION}\", \"Resource\": [{resources}]}}`")
}
