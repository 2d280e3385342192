//! The AWS CLI's usual ways, as transcripts: what was typed, and everything that was printed.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use insta::assert_snapshot;
use serde_json::{Value, json};
use support::{Engine, Program, paths, tempdir};
use tempfile::TempDir;

/// Somebody at a prompt.
struct Prompt {
    engine: Engine,
    folder: TempDir,
    transcript: String,
    /// When each stack was deployed last, in seconds.
    deployed: BTreeMap<String, u64>,
}

impl Prompt {
    fn new(faults: &Value) -> Self {
        let mut all = json!({ "seed": 1 });
        all.as_object_mut().unwrap().extend(faults.as_object().unwrap().clone());
        Prompt::on(Engine::with_faults(&all))
    }

    fn on(engine: Engine) -> Self {
        Prompt { engine, folder: tempdir(), transcript: String::new(), deployed: BTreeMap::new() }
    }

    fn file(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Types `aws …`.
    fn aws(&mut self, arguments: &str) {
        let words = words(arguments);
        let run = self
            .engine
            .client(Program::new(paths::python_program("aws")))
            .args(&words)
            .env("AWS_DEFAULT_OUTPUT", "json")
            .current_dir(self.folder.path())
            .call(self.engine.url(), "[URL]")
            .call(self.folder.path().display(), "[FOLDER]")
            .run();
        self.transcript += &format!("$ aws {arguments}\n{}\n", run.shown());
    }

    fn cloudformation(&mut self, arguments: &str) {
        self.aws(&format!("cloudformation {arguments}"));
    }

    /// The AWS CLI names its change sets by the second; two of a stack in one second would be one name.
    fn deploy(&mut self, stack: &str, arguments: &str) {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if self.deployed.get(stack) == Some(&now().as_secs()) {
            std::thread::sleep(Duration::from_millis(u64::from(1_000 - now().subsec_millis())));
        }
        self.cloudformation(&format!("deploy --stack-name {stack} {arguments}"));
        self.deployed.insert(stack.to_owned(), now().as_secs());
    }

    /// Asks how the last detection of drift went, whose id only the engine knows.
    fn drift_status(&mut self, stack: &str) {
        let id = self.engine.python(
            "
found = client('cloudformation').detect_stack_drift(StackName=arguments[0])
answer(found['StackDriftDetectionId'])
",
            &[stack],
        );
        let query = "[DetectionStatus,StackDriftStatus,DriftedStackResourceCount]";
        let id = id.as_str().unwrap();
        self.cloudformation(&format!(
            "describe-stack-drift-detection-status --stack-drift-detection-id {id} --query {query}"
        ));
        self.transcript = self.transcript.replace(id, "[UUID]");
    }
}

/// A line as a shell would take it apart; single quotes only.
fn words(line: &str) -> Vec<String> {
    let outside_and_inside = line.split('\'').enumerate();
    let mut words: Vec<String> = Vec::new();
    for (place, part) in outside_and_inside {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

const TOPIC: &str = "\
Description: one topic
Parameters:
  Name: {Type: String, Default: one, AllowedValues: [one, two, three]}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Name}
Outputs:
  Name: {Value: !GetAtt Topic.TopicArn, Export: {Name: !Sub '${AWS::StackName}-name'}}
";

const ROLE: &str = "\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
";

const BROKEN: &str = "\
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Broken: {Type: AWS::SNS::Topic, DependsOn: Topic}
";

fn broken() -> Value {
    let fault = |id: &str, at: &str| json!({ "logicalId": id, "at": at, "reason": "it was told to" });
    json!({ "resources": [fault("Broken", "create"), fault("Stuck", "rollback"), fault("Undeletable", "delete")] })
}

/// More than a call can hold.
fn long() -> String {
    let topic = |number: usize| {
        format!("  T{number}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {:x>150}}}}}\n", number)
    };
    format!("Resources:\n{}", (0..300).map(topic).collect::<String>())
}

#[test]
fn deploy() {
    let mut at = Prompt::new(&json!({}));
    at.file("topic.yaml", TOPIC);
    at.aws("sts get-caller-identity");
    at.deploy("site", "--template-file topic.yaml --tags team=web");
    at.deploy("site", "--template-file topic.yaml");
    at.deploy("site", "--template-file topic.yaml --fail-on-empty-changeset");
    at.deploy("site", "--template-file topic.yaml --parameter-overrides Name=two");
    at.deploy("site", "--template-file topic.yaml --parameter-overrides Name=four");
    at.deploy("site", "--template-file topic.yaml --parameter-overrides Name=three --no-execute-changeset");
    at.cloudformation("describe-stacks --stack-name site");
    at.cloudformation("list-change-sets --stack-name site --query 'Summaries[].[Status,ExecutionStatus,StatusReason]'");
    assert_snapshot!(at.transcript);
}

#[test]
fn deploy_that_is_refused_or_fails() {
    let mut at = Prompt::new(&broken());
    at.file("topic.yaml", TOPIC);
    at.file("role.yaml", ROLE);
    at.file("broken.yaml", BROKEN);
    at.deploy("role", "--template-file role.yaml");
    at.deploy("broken", "--template-file broken.yaml");
    at.deploy("left", "--template-file broken.yaml --disable-rollback");
    at.deploy("role", "--template-file role.yaml --capabilities CAPABILITY_IAM");
    at.cloudformation(
        "describe-stack-events --stack-name broken --output text --query 'StackEvents[].[LogicalResourceId,ResourceStatus,ResourceStatusReason]'",
    );
    at.deploy("broken", "--template-file topic.yaml");
    at.cloudformation("describe-events --stack-name left --filters FailedEvents=true --output text --query 'OperationEvents[].[EventType,LogicalResourceId,ResourceStatusReason]'");
    at.cloudformation("rollback-stack --stack-name left");
    at.cloudformation("list-stacks --output text --query 'StackSummaries[].[StackName,StackStatus]'");
    assert_snapshot!(at.transcript);
}

#[test]
fn deploy_of_a_long_template() {
    let mut at = Prompt::new(&json!({}));
    at.file("long.yaml", &long());
    at.deploy("long", "--template-file long.yaml");
    at.deploy("long", "--template-file long.yaml --s3-bucket templates --s3-prefix of/long");
    at.deploy("long", "--template-file long.yaml --s3-bucket templates --s3-prefix of/long");
    at.cloudformation("list-stacks --output text --query 'StackSummaries[].[StackName,StackStatus]'");
    assert_snapshot!(at.transcript);
}

/// The usual steps with change sets by hand, and the ways out for a stack that is stuck.
#[test]
fn change_sets_drift_and_ways_out() {
    let mut faults = broken();
    faults["drift"] = json!([{ "stack": "site", "logicalId": "Topic", "property": "DisplayName", "value": "by hand" }]);
    let mut at = Prompt::new(&faults);
    at.file("topic.yaml", TOPIC);
    at.file("broken.yaml", BROKEN);
    at.file("stuck.yaml", "Resources:\n  Stuck: {Type: AWS::SNS::Topic, Properties: {DisplayName: a}}\n");
    at.file(
        "stuck-and-broken.yaml",
        "Resources:\n  Stuck: {Type: AWS::SNS::Topic, Properties: {DisplayName: b}}\n  Broken: {Type: AWS::SNS::Topic, DependsOn: Stuck}\n",
    );
    at.file("undeletable.yaml", "Resources:\n  Undeletable: {Type: AWS::SNS::Topic}\n");
    let status = "--query 'Stacks[0].[StackStatus,StackStatusReason]' --output text";

    // A draft, and one that fails to be made.
    let draft = "create-change-set --stack-name site --template-body file://topic.yaml --change-set-type CREATE";
    at.cloudformation(&format!("{draft} --change-set-name draft"));
    at.cloudformation("wait change-set-create-complete --stack-name site --change-set-name draft");
    at.cloudformation("wait stack-exists --stack-name site");
    at.cloudformation(&format!("describe-stacks --stack-name site {status}"));
    at.cloudformation(
        "list-change-sets --stack-name site --query 'Summaries[].[ChangeSetName,Status,ExecutionStatus]'",
    );
    at.cloudformation("delete-change-set --stack-name site --change-set-name draft");
    at.cloudformation("describe-change-set --stack-name site --change-set-name draft");
    at.cloudformation(&format!("{draft} --change-set-name again"));
    at.cloudformation("execute-change-set --stack-name site --change-set-name again");
    at.cloudformation("wait stack-create-complete --stack-name site");
    at.cloudformation("execute-change-set --stack-name site --change-set-name again");
    at.cloudformation("create-change-set --stack-name site --use-previous-template --change-set-name same");
    at.cloudformation("wait change-set-create-complete --stack-name site --change-set-name same");
    at.cloudformation("delete-change-set --stack-name site --change-set-name same");
    at.cloudformation("list-change-sets --stack-name site");

    // Drift.
    at.cloudformation("detect-stack-drift --stack-name site");
    at.drift_status("site");
    at.cloudformation("detect-stack-resource-drift --stack-name site --logical-resource-id Topic --query StackResourceDrift.PropertyDifferences");
    at.cloudformation("describe-stack-drift-detection-status --stack-drift-detection-id nothing");

    // Creations that fail.
    let create = "create-stack --template-body file://broken.yaml";
    at.cloudformation(&format!("{create} --stack-name gone --on-failure DELETE"));
    at.cloudformation("list-stacks --stack-status-filter DELETE_COMPLETE --output text --query 'StackSummaries[].[StackName,StackStatus]'");
    at.cloudformation(&format!("{create} --stack-name kept --on-failure DO_NOTHING"));
    at.cloudformation("wait stack-create-complete --stack-name kept");
    at.cloudformation(&format!("describe-stacks --stack-name kept {status}"));
    at.cloudformation("rollback-stack --stack-name kept");
    at.cloudformation(&format!("describe-stacks --stack-name kept {status}"));
    at.cloudformation("rollback-stack --stack-name kept");
    at.cloudformation(&format!("{create} --stack-name both --on-failure DELETE --disable-rollback"));

    // A rollback that is stuck.
    at.cloudformation("create-stack --stack-name stuck --template-body file://stuck.yaml");
    at.cloudformation("update-stack --stack-name stuck --template-body file://stuck-and-broken.yaml");
    at.cloudformation("wait stack-update-complete --stack-name stuck");
    at.cloudformation("continue-update-rollback --stack-name stuck");
    at.cloudformation(&format!("describe-stacks --stack-name stuck {status}"));
    at.cloudformation("continue-update-rollback --stack-name stuck --resources-to-skip Nobody");
    at.cloudformation("continue-update-rollback --stack-name stuck --resources-to-skip Stuck");
    at.cloudformation("wait stack-rollback-complete --stack-name stuck");
    at.cloudformation(&format!("describe-stacks --stack-name stuck {status}"));
    at.cloudformation("continue-update-rollback --stack-name stuck");

    // A deletion that is stuck, or forbidden.
    at.cloudformation("create-stack --stack-name held --template-body file://undeletable.yaml");
    at.cloudformation("update-termination-protection --stack-name held --enable-termination-protection");
    at.cloudformation("delete-stack --stack-name held");
    at.cloudformation("update-termination-protection --stack-name held --no-enable-termination-protection");
    at.cloudformation("delete-stack --stack-name held --deletion-mode FORCE_DELETE_STACK");
    at.cloudformation("delete-stack --stack-name held");
    at.cloudformation("wait stack-delete-complete --stack-name held");
    at.cloudformation("delete-stack --stack-name held --deletion-mode FORCE_DELETE_STACK");
    at.cloudformation("wait stack-delete-complete --stack-name held");
    at.cloudformation("update-termination-protection --stack-name held --enable-termination-protection");
    assert_snapshot!(at.transcript);
}

#[test]
fn the_life_of_a_stack_step_by_step() {
    let mut at = Prompt::new(&broken());
    at.file("topic.yaml", TOPIC);
    at.file("role.yaml", ROLE);
    at.file(
        "user.yaml",
        "Resources:\n  User: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue site-name}}\n",
    );
    at.file("stuck.yaml", "Resources:\n  Stuck: {Type: AWS::SNS::Topic, Properties: {DisplayName: a}}\n");
    at.file(
        "stuck-and-broken.yaml",
        "Resources:\n  Stuck: {Type: AWS::SNS::Topic, Properties: {DisplayName: b}}\n  Broken: {Type: AWS::SNS::Topic, DependsOn: Stuck}\n",
    );
    at.file("undeletable.yaml", "Resources:\n  Undeletable: {Type: AWS::SNS::Topic}\n");

    at.cloudformation("validate-template --template-body file://topic.yaml");
    at.cloudformation("validate-template --template-body '{\"Resources\": {\"A\": {\"Type\": \"AWS::No::Such\"}}}'");
    at.cloudformation("get-template-summary --template-body file://role.yaml");
    at.cloudformation("create-stack --stack-name site --template-body file://topic.yaml --enable-termination-protection --client-request-token first");
    at.cloudformation("wait stack-create-complete --stack-name site");
    at.cloudformation("create-stack --stack-name site --template-body file://topic.yaml");
    at.cloudformation("describe-stack-events --stack-name site --max-items 2");
    at.cloudformation("list-stack-resources --stack-name site");
    at.cloudformation("describe-stack-resources --stack-name site --query StackResources[].ResourceStatus");
    at.cloudformation("describe-stack-resource --stack-name site --logical-resource-id Topic");
    at.cloudformation("get-template --stack-name site");

    at.cloudformation("create-change-set --stack-name site --change-set-name second --use-previous-template --parameters ParameterKey=Name,ParameterValue=two --description 'the second name'");
    at.cloudformation("wait change-set-create-complete --stack-name site --change-set-name second");
    at.cloudformation("describe-change-set --stack-name site --change-set-name second --include-property-values");
    at.cloudformation("execute-change-set --stack-name site --change-set-name second");
    at.cloudformation("wait stack-update-complete --stack-name site");
    at.cloudformation(
        "update-stack --stack-name site --use-previous-template --parameters ParameterKey=Name,UsePreviousValue=true",
    );
    at.cloudformation(
        "update-stack --stack-name site --use-previous-template --parameters ParameterKey=Name,ParameterValue=three",
    );

    at.cloudformation("create-stack --stack-name user --template-body file://user.yaml");
    at.cloudformation("list-exports");
    at.cloudformation("list-imports --export-name site-name");
    at.cloudformation("detect-stack-drift --stack-name site");
    at.cloudformation("describe-stack-resource-drifts --stack-name site");
    at.cloudformation("describe-stacks --stack-name site --query Stacks[0].DriftInformation.StackDriftStatus");

    at.cloudformation("delete-stack --stack-name site");
    at.cloudformation("update-termination-protection --stack-name site --no-enable-termination-protection");
    at.cloudformation("delete-stack --stack-name user");
    at.cloudformation("delete-stack --stack-name site");
    at.cloudformation("wait stack-delete-complete --stack-name site");
    at.cloudformation("describe-stacks --stack-name site");

    at.cloudformation("create-stack --stack-name stuck --template-body file://stuck.yaml");
    at.cloudformation("update-stack --stack-name stuck --template-body file://stuck-and-broken.yaml");
    at.cloudformation("describe-stacks --stack-name stuck --query Stacks[0].[StackStatus,StackStatusReason]");
    at.cloudformation("cancel-update-stack --stack-name stuck");
    at.cloudformation("continue-update-rollback --stack-name stuck --resources-to-skip Stuck");
    at.cloudformation("wait stack-rollback-complete --stack-name stuck");
    at.cloudformation("wait stack-rollback-complete --stack-name stuck");

    at.cloudformation("create-stack --stack-name undeletable --template-body file://undeletable.yaml");
    at.cloudformation("delete-stack --stack-name undeletable --retain-resources Undeletable");
    at.cloudformation("delete-stack --stack-name undeletable");
    at.cloudformation("describe-stacks --stack-name undeletable --query Stacks[0].[StackStatus,StackStatusReason]");
    at.cloudformation("delete-stack --stack-name undeletable --retain-resources Undeletable");
    at.cloudformation("list-stacks --output text --query 'StackSummaries[].[StackName,StackStatus]'");
    at.cloudformation("list-types");
    assert_snapshot!(at.transcript);
}

#[test]
fn nested_stacks_packaged_and_not() {
    let mut at = Prompt::new(&json!({}));
    at.file("child.yaml", TOPIC);
    at.file(
        "parent.yaml",
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: child.yaml, Parameters: {Name: two}}\nOutputs:\n  Name: {Value: !GetAtt Child.Outputs.Name}\n",
    );
    at.file(
        "direct.yaml",
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: 'https://templates.s3.us-east-1.amazonaws.com/by/hand/child.yaml'}\n",
    );
    at.cloudformation("package --template-file parent.yaml --s3-bucket templates --output-template-file packaged.yaml");
    at.cloudformation("deploy --stack-name packaged --template-file packaged.yaml");
    at.cloudformation("describe-stacks --query 'Stacks[].[StackName,StackStatus,ParentId!=null,Outputs[0].OutputKey]'");

