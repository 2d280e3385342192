//! A service whose feature is off: the compiler names the feature.
use formwork::prelude::*;

fn main() {
    Stack::<EuCentral1>::new("graph").add("Cluster", cfn::neptune::DBCluster::default());
}
