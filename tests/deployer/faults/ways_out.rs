//! Commands that the words of a run print, carried out as a reader would, until the stacks are as they were to be.

use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;

use formwork::assembly::{Assembly, StackId};
use formwork_deploy::{
    ByName, Consent, Error, Limits, NamedResource, RecoverOptions, Recovery, StackReport, paced, recover,
};
use formwork_model::service::CloudFormation;
use regex_lite::Regex;

use super::truth::Told;
use super::{Deed, carry_out, carry_out_some, words};
use crate::world::World;

/// More commands than anybody should need.
const MOST: usize = 12;

/// A command that changes something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Printed {
    name: String,
    stacks: Vec<String>,
    /// Resources that are skipped or retained.
    resources: Vec<String>,
}

impl Printed {
    fn read(words: &str) -> Option<Printed> {
        let mut words = words.split(' ');
        let name = words.next().filter(|name| ["deploy", "destroy", "continue", "rollback"].contains(name))?;
        let (mut stacks, mut resources) = (Vec::new(), Vec::new());
        while let Some(word) = words.next() {
            match word {
                "--skip" | "--retain" => resources.extend(words.next().map(str::to_owned)),
                // A command with another meaning.
                word if word.starts_with('-') => return None,
                stack => stacks.push(stack.to_owned()),
            }
        }
        // Some have a place for what only the reader knows.
        if resources.iter().any(|resource| resource == "LOGICAL_ID") {
            return None;
        }
        Some(Printed { name: name.to_owned(), stacks, resources })
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [std::slice::from_ref(&self.name), &self.stacks, &self.resources].concat();
        f.write_str(&words.join(" "))
    }
}

/// The commands in a text, in their order.
fn printed(texts: &[String]) -> Vec<Printed> {
    let command = Regex::new(r"`cargo formwork ([^`]+)`").unwrap();
    let all = texts.iter().flat_map(|text| command.captures_iter(text).map(|found| found[1].to_owned()));
    all.filter_map(|words| Printed::read(&words)).collect()
}

/// Carries out what is printed, else the same command again, until all is as it was to be. Gives the commands, and the last end.
pub(super) fn take(world: &World, deed: Deed, said: Vec<String>) -> (Vec<String>, Result<Vec<StackReport>, Error>) {
    let calm = paced(world.service().clone(), Limits::NEARBY);
    let (assembly, mut tried, mut story, mut texts) = (deed.wanted(), BTreeSet::new(), Vec::new(), said);
    loop {
        // One after the other; what is printed again may succeed now.
        let printed = printed(&texts);
        let next = printed.iter().find(|command| !tried.contains(*command)).or(printed.first());
        if let Some(command) = next.filter(|_| story.len() < MOST) {
            story.push(command.to_string());
            texts = world.block_on(obey(&calm, deed, &assembly, command));
            tried.insert(command.clone());
            continue;
        }
        story.push("the same command again".to_owned());
        let told = Told::default();
        let ended = world.block_on(carry_out(deed, &calm, (1, Consent::GivenForLosses), &told));
        texts = words::of(&assembly, &told.going_on.borrow(), &ended).errors;
        let is_over = ended.as_ref().is_ok_and(|stacks| stacks.iter().all(super::is_through));
        if is_over || story.len() >= MOST {
            return (story, ended);
        }
    }
}

/// Carries out one command; its words.
async fn obey(service: &dyn CloudFormation, deed: Deed, assembly: &Assembly, command: &Printed) -> Vec<String> {
    let is_meant = |id: &&StackId| command.stacks.is_empty() || command.stacks.contains(&id.name.to_string());
    let ids: Vec<StackId> = assembly.stacks.iter().map(|stack| stack.id.clone()).filter(|id| is_meant(&id)).collect();
    let resource = |name: &String| NamedResource { stack: None, logical_id: name.clone() };
    let resources: Vec<NamedResource> = command.resources.iter().map(resource).collect();
    let told = Told::default();
    let recovery = match command.name.as_str() {
        "rollback" => Recovery::Start,
        "continue" => Recovery::Continue { skip: resources },
        name => {
            let deed = if name == "destroy" { Deed::Destroy } else { deed.deploying() };
            let ended =
                carry_out_some(deed, service, (1, Consent::GivenForLosses), (assembly, &ids, resources), &told).await;
            return words::of(assembly, &told.going_on.borrow(), &ended).errors;
        }
    };
    let options = RecoverOptions { recovery, consent: Consent::GivenForLosses, by_name: ByName::default() };
    let ended = recover::recover(service, assembly, &ids, &options, &told, pending()).await;
    let ended = ended.map(|report| report.stacks);
    words::of(assembly, &told.going_on.borrow(), &ended).errors
}
