//! Proxies that are delivered to one machine: what one of them has there, no other one can have, and one delivery would undo the other.
//! Systems Manager names the machine by the instance. A shell does not, and the distributions do: an origin is one machine.
//!
//! Sources: Docker documentation, "Specify a project name" (the base name of the folder, in lower case, of letters, digits, dashes and
//! underscores) and "Networks top-level element" (a network that is not `external` is its project's); nginx documentation,
//! `ngx_http_upstream_module` (names of upstreams are those of the whole `http` block).

use formwork_assembly::{Carrier as Told, Problem};
use formwork_template::{Function, Reference, StackId, Value};

use super::compose::network_line;
use super::runtime::Runtime;
use super::settings::{ReverseProxy, name};
use super::tied::servers_of;
use crate::Stacks;
use crate::cloudfront::names::find;

const ASSOCIATION: &str = "AWS::SSM::Association";

/// The script of a delivery over a shell, among the files of a proxy.
pub(super) const SCRIPT: &str = "deliver.sh";

/// nginx's configuration and docker's file, among the files of a proxy.
const CONFIGURATION: &str = "conf/nginx.conf";
const COMPOSE: &str = "docker-compose.yml";

const HINT: &str = "give one of them another `directory`, `port`, `container_name` and `network`, or its names and locations to the other one";

/// The things of a proxy on its machine that another one may not have.
#[derive(Clone, Debug)]
pub(super) struct Place {
    carrier: Carried,
    names: Vec<String>,
    /// The folder, if it is known here.
    directory: Option<String>,
    port: String,
    /// The container's name and the network's, where docker runs nginx.
    docker: Option<(String, String)>,
}

/// The part of the app that brings a proxy's files.
#[derive(Clone, Debug)]
pub(super) enum Carried {
    /// An association.
    Association(Reference),
    /// A script of this stack, by its path among the files.
    Script(StackId, String),
    /// Somebody, who takes the file of this stack, by its path among the files.
    Nobody(StackId, String),
}

/// The same things of another proxy, as far as they are compared.
struct Neighbour {
    directory: Option<String>,
    port: String,
    /// The container's name, and whether the network is that of the first one.
    docker: Option<(String, bool)>,
}

impl Place {
    /// The place of a proxy that is carried so.
    pub(super) fn new(proxy: &ReverseProxy, directory: Option<&str>, carrier: Carried) -> Self {
        let docker = match &proxy.runtime {
            Runtime::Compose(compose) => Some((compose.container_name.clone(), compose.network.clone())),
            Runtime::Existing => None,
        };
        let names = proxy.server_names.iter().map(|it| name(it)).collect();
        Place { carrier, names, directory: directory.map(str::to_owned), port: proxy.port.to_string(), docker }
    }

    fn network_line(&self) -> Option<String> {
        self.docker.as_ref().map(|(_, network)| network_line(network))
    }
}

/// Problems with the deliveries to the same machine that come before this one in the app, or by the other carrier: so each pair is told
/// once.
pub(super) fn check(place: &Place, stacks: &Stacks<'_>) -> Vec<Problem> {
    match &place.carrier {
        Carried::Association(association) => beside_association(place, association, stacks),
        Carried::Script(stack, path) => beside_script(place, stack, path, stacks),
        Carried::Nobody(stack, path) => beside_nobody(place, stack, path, stacks),
    }
}

fn problem(target: &str, id: &str, stack: &StackId, shared: &str) -> Problem {
    let message =
        format!("two proxies are delivered to one {target}, this one and `{id}` of `{}`: {shared}", stack.name);
    Problem::error(message).hint(HINT)
}

fn beside_association(place: &Place, association: &Reference, stacks: &Stacks<'_>) -> Vec<Problem> {
    let own = (&association.stack, &*association.logical_id);
    let Some(resource) = stacks.resource(association) else { return Vec::new() };
    let instance = (own.0, resource.properties.to_value());
    let before = stacks.resources(ASSOCIATION).take_while(|(stack, id, _)| (*stack, *id) != own);
    let told = before.filter_map(|(stack, id, resource)| {
        let other = resource.properties.to_value();
        if !is_one_instance((stack, &other), (instance.0, &instance.1)) {
            return None;
        }
        Some(problem("instance", id, stack, &shared(place, &of_association(place, &other)?)?))
    });
    told.collect()
}

