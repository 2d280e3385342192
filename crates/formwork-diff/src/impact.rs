//! The impact of a change on a deployed resource, and the numbers of resources by impact.

use std::fmt;

/// The impact on a resource. Ordered by severity: a later one is what an approval of an earlier one does not cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nothing.
    #[default]
    NoChange,
    /// A resource that exists comes into the stack.
    Import,
    /// It is created, or not; which of the two shows only during the deployment.
    MayCreate,
    /// It is created.
    Create,
    /// It is updated in place, or not at all; which of the two shows only during the deployment.
    MayUpdate,
    /// It is updated in place.
    Update,
    /// It leaves the stack and stays deployed, because of its `DeletionPolicy`.
    Orphan,
    /// It is updated in place or replaced; which of the two shows only during the deployment.
    MayReplace,
    /// Another one is created in its place.
    Replace,
    /// It is deleted, or stays; which of the two shows only during the deployment.
    MayDestroy,
    /// It is deleted.
    Destroy,
}

impl Impact {
    /// The word for people, readable without any mark or colour.
    pub fn as_str(self) -> &'static str {
        match self {
            Impact::NoChange => "no change",
            Impact::Import => "import",
            Impact::MayCreate => "may create",
            Impact::Create => "create",
            Impact::MayUpdate => "may update",
            Impact::Update => "update",
            Impact::Orphan => "keep",
            Impact::MayReplace => "may replace",
            Impact::Replace => "replace",
            Impact::MayDestroy => "may destroy",
            Impact::Destroy => "destroy",
        }
    }

    /// The mark that stands before a resource.
    pub fn mark(self) -> &'static str {
        match self {
            Impact::NoChange => "[ ]",
            Impact::Import => "[<]",
            Impact::MayCreate => "[+?]",
            Impact::Create => "[+]",
            Impact::MayUpdate => "[~?]",
            Impact::Update => "[~]",
            Impact::Orphan => "[=]",
            Impact::MayReplace => "[?]",
            Impact::Replace => "[±]",
            Impact::MayDestroy => "[-?]",
            Impact::Destroy => "[-]",
        }
    }

    /// True if a deployed resource is, or may be, lost.
    pub fn is_destructive(self) -> bool {
        matches!(self, Impact::MayReplace | Impact::Replace | Impact::MayDestroy | Impact::Destroy)
    }

    /// True for an impact that shows only during the deployment.
    pub fn is_open(self) -> bool {
        matches!(self, Impact::MayCreate | Impact::MayUpdate | Impact::MayReplace | Impact::MayDestroy)
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The numbers of resources by how they are changed. Its `Display` is the last line of every change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Resources that are created, those that may be included.
    pub create: usize,
    /// Resources that are updated, those that may be updated or replaced included.
    pub update: usize,
    /// Resources that are replaced.
    pub replace: usize,
    /// Resources that are deleted, those that may be included.
    pub destroy: usize,
    /// Of `create`, those that may be created.
    pub may_create: usize,
    /// Of `update`, those that may be updated, or not at all.
    pub may_update: usize,
    /// Of `update`, those that may be replaced.
    pub may_replace: usize,
    /// Of `destroy`, those that may be deleted.
    pub may_destroy: usize,
    /// Resources that leave the stack and stay deployed.
    pub keep: usize,
    /// Resources that come into the stack.
    pub import: usize,
}

impl Totals {
    /// The totals for people: the counts in every case, which scripts read. `rest` are plural names of what changes beside resources: they are
    /// told where no resource does.
    pub fn or_rest(&self, rest: &[&str]) -> String {
        if *self != Totals::default() || rest.is_empty() {
            return self.to_string();
        }
        let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
        format!("{self}; {} change", formwork_assembly::joined(&rest))
    }

    /// Counts one resource.
    pub fn count(&mut self, impact: Impact) {
        let field = match impact {
            Impact::NoChange => return,
            Impact::Import => &mut self.import,
            Impact::MayCreate => {
                self.may_create += 1;
                &mut self.create
            }
            Impact::Create => &mut self.create,
            Impact::MayUpdate => {
                self.may_update += 1;
                &mut self.update
            }
            Impact::Update => &mut self.update,
            Impact::Orphan => &mut self.keep,
            Impact::MayReplace => {
                self.may_replace += 1;
                &mut self.update
            }
            Impact::Replace => &mut self.replace,
            Impact::MayDestroy => {
                self.may_destroy += 1;
                &mut self.destroy
            }
            Impact::Destroy => &mut self.destroy,
        };
        *field += 1;
    }
}

/// Several stacks' totals as one.
impl std::iter::Sum for Totals {
    fn sum<I: Iterator<Item = Totals>>(totals: I) -> Totals {
        totals.fold(Totals::default(), |sum, next| Totals {
            create: sum.create + next.create,
            update: sum.update + next.update,
            replace: sum.replace + next.replace,
            destroy: sum.destroy + next.destroy,
            may_create: sum.may_create + next.may_create,
            may_update: sum.may_update + next.may_update,
            may_replace: sum.may_replace + next.may_replace,
            may_destroy: sum.may_destroy + next.may_destroy,
            keep: sum.keep + next.keep,
            import: sum.import + next.import,
        })
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = |parts: &[(usize, &str)]| -> String {
            let parts: Vec<String> = parts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{count} may be {word}"))
                .collect();
            if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
        };
        write!(
            f,
            "{} to create{}, {} to update{}, {} to replace, {} to destroy{}",
            self.create,
            open(&[(self.may_create, "created")]),
            self.update,
            open(&[(self.may_update, "updated"), (self.may_replace, "replaced")]),
            self.replace,
            self.destroy,
            open(&[(self.may_destroy, "destroyed")]),
        )?;
        if self.keep > 0 {
            write!(f, ", {} to keep", self.keep)?;
        }
        if self.import > 0 {
            write!(f, ", {} to import", self.import)?;
        }
        Ok(())
    }
}
