//! Roles for GitHub Actions without a stored key: GitHub says which repository and which job a token is for, and AWS gives the role for it.
//!
//! `Preview` is for pull requests and for plans of `main`: it reads, makes change sets and deletes them, and executes none. `Deploy` is for the jobs of one
//! environment, which GitHub lets begin when its reviewers agree. `docs/ci.md` has the workflow. Forks get neither: GitHub gives their
//! pull requests no token.
use std::process::ExitCode;

use formwork::cfn::iam;
use formwork::prelude::*;

/// The actions that a preview calls.
const PREVIEW: [&str; 11] = [
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
];

/// The actions by which a preview says which files of code changed. It writes none: whoever may write to the bucket can have other code deployed
/// than what was reviewed.
const READ: [&str; 2] = ["s3:GetObject", "s3:ListBucket"];

/// One stack with the provider and both roles.
pub(crate) fn app(context: &Context) -> App {
    let repository = context.get("repository", "octo-org/octo-repo");
    let environment = context.get("environment", "prod");
    // Actions that the stacks of the repository need, and no more: CloudFormation acts with the permissions of its caller.
    let policy = context.get("deploy-policy", "arn:aws:iam::aws:policy/PowerUserAccess");

    let mut stack = Stack::<UsEast1>::new("github-roles");
    stack.description("Roles for GitHub Actions");
    let provider = iam::OIDCProvider {
        url: some("https://token.actions.githubusercontent.com"),
        client_id_list: some(["sts.amazonaws.com"]),
        ..iam::OIDCProvider::default()
    };
    let provider = stack.add("GitHub", provider);
    let trust = |jobs: &[&str]| {
        let subjects: Vec<String> = jobs.iter().map(|job| format!("repo:{repository}:{job}")).collect();
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Federated": provider.arn() },
                "Action": "sts:AssumeRoleWithWebIdentity",
                // Both by equality: a pattern would let in what begins alike.
                "Condition": { "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": subjects,
                } },
            }],
        })
    };
    let preview = iam::role::Policy::new(iam::role::PolicyRequired {
        policy_name: "preview".into(),
        policy_document: json!({
            "Version": "2012-10-17",
            "Statement": [
                { "Effect": "Allow", "Action": PREVIEW.to_vec(), "Resource": "*" },
                {
                    "Effect": "Allow",
                    "Action": READ.to_vec(),
                    "Resource": ["arn:aws:s3:::formwork-assets-*", "arn:aws:s3:::formwork-assets-*/formwork/*"],
                },
            ],
        })
        .into(),
    });
    let preview =
        iam::Role { policies: some([preview]), ..iam::Role::new(trust(&["pull_request", "ref:refs/heads/main"])) };
    let deploy = trust(&[&format!("environment:{environment}")]);
    let deploy = iam::Role { managed_policy_arns: some([policy]), ..iam::Role::new(deploy) };
    let (preview, deploy) = (stack.add("Preview", preview), stack.add("Deploy", deploy));
    stack.output("PreviewRole", preview.arn());
    stack.output("DeployRole", deploy.arn());
    App::new().with(stack)
}

fn main() -> ExitCode {
    formwork::main(app)
}