fn beside_script(place: &Place, own: &StackId, path: &str, stacks: &Stacks<'_>) -> Vec<Problem> {
    let servers = servers_of(&place.names, stacks);
    let is_here = |text: &str| servers_of(&names_in(text), stacks).iter().any(|server| servers.contains(server));
    let mut problems = Vec::new();
    for (stack, file) in stacks.files().take_while(|(stack, file)| *stack != own || file.path != path) {
        let Some((before, SCRIPT)) = file.path.rsplit_once('/') else { continue };
        if is_here(&file.content)
            && let Some(shared) = of_script(place, &file.content).and_then(|other| shared(place, &other))
        {
            let id = before.split_once('/').map_or(before, |(_, id)| id);
            problems.push(problem("origin", id, stack, &shared));
        }
    }
    for (stack, id, resource) in stacks.resources(ASSOCIATION) {
        let other = resource.properties.to_value();
        let file = find(&other, &["Parameters", "Conf"]).and_then(Value::as_list).and_then(|list| list.first());
        if file.and_then(text_of_file).is_some_and(is_here)
            && let Some(shared) = of_association(place, &other).and_then(|other| shared(place, &other))
        {
            problems.push(problem("origin", id, stack, &shared));
        }
    }
    problems
}

/// A proxy that nothing of the app carries may be for another nginx of the machine, or be merged by hand, so these are warnings.
fn beside_nobody(place: &Place, own: &StackId, path: &str, stacks: &Stacks<'_>) -> Vec<Problem> {
    let servers = servers_of(&place.names, stacks);
    let files: Vec<_> = stacks.files().collect();
    let at = |stack: &StackId, path: &str| files.iter().position(|(it, file)| *it == stack && file.path == path);
    let own_place = at(own, path);
    let mut problems = Vec::new();
    for (stack, file) in &files {
        let Some(before) = file.path.strip_suffix(CONFIGURATION) else { continue };
        let is_carried =
            matches!(file.carrier, Some(Told::Template { .. })) || at(stack, &format!("{before}{SCRIPT}")).is_some();
        let is_here = servers_of(&names_in(&file.content), stacks).iter().any(|server| servers.contains(server));
        // Of two that nothing carries, the second one tells.
        if !is_here || (*stack == own && file.path == path) || (!is_carried && at(stack, &file.path) > own_place) {
            continue;
        }
        let compose = at(stack, &format!("{before}{COMPOSE}")).map(|place| files[place].1.content.as_str());
        if let Some(shared) = of_files(place, &file.content, compose).and_then(|other| shared(place, &other)) {
            let id = before.trim_end_matches('/');
            let id = id.split_once('/').map_or(id, |(_, id)| id);
            let message = format!("two proxies are for one origin, this one and `{id}` of `{}`: {shared}", stack.name);
            problems.push(Problem::warning(message).hint(HINT));
        }
    }
    problems
}

/// The proxy of these files.
fn of_files(place: &Place, configuration: &str, compose: Option<&str>) -> Option<Neighbour> {
    let value = |text: &str, before: &str, behind: &str| {
        let mut values = text.lines().filter_map(|line| line.trim().strip_prefix(before)?.strip_suffix(behind));
        values.next().map(str::to_owned)
    };
    let port = value(configuration, "listen ", ";")?.replace(" default_server", "");
    let line = place.network_line();
    let docker = compose.and_then(|text| {
        let has_network = text.lines().any(|it| Some(it) == line.as_deref());
        Some((value(text, "container_name: \"", "\"")?, has_network))
    });
    Some(Neighbour { directory: None, port, docker })
}

