//! Order and cycles of a directed graph, for stacks, resources, conditions and types alike.
//!
//! Nodes are numbers from zero. Nothing here recurses: a template may have as many nodes as it has bytes.

use std::collections::BTreeMap;

/// A graph in which every node needs others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    needs: Vec<Vec<usize>>,
}

impl Graph {
    /// A graph of `count` nodes without an edge.
    pub fn new(count: usize) -> Graph {
        Graph { needs: vec![Vec::new(); count] }
    }

    /// The graph of named nodes: `needs` names what each of them needs; names that are not nodes are left out.
    pub fn named<'n>(nodes: impl IntoIterator<Item = (&'n str, Vec<&'n str>)>) -> Graph {
        let nodes: Vec<(&str, Vec<&str>)> = nodes.into_iter().collect();
        let places: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
        let needs = nodes.iter().map(|(_, needs)| needs.iter().filter_map(|name| places.get(name).copied()).collect());
        Graph { needs: needs.collect() }
    }

    /// Adds that `node` needs `other`. A number that is not a node is left out.
    pub fn add(&mut self, node: usize, other: usize) {
        if other < self.needs.len()
            && let Some(needs) = self.needs.get_mut(node)
            && !needs.contains(&other)
        {
            needs.push(other);
        }
    }

    /// The nodes that `node` needs directly.
    pub fn needs(&self, node: usize) -> &[usize] {
        self.needs.get(node).map_or(&[], Vec::as_slice)
    }

    /// All nodes, each after those that it needs, and otherwise in their own order. Where nodes need each other, the first of
    /// them in their own order comes after the others: [`Graph::cycles`] has them.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.needs.len());
        let mut seen = vec![false; self.needs.len()];
        for root in 0..self.needs.len() {
            // Each entry: a node, and how many of its needs were followed.
            let mut path = Vec::new();
            if !std::mem::replace(&mut seen[root], true) {
                path.push((root, 0));
            }
            while let Some((node, followed)) = path.last_mut() {
                let (node, place) = (*node, *followed);
                *followed += 1;
                match self.needs[node].get(place) {
                    None => {
                        order.push(node);
                        path.pop();
                    }
                    Some(&next) if !std::mem::replace(&mut seen[next], true) => path.push((next, 0)),
                    Some(_) => {}
                }
            }
        }
        order
    }

    /// Everything that `node` needs, directly or not, without itself unless it is in a cycle; sorted.
    pub fn all_needs(&self, node: usize) -> Vec<usize> {
        let mut found = std::collections::BTreeSet::new();
        let mut open = self.needs(node).to_vec();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.needs(next));
            }
        }
        found.into_iter().collect()
    }

    /// One cycle for each group of nodes that need each other; each in the direction of the edges, from its lowest node on.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut left = vec![true; self.needs.len()];
        let mut found = Vec::new();
        loop {
            self.drop_free(&mut left);
            let Some(start) = left.iter().position(|left| *left) else { return found };
            // Every node that is left needs another one that is left, so the walk comes round.
            let mut walked: Vec<usize> = Vec::new();
            let mut place = vec![usize::MAX; self.needs.len()];
            let mut node = start;
            while place[node] == usize::MAX {
                place[node] = walked.len();
                walked.push(node);
                match self.needs[node].iter().find(|next| left[**next]) {
                    Some(next) => node = *next,
                    None => return found,
                }
            }
            let mut cycle = walked.split_off(place[node]);
            let first = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(index, _)| index);
            cycle.rotate_left(first);
            cycle.iter().for_each(|node| left[*node] = false);
            found.push(cycle);
        }
    }

    /// The nodes in waves: each wave needs earlier ones only. `None` where nodes need each other.
    pub fn waves(&self) -> Option<Vec<Vec<usize>>> {
        let mut wave_of = vec![0; self.needs.len()];
        if !self.cycles().is_empty() {
            return None;
        }
        for node in self.order() {
            wave_of[node] = self.needs[node].iter().map(|other| wave_of[*other] + 1).max().unwrap_or(0);
        }
        let count = wave_of.iter().max().map_or(0, |last| last + 1);
        let mut waves = vec![Vec::new(); count];
        wave_of.into_iter().enumerate().for_each(|(node, wave)| waves[wave].push(node));
        Some(waves)
    }

    /// Takes out of `left` the nodes from which no cycle can be reached.
    fn drop_free(&self, left: &mut [bool]) {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.needs.len()];
        let mut open: Vec<usize> = vec![0; self.needs.len()];
        for (node, needs) in self.needs.iter().enumerate().filter(|(node, _)| left[*node]) {
            for other in needs.iter().filter(|other| left[**other]) {
                users[*other].push(node);
                open[node] += 1;
            }
        }
        let mut free: Vec<usize> = (0..left.len()).filter(|node| left[*node] && open[*node] == 0).collect();
        while let Some(node) = free.pop() {
            left[node] = false;
            for user in &users[node] {
                open[*user] -= 1;
                if open[*user] == 0 {
                    free.push(*user);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    fn graph(edges: &[&[usize]]) -> Graph {
        Graph { needs: edges.iter().map(|needs| needs.to_vec()).collect() }
    }

    #[test]
    fn producers_come_first_and_else_the_order_stays() {
        assert_eq!(graph(&[&[2], &[], &[]]).order(), [2, 0, 1]);
        assert_eq!(graph(&[&[], &[], &[]]).order(), [0, 1, 2]);
        assert_eq!(graph(&[&[1], &[0], &[]]).order(), [1, 0, 2]);
        assert_eq!(graph(&[&[1, 2], &[], &[1]]).waves(), Some(vec![vec![1], vec![2], vec![0]]));
        assert_eq!(graph(&[&[0]]).waves(), None);
        assert_eq!(graph(&[&[1], &[2], &[]]).all_needs(0), [1, 2]);
    }

    #[test]
    fn each_cycle_is_found_once() {
        assert_eq!(graph(&[&[1], &[2], &[]]).cycles(), Vec::<Vec<usize>>::new());
        assert_eq!(graph(&[&[0]]).cycles(), [[0]]);
        assert_eq!(graph(&[&[1], &[2], &[3], &[1]]).cycles(), [[1, 2, 3]]);
        assert_eq!(graph(&[&[1], &[0], &[3, 0], &[2]]).cycles(), [[0, 1], [2, 3]]);
    }

    #[test]
    fn long_chains_need_no_stack() {
        let mut chain = Graph::new(100_000);
        (1..100_000).for_each(|node| chain.add(node - 1, node));
        assert_eq!(chain.order()[0], 99_999);
        assert!(chain.cycles().is_empty());
    }

    #[test]
    fn names_that_are_not_nodes_are_left_out() {
        let named = Graph::named([("a", vec!["b", "x"]), ("b", vec![])]);
        assert_eq!(named.needs(0), [1]);
        assert_eq!(named.needs(7), [] as [usize; 0]);
    }
}
