//! Resources that need each other, so that none can be made first.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Check;
use crate::finding::{Finding, rule};
use crate::rules::path;

pub(crate) fn check(check: &mut Check<'_, '_>, edges: &BTreeMap<&str, Vec<&str>>) {
    for cycle in cycles(edges) {
        let chain = cycle.iter().chain([&cycle[0]]).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" → ");
        let message = match cycle.as_slice() {
            [own] => format!("`{own}` refers to itself"),
            _ => format!("resources need each other: {chain}"),
        };
        let hint =
            "take one of the references out, or move it to a resource of its own, such as a rule of a security group";
        check.add(Finding::error(rule::CIRCULAR, &path(&["Resources", cycle[0]]), message).hint(hint));
    }
}

/// Cycles, one for each group of nodes that is in one; each starts at its first name. Without recursion, since a template
/// can have as many nodes as bytes.
pub(crate) fn cycles<'t>(edges: &BTreeMap<&'t str, Vec<&'t str>>) -> Vec<Vec<&'t str>> {
    let mut left: BTreeSet<&str> = edges.keys().copied().collect();
    let mut found = Vec::new();
    loop {
        trim(edges, &mut left);
        let Some(mut node) = left.first().copied() else { return found };
        // Every node that is left leads to another one that is left, so the walk comes round.
        let mut walked: Vec<&str> = Vec::new();
        while !walked.contains(&node) {
            walked.push(node);
            match next(edges, &left, node) {
                Some(following) => node = following,
                None => return found,
            }
        }
        let mut cycle = walked.split_off(walked.iter().position(|other| *other == node).unwrap_or(0));
        let first = cycle.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(index, _)| index);
        cycle.rotate_left(first);
        for node in &cycle {
            left.remove(node);
        }
        found.push(cycle);
    }
}

fn next<'t>(edges: &BTreeMap<&'t str, Vec<&'t str>>, left: &BTreeSet<&str>, node: &str) -> Option<&'t str> {
    edges.get(node)?.iter().find(|target| left.contains(*target)).copied()
}

/// Takes away what leads nowhere.
fn trim<'t>(edges: &BTreeMap<&'t str, Vec<&'t str>>, left: &mut BTreeSet<&'t str>) {
    // How many targets each node still has, and who points to it.
    let mut targets: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sources: BTreeMap<&str, Vec<&'t str>> = BTreeMap::new();
    for node in left.iter() {
        let own = edges.get(node).into_iter().flatten().filter(|target| left.contains(*target));
        let mut count = 0;
        for target in own {
            count += 1;
            sources.entry(target).or_default().push(node);
        }
        targets.insert(node, count);
    }
    let mut done: Vec<&'t str> = left.iter().copied().filter(|node| targets.get(node) == Some(&0)).collect();
    while let Some(node) = done.pop() {
        left.remove(node);
        for source in sources.get(node).into_iter().flatten() {
            if let Some(count) = targets.get_mut(source) {
                *count -= 1;
                if *count == 0 {
                    done.push(source);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cycles;

    #[track_caller]
    fn check(edges: &[(&'static str, &[&'static str])], expected: &[&str]) {
        let edges = edges.iter().map(|(from, to)| (*from, to.to_vec())).collect();
        let found: Vec<String> = cycles(&edges).iter().map(|cycle| cycle.join(" ")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_cycle_is_found_once() {
        check(&[("a", &["b"]), ("b", &["c"]), ("c", &[])], &[]);
        check(&[("a", &["a"])], &["a"]);
        check(&[("b", &["a"]), ("a", &["b"])], &["a b"]);
        check(&[("a", &["x"]), ("x", &["z", "y"]), ("y", &["x"]), ("z", &[])], &["x y"]);
        check(&[("a", &["b"]), ("b", &["a"]), ("c", &["d", "a"]), ("d", &["c"])], &["a b", "c d"]);
    }

    #[test]
    fn long_chains_need_no_stack() {
        let names: Vec<String> = (0..50_000).map(|number| format!("{number:05}")).collect();
        let edges = names.windows(2).map(|pair| (pair[0].as_str(), vec![pair[1].as_str()])).collect();
        assert!(cycles(&edges).is_empty());
    }
}
