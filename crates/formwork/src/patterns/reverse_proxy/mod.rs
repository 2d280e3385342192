//! `ReverseProxy`: nginx in docker compose, before a blue and a green backend. No resource, but two files for the instance:
//! nginx's own configuration ([`nginx`]) and the compose file that runs it ([`compose`]).

mod compose;
mod nginx;

use formwork_assembly::Problem;

pub use nginx::{Color, Upstream};

use crate::construct::{Construct, Scope};
use crate::domain::{self, Use};
use crate::region::Region;

/// nginx on an instance: takes requests for one name on port 80 and passes them to the active one of two backends.
///
/// Added to a stack as `Nginx`, it writes `files/<stack>/Nginx/docker-compose.yml` and `files/<stack>/Nginx/conf/nginx.conf` in
/// the assembly, to be put on the instance as they are.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// site.add("Nginx", ReverseProxy { active: Color::Green, ..ReverseProxy::new("example.com") });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReverseProxy {
    /// The name that viewers ask for.
    pub server_name: String,
    /// The first backend: `blue:8080`, a container of that name, unless said otherwise.
    pub blue: Upstream,
    /// The second backend: `green:8080`, unless said otherwise.
    pub green: Upstream,
    /// The backend that gets the requests: blue, unless said otherwise.
    pub active: Color,
}

impl ReverseProxy {
    /// A proxy for `server_name` before two containers, `blue:8080` and `green:8080`.
    pub fn new(server_name: impl Into<String>) -> Self {
        ReverseProxy {
            server_name: server_name.into(),
            blue: Upstream::new("blue:8080"),
            green: Upstream::new("green:8080"),
            active: Color::Blue,
        }
    }
}

impl<R: Region> Construct<R> for ReverseProxy {
    type Handle = ();

    fn add_to(self, scope: &mut Scope<'_, R>) {
        if let Err(reason) = domain::check(&self.server_name, Use::Wildcard) {
            scope.problem(Problem::error(format!("{:?} is not a server name: {reason}", self.server_name)));
        }
        for upstream in [&self.blue, &self.green] {
            if let Err(reason) = upstream.check() {
                let problem = Problem::error(format!("{:?} is not an upstream: {reason}", upstream.address()));
                scope.problem(problem.hint("a host and a port, e.g. `backend.example.internal:8080`"));
            }
        }
        scope.file("docker-compose.yml", compose::file());
        scope.file("conf/nginx.conf", nginx::file(&self.server_name, &self.blue, &self.green, self.active));
    }
}
