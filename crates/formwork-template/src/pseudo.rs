//! The pseudo parameters: values that CloudFormation predefines for every template.
//!
//! Source: AWS CloudFormation User Guide, "Pseudo parameters reference".

use crate::function::Function;
use crate::value::Val;

/// All pseudo parameters, for checks.
pub const ALL: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// `AWS::AccountId`: the account in which the stack is, twelve digits.
pub fn account_id() -> Val<String> {
    Function::Ref("AWS::AccountId".into()).val()
}

/// `AWS::NoValue`: removes the property it is given to, for use in [`crate::function::if_`].
pub fn no_value<T>() -> Val<T> {
    Function::Ref("AWS::NoValue".into()).val()
}

/// `AWS::NotificationARNs`: the notification topics of the stack.
pub fn notification_arns() -> Val<Vec<Val<String>>> {
    Function::Ref("AWS::NotificationARNs".into()).val()
}

/// `AWS::Partition`: `aws`, `aws-cn` or `aws-us-gov`.
pub fn partition() -> Val<String> {
    Function::Ref("AWS::Partition".into()).val()
}

/// `AWS::Region`: the region's code, e.g. `us-east-1`.
pub fn region() -> Val<String> {
    Function::Ref("AWS::Region".into()).val()
}

/// `AWS::StackId`: the stack's ARN.
pub fn stack_id() -> Val<String> {
    Function::Ref("AWS::StackId".into()).val()
}

/// `AWS::StackName`: the stack's name.
pub fn stack_name() -> Val<String> {
    Function::Ref("AWS::StackName".into()).val()
}

/// `AWS::URLSuffix`: the suffix of a domain, `amazonaws.com` or `amazonaws.com.cn`.
pub fn url_suffix() -> Val<String> {
    Function::Ref("AWS::URLSuffix".into()).val()
}
