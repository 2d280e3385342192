//! The embedded engine, as clients see it that nobody here wrote: [`boto3`] and the AWS CLI ([`aws_cli`]); the CDK's command line
//! is in [`crate::cdk_cli`]. [`beside_ministack`] holds it beside another server, [`store`] gives its store long objects, [`wire`] sends
//! it what no client would.
//!
//! Every answer that Python gets is held against AWS's model of the API (`tests/support/judge.py`).

mod aws_cli;
mod beside_ministack;
mod boto3;
mod store;
mod wire;
