//! `ReverseProxy`: nginx before a blue and a green backend. No resource, but files for the instance: nginx's own configuration
//! ([`nginx`]) and the compose file that runs it ([`compose`]).

mod check;
mod compose;
mod delivery;
mod digest;
mod duration;
mod files;
mod location;
mod nginx;
mod runtime;
mod secrets;
mod settings;
mod tied;
mod upstream;
mod writer;

use formwork_assembly::{Problem, Severity};

pub use delivery::{Carrier, Delivery};
pub use location::{ProxyLocation, Target};
pub use runtime::{Compose, Runtime};
pub use settings::{ReverseProxy, Viewers};
use tied::Listener;
pub use upstream::{Color, Upstream};

use crate::{Construct, Handle, Scope, Untyped};

/// Maximum size of one delivery, in bytes: a document of Systems Manager has 64 KB with its parameters, of which base64 takes a part.
const MAX_BYTES: usize = 40 * 1024;

/// The files as they are with the active backend of the source.
fn delivered(proxy: &ReverseProxy) -> Vec<(&'static str, String)> {
    let digest = files::digest(proxy);
    let mut files = files::render(proxy, proxy.active.as_str(), &digest);
    if let Some(delivery) = proxy.delivery.as_ref().filter(|delivery| !delivery.switches()) {
        files.push(("deliver.sh", delivery::script(proxy, delivery, &digest, &files)));
    }
    files
}

impl<R> Construct<R> for ReverseProxy {
    /// The association that delivers the files, if Systems Manager does: what depends on it finds nginx with these files.
    type Handle = Option<Handle<Untyped, R>>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        let problems = check::problems(&self);
        let is_wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
        problems.into_iter().for_each(|problem| scope.problem(problem));
        if is_wrong {
            return None;
        }
        let bytes: usize = files::render(&self, self.active.as_str(), &files::digest(&self))
            .iter()
            .map(|(_, content)| content.len())
            .sum();
        if bytes > MAX_BYTES {
            let message = format!("the files of the proxy have {bytes} bytes, {MAX_BYTES} are delivered at once");
            scope.problem(Problem::error(message).hint("give some of its names or locations to a proxy of its own"));
            return None;
        }
        let listener = Listener::new(&self);
        scope.check(move |stacks| tied::check(&listener, stacks));
        let files = delivered(&self);
        let digests: Vec<String> =
            files.iter().map(|(path, content)| format!("{path}:{}", digest::of([&**content]))).collect();
        files.into_iter().for_each(|(path, content)| scope.file(path, content));
        match self.delivery.as_ref().map(|delivery| (delivery, &delivery.carrier)) {
            None | Some((_, Carrier::Shell)) => {
                delivery::add_output("Files", &digests, scope);
                None
            }
            Some((delivery, Carrier::Ssm { instance_id })) => {
                Some(delivery::add_document(&self, delivery, instance_id, scope))
            }
        }
    }
}
