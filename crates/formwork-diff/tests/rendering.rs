//! What people see: two literal templates, the whole text.

use formwork_diff::{Diff, RenderOptions, render};
use formwork_template::Template;

pub(crate) fn template(text: &str) -> Template {
    Template::from_json(text).unwrap()
}

#[test]
fn demo() {
    let before = template(
        r##"{
      "Description": "the site",
      "Parameters": {"Env": {"Type": "String", "Default": "dev"}},
      "Resources": {
        "Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "api.habitpay.link", "ValidationMethod": "DNS", "Tags": [{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
           "Aliases": ["api.habitpay.link", "old.habitpay.link"], "Enabled": true, "HttpVersion": "http2", "ViewerCertificate": {"AcmCertificateArn": {"Ref": "Certificate"}, "MinimumProtocolVersion": "TLSv1.2_2021"},
           "Origins": [{"Id": "instance", "DomainName": "ec2-3-34-56-78.ap-northeast-2.compute.amazonaws.com", "CustomOriginConfig": {"HTTPPort": 80, "OriginProtocolPolicy": "http-only"}}]
        }}},
        "Instance": {"Type": "AWS::EC2::Instance", "UpdateReplacePolicy": "Retain", "Properties": {"ImageId": "ami-1", "UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\nset -e\napt-get update\napt-get install -y nginx\nsystemctl start nginx\necho ${AWS::Region}\n"}}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "web", "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}]}},
        "Logs": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": "logs"}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}
      },
      "Outputs": {"Url": {"Value": "https://api.habitpay.link"}, "Old": {"Value": {"Fn::GetAtt": ["Distribution", "DomainName"]}}}
    }"##,
    );
    let after = template(
        r##"{
      "Parameters": {"Env": {"Type": "String", "Default": "prod"}, "New": {"Type": "String"}},
      "Resources": {
        "Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "www.habitpay.link", "ValidationMethod": "DNS", "Tags": [{"Key":"b","Value":"3"},{"Key":"a","Value":"1"},{"Key":"c","Value":"1"}]}},
        "Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {
           "Aliases": ["api.habitpay.link", "www.habitpay.link", "x.habitpay.link"], "Enabled": "true", "HttpVersion": "http2and3", "ViewerCertificate": {"AcmCertificateArn": {"Ref": "Certificate"}, "MinimumProtocolVersion": "TLSv1.2_2021"},
           "Origins": [{"Id": "instance", "DomainName": "ec2-3-34-56-79.ap-northeast-2.compute.amazonaws.com", "CustomOriginConfig": {"HTTPPort": "80", "OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}}]
        }}, "Metadata": {"why": "because"}},
        "AliasA": {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "api.habitpay.link", "Type": "A"}},
        "Instance": {"Type": "AWS::EC2::Instance", "UpdateReplacePolicy": "Retain", "Properties": {"ImageId": "ami-2", "UserData": {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\nset -eu\napt-get update\napt-get install -y nginx\nsystemctl start nginx\necho ${AWS::Region}\necho done\n"}}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}, {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "web", "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}, {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}]}}
      },
      "Outputs": {"Url": {"Value": "https://www.habitpay.link"}, "Name": {"Value": {"Fn::GetAtt": ["Distribution", "DomainName"]}}}
    }"##,
    );
    let diff = Diff::between(Some(&before), &after);
    println!("{}\n{}", render(&diff, &RenderOptions::default()), diff.totals());
    println!("=====\n{}", render(&Diff::between(None, &after), &RenderOptions::default()));
}
