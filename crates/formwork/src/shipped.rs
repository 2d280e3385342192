//! What a scope says of the files that its stack ships, for previews and for `switch`.

use formwork_assembly::{Carrier, Switch};

use crate::scope::Scope;

impl<R> Scope<R> {
    /// Says that a resource of the stack carries a file that was added: its text is at this place of the template, a JSON pointer. A
    /// preview then shows line by line how the file changes.
    pub fn file_at(&mut self, path: &str, pointer: &str) {
        let stack = self.stack_id().clone();
        self.carried(path, &Carrier::Template { stack, pointer: pointer.to_owned() });
    }

    /// Says that an output of the scope tells which file was delivered: `word` is one of the words of its value. A preview then tells
    /// that the file is another one.
    pub fn file_told(&mut self, path: &str, output: &str, word: &str) {
        let stack = self.stack_id().clone();
        let output = format!("{}{output}", self.logical_id());
        self.carried(path, &Carrier::Output { stack, output, entry: word.to_owned() });
    }

    /// Says that a parameter of the stack chooses between backends: `cargo formwork switch` changes it.
    pub fn switched_by(&mut self, switch: Switch) {
        self.contents_mut().switches.push(switch);
    }

    fn carried(&mut self, path: &str, carrier: &Carrier) {
        let folders = [&*self.stack_id().name, self.logical_id(), path];
        let path = folders.into_iter().filter(|folder| !folder.is_empty()).collect::<Vec<_>>().join("/");
        for file in self.contents_mut().files.iter_mut().filter(|file| file.path == path) {
            file.carrier = Some(carrier.clone());
        }
    }
}
