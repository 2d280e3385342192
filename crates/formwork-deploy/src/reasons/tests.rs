//! Each row of the table on words that were seen at AWS, as the row's source or a thread beside it reports them. Those of the last rows,
//! which go by the handler's code alone, are made up.

use std::collections::BTreeSet;

use super::table::TABLE;
use super::{found, handler_error_code, known};

/// Row, resource type, words.
const SEEN: &[(&str, &str, &str)] = &[
    (
        "explicit-deny",
        "AWS::S3::Bucket",
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:CreateBucket on resource: arn:aws:s3:::b with an explicit deny in a service control policy",
    ),
    (
        "explicit-deny-anonymous",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "api error AccessDenied: * with an explicit deny in a service control policy",
    ),
    (
        "permission-missing",
        "AWS::IAM::Role",
        "API: iam:CreateRole User: arn:aws:sts::111122223333:assumed-role/CodeStarWorker-test-CloudFormation/AWSCloudFormation is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::111122223333:role/awscodestar-test-lambda-helloWorldRole-V5QUHYDCDRBA",
    ),
    (
        "permission-missing",
        "AWS::EC2::Instance",
        "User: arn:aws:sts::111111111111:assumed-role/iac/i-1 is not authorized to perform: iam:UpdateAssumeRolePolicy on resource: role cdk because no identity-based policy allows the iam:UpdateAssumeRolePolicy action",
    ),
    (
        "permission-missing-unnamed-user",
        "AWS::EC2::VPC",
        "API: ec2:CreateVpc You are not authorized to perform this operation.",
    ),
    ("permission-missing-unnamed-user", "AWS::S3::BucketPolicy", "API: s3:PutBucketPolicy Access Denied"),
    (
        "permission-missing-to-call",
        "",
        "AccessDenied. User doesn't have permission to call ec2:DescribeImages. Rollback requested by user.",
    ),
    ("capability-missing", "", "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
    (
        "lambda-role-not-assumed",
        "AWS::Lambda::Function",
        "The role defined for the function cannot be assumed by Lambda. (Service: AWSLambdaInternal; Status Code: 400; Error Code: InvalidParameterValueException)",
    ),
    (
        "service-linked-role-missing",
        "AWS::ECS::Cluster",
        "Resource handler returned message: \"Invalid request provided: CreateCluster Invalid Request: Unable to assume the service linked role. Please verify that the ECS service linked role exists. (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: 22e06152; Proxy: null)\" (RequestToken: 70f29b80-2c90-67be-ab25-097676cebf8c, HandlerErrorCode: InvalidRequest)",
    ),
    (
        "policy-too-long",
        "AWS::IAM::Policy",
        "Maximum policy size of 10240 bytes exceeded for role xxx-CodeBuildRole (Service: AmazonIdentityManagement; Status Code: 409; Error Code: LimitExceeded; Request ID: )",
    ),
    (
        "policy-too-long",
        "AWS::IAM::ManagedPolicy",
        "Resource handler returned message: \"Cannot exceed quota for PolicySize: 6144 (Service: Iam, Status Code: 409, Request ID: <id>)\" (RequestToken: <token>, HandlerErrorCode: ServiceLimitExceeded)",
    ),
    (
        "principal-unknown",
        "AWS::S3::BucketPolicy",
        "Invalid principal in policy (Service: Amazon S3; Status Code: 400; Error Code: MalformedPolicy; Request ID: 3XN0NQQSCEXV1Z3V; Proxy: null)",
    ),
    ("principal-unknown", "AWS::KMS::Key", "Policy contains a statement with one or more invalid principals"),
    (
        "key-policy-locks-out",
        "AWS::KMS::Key",
        "Resource handler returned message: \"The new key policy will not allow you to update the key policy in the future. (Service: Kms, Status Code: 400, Request ID: <REDACTED>) (SDK Attempt Count: 1)\" (RequestToken: <REDACTED>, HandlerErrorCode: InvalidRequest)",
    ),
    (
        "alias-of-another-distribution",
        "AWS::CloudFront::Distribution",
        "Resource handler returned message: \"Invalid request provided: One or more of the CNAMEs you provided are already associated with a different resource. (Service: CloudFront, Status Code: 409, Request ID: 04c3eb61-4314-43e1-b511-8979a4bce421)\"",
    ),
    (
        "certificate-not-for-cloudfront",
        "AWS::CloudFront::Distribution",
        "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain. (Service: AmazonCloudFront; Status Code: 400; Error Code: InvalidViewerCertificate; Request ID: 118a47d5)",
    ),
    (
        "certificate-authority-not-allowed",
        "AWS::CertificateManager::Certificate",
        "One or more domain names have failed validation due to a Certificate Authority Authentication error.",
    ),
    (
        "certificate-handler-broken",
        "AWS::CertificateManager::Certificate",
        "Resource handler returned message: \"Connection pool shut down\" (HandlerErrorCode: InternalFailure)",
    ),
    (
        "record-exists",
        "AWS::Route53::RecordSet",
        "[Tried to create resource record set [name='my.domain.name.', type='CNAME'] but it already exists]",
    ),
    (
        "record-conflicts",
        "AWS::Route53::RecordSet",
        "[RRSet of type A with DNS name www.dev.xxx.ge. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone dev.xxx.ge.]",
    ),
    (
        "record-outside-zone",
        "AWS::CertificateManager::Certificate",
        "[RRSet with DNS name _1ef508b345bb2bd302d0a1d55d1d6940.test.com. is not permitted in zone test.net., RRSet with DNS name _858a6f8f5ac21f375925a6703d8239cb.com. is not permitted in zone test.net.] (Service: AmazonRoute53; Status Code: 400; Error Code: InvalidChangeBatch; Request ID: 829b3b76; Proxy: null)",
    ),
    (
        "alias-target-unknown",
        "AWS::Route53::RecordSet",
        "[Tried to create an alias that targets d-w5i2u9amxa.execute-api.us-east-1.amazonaws.com., type A in zone Z2M8W4K7QJ5HRT, but that target was not found]",
    ),
    (
        "zone-not-empty",
        "AWS::Route53::HostedZone",
        "The specified hosted zone contains non-required resource record sets  and so cannot be deleted. (Service: AmazonRoute53; Status Code: 400; Error Code: HostedZoneNotEmpty; Request ID: aa3acc4c)",
    ),
    (
        "bucket-not-empty",
        "AWS::S3::Bucket",
        "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty; Request ID: 13B5WKE8TCT9VS8K; Proxy: null)",
    ),
    (
        "bucket-busy",
        "AWS::S3::BucketPolicy",
        "Resource handler returned message: \"A conflicting conditional operation is currently in progress against this resource. Please try again. (Service: S3, Status Code: 409, Request ID: <REDACTED>)\" (RequestToken: <REDACTED>, HandlerErrorCode: GeneralServiceException)",
    ),
    (
        "runtime-gone",
        "AWS::Lambda::Function",
        "Resource handler returned message: \"The runtime parameter of nodejs12.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use the new runtime (nodejs18.x) while creating or updating functions.\"",
    ),
    (
        "code-missing",
        "AWS::Lambda::Function",
        "Resource handler returned message: \"Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. (Service: Lambda, Status Code: 400, Request ID: ad9bb8d6)\" (RequestToken: fe23dc9c, HandlerErrorCode: InvalidRequest)",
    ),
    (
        "function-replicated",
        "AWS::Lambda::Function",
        "Lambda was unable to delete arn:aws:lambda:us-east-1:111122223333:function:abc:1 because it is a replicated function.",
    ),
    (
        "tasks-do-not-start",
        "AWS::ECS::Service",
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\" (RequestToken: 121161f9-1c97-e3d5-b4d3-8328bb2b676c, HandlerErrorCode: GeneralServiceException)",
    ),
    (
        "addresses-used-up",
        "AWS::EC2::EIP",
        "Resource handler returned message: \"The maximum number of addresses has been reached.",
    ),
    (
        "subnet-overlaps",
        "AWS::EC2::Subnet",
        "Resource handler returned message: \"The CIDR '10.0.32.0/20' conflicts with another subnet (Service: Ec2, Status Code: 400, Request ID: a9a6cbdf)\" (RequestToken: dcde7964, HandlerErrorCode: AlreadyExists)",
    ),
    (
        "instance-type-not-in-zone",
        "AWS::EC2::Instance",
        "Your requested instance type (t3.micro) is not supported in your requested Availability Zone (us-east-1e). Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1f. (Service: AmazonEC2; Status Code: 400; Error Code: Unsupported; Request ID: removed; Proxy: null)",
    ),
    (
        "configuration-not-supported",
        "AWS::EC2::Instance",
        "The requested configuration is currently not supported. Please check the documentation for supported configurations. (Service: AmazonEC2; Status Code: 400; Error Code: Unsupported; Request ID: 96718e93)",
    ),
    (
        "capacity-short",
        "AWS::EC2::Instance",
        "We currently do not have sufficient t4g.xlarge capacity in the Availability Zone you requested (eu-north-1a). Our system will be working on provisioning additional capacity.",
    ),
    (
        "default-vpc-missing",
        "AWS::EC2::SecurityGroup",
        "No default VPC for this user (Service: AmazonEC2; Status Code: 400; Error Code: VPCIdNotSpecified; Request ID: 1a4dcb4e; Proxy: null)",
    ),
    (
        "still-in-use",
        "AWS::EC2::SecurityGroup",
        "resource sg-04eb9b4569cb59608 has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation; Request ID: ccdadf72; Proxy: null)",
    ),
    (
        "still-in-use",
        "AWS::EC2::Subnet",
        "Resource handler returned message: \"The subnet 'subnet-018a56d9f6694def5' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400, Request ID: 39bc4d02)\" (RequestToken: 5b984c69, HandlerErrorCode: InvalidRequest)",
    ),
    (
        "image-missing",
        "AWS::EC2::Instance",
        "The image id '[ami-0ac019f4fcb7cb7e6]' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidAMIID.NotFound; Request ID: 5310f864)",
    ),
    ("key-pair-missing", "AWS::EC2::Instance", "The key pair 'Tapo-Personal' does not exist"),
    (
        "snapshot-exists",
        "AWS::RDS::DBInstance",
        "Cannot create the snapshot because a snapshot with the identifier blahblah-test-tag already exists.",
    ),
    (
        "database-protected",
        "AWS::RDS::DBInstance",
        "Cannot delete protected DB Instance, please disable deletion protection and try again.",
    ),
    (
        "secret-being-deleted",
        "AWS::SecretsManager::Secret",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
    ("signal-missing", "AWS::EC2::Instance", "Failed to receive 1 resource signal(s) within the specified duration"),
    (
        "signal-missing",
        "AWS::AutoScaling::AutoScalingGroup",
        "Failed to receive 2 resource signal(s) for the current batch",
    ),
    ("signal-of-failure", "AWS::EC2::Instance", "Received FAILURE signal with UniqueId i-11111wasdasdasfasdfa"),
    (
        "wait-condition-timed-out",
        "AWS::CloudFormation::WaitCondition",
        "WaitCondition timed out. Received 0 conditions when expecting 1",
    ),
    (
        "custom-resource-silent",
        "Custom::Nonce",
        "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [85c5c344-6284-404c-9a0a-6b4f772d6c05].",
    ),
    (
        "custom-resource-silent",
        "AWS::CloudFormation::CustomResource",
        "Custom Resource failed to stabilize in expected time",
    ),
    (
        "named-resource-replaced",
        "AWS::DynamoDB::Table",
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename iot_device_health and update the stack again.",
    ),
    (
        "export-in-use",
        "",
        "Export dev-stackA:ExportsOutputRefTableArn30B25837ED330C0 cannot be deleted as it is in use by dev-stackB",
    ),
    (
        "export-in-use",
        "",
        "Delete canceled. Cannot delete export NotificationTopicArn as it is in use by amplify-functions, amplify-router and amplify-steps.",
    ),
    ("export-missing", "", "No export named production:ECSTaskExecutionRole found. Rollback requested by user."),
    (
        "circular-dependency",
        "",
        "Circular dependency between resources: [WebServerScaleDownPolicy, LaunchConfig, MySecurityGroup]",
    ),
    (
        "template-too-long",
        "",
        "1 validation error detected: Value 'redacted' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
    ),
    (
        "change-set-obsolete",
        "",
        "ChangeSet [arn:aws:cloudformation:us-east-1:111122223333:stack/chime-sdk-demo-canary/1] cannot be executed in its current execution status of [OBSOLETE]",
    ),
    ("change-set-gone", "", "ChangeSet [ProdChangeSet] does not exist"),
    (
        "stack-not-updatable",
        "",
        "Stack:arn:aws:cloudformation:us-east-1:111122223333:stack/con-cloudwan/1 is in UPDATE_ROLLBACK_FAILED state and can not be updated.",
    ),
    ("parameter-without-value", "", "Parameters: [ALBPrivateCNAME] must have values"),
    ("parameter-unknown", "", "Parameters: [AWSKeyPairName] do not exist in the template"),
    (
        "key-pair-missing",
        "",
        "Parameter validation failed: parameter value transin-ravi-west-1.pem for parameter name KeyName does not exist. Rollback requested by user.",
    ),
    (
        "parameter-value-missing-at-aws",
        "",
        "Parameter validation failed: parameter value subnet-1 for parameter name Subnet does not exist. Rollback requested by user.",
    ),
    ("hook-refuses", "AWS::S3::Bucket", "The following hook(s) failed: [Example::CFNHook::Full]"),
    (
        "name-taken-by-stack",
        "AWS::EFS::MountTarget",
        "fsmt-12345678 already exists in stack arn:aws:cloudformation:us-east-1:111122223333:stack/awseb-e-stack/12345678",
    ),
    (
        "name-taken",
        "AWS::Logs::LogGroup",
        "Resource handler returned message: \"Resource of type 'AWS::Logs::LogGroup' with identifier '{\"/properties/LogGroupName\":\"/aws/lambda/iantest\"}' already exists.\" (RequestToken: 258db5a1-23c6-5e4b-4d23-7a469fc2de96, HandlerErrorCode: AlreadyExists)",
    ),
    (
        "limit-reached",
        "AWS::EC2::VPC",
        "Resource handler returned message: \"The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 5ce9e2b3)\" (RequestToken: 79d65bb7, HandlerErrorCode: GeneralServiceException)",
    ),
    (
        "throttled",
        "AWS::Lambda::EventSourceMapping",
        "Rate exceeded for operation 'Rate exceeded (Service: Lambda, Status Code: 429, Request ID: 2d5768a1, Extended Request ID: null)'.",
    ),
    (
        "not-stable",
        "AWS::ElasticBeanstalk::Application",
        "Resource handler returned message: \"Exceeded attempts to wait\" (RequestToken: 34894148-5a50-f236-994f-d42e72f8eec0, HandlerErrorCode: NotStabilized)",
    ),
    ("not-stable", "AWS::S3::Bucket", "Bucket mythicalmysfitsstreamings-clicksdestinationbucket did not stabilize"),
    (
        "access-denied",
        "AWS::SQS::Queue",
        "Resource handler returned message: \"no\" (RequestToken: 3, HandlerErrorCode: AccessDenied)",
    ),
    (
        "changed-meanwhile",
        "AWS::Lambda::Function",
        "Resource handler returned message: \"busy\" (RequestToken: 3, HandlerErrorCode: ResourceConflict)",
    ),
    (
        "not-there",
        "AWS::SQS::QueuePolicy",
        "Resource handler returned message: \"no queue\" (RequestToken: 3, HandlerErrorCode: NotFound)",
    ),
    (
        "not-updatable",
        "AWS::ECR::Repository",
        "Resource handler returned message: \"no\" (RequestToken: 3, HandlerErrorCode: NotUpdatable)",
    ),
    (
        "service-fault",
        "AWS::SQS::Queue",
        "Resource handler returned message: \"null\" (RequestToken: 3, HandlerErrorCode: InternalFailure)",
    ),
];

#[test]
fn words_that_were_seen_have_a_hint() {
    let mut rows = BTreeSet::new();
    let mut hints = String::new();
    for (row, type_name, words) in SEEN {
        let known = known(type_name, words);
        assert_eq!(known.as_ref().map(|known| known.name), Some(*row), "{type_name}: {words}");
        let hint = known.map(|known| known.hint).unwrap_or_default();
        if rows.insert(*row) {
            hints += &format!("{row}: {hint}\n");
        }
    }
    let all: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(rows, all, "each row is tried");
    assert_eq!(all.len(), TABLE.len(), "names are given once");
    insta::assert_snapshot!(hints);
}

#[test]
fn a_row_has_a_source_and_fills_every_hole() {
    fn names(text: &str) -> BTreeSet<&str> {
        let holes = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        holes.map(|(name, _)| name).filter(|name| !name.is_empty()).collect()
    }
    for row in TABLE {
        assert!(row.source.starts_with("https://"), "{}", row.name);
        assert!(!row.hint.ends_with('.') && !row.hint.contains("  "), "{}", row.name);
        assert!(!row.says.is_empty() || !row.code.is_empty(), "{}", row.name);
        let holes = names(row.hint);
        assert!(holes.is_empty() || row.code.is_empty(), "{}: a code fills no hole", row.name);
        for pattern in row.says {
            assert!(!pattern.starts_with('{'), "{}: `{pattern}`", row.name);
            assert!(holes.is_subset(&names(pattern)), "{}: `{pattern}`", row.name);
        }
    }
}

#[test]
fn a_type_keeps_its_words_to_itself() {
    let words = "A conflicting conditional operation is currently in progress against this resource";
    assert_eq!(known("AWS::SQS::Queue", words), None);
    assert_eq!(known("", words).map(|known| known.name), Some("bucket-busy"));
}

#[test]
fn nothing_is_made_of_other_words() {
    for words in
        ["", "Resource creation Initiated", "Resource creation cancelled", "it is locked", "HandlerErrorCode: "]
    {
        assert_eq!(known("AWS::SQS::Queue", words), None, "{words}");
    }
}

#[test]
fn holes_take_what_stands_between() {
    assert_eq!(found("a {x} b", "z a 'one' b"), Some(vec![("x", "one")]));
    // The first `a` has no `b` behind one word.
    assert_eq!(found("a {x} b", "a one two b a three b"), Some(vec![("x", "three")]));
    assert_eq!(found("a {x} b", "a one"), None);
    assert_eq!(found("a {x}", "a "), None);
    assert_eq!(found("a {}b{y}", "a one two b{y}"), Some(vec![("y", "{y}")]));
    assert_eq!(found("a", "b a"), Some(Vec::new()));
    assert_eq!(handler_error_code("x (HandlerErrorCode: AlreadyExists)"), Some("AlreadyExists"));
    assert_eq!(handler_error_code("HandlerErrorCode: "), None);
}

/// The words of a service are put in as they are, and never read as a hole or an end.
#[test]
fn texts_of_others_are_not_read() {
    let words = "User: {action} is not authorized to perform: \u{e4}{who}\u{202e}";
    let known = known("", words).map(|known| known.hint);
    let hint = known.unwrap_or_default();
    assert!(hint.starts_with("`{action}` needs the permission `\u{e4}{who}\u{202e}`"), "{hint}");
}
