//! A file of faults: read, and held to what the engine can do.

use serde_json::Value as Json;

use crate::api;
use crate::faults::Faults;

impl Faults {
    /// Reads a file of faults; the error says why it is not one.
    pub(crate) fn read(text: &[u8]) -> Result<Faults, String> {
        let faults: Faults = match serde_json::from_slice::<Json>(text) {
            // The fields of an object, in their order, would do for the reader, too.
            Ok(written) if !is_of_objects(&written) => {
                return Err("it is not an object, or has a fault that is not one".to_owned());
            }
            _ => serde_json::from_slice(text).map_err(|error| error.to_string())?,
        };
        let of_operations = faults.operations.iter().filter_map(|fault| fault.action.as_deref());
        let actions = of_operations.chain(faults.stale.iter().map(|fault| fault.action.as_str()));
        for action in actions {
            if !api::is_operation(action) {
                return Err(format!("`{action}` is not an operation of this engine"));
            }
        }
        // It would be answered with what was, and not be carried out.
        if let Some(fault) = faults.stale.iter().find(|fault| !api::reads_only(&fault.action)) {
            let action = &fault.action;
            return Err(format!("`{action}` cannot be stale: only an operation that changes nothing can"));
        }
        let mut chances = faults.operations.iter().filter_map(|fault| fault.probability);
        if let Some(chance) = chances.find(|chance| !(0.0..=1.0).contains(chance)) {
            return Err(format!("the probability `{chance}` is not between 0 and 1"));
        }
        match faults.calls_a_second.filter(|calls| *calls < 1.0) {
            Some(calls) => Err(format!("`{calls}` calls a second are less than 1")),
            None => Ok(faults),
        }
    }
}

/// True for an object whose faults are objects.
fn is_of_objects(written: &Json) -> bool {
    let Some(written) = written.as_object() else { return false };
    let all = ["resources", "operations", "stale", "drift"].iter().filter_map(|key| written.get(*key)?.as_array());
    all.flatten().all(|fault| !fault.is_array())
}
