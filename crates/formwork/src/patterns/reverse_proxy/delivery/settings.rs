//! Settings of a delivery.

use std::time::Duration;

use formwork_template::Val;

/// The way of a proxy's files to its instance, where they are put in the place of those before: all of them or none.
///
/// A new active backend is asked first whether it answers, from nginx's own network. nginx tests the files before it reads them. The
/// delivery has succeeded once new connections get the new files, and the old processes of nginx have answered their last request or
/// [`drain`](Self::drain) is over: then the other backend may end. Whatever fails, the previous files stay in place.
///
/// On the instance there have to be a POSIX shell with coreutils, procps and awk, and docker with compose, or curl beside an nginx
/// outside of docker.
///
/// From the moment when nginx was seen to have the new files, they stay, whatever ends the delivery. Which files nginx has is asked of nginx:
/// a delivery after one that was killed goes on from there.
///
/// ```
/// use formwork::prelude::*;
///
/// let mut site = Stack::<EuCentral1>::new("example-site");
/// let delivery = Some(Delivery::ssm("i-0123456789abcdef0"));
/// site.add("Nginx", ReverseProxy { delivery, ..ReverseProxy::new("example.com") });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Carrier of the files.
    pub carrier: Carrier,
    /// The folder on the instance: `/opt/formwork/nginx`, unless said otherwise. The nginx of [`Runtime::Existing`] has to include it, by
    /// `include /opt/formwork/nginx/conf/nginx*.conf;` in its `http` block: a delivery that finds this line missing brings nothing.
    ///
    /// [`Runtime::Existing`]: crate::patterns::Runtime::Existing
    pub directory: String,
    /// The path at which a backend is asked whether it answers: `/`, unless said otherwise. Any status below 500 is an answer.
    pub check_path: String,
    /// Time that a delivery waits for requests that are under way: 30 seconds, unless said otherwise, as CloudFront does.
    pub drain: Duration,
    /// Time after which CloudFormation takes a delivery to have failed, and Systems Manager ends the script: five minutes, unless said
    /// otherwise.
    pub timeout: Duration,
}

/// Carrier of a proxy's files.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Carrier {
    /// Somebody, by `cargo formwork files`: the stack has an output `<id>Files` with the digests of the files, so that a preview
    /// tells that they changed.
    Shell,
    /// Systems Manager, as a part of the stack: `<id>Document` is the script, `<id>Delivery` the association that runs it with the
    /// files, and the parameter `<id>Active` the active backend, which `cargo formwork switch` changes. A delivery that fails rolls the
    /// stack back.
    Ssm {
        /// The instance, with the agent of Systems Manager and a role that lets it in.
        instance_id: Val<String>,
    },
}

impl Delivery {
    /// Delivery by Systems Manager to the instance with this id.
    pub fn ssm(instance_id: impl Into<Val<String>>) -> Self {
        Delivery::by(Carrier::Ssm { instance_id: instance_id.into() })
    }

    /// Delivery over a shell, with the script that `cargo formwork files` writes.
    pub fn shell() -> Self {
        Delivery::by(Carrier::Shell)
    }

    fn by(carrier: Carrier) -> Self {
        Delivery {
            carrier,
            directory: "/opt/formwork/nginx".to_owned(),
            check_path: "/".to_owned(),
            drain: Duration::from_secs(30),
            timeout: Duration::from_secs(300),
        }
    }

    /// True if the active backend is a parameter of the stack.
    pub(crate) fn switches(&self) -> bool {
        matches!(self.carrier, Carrier::Ssm { .. })
    }
}
