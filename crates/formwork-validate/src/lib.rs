//! A template held against the schemas of its resource types and the rules of CloudFormation.
