//! Calls against a scripted server: the requests, the retries, and the words of failures.

#![allow(clippy::unwrap_used, reason = "what cannot go on fails its test")]

mod objects;
mod pages;
mod scripted;

use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use formwork_aws::{Aws, Error, Keys, Options, cloud_control, cloudfront, iam, route_53, ssm, sts};
use scripted::{Reply, Server};

/// An answer: status, further headers, body.
type Scripted = (u16, &'static str, &'static str);

/// A server that gives the answers in their order.
fn server(answers: &[Scripted]) -> Server {
    let answers = Mutex::new(answers.to_vec());
    Server::start(move |_| {
        let mut answers = answers.lock().unwrap();
        let (status, headers, body) =
            if answers.is_empty() { (400, "", "no answer is left") } else { answers.remove(0) };
        Reply::new(status, headers, body)
    })
}

fn run<T>(url: &str, work: impl AsyncFnOnce(&Aws) -> Result<T, Error>) -> Result<T, Error> {
    runtime().block_on(async { work(&login(url).await).await })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn login(url: &str) -> Aws {
    let keys = Keys { access_key_id: "AKID".to_owned(), secret_access_key: "hidden".to_owned() };
    let options = Options { endpoint_url: Some(url.to_owned()), keys: Some(keys), ..Options::default() };
    Aws::load(&options, "ap-northeast-2").await.unwrap()
}

const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account>\
    </GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

#[test]
fn the_protocols_on_the_wire() {
    let server = server(&[
        (200, "", CALLER),
        (200, "", r#"{"ResourceDescription":{"Identifier":"i-1","Properties":"{\"InstanceId\":\"i-1\"}"}}"#),
        (
            200,
            "",
            r#"{"ResourceDescriptions":[{"Identifier":"a","Properties":"{\"Name\":\"x.\"}"}],"NextToken":"more"}"#,
        ),
        (200, "", r#"{"ResourceDescriptions":[{"Identifier":"b"}]}"#),
        (200, "", r#"{"Parameter":{"Name":"/a","Type":"String","Value":"1","Version":3}}"#),
    ]);
    run(&server.url, async |aws| {
        let caller = sts::caller(aws, "ap-northeast-2").await?;
        assert_eq!(
            (caller.account.as_str(), caller.arn.as_str()),
            ("111122223333", "arn:aws:iam::111122223333:user/me")
        );
        let got = cloud_control::get(aws, "ap-northeast-2", "AWS::EC2::Instance", "i-1").await?.unwrap();
        assert_eq!((got.identifier.as_str(), got.properties["InstanceId"].as_str()), ("i-1", Some("i-1")));
        let listed = cloud_control::list(aws, "us-east-1", "AWS::Route53::HostedZone").await?;
        assert_eq!(listed.iter().map(|one| one.identifier.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let parameter = ssm::parameter(aws, "ap-northeast-2", "/a").await?.unwrap();
        assert_eq!((parameter.value.as_str(), parameter.version), ("1", 3));
        assert!(!format!("{parameter:?}").contains("\"1\""));
        Ok(())
    })
    .unwrap();
    insta::assert_snapshot!(server.requests().join("\n\n"));
}

#[test]
fn an_answer_without_an_end_is_not_kept() {
    let long = format!("\"{}\"", "x".repeat(32 << 20));
    for status in [200, 400] {
        let long = long.clone();
        let server = Server::start(move |_| Reply::new(status, "", &long));
        let error = run(&server.url, async |aws| sts::caller(aws, "ap-northeast-2").await).unwrap_err();
        let said = error.to_string().replace(&server.url, "SERVER");
        assert!(said.ends_with("its answer is longer than 32 MiB"), "{said}");
        assert_eq!(server.requests().len(), 1);
    }
}

const ZONE: &str = "<GetHostedZoneResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZone>\
    <Id>/hostedzone/Z1</Id><Name>a.link.</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone>\
    <DelegationSet><NameServers><NameServer>ns-1.awsdns-01.com</NameServer><NameServer>ns-2.awsdns-02.net</NameServer>\
    </NameServers></DelegationSet></GetHostedZoneResponse>";
const RECORDS: &str = "<ListResourceRecordSetsResponse><ResourceRecordSets>\
    <ResourceRecordSet><Name>api.a.link.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2</HostedZoneId>\
    <DNSName>d1.cloudfront.net.</DNSName></AliasTarget></ResourceRecordSet>\
    <ResourceRecordSet><Name>api.a.link.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>\
    <ResourceRecord><Value>&quot;one&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
    <ResourceRecordSet><Name>next.a.link.</Name><Type>A</Type></ResourceRecordSet>\
    </ResourceRecordSets><IsTruncated>false</IsTruncated></ListResourceRecordSetsResponse>";
const NO_ZONE: &str =
    "<ErrorResponse><Error><Code>NoSuchHostedZone</Code><Message>no</Message></Error></ErrorResponse>";
const FIRST_PAGE: &str = "<DistributionList><Items><DistributionSummary><Id>E1</Id><DomainName>d1.cloudfront.net</DomainName>\
    <Aliases><Quantity>1</Quantity><Items><CNAME>api.a.link</CNAME></Items></Aliases>\
    <Origins><Items><Origin><Id>o</Id><DomainName>o.example</DomainName></Origin></Items></Origins></DistributionSummary></Items>\
    <NextMarker>E1</NextMarker></DistributionList>";
const LAST_PAGE: &str = "<DistributionList><Items><DistributionSummary><Origins><Items><Origin><Id>o</Id></Origin></Items></Origins>\
    <Aliases><Quantity>0</Quantity></Aliases><Id>E2</Id><DomainName>d2.cloudfront.net</DomainName></DistributionSummary></Items></DistributionList>";

#[test]
fn sites_are_looked_at() {
    let server = server(&[
        (200, "", ZONE),
        (404, "", NO_ZONE),
        (200, "", RECORDS),
        (200, "", FIRST_PAGE),
        (200, "", LAST_PAGE),
        (
            200,
            "",
            r#"{"InstanceInformationList":[{"PingStatus":"Online","AgentVersion":"3.3","PlatformType":"Linux"}]}"#,
        ),
        (400, "", r#"{"__type":"InvalidInstanceId"}"#),
    ]);
    let mut told = Vec::new();
    run(&server.url, async |aws| {
        let region = "ap-northeast-2";
        told.push(format!("{:?}", route_53::hosted_zone(aws, region, "Z1").await?));
        told.push(format!("{:?}", route_53::hosted_zone(aws, region, "../x").await?));
        told.push(format!("{:?}", route_53::records(aws, region, "Z1", "API.a.link").await?));
        told.push(format!("{:?}", cloudfront::distributions(aws, region).await?));
        told.push(format!("{:?}", ssm::managed_instance(aws, region, "i-1").await?));
        told.push(format!("{:?}", ssm::managed_instance(aws, region, "i-2").await?));
        Ok(())
    })
    .unwrap();
    insta::assert_snapshot!(format!("{}\n\n{}", told.join("\n"), server.requests().join("\n\n")));
}

#[test]
fn absence_is_told_from_failure() {
    let server = server(&[
        (400, "x-amzn-errortype: ResourceNotFoundException\r\n", r#"{"Message":"no"}"#),
        (
            400,
            "",
            r#"{"__type":"com.amazon.cloudapiservice#GeneralServiceException","Message":"x (HandlerErrorCode: NotFound)"}"#,
        ),
        (400, "", r#"{"__type":"ParameterNotFound"}"#),
    ]);
    run(&server.url, async |aws| {
        assert_eq!(cloud_control::get(aws, "us-east-1", "AWS::EC2::Instance", "i-1").await?, None);
        assert_eq!(cloud_control::get(aws, "us-east-1", "AWS::EC2::Instance", "i-1").await?, None);
        assert_eq!(ssm::parameter(aws, "us-east-1", "/a").await?, None);
        Ok(())
    })
    .unwrap();
}

/// The error of a call that gets these answers, its hint and the number of tries.
fn told(answers: &[Scripted]) -> String {
    let server = server(answers);
    let error = run(&server.url, async |aws| sts::caller(aws, "us-east-1").await).unwrap_err();
    let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let calls = server.requests().len();
    format!("{error}{hint}\n{calls} call(s)").replace(&server.url, "[URL]")
}

#[test]
fn an_account_has_an_alias_or_has_not() {
    let alias = "<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases><member>habitpay</member></AccountAliases>\
                 <IsTruncated>false</IsTruncated></ListAccountAliasesResult></ListAccountAliasesResponse>";
    let none = alias.replace("<member>habitpay</member>", "");
    let server = server(&[(200, "", alias), (200, "", none.leak())]);
    run(&server.url, async |aws| {
        assert_eq!(iam::account_alias(aws, "ap-northeast-2").await?.as_deref(), Some("habitpay"));
        assert_eq!(iam::account_alias(aws, "ap-northeast-2").await?, None);
        Ok(())
    })
    .unwrap();
}

/// Answers to the questions about an instance's role.
mod permissions {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/team/site";
    const PROFILE: &str = "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile>\
        <Arn>arn:aws:iam::111122223333:instance-profile/team/profile</Arn><Roles><member><Path>/team/</Path>\
        <Arn>arn:aws:iam::111122223333:role/team/site</Arn></member></Roles></InstanceProfile></GetInstanceProfileResult>\
        </GetInstanceProfileResponse>";
    const EMPTY: &str = "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile>\
        <Arn>arn:aws:iam::111122223333:instance-profile/team/profile</Arn><Roles/></InstanceProfile></GetInstanceProfileResult>\
        </GetInstanceProfileResponse>";
    const NO_PROFILE: &str =
        "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";

    #[test]
    fn the_role_of_a_profile() {
        let server = server(&[(200, "", PROFILE), (200, "", EMPTY), (404, "", NO_PROFILE)]);
        run(&server.url, async |aws| {
            let profile = "arn:aws:iam::111122223333:instance-profile/team/profile";
            assert_eq!(iam::role_of(aws, "eu-central-1", profile).await?.as_deref(), Some(ROLE));
            assert_eq!(iam::role_of(aws, "eu-central-1", profile).await?, None);
            assert_eq!(iam::role_of(aws, "eu-central-1", profile).await?, None);
            Ok(())
        })
        .unwrap();
        insta::assert_snapshot!(server.requests()[0]);
    }

    #[test]
    fn decisions_of_policies() {
        let simulated = |decision: &str| -> &'static str {
            format!(
                "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>\
                 <member><MatchedStatements/><EvalActionName>secretsmanager:GetSecretValue</EvalActionName>\
                 <EvalDecision>{decision}</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult>\
                 </SimulatePrincipalPolicyResponse>"
            )
            .leak()
        };
        let refused = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        let server = server(&[
            (200, "", simulated("allowed")),
            (200, "", simulated("explicitDeny")),
            (200, "", simulated("implicitDeny")),
            (200, "", simulated("perhaps")),
            (403, "", refused),
        ]);
        let mut told = Vec::new();
        run(&server.url, async |aws| {
            for _ in 0..5 {
                let secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-b";
                let decision = iam::decision(aws, "eu-central-1", ROLE, "secretsmanager:GetSecretValue", secret).await;
                told.push(decision.map_or_else(|error| error.to_string(), |it| format!("{it:?}")));
            }
            Ok(())
        })
        .unwrap();
        insta::assert_snapshot!(format!("{}\n\n{}", told.join("\n"), server.requests()[0]));
    }
}

#[test]
fn failures_read_as_those_of_cloudformation_do() {
    let refusal = |code: &str, message: &str| -> &'static str {
        format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>")
            .leak()
    };
    insta::assert_snapshot!(
        [
            told(&[(403, "", refusal("AccessDenied", "User: me is not authorized."))]),
            told(&[(403, "", refusal("ExpiredToken", "The security token included in the request is expired"))]),
            told(&[(400, "", refusal("ValidationError", "no"))]),
            told(&[(404, "", "<html><body>nobody</body></html>")]),
            told(&[(200, "", "hello")]),
            told(&[(200, "", "<A/>")]),
            told(&[(200, "", "<GetCallerIdentityResponse/>")]),
        ]
        .join("\n\n")
    );
}

#[test]
fn what_may_pass_is_tried_again() {
    let throttled =
        "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    let server = server(&[(400, "", throttled), (502, "", "bad gateway"), (0, "", ""), (200, "", CALLER)]);
    let caller = run(&server.url, async |aws| sts::caller(aws, "us-east-1").await).unwrap();
    assert_eq!((caller.account.as_str(), server.requests().len()), ("111122223333", 4));
}

#[test]
fn a_dead_endpoint_is_told_at_once() {
    // A port that was free a moment ago, and on which no server listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let begun = Instant::now();
    let error = run(&format!("http://127.0.0.1:{port}"), async |aws| sts::caller(aws, "us-east-1").await).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

mod lookups {
    use formwork_assembly::lookup::By;
    use formwork_assembly::{Found, Lookup};
    use formwork_aws::lookup::{self, LookupError};

    use super::*;

    fn zone(is_private: bool) -> Lookup {
        let networks = vec!["VPCs".to_owned()];
        let (with, without) = if is_private { (networks, Vec::new()) } else { (Vec::new(), networks) };
        Lookup {
            type_name: "AWS::Route53::HostedZone".to_owned(),
            region: "us-east-1".to_owned(),
            by: By::Properties { equal: [("Name".to_owned(), "a.link.".to_owned())].into(), with, without },
            wanted: vec!["Id".to_owned()],
            location: None,
        }
    }

    fn by_id(type_name: &str, identifier: &str, wanted: &[&str]) -> Lookup {
        Lookup {
            type_name: type_name.to_owned(),
            region: "eu-west-1".to_owned(),
            by: By::Identifier(identifier.to_owned()),
            wanted: wanted.iter().map(|name| (*name).to_owned()).collect(),
            location: None,
        }
    }

    fn answered(lookup: &Lookup, answers: &[Scripted]) -> Result<Found, LookupError> {
        let server = server(answers);
        let mut result = None;
        run(&server.url, async |aws| {
            result = Some(lookup::resolve(aws, lookup).await);
            Ok(())
        })
        .unwrap();
        result.unwrap()
    }

    const ZONES: Scripted = (
        200,
        "",
        r#"{"ResourceDescriptions":[
            {"Identifier":"Z1","Properties":"{\"Id\":\"Z1\",\"Name\":\"a.link.\"}"},
            {"Identifier":"Z2","Properties":"{\"Id\":\"Z2\",\"Name\":\"b.link.\"}"},
            {"Identifier":"Z3","Properties":"{\"Id\":\"Z3\"}"}]}"#,
    );
    const Z1: Scripted =
        (200, "", r#"{"ResourceDescription":{"Identifier":"Z1","Properties":"{\"Id\":\"Z1\",\"Name\":\"a.link.\"}"}}"#);
    const Z3: Scripted = (
        200,
        "",
        r#"{"ResourceDescription":{"Identifier":"Z3","Properties":"{\"Id\":\"Z3\",\"Name\":\"a.link.\",\"VPCs\":[{\"VPCId\":\"vpc-1\"}]}"}}"#,
    );
    const Z3_PUBLIC: Scripted =
        (200, "", r#"{"ResourceDescription":{"Identifier":"Z3","Properties":"{\"Id\":\"Z3\",\"Name\":\"a.link.\"}"}}"#);

    #[test]
    fn exactly_one_is_found() {
        assert_eq!(answered(&zone(false), &[ZONES, Z1, Z3]).unwrap().text("Id"), Some("Z1"));
        assert_eq!(answered(&zone(true), &[ZONES, Z1, Z3]).unwrap().text("Id"), Some("Z3"));
        let list = Lookup {
            type_name: "AWS::EC2::PrefixList".to_owned(),
            by: By::Properties {
                equal: [("PrefixListName".to_owned(), "x".to_owned())].into(),
                with: Vec::new(),
                without: Vec::new(),
            },
            wanted: vec!["PrefixListId".to_owned()],
            ..zone(false)
        };
        // Its answer alone is enough: `GetResource` would fail.
        let listed = (
            200,
            "",
            r#"{"ResourceDescriptions":[{"Identifier":"pl-1","Properties":"{\"PrefixListId\":\"pl-1\",\"PrefixListName\":\"x\"}"}]}"#,
        );
        assert_eq!(answered(&list, &[listed]).unwrap().text("PrefixListId"), Some("pl-1"));
        let instance = by_id("AWS::EC2::Instance", "i-1", &["PublicDnsName", "VpcId"]);
        let described = (
            200,
            "",
            r#"{"ResourceDescription":{"Identifier":"i-1","Properties":"{\"VpcId\":\"vpc-1\",\"PublicDnsName\":\"\",\"State\":{}}"}}"#,
        );
        let found = answered(&instance, &[described]).unwrap();
        assert_eq!(found.to_json()["values"].to_string(), r#"{"PublicDnsName":null,"VpcId":"vpc-1"}"#);
    }

    #[test]
    fn none_two_and_secrets_are_told_with_the_command() {
        let not_found = (400, "", r#"{"__type":"ResourceNotFoundException","Message":"no"}"#);
        let told = |lookup: &Lookup, answers: &[Scripted]| {
            let error = answered(lookup, answers).unwrap_err();
            format!("{error}\nhint: {}", error.hint().unwrap_or_default())
        };
        let parameter = by_id("AWS::SSM::Parameter", "/a b", &["Value"]);
        let secret = (200, "", r#"{"Parameter":{"Type":"SecureString","Value":"AQICAH"}}"#);
        insta::assert_snapshot!(
            [
                told(&zone(true), &[ZONES, Z1, not_found]),
                told(&zone(false), &[ZONES, Z1, Z3_PUBLIC]),
                told(&by_id("AWS::EC2::Instance", "i-1", &["VpcId"]), &[not_found]),
                told(&parameter, &[(400, "", r#"{"__type":"ParameterNotFound"}"#)]),
                told(&parameter, &[secret]),
                told(&parameter, &[(400, "", r#"{"__type":"AccessDeniedException","Message":"no"}"#)]),
            ]
            .join("\n\n")
        );
    }
}

#[test]
fn a_deletion_of_cloud_control() {
    use formwork_model::service::Deletion;
    let server = server(&[
        (200, "", r#"{"ProgressEvent":{"OperationStatus":"IN_PROGRESS","RequestToken":"t-1"}}"#),
        (200, "", r#"{"ProgressEvent":{"OperationStatus":"SUCCESS","RequestToken":"t-1"}}"#),
        (
            200,
            "",
            r#"{"ProgressEvent":{"OperationStatus":"FAILED","ErrorCode":"ResourceConflict","StatusMessage":"in use","RequestToken":"t-2"}}"#,
        ),
        (200, "", r#"{"ProgressEvent":{"OperationStatus":"FAILED","ErrorCode":"NotFound","RequestToken":"t-3"}}"#),
        (400, "", r#"{"__type":"com.amazon.cloudapiservice#ResourceNotFoundException","message":"gone"}"#),
        (200, "", r#"{"ProgressEvent":{}}"#),
    ]);
    run(&server.url, async |aws| {
        let delete = || cloud_control::delete(aws, "us-east-1", "AWS::SQS::Queue", "q", "run-1");
        let token = "t-1".to_owned();
        assert_eq!(delete().await?, Deletion::InProgress { token });
        assert_eq!(cloud_control::request_status(aws, "us-east-1", "t-1").await?, Deletion::Done);
        let (code, message) = ("ResourceConflict".to_owned(), "in use".to_owned());
        assert_eq!(delete().await?, Deletion::Failed { code, message });
        // A caller that asks again after the resource is gone has its result.
        assert_eq!(delete().await?, Deletion::Done);
        assert_eq!(delete().await?, Deletion::Done);
        assert!(matches!(delete().await, Err(Error::Incomplete { field: "OperationStatus", .. })));
        Ok(())
    })
    .unwrap();
    let first = server.requests().remove(0);
    assert!(first.contains("CloudApiService.DeleteResource"), "{first}");
    assert!(first.contains(r#""ClientToken":"run-1""#), "{first}");
}
