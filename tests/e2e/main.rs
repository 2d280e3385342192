//! Deploys to a CloudFormation server that nobody here wrote, and looks at what is there through AWS's own SDK.
//!
//! [`life`] is the whole life of habitpay's stacks; [`refused`] is what cannot be done and how it is told; [`cdk_cli`] has
//! the CDK's command line read our cloud assembly; [`engine`] has the embedded engine fail on purpose; [`asking`] has a person at a
//! terminal, [`watching`] what that person sees and [`approval`] what is lost; [`assets`] ships contents, [`assets_killed`] is killed while it does; [`nested`] opens nested stacks; [`in_use`] is what other stacks still use, [`foreseen`] what CloudFormation would refuse half-way; [`review_page`] opens a preview in a browser, `interrupted` presses Ctrl-C at a server that is silent, [`printed`] runs the commands that failures print, [`reviewed`] executes a plan of another run; `many` has
//! many stacks and few open files; [`clients`] has clients that
//! nobody here wrote call it. The snapshots hold the whole output of each command.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod approval;
mod asking;
mod assets;
#[cfg(unix)]
mod assets_killed;
mod cdk_cli;
mod clients;
mod engine;
mod foreseen;
mod in_use;
#[cfg(unix)]
mod interrupted;
mod left;
mod life;
mod local;
#[cfg(unix)]
mod many;
mod nested;
mod printed;
mod refused;
mod review_page;
mod reviewed;
mod secrets;
mod watching;
mod ways_out;

use support::python::with_credentials;
use support::{Ministack, Program};

/// A hosted zone, made past us; its id.
fn zone(server: &Ministack, name: &str) -> String {
    let script = "
zones = client('route53')
made = zones.create_hosted_zone(Name=arguments[0], CallerReference=os.urandom(8).hex())
answer(made['HostedZone']['Id'].removeprefix('/hostedzone/'))
";
    server.python(script, &[name]).as_str().unwrap().to_owned()
}

/// A command on habitpay's stacks, as they are with this zone.
fn habitpay(server: &Ministack, command: &str, zone: &str) -> Program {
    with_credentials(Program::formwork())
        .args([command, "--app", "habitpay", "--endpoint-url", &server.url()])
        .args(["--context", &format!("zone-id={zone}")])
}
