//! The names that functions have in a template.

use super::Function;

impl Function {
    /// The key that spells the function in a template; empty for what is not a function of a template ([`Function::Untyped`]).
    pub fn name(&self) -> &'static str {
        match self {
            // Within a stack; another one has it by a parameter.
            Function::Reference(reference) => reference.local().name(),
            Function::Ref(_) => "Ref",
            Function::GetAtt { .. } => "Fn::GetAtt",
            Function::Sub { .. } => "Fn::Sub",
            Function::Join { .. } => "Fn::Join",
            Function::Split { .. } => "Fn::Split",
            Function::Select { .. } => "Fn::Select",
            Function::If { .. } => "Fn::If",
            Function::FindInMap { .. } => "Fn::FindInMap",
            Function::ImportValue(_) => "Fn::ImportValue",
            Function::GetStackOutput { .. } => "Fn::GetStackOutput",
            Function::GetAzs(_) => "Fn::GetAZs",
            Function::Base64(_) => "Fn::Base64",
            Function::Cidr { .. } => "Fn::Cidr",
            Function::Transform { .. } => "Fn::Transform",
            Function::Length(_) => "Fn::Length",
            Function::ToJsonString(_) => "Fn::ToJsonString",
            Function::And(_) => "Fn::And",
            Function::Or(_) => "Fn::Or",
            Function::Not(_) => "Fn::Not",
            Function::Equals(..) => "Fn::Equals",
            Function::Condition(_) => "Condition",
            Function::Contains(..) => "Fn::Contains",
            Function::EachMemberEquals(..) => "Fn::EachMemberEquals",
            Function::EachMemberIn(..) => "Fn::EachMemberIn",
            Function::RefAll(_) => "Fn::RefAll",
            Function::ValueOf(..) => "Fn::ValueOf",
            Function::ValueOfAll(..) => "Fn::ValueOfAll",
            Function::Untyped(_) => "",
        }
    }
}
