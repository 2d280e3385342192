//! Mistakes that only some choice of parameters brings about: warnings that name the choice. The template is right for everybody
//! who chooses otherwise, and CloudFormation takes it.
//!
//! A mistake stays an error when the parameters' defaults bring it about, or when every choice does.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Check;
use crate::finding::{Finding, Severity};
use crate::scenario::{self, Scenario, Setting, Varied};

/// Named conditions of a choice, at most; more would not be read.
const NAMED: usize = 4;

/// Findings, each with the scenarios that it was made in.
#[derive(Debug, Default)]
pub(crate) struct Found(Vec<(Finding, BTreeSet<usize>)>);

impl Found {
    pub(crate) fn add(&mut self, finding: Finding, scenario: usize) {
        match self.0.iter_mut().find(|(known, _)| *known == finding) {
            Some((_, within)) => {
                within.insert(scenario);
            }
            None => self.0.push((finding, BTreeSet::from([scenario]))),
        }
    }

    /// Notes that a scenario is like another one in everything that was looked at.
    pub(crate) fn same(&mut self, scenario: usize, other: usize) {
        for (_, within) in self.0.iter_mut().filter(|(_, within)| within.contains(&other)) {
            within.insert(scenario);
        }
    }

    /// The findings, those that depend on a choice as warnings. `made` are the scenarios in which there is such an entry.
    pub(crate) fn settled(self, setting: Setting<'_>, made: &[Scenario<'_>]) -> Vec<Finding> {
        let all: BTreeSet<usize> = (0..made.len()).collect();
        let depends =
            |(finding, within): &(Finding, BTreeSet<usize>)| finding.severity == Severity::Error && *within != all;
        if !self.0.iter().any(depends) {
            return self.0.into_iter().map(|(finding, _)| finding).collect();
        }
        let by_default = by_default(setting, made);
        let by_default = if by_default.is_empty() { all.clone() } else { by_default };
        // Where every such scenario has one mistake or another, there is no choice that avoids them.
        let left: BTreeSet<usize> =
            self.0.iter().filter(|found| depends(found)).flat_map(|(_, within)| within).copied().collect();
        let no_way_out = by_default.is_subset(&left);
        let settle = |(finding, within): (Finding, BTreeSet<usize>)| {
            let is_by_default = by_default.is_subset(&within) || no_way_out && !by_default.is_disjoint(&within);
            if finding.severity == Severity::Warning || within == all || is_by_default {
                return finding;
            }
            let message = format!("{}, when {}", finding.message, choice(made, &within));
            Finding { severity: Severity::Warning, message, ..finding }
        };
        self.0.into_iter().map(settle).collect()
    }
}

/// Adds a finding that is made where these conditions are so, about an entry that there is under `of` alone: not at all where no
/// choice makes them so, and as a warning where the defaults do not.
pub(crate) fn add_when(check: &mut Check<'_, '_>, finding: Finding, of: Option<&str>, when: &BTreeSet<(&str, bool)>) {
    let names: BTreeSet<&str> = when.iter().map(|(name, _)| *name).chain(of).collect();
    let made = check.scenarios(&names, of);
    let mut found = Found::default();
    for (index, scenario) in made.iter().enumerate() {
        if when.iter().all(|(name, holds)| scenario.get(name) == Some(holds)) {
            found.add(finding.clone(), index);
        }
    }
    check.findings.extend(found.settled(check.setting(), &made));
}

/// Those of the scenarios that the parameters' defaults allow.
fn by_default(setting: Setting<'_>, made: &[Scenario<'_>]) -> BTreeSet<usize> {
    let conditions: BTreeSet<&str> = made.iter().flat_map(BTreeMap::keys).copied().collect();
    let possible = scenario::of(setting, &conditions, Varied::WithoutDefault);
    let is_possible = |(index, scenario): (usize, &Scenario<'_>)| possible.contains(scenario).then_some(index);
    made.iter().enumerate().filter_map(is_possible).collect()
}

/// The conditions that these scenarios have in common and the others have not.
fn choice(made: &[Scenario<'_>], within: &BTreeSet<usize>) -> String {
    let inside: Vec<&Scenario<'_>> =
        made.iter().enumerate().filter(|(at, _)| within.contains(at)).map(|(_, one)| one).collect();
    let Some(first) = inside.first() else { return "some conditions hold".to_owned() };
    let agree = |name: &str, holds: bool, of: &[&Scenario<'_>]| of.iter().all(|one| one.get(name) == Some(&holds));
    let everywhere: Vec<&Scenario<'_>> = made.iter().collect();
    let own = |(name, holds): (&&str, &bool)| agree(name, *holds, &inside) && !agree(name, *holds, &everywhere);
    let mut named: Vec<(&str, bool)> =
        first.iter().filter(|(name, holds)| own((name, holds))).map(|(name, holds)| (*name, *holds)).collect();
    if named.is_empty() {
        named = first.iter().map(|(name, holds)| (*name, *holds)).collect();
    }
    named.sort_by_key(|(_, holds)| !holds);
    let said = named.iter().take(NAMED).map(|(name, holds)| match holds {
        true => format!("`{name}` holds"),
        false => format!("`{name}` does not"),
    });
    let said: Vec<String> = said.collect();
    // "does not" alone would hang in the air.
    let text = formwork_template::joined(&said);
    if text.contains(" holds") { text } else { text.replacen(" does not", " does not hold", 1) }
}