/// The proxy of an association; `None` if it delivers something else.
fn of_association(place: &Place, association: &Value) -> Option<Neighbour> {
    let parameter = |name: &str| find(association, &["Parameters", name])?.as_list()?.first();
    let text = |name: &str| parameter(name).and_then(Value::as_str);
    parameter("Digest")?;
    let line = place.network_line();
    let has_network = || {
        parameter("Compose")
            .and_then(text_of_file)
            .is_some_and(|file| file.lines().any(|it| Some(it) == line.as_deref()))
    };
    Some(Neighbour {
        directory: Some(text("Directory")?.to_owned()),
        port: text("Port")?.to_owned(),
        docker: text("Container").map(|container| (container.to_owned(), has_network())),
    })
}

/// The proxy of a script, which has its values at its head.
fn of_script(place: &Place, script: &str) -> Option<Neighbour> {
    let value = |name: &str| {
        let mut values =
            script.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix("='")?.strip_suffix('\''));
        values.next().map(str::to_owned)
    };
    let line = place.network_line();
    let has_network = || script.lines().any(|it| Some(it) == line.as_deref());
    let container = value("container").filter(|container| !container.is_empty());
    Some(Neighbour {
        directory: Some(value("directory")?),
        port: value("port")?,
        docker: container.map(|container| (container, has_network())),
    })
}

/// The names to which the nginx of this configuration answers.
fn names_in(configuration: &str) -> Vec<String> {
    let lines = configuration.lines().map(str::trim);
    lines.filter_map(|line| line.strip_prefix("server_name \"")?.strip_suffix("\";")).map(str::to_owned).collect()
}

/// The first thing that both have; `None` if they share nothing.
fn shared(place: &Place, other: &Neighbour) -> Option<String> {
    let mut shared = Vec::new();
    if let (Some(directory), Some(own)) = (&other.directory, &place.directory) {
        if directory == own {
            shared.push(format!("the folder `{directory}`"));
        } else if project(directory) == project(own) {
            shared.push(format!("the name `{}` of a folder, which is that of docker's project", project(directory)));
        }
    }
    match (&place.docker, &other.docker) {
        (None, None) => return Some("one nginx, which has the upstreams `blue` and `green` once".to_owned()),
        (Some((container, network)), Some((other, has_network))) => {
            if container == other {
                shared.push(format!("the container `{container}`"));
            }
            if *has_network {
                shared.push(format!("the network `{network}`"));
            }
        }
        _ => {}
    }
    if other.port == place.port {
        shared.push(format!("the port {}", place.port));
    }
    (!shared.is_empty()).then(|| format!("both have {}", shared.join(", ")))
}

/// The name that docker compose gives the project in a folder.
fn project(directory: &str) -> String {
    let name = directory.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let kept = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c));
    kept.collect::<String>().trim_start_matches(['-', '_']).to_owned()
}

/// The text of a file that an association carries.
fn text_of_file(file: &Value) -> Option<&str> {
    let Some(Function::Base64(text)) = file.as_function() else { return None };
    match text.as_function() {
        Some(Function::Sub { text, .. }) => Some(text.as_str()),
        _ => text.as_str(),
    }
}

/// True if both associations are for one instance, as far as that is known. The name of a parameter means something in its stack alone.
fn is_one_instance(one: (&StackId, &Value), other: (&StackId, &Value)) -> bool {
    let instances =
        |association| find(association, &["Targets"]).filter(|targets| !targets.as_list().is_none_or(<[_]>::is_empty));
    let (Some(first), Some(second)) = (instances(one.1), instances(other.1)) else { return false };
    let mut is_local = false;
    first.visit_functions(&mut |function| is_local |= !matches!(function, Function::Reference(_)));
    first == second && (!is_local || one.0 == other.0)
}

#[cfg(test)]
mod tests {
    use super::project;

    #[test]
    fn names_of_projects() {
        for (directory, name) in
            [("/opt/formwork/nginx", "nginx"), ("/srv/Nginx.1", "nginx1"), ("/a/_b-c", "b-c"), ("/a/...", "")]
        {
            assert_eq!(project(directory), name);
        }
    }
}