    at.aws("s3 cp child.yaml s3://templates/by/hand/child.yaml --no-progress");
    at.aws("s3api head-object --bucket templates --key by/hand/child.yaml --query ContentLength");
    at.aws("s3 cp s3://templates/by/hand/child.yaml back.yaml --no-progress");
    assert_eq!(fs::read_to_string(at.folder.path().join("back.yaml")).unwrap(), TOPIC);
    at.cloudformation("deploy --stack-name direct --template-file direct.yaml");
    at.cloudformation("delete-stack --stack-name packaged");
    at.cloudformation("describe-stacks --query 'Stacks[].[StackStatus,ParentId!=null]'");

    at.aws("s3api put-object --bucket templates --key again.yaml --body child.yaml");
    at.cloudformation(
        "create-stack --stack-name url --template-url https://s3.us-east-1.amazonaws.com/templates/again.yaml",
    );
    at.aws("s3api delete-object --bucket templates --key again.yaml");
    at.cloudformation(
        "create-stack --stack-name gone --template-url https://s3.us-east-1.amazonaws.com/templates/again.yaml",
    );
    at.aws("s3api get-object --bucket templates --key again.yaml back.yaml");
    at.aws("sns list-topics");
    assert_snapshot!(at.transcript);
}

/// Types of which `generate` makes Rust types are deployed by other clients too.
#[test]
fn types_of_a_users_own() {
    let schemas = tempdir();
    let vault = json!({
        "typeName": "Acme::Storage::Vault",
        "properties": { "Name": { "type": "string" }, "Mode": { "enum": ["OPEN", "SEALED"] }, "Arn": { "type": "string" } },
        "required": ["Name"],
        "createOnlyProperties": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/Arn"],
    });
    fs::write(schemas.path().join("vault.json"), vault.to_string()).unwrap();
    let mut at = Prompt::on(Engine::with(&["--schemas", &schemas.path().display().to_string()]));
    let template = |properties: &str| {
        format!(
            "Resources:\n  V: {{Type: Acme::Storage::Vault, Properties: {properties}}}\nOutputs: {{Arn: {{Value: !GetAtt V.Arn}}}}\n"
        )
    };
    at.file("one.yaml", &template("{Name: keep, Mode: OPEN}"));
    at.file("two.yaml", &template("{Name: store, Mode: OPEN}"));
    at.file("wrong.yaml", &template("{Name: keep, Mode: AJAR}"));
    at.cloudformation("deploy --stack-name vaults --template-file one.yaml");
    at.cloudformation("describe-stacks --stack-name vaults --query Stacks[].Outputs[].OutputValue");
    at.cloudformation(
        "create-change-set --stack-name vaults --change-set-name c --template-body file://two.yaml --query not",
    );
    at.cloudformation("describe-change-set --stack-name vaults --change-set-name c --query Changes[].ResourceChange.[LogicalResourceId,Replacement]");
    at.cloudformation("deploy --stack-name vaults --template-file wrong.yaml");
    assert_snapshot!(at.transcript);
}

