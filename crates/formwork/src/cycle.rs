//! Finding a cycle in a directed graph, without recursion: stacks and resources come in any number.

/// A cycle in the graph in which node `i` points to `edges[i]`: its nodes in order, or `None` if there is none.
pub(crate) fn find(edges: Vec<Vec<usize>>) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        if marks[start] != Mark::New {
            continue;
        }
        // The path from `start`, each node with the number of its edges already followed.
        let mut path = vec![(start, 0)];
        marks[start] = Mark::OnPath;
        while let Some((node, followed)) = path.last_mut() {
            let Some(&next) = edges[*node].get(*followed) else {
                marks[*node] = Mark::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            match marks[next] {
                Mark::Done => {}
                Mark::New => {
                    marks[next] = Mark::OnPath;
                    path.push((next, 0));
                }
                Mark::OnPath => {
                    return Some(path.into_iter().map(|(node, _)| node).skip_while(|node| *node != next).collect());
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn cycles() {
        assert_eq!(find(vec![]), None);
        assert_eq!(find(vec![vec![1, 2], vec![2], vec![]]), None);
        assert_eq!(find(vec![vec![0]]), Some(vec![0]));
        assert_eq!(find(vec![vec![1], vec![2], vec![3], vec![1]]), Some(vec![1, 2, 3]));
    }
}
