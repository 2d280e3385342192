//! t
#![allow(clippy::unwrap_used)]
use formwork_diff::*;
use formwork_template::Template;
use serde_json::{Value, json};
#[test]
fn zz() {
    let make = |x: &str| {
        let mut r = json!({});
        for i in 0..125 {
            r[format!("Role{i}")] = json!({"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}}});
            r[format!("Pol{i}")] = json!({"Type":"AWS::IAM::Policy","Properties":{"PolicyName":"p","Roles":[{"Ref":format!("Role{i}")}],"PolicyDocument":{"Statement":[{"Effect":"Allow","Resource":[{"Fn::Sub":"${T.Arn}/*"},format!("arn:{i}")],"Action":["s3:Get*","s3:List*",format!("s3:Put{x}")]},{"Fn::If":[format!("C{}",i%9),{"Effect":"Allow","Action":"a:b","Resource":"*"},{"Ref":"AWS::NoValue"}]}]}}});
            r[format!("Sg{i}")] = json!({"Type":"AWS::EC2::SecurityGroup","Properties":{"SecurityGroupIngress":[{"IpProtocol":"tcp","FromPort":i,"ToPort":if x=="a" {i} else {i+1},"CidrIp":"10.0.0.0/8"}]}});
            r[format!("F{i}")] = json!({"Type":"AWS::Lambda::Function","Properties":{"Code":{"S3Bucket":"b","S3Key":x},"Environment":{"Variables":{"A":"B","C":{"Ref":"D"}}}}});
        }
        Template::from_json(&json!({"Resources":r}).to_string()).unwrap()
    };
    let (a, b) = (make("a"), make("b"));
    let t = std::time::Instant::now();
    let d = Diff::between(Some(&a), &b, &Registry::new());
    println!("{} {:?}", d.broadening.len(), t.elapsed());
    let t = std::time::Instant::now();
    let d = Diff::between(Some(&a), &a, &Registry::new());
    println!("{} {:?}", d.broadening.len(), t.elapsed());
}