#[test]
fn the_store() {
    let mut at = Prompt::new(&json!({}));
    at.file("child.yaml", TOPIC);
    at.file("with space.yaml", ROLE);
    at.file(
        "parameter.yaml",
        "Resources:\n  P: {Type: AWS::SSM::Parameter, Properties: {Name: /site/p, Type: StringList, Value: 'a,b'}}\n",
    );
    at.aws("s3 mb s3://templates");
    at.aws("s3 cp child.yaml s3://templates/ --no-progress");
    at.aws("s3 cp child.yaml s3://templates/by/hand/child.yaml --no-progress");
    at.aws("s3 cp 'with space.yaml' 's3://templates/by/hand/ü & co.yaml' --no-progress");
    at.aws("s3 cp child.yaml s3://never-made/child.yaml --no-progress");
    at.aws("s3api list-buckets --query Buckets[].Name");
    at.aws("s3api list-objects-v2 --bucket templates --query Contents[].[Key,Size,StorageClass]");
    at.aws("s3api list-objects-v2 --bucket templates --page-size 1 --query 'Contents[].Key'");
    at.aws("s3api list-objects-v2 --bucket templates --max-keys 1 --query '[KeyCount,IsTruncated]' --no-paginate");
    at.aws("s3api list-objects --bucket templates --page-size 2 --query 'Contents[].Key'");
    at.aws("s3api list-objects-v2 --bucket templates --prefix by/ --delimiter / --query '[CommonPrefixes,Contents]'");
    at.aws("s3 rb s3://templates");
    at.aws("s3 cp s3://templates back --recursive --no-progress --quiet");
    assert_eq!(fs::read_to_string(at.folder.path().join("back/by/hand/ü & co.yaml")).unwrap(), ROLE);
    // Conditions of a request are held, or refused by name.
    at.aws("s3api put-object --bucket templates --key child.yaml --body child.yaml --if-none-match '*'");
    at.aws("s3api put-object --bucket templates --key child.yaml --body child.yaml --if-match '\"other\"'");
    at.aws("s3api put-object --bucket templates --key no.yaml --body child.yaml --if-match '\"other\"'");
    at.aws("s3api get-object --bucket templates --key child.yaml --range bytes=0-1 back.yaml --query [ContentLength,ContentRange,ETag]");
    at.aws("s3api get-object --bucket templates --key child.yaml --if-match '\"other\"' back.yaml");
    at.aws("s3api head-object --bucket templates --key child.yaml --if-modified-since 2026-01-01");
    at.aws("s3api copy-object --bucket templates --key copy.yaml --copy-source templates/child.yaml");
    at.aws("s3 rm s3://templates/child.yaml");
    // What `rb --force` deletes, it deletes at once, in any order: there is to be one object left.
    at.aws("s3 rm 's3://templates/by/hand/ü & co.yaml'");
    at.aws("s3 rb s3://templates --force");
    at.aws("s3api list-buckets --query Buckets[].Name");
    at.aws("s3 ls s3://templates");
    at.aws("s3api head-bucket --bucket templates");
    at.aws("s3api head-bucket --bucket templates --expected-bucket-owner 111111111111");
    at.aws("s3api get-bucket-location --bucket templates --region eu-west-1");
    at.aws("s3api get-bucket-encryption --bucket templates");
    at.aws("s3api get-bucket-versioning --bucket templates");
    at.aws("s3api list-object-versions --bucket templates");
    at.aws(&format!("s3api head-bucket --bucket {}", "x".repeat(64)));

    at.cloudformation("deploy --stack-name parameter --template-file parameter.yaml");
    at.aws("ssm get-parameter --name /site/p --query Parameter.[ARN,DataType,Name,Type,Value,Version]");
    at.aws("ssm get-parameter --name /site/p:2");
    at.aws("ssm get-parameter --name /site/p --region eu-west-1");
    at.aws("ssm get-parameters --names /site/p");
    assert_snapshot!(at.transcript);
}
