//! The secret by which an origin knows CloudFront, by generations.
//!
//! A list of CloudFront's addresses admits the distributions of everybody, so your own is known by a secret. The secret is made by
//! Secrets Manager, and is not in a template: CloudFormation reads it for the distribution, the instance for nginx.
//!
//! Sources: Amazon CloudFront Developer Guide, "Restrict access to Application Load Balancers" (the header, and two values at once while
//! one is replaced) and "Add custom headers to origin requests" (the value replaces that of a viewer); AWS CloudFormation User Guide, "Get
//! a secret or secret value from Secrets Manager" (the form of the reference).

use formwork_assembly::Problem;
use formwork_template::{DeletionPolicy, UpdateReplacePolicy, Val, json};

use crate::{Construct, Scope, Untyped};

/// The header in which CloudFront sends the secret.
pub const ORIGIN_SECRET_HEADER: &str = "X-Origin-Secret";

/// Warning about an origin without a secret.
pub(super) const OPEN: &str = "the origin is open: whoever finds its address is served without CloudFront";

/// Secret of an origin: the header [`ORIGIN_SECRET_HEADER`], which the distribution adds to every request.
///
/// A secret is replaced by the next generation: `Generation(4)` in place of `Generation(3)`. nginx takes 4 and 3 then, and CloudFront
/// changes from 3 to 4 in the minutes after; 2 is deleted. One generation at a time, deployed each.
///
/// A site that is open is closed without a lost request in two deployments: `Sent(1)` first, with which CloudFront sends the secret
/// everywhere, then `Generation(1)`, with which nginx asks for it. It is opened the other way round: nginx has to have stopped asking before
/// CloudFront stops sending. A [`Delivery`](super::Delivery) by Systems Manager does the two in that order in one deployment; where somebody brings the files,
/// `Sent` comes first, and `None` once they are there. A preview says where a deployment skips such a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginSecret {
    /// CloudFront sends this generation; nginx takes it and the one before, and refuses requests with neither.
    Generation(u32),
    /// CloudFront sends this generation, and nginx does not ask for it yet: the first step of closing a site that is in use.
    Sent(u32),
}

impl OriginSecret {
    /// The generation that CloudFront sends.
    pub fn generation(self) -> u32 {
        match self {
            OriginSecret::Generation(generation) | OriginSecret::Sent(generation) => generation,
        }
    }

    /// True if nginx refuses requests without it.
    pub fn is_required(self) -> bool {
        matches!(self, OriginSecret::Generation(_))
    }

    /// Generations that nginx takes, the newest first.
    fn generations(self) -> impl Iterator<Item = u32> {
        let newest = self.generation();
        [newest, newest.saturating_sub(1)].into_iter().filter(|generation| *generation > 0)
    }

    pub(super) fn problem(self) -> Option<Problem> {
        (self.generation() == 0).then(|| {
            Problem::error("`0` is not a generation of the origin's secret").hint("the first one is `Generation(1)`")
        })
    }
}

/// Secrets of an origin, in its stack: added as `OriginSecret`, they are `OriginSecret3` and `OriginSecret2`.
#[derive(Clone, Debug, PartialEq)]
pub struct OriginSecretHandle {
    /// The value of the header, which CloudFormation reads from Secrets Manager when it deploys the distribution.
    pub header: Val<String>,
    /// The ARNs of the secrets that nginx takes, the newest first.
    pub arns: Vec<Val<String>>,
}

/// As many letters and digits as a secret has: with 62 of them that is 190 bits.
const LENGTH: i64 = 32;

impl<R> Construct<R> for OriginSecret {
    type Handle = OriginSecretHandle;

    fn add_to(self, scope: &mut Scope<R>) -> OriginSecretHandle {
        if let Some(problem) = self.problem() {
            scope.problem(problem);
        }
        let mut arns = Vec::new();
        for generation in self.generations() {
            let properties = json!({
                "Description": (format!("Generation {generation} of the secret by which an origin knows CloudFront")),
                // Letters and digits: nothing that a header, nginx or a shell reads as something else.
                "GenerateSecretString": { "PasswordLength": (LENGTH), "ExcludePunctuation": true },
            });
            let secret = scope.add(&generation.to_string(), Untyped::new("AWS::SecretsManager::Secret", properties));
            // A generation that is left out has served its time.
            let options = scope.options(&secret).update_replace_policy(UpdateReplacePolicy::Delete);
            options.deletion_policy(DeletionPolicy::Delete);
            arns.push(secret.ref_value());
        }
        let newest = arns.first().map(ToString::to_string).unwrap_or_default();
        let header = format!("{{{{resolve:secretsmanager:{newest}:SecretString:::}}}}");
        OriginSecretHandle { header: header.into(), arns }
    }
}
