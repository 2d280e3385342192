//! The table of known reasons. The first row that fits counts: what is special stands before what is general.
//!
//! `says` are the words of the service, any one of them, with holes: `{name}` for text without blanks, `{}` for any text. `code` are
//! the handler's error codes that say the same. Every row has a test on words that were seen at AWS (`tests.rs`), and the
//! place that reports them.

/// One known reason.
pub(super) struct Row {
    /// A name that stays.
    pub(super) name: &'static str,
    /// The resource type, or its beginning; empty for all.
    pub(super) of: &'static str,
    pub(super) says: &'static [&'static str],
    pub(super) code: &'static [&'static str],
    /// Advice; its holes are those of every entry of `says`.
    pub(super) hint: &'static str,
    pub(super) source: &'static str,
}

impl Row {
    /// A reason by its words.
    const fn said(
        name: &'static str,
        of: &'static str,
        says: &'static [&'static str],
        hint: &'static str,
        source: &'static str,
    ) -> Row {
        Row { name, of, says, code: &[], hint, source }
    }

    const fn or_code(mut self, code: &'static [&'static str]) -> Row {
        self.code = code;
        self
    }
}

/// CloudFormation CLI User Guide, "Resource type handler error codes".
const HANDLER_CODES: &str =
    "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html";

pub(super) static TABLE: &[Row] = &[
    // Permissions.
    Row::said(
        "explicit-deny",
        "",
        &["User: {who} is not authorized to perform: {action} {}with an explicit deny"],
        "a policy denies `{action}` to `{who}`, which no permission outweighs: ask those who keep that policy",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
    ),
    Row::said(
        "explicit-deny-anonymous",
        "",
        &["with an explicit deny in a"],
        "a policy denies it, which no permission outweighs: ask those who keep that policy",
        "https://github.com/aws-solutions-library-samples/guidance-for-multi-provider-generative-ai-gateway-on-aws/issues/120",
    ),
    Row::said(
        "permission-missing",
        "",
        &["User: {who} is not authorized to perform: {action}"],
        "`{who}` needs the permission `{action}`: CloudFormation acts with the permissions of the login, or of the stack's service role",
        "https://github.com/aws/serverless-application-model/issues/448",
    ),
    Row::said(
        "permission-missing-unnamed-user",
        "",
        &["API: {action} You are not authorized to perform this operation", "API: {action} Access Denied"],
        "the login, or the stack's service role, needs the permission `{action}`",
        "https://github.com/yugabyte/yugabyte-db/issues/4336",
    ),
    Row::said(
        "permission-missing-to-call",
        "",
        &["User doesn't have permission to call {action}"],
        "the login, or the stack's service role, needs the permission `{action}`",
        "https://github.com/yugabyte/yugabyte-db/issues/4336",
    ),
    Row::said(
        "capability-missing",
        "",
        &["Requires capabilities"],
        "this template needs a capability that formwork did not find: please report it",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html",
    ),
    // Roles and policies.
    Row::said(
        "lambda-role-not-assumed",
        "AWS::Lambda::",
        &["cannot be assumed by Lambda"],
        "the role has to trust `lambda.amazonaws.com`; if it does, it was made only just now and is not known everywhere yet: deploy again",
        "https://github.com/serverless/serverless/issues/4384",
    ),
    Row::said(
        "service-linked-role-missing",
        "",
        &["Unable to assume the service linked role"],
        "the service makes its service-linked role at its first use in an account, and has not finished: deploy again, or make it \
         before, with `aws iam create-service-linked-role`",
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818",
    ),
    Row::said(
        "policy-too-long",
        "AWS::IAM::",
        &["Maximum policy size of {limit} bytes exceeded for", "Cannot exceed quota for PolicySize: {limit}"],
        "the policies have to be shorter than {limit} characters: name fewer resources, or move statements to managed policies",
        "https://github.com/aws/aws-cdk/issues/4465",
    ),
    Row::said(
        "principal-unknown",
        "",
        &["Invalid principal in policy", "one or more invalid principals"],
        "a principal of the policy does not exist: check its ARN; a role of this stack has to be made before the policy that names it",
        "https://github.com/aws-samples/aws-secure-environment-accelerator/issues/1136",
    ),
    Row::said(
        "key-policy-locks-out",
        "AWS::KMS::",
        &["The new key policy will not allow you to update the key policy in the future"],
        "the key policy has to allow `kms:PutKeyPolicy` to the login or to the account's root, and the login needs it too",
        "https://github.com/aws-samples/rds-snapshot-export-to-s3-pipeline/issues/8",
    ),
    // CloudFront, certificates, DNS.
    Row::said(
        "alias-of-another-distribution",
        "AWS::CloudFront::",
        &["One or more of the CNAMEs you provided are already associated with a different resource"],
        "another distribution, perhaps in another account, has one of these aliases: remove it there first, or move it with \
         `aws cloudfront associate-alias`",
        "https://github.com/jogold/cloudstructs/issues/169",
    ),
    Row::said(
        "certificate-not-for-cloudfront",
        "AWS::CloudFront::",
        &["The specified SSL certificate doesn't exist, isn't in us-east-1 region"],
        "CloudFront takes a certificate that is issued, in us-east-1, and of this account: check the ARN's region and the certificate's status",
        "https://github.com/aws/aws-cdk/issues/14616",
    ),
    Row::said(
        "certificate-authority-not-allowed",
        "",
        &["Certificate Authority Authentication", "CAA_ERROR", "CAA error"],
        "a CAA record of the domain allows other certificate authorities alone: add one for `amazon.com`, and deploy again",
        "https://github.com/aws-amplify/amplify-hosting/issues/366",
    ),
    Row::said(
        "certificate-handler-broken",
        "AWS::CertificateManager::",
        &["Connection pool shut down"],
        "the fault is CloudFormation's, and passes: deploy again",
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2525",
    ),
    Row::said(
        "record-exists",
        "",
        &["Tried to create resource record set [name={record}, type={type}] but it already exists"],
        "the zone has the record `{record}` ({type}) already, and this stack did not make it: delete it in the zone, or leave it out of the source",
        "https://github.com/widdix/node-route53-updater/issues/3",
    ),
    Row::said(
        "record-conflicts",
        "",
        &["is not permitted because a conflicting RRSet of type {type} with the same DNS name already exists"],
        "the zone has a {type} record of the same name, and such names have no other record: delete it in the zone first",
        "https://github.com/RJPearson94/terraform-aws-open-next/issues/24",
    ),
    Row::said(
        "record-outside-zone",
        "",
        &["RRSet with DNS name {record} is not permitted in zone {zone}"],
        "`{record}` is not below the zone `{zone}`: check the zone's id and the name",
        "https://github.com/aws-samples/amazon-cloudfront-secure-static-site/issues/76",
    ),
    Row::said(
        "alias-target-unknown",
        "",
        &["but that target was not found", "but the alias target name does not lie within the target zone"],
        "the alias names a target that is not in the hosted zone of its `HostedZoneId`: take both from the same resource",
        "https://github.com/aws/aws-cli/issues/4687",
    ),
    Row::said(
        "zone-not-empty",
        "AWS::Route53::",
        &["contains non-required resource record sets and so cannot be deleted", "HostedZoneNotEmpty"],
        "the zone has records that this stack did not make: delete them in the zone first, or leave the zone behind",
        "https://github.com/rebuy-de/aws-nuke/issues/215",
    ),
    // Buckets.
    Row::said(
        "bucket-not-empty",
        "AWS::S3",
        &["The bucket you tried to delete is not empty", "BucketNotEmpty"],
        "empty the bucket first, its old versions and delete markers too, or leave it behind",
        "https://github.com/aws/aws-cdk/issues/21776",
    ),
    Row::said(
        "bucket-busy",
        "AWS::S3::",
        &["A conflicting conditional operation is currently in progress against this resource"],
        "something else changes the bucket just now, or a bucket of that name was deleted within the last hour: deploy again later",
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1954",
    ),
    // Functions and containers.
    Row::said(
        "runtime-gone",
        "AWS::Lambda::",
        &["The runtime parameter of {runtime} is no longer supported"],
        "Lambda makes and updates no function with `{runtime}` any more: name a newer runtime in the source",
        "https://github.com/pgarbe/cdk-ecr-sync/issues/715",
    ),
    Row::said(
        "code-missing",
        "AWS::Lambda::",
        &["S3 Error Code: NoSuchKey", "S3 Error Code: NoSuchBucket"],
        "the function's code is not where the source says: upload it, to a bucket in the function's region",
        "https://github.com/aws-samples/aws-account-vending-machine/issues/23",
    ),
    Row::said(
        "function-replicated",
        "AWS::Lambda::",
        &["because it is a replicated function"],
        "CloudFront removes the function's copies some hours after no distribution uses it any more: try again then, or leave it behind",
        "https://github.com/silvermine/serverless-plugin-cloudfront-lambda-edge/issues/6",
    ),
    Row::said(
        "tasks-do-not-start",
        "AWS::ECS::",
        &["ECS Deployment Circuit Breaker was triggered"],
        "the service's tasks do not start, or fail their health checks: its events and the logs of its stopped tasks say why",
        "https://github.com/aws/copilot-cli/issues/5586",
    ),
    // Machines and networks.
    Row::said(
        "addresses-used-up",
        "AWS::EC2::",
        &["The maximum number of addresses has been reached"],
        "release an elastic address that nobody uses, or ask for a higher quota of them in this region (Service Quotas)",
        "https://github.com/aws-cloudformation/rain/issues/186",
    ),
    Row::said(
        "subnet-overlaps",
        "AWS::EC2::",
        &["The CIDR {block} conflicts with another subnet"],
        "a subnet of this VPC has addresses of `{block}` already: choose a block that no subnet has; one that is replaced is \
         deleted only after its successor is made",
        "https://github.com/aws-samples/aws-genai-llm-chatbot/issues/153",
    ),
    Row::said(
        "instance-type-not-in-zone",
        "",
        &["Your requested instance type ({instance}) is not supported in your requested Availability Zone ({zone})"],
        "`{zone}` does not have `{instance}`: name another instance type, or a subnet in one of the zones of the message",
        "https://github.com/runs-on/runs-on/issues/5",
    ),
    Row::said(
        "configuration-not-supported",
        "AWS::EC2::",
        &["The requested configuration is currently not supported"],
        "this region does not have the instance type, or not with this image: name another instance type",
        "https://github.com/trailofbits/algo/issues/1285",
    ),
    Row::said(
        "capacity-short",
        "",
        &["We currently do not have sufficient {instance} capacity", "InsufficientInstanceCapacity"],
        "AWS does not have enough of that instance type in the zone just now: try again later, or name another zone or instance type",
        "https://github.com/commonwarexyz/monorepo/issues/2859",
    ),
    Row::said(
        "default-vpc-missing",
        "",
        &["No default VPC for this user"],
        "the region has no default VPC: name a VPC and its subnets in the source, or make one with `aws ec2 create-default-vpc`",
        "https://github.com/aerospike/aws-cloudformation/issues/24",
    ),
    Row::said(
        "still-in-use",
        "AWS::EC2::",
        &["resource {id} has a dependent object", "'{id}' has dependencies and cannot be deleted"],
        "something outside of this stack uses `{id}`, most often a network interface or a rule of another security group: remove it first",
        "https://github.com/aws/aws-cdk/issues/14456",
    ),
    Row::said(
        "image-missing",
        "",
        &["The image id {image} does not exist", "InvalidAMIID"],
        "images have another id in every region, and old ones go: name one that this region has",
        "https://github.com/doccano/doccano/issues/190",
    ),
    Row::said(
        "key-pair-missing",
        "",
        &["The key pair {pair} does not exist", "for parameter name KeyName does not exist"],
        "key pairs belong to a region: import this one there, or name one that is there",
        "https://github.com/binxio/cfn-secret-provider/issues/12",
    ),
    // Databases and secrets.
    Row::said(
        "snapshot-exists",
        "AWS::RDS::",
        &["Cannot create the snapshot because a snapshot with the identifier", "Cannot create the cluster snapshot because one with"],
        "a snapshot of an earlier deletion has the name: delete it, or give it another name",
        "https://github.com/cloud-custodian/cloud-custodian/issues/309",
    ),
    Row::said(
        "database-protected",
        "AWS::RDS::",
        &["please disable deletion protection and try again", "Cannot delete protected"],
        "switch `DeletionProtection` off in the source and deploy that first, or leave the database behind",
        "https://github.com/hashicorp/terraform-provider-aws/issues/26233",
    ),
    Row::said(
        "secret-being-deleted",
        "",
        &["a secret with this name is already scheduled for deletion"],
        "the name stays taken until the secret's recovery window is over: restore the secret, delete it at once with \
         `aws secretsmanager delete-secret --force-delete-without-recovery`, or choose another name",
        "https://github.com/udondan/cdk-ec2-key-pair/issues/2",
    ),
    // Waiting in vain.
    Row::said(
        "signal-missing",
        "",
        &["Failed to receive {count} resource signal(s)"],
        "nobody sent the success signal that the `CreationPolicy` or `UpdatePolicy` waits for: the machine's log says why \
         (`/var/log/cloud-init-output.log`); the time may be too short",
        "https://github.com/aws-samples/aws-secretsmgr-workshop/issues/3",
    ),
    Row::said(
        "signal-of-failure",
        "",
        &["Received FAILURE signal with UniqueId {id}"],
        "`{id}` says itself that its setup failed: its log says why (`/var/log/cloud-init-output.log`)",
        "https://github.com/aws-samples/well-architected-iac-analyzer/issues/108",
    ),
    Row::said(
        "wait-condition-timed-out",
        "AWS::CloudFormation::WaitCondition",
        &["WaitCondition timed out. Received {received} conditions when expecting {expected}"],
        "the signal to the wait condition's handle did not come: look at the log of what should send it, or give it more time",
        "https://github.com/nicolaka/ddc-aws/issues/42",
    ),
    Row::said(
        "custom-resource-silent",
        "",
        &["CloudFormation did not receive a response from your Custom Resource", "Custom Resource failed to stabilize in expected time"],
        "the function behind the custom resource did not answer: its log says why; it has to answer in every case, deletion too",
        "https://github.com/aws/aws-cdk/issues/2126",
    ),
    // Templates, exports, parameters.
    Row::said(
        "named-resource-replaced",
        "",
        &["cannot update a stack when a custom-named resource requires replacing. Rename {name} and"],
        "the change replaces `{name}`, and its successor cannot have the same name meanwhile: give it another name in the source",
        "https://github.com/convox/rack/issues/2941",
    ),
    Row::said(
        "export-in-use",
        "",
        &[
            "Export {export} cannot be deleted as it is in use by {consumer}",
            "Cannot delete export {export} as it is in use by {consumer}",
            "Export {export} cannot be updated as it is in use by {consumer}",
        ],
        "`{consumer}` imports `{export}`: deploy it first without that import, or destroy it first",
        "https://github.com/anomalyco/sst/issues/1256",
    ),
    Row::said(
        "export-missing",
        "",
        &["No export named {export} found"],
        "no stack of this account and region exports `{export}`: deploy the stack that does first",
        "https://github.com/aws-cloudformation/aws-cloudformation-templates/issues/263",
    ),
    Row::said(
        "circular-dependency",
        "",
        &["Circular dependency between resources"],
        "these resources wait for each other: let one of them name the other in a resource of its own, such as a rule or a policy",
        "https://github.com/aws/serverless-application-model/issues/1044",
    ),
    Row::said(
        "template-too-long",
        "",
        &["Member must have length less than or equal to 51200", "Template may not exceed"],
        "the template is longer than CloudFormation takes: split the stack, or move parts into a `NestedStack`",
        "https://github.com/mbailey/bash-my-aws/pull/100",
    ),
    // Somebody else at the same time.
    Row::said(
        "change-set-obsolete",
        "",
        &["cannot be executed in its current execution status of [OBSOLETE]"],
        "somebody changed the stack after this change set was made: run the same command again, and look at its preview",
        "https://github.com/aws/amazon-chime-sdk-js/issues/1089",
    ),
    Row::said(
        "change-set-gone",
        "",
        &["ChangeSet [{name}] does not exist"],
        "somebody deleted the change set, or changed the stack, meanwhile: run the same command again",
        "https://github.com/aws/serverless-application-model/issues/52",
    ),
    Row::said(
        "stack-not-updatable",
        "",
        &["is in {status} state and can not be updated"],
        "somebody else's operation left the stack in {status} meanwhile: `cargo formwork status` shows it, and the way out",
        "https://github.com/org-formation/org-formation-cli/issues/455",
    ),
    Row::said(
        "parameter-without-value",
        "",
        &["Parameters: {}must have values"],
        "give them with `--parameter STACK:KEY=VALUE`, or a default in the source; a nested stack takes them from its parent",
        "https://github.com/aws-samples/aws-microservices-deploy-options/issues/53",
    ),
    Row::said(
        "parameter-unknown",
        "",
        &["Parameters: {}do not exist in the template"],
        "the template does not have these parameters: check their names",
        "https://github.com/deep-security/cloudformation/issues/29",
    ),
    Row::said(
        "parameter-value-missing-at-aws",
        "",
        &["Parameter validation failed: parameter value"],
        "the parameter's type promises a thing that exists in this account and region: give the name of one that does",
        "https://github.com/aws/amazon-ecs-cli/issues/236",
    ),
    Row::said(
        "hook-refuses",
        "",
        &["The following hook(s) failed"],
        "a hook of this account refuses it: its reason is with the hook's results, in the console's list of the stack's events",
        "https://github.com/aws/aws-cdk/issues/21674",
    )
    .or_code(&["NonCompliant"]),
    // By what all services have in common.
    Row::said(
        "name-taken-by-stack",
        "",
        &["already exists in stack arn:{}:stack/{stack}/"],
        "it belongs to the stack `{stack}`: take it out there first, or give this one another name",
        "https://github.com/aws-samples/eb-php-wordpress/issues/25",
    ),
    Row::said(
        "name-taken",
        "",
        &["already exists"],
        "the name is taken: give it another name in the source, or delete what has it if nobody needs it (`gc` lists what operations of the \
         stack left); names of buckets are taken by all accounts together",
        "https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws/issues/167",
    )
    .or_code(&["AlreadyExists"]),
    Row::said(
        "limit-reached",
        "",
        &["The maximum number of", "LimitExceeded", "limit exceeded", "Limit exceeded"],
        "a quota of the account in this region is used up: delete what nobody needs, or ask for a higher quota (Service Quotas)",
        "https://github.com/awslabs/landing-zone-accelerator-on-aws/issues/241",
    )
    .or_code(&["ServiceLimitExceeded"]),
    Row::said(
        "throttled",
        "",
        &["Rate exceeded", "Throttling"],
        "the service takes fewer calls a second than CloudFormation made: deploy again; resources that depend on each other are made one after the other",
        "https://github.com/aws/aws-cdk/issues/9882",
    )
    .or_code(&["Throttling"]),
    Row::said(
        "not-stable",
        "",
        &["Exceeded attempts to wait", "did not stabilize", "timed out waiting for"],
        "it was made, and did not become ready in time: the service's own console or events say what it lacks",
        "https://github.com/aws-quickstart/quickstart-dotnetcore-cicd/issues/21",
    )
    .or_code(&["NotStabilized"]),
    Row::said(
        "access-denied",
        "",
        &["AccessDenied", "Access Denied", "Access denied"],
        "the login, or the stack's service role, lacks a permission that the service does not name: CloudTrail has the call that was denied",
        HANDLER_CODES,
    )
    .or_code(&["AccessDenied", "InvalidCredentials", "UnauthorizedTaggingOperation"]),
    Row::said(
        "changed-meanwhile",
        "",
        &["ConcurrentModification", "OperationAborted", "ResourceConflict"],
        "something else changes the same resource just now: deploy again when that is done",
        HANDLER_CODES,
    )
    .or_code(&["ResourceConflict"]),
    Row::said(
        "not-there",
        "",
        &[],
        "what it needs, or the resource itself, is not there: somebody may have deleted it, or it is in another region or account",
        HANDLER_CODES,
    )
    .or_code(&["NotFound"]),
    Row::said(
        "not-updatable",
        "",
        &[],
        "a property was changed that cannot be updated: take the change back, or give the resource another logical id, by which it is made anew and the old one deleted",
        HANDLER_CODES,
    )
    .or_code(&["NotUpdatable"]),
    Row::said(
        "service-fault",
        "",
        &[],
        "the fault is the service's, and may pass: deploy again",
        HANDLER_CODES,
    )
    .or_code(&["InternalFailure", "ServiceInternalError", "NetworkFailure", "HandlerInternalFailure"]),
];
