//! `ReverseProxy`: nginx before a blue and a green backend. No resource, but files for the instance: nginx's own configuration
//! ([`nginx`]) and the compose file that runs it ([`compose`]).

mod check;
mod compose;
mod delivery;
mod digest;
mod duration;
mod files;
mod location;
mod neighbours;
mod nginx;
mod paths;
mod runtime;
mod secrets;
mod settings;
mod tied;
mod upstream;
mod writer;

use formwork_assembly::{Problem, Severity};

pub use delivery::{Carrier, Delivery};
pub use location::{ProxyLocation, Target};
use neighbours::{Carried, Place};
pub use runtime::{Compose, Runtime};
pub use settings::{ReverseProxy, Viewers};
use tied::Listener;
pub use upstream::{Color, Upstream};

use crate::{Construct, Handle, Scope, Untyped};

/// Maximum size of one delivery, in bytes: a document of Systems Manager has 64 KB with its parameters, of which base64 takes a part.
const MAX_BYTES: usize = 37 * 1024;

/// The files as they are with the active backend of the source.
fn delivered(proxy: &ReverseProxy) -> Vec<(&'static str, String)> {
    let digest = files::digest(proxy);
    let mut files = files::render(proxy, proxy.active.as_str(), &digest);
    if let Some(delivery) = proxy.delivery.as_ref().filter(|delivery| !delivery.switches()) {
        files.push((neighbours::SCRIPT, delivery::script(proxy, delivery, &digest, &files)));
    }
    files
}

impl<R> Construct<R> for ReverseProxy {
    /// The association that delivers the files, if Systems Manager does: what depends on it finds nginx with these files.
    type Handle = Option<Handle<Untyped, R>>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        self.put(scope, true, Vec::new())
    }
}

/// The proxy of a pattern that tells itself, at a better place, where its origin is open.
pub(super) struct Told {
    pub(super) proxy: ReverseProxy,
    /// Names to which the proxy does not answer, of which the pattern told.
    pub(super) names: Vec<String>,
}

impl<R> Construct<R> for Told {
    type Handle = Option<Handle<Untyped, R>>;

    fn add_to(self, scope: &mut Scope<R>) -> Self::Handle {
        self.proxy.put(scope, false, self.names)
    }
}

impl ReverseProxy {
    fn put<R>(self, scope: &mut Scope<R>, tells_open: bool, told: Vec<String>) -> Option<Handle<Untyped, R>> {
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
        let listener = Listener::new(&self, tells_open, told);
        scope.check(move |stacks| tied::check(&listener, stacks));
        let files = delivered(&self);
        let digests: Vec<String> =
            files.iter().map(|(path, content)| format!("{path}:{}", digest::of([&**content]))).collect();
        files.into_iter().for_each(|(path, content)| scope.file(path, content));
        match self.delivery.as_ref().map(|delivery| (delivery, &delivery.carrier)) {
            None => {
                delivery::add_output("Files", &digests, scope);
                let path = format!("{}/{}/conf/nginx.conf", scope.stack_id().name, scope.logical_id());
                let place = Place::new(&self, None, Carried::Nobody(scope.stack_id().clone(), path));
                scope.check(move |stacks| neighbours::check(&place, stacks));
                None
            }
            Some((delivery, Carrier::Shell)) => {
                delivery::add_output("Files", &digests, scope);
                let path = format!("{}/{}/{}", scope.stack_id().name, scope.logical_id(), neighbours::SCRIPT);
                let place =
                    Place::new(&self, Some(&delivery.directory), Carried::Script(scope.stack_id().clone(), path));
                scope.check(move |stacks| neighbours::check(&place, stacks));
                None
            }
            Some((delivery, Carrier::Ssm { instance_id })) => {
                let association = delivery::add_document(&self, delivery, instance_id, scope);
                let place = Place::new(
                    &self,
                    Some(&delivery.directory),
                    Carried::Association(Handle::reference(&association).clone()),
                );
                scope.check(move |stacks| neighbours::check(&place, stacks));
                Some(association)
            }
        }
    }
}
