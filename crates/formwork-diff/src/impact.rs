//! What a change does to a deployed resource, and how many resources it does that to.

use std::fmt;

/// What happens to a resource. Ordered by severity: a later one is what an approval of an earlier one does not cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nothing.
    #[default]
    NoChange,
    /// A resource that exists comes into the stack.
    Import,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It leaves the stack and stays deployed, because of its `DeletionPolicy`.
    Orphan,
    /// It is changed in place or replaced; which of the two shows only during the deployment.
    MayReplace,
    /// Another one is made in its place.
    Replace,
    /// It is deleted.
    Destroy,
}

impl Impact {
    /// The word for people, readable without any mark or colour.
    pub fn as_str(self) -> &'static str {
        match self {
            Impact::NoChange => "no change",
            Impact::Import => "import",
            Impact::Create => "create",
            Impact::Update => "update",
            Impact::Orphan => "keep",
            Impact::MayReplace => "may replace",
            Impact::Replace => "replace",
            Impact::Destroy => "destroy",
        }
    }

    /// The mark that stands before a resource.
    pub fn mark(self) -> &'static str {
        match self {
            Impact::NoChange => "[ ]",
            Impact::Import => "[<]",
            Impact::Create => "[+]",
            Impact::Update => "[~]",
            Impact::Orphan => "[=]",
            Impact::MayReplace => "[?]",
            Impact::Replace => "[±]",
            Impact::Destroy => "[-]",
        }
    }

    /// Whether a deployed resource is, or may be, lost.
    pub fn is_destructive(self) -> bool {
        matches!(self, Impact::MayReplace | Impact::Replace | Impact::Destroy)
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many resources are changed in which way. Its `Display` is the last line of every change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Resources that are made.
    pub create: usize,
    /// Resources that are updated, those that may be replaced included.
    pub update: usize,
    /// Resources that are replaced.
    pub replace: usize,
    /// Resources that are deleted.
    pub destroy: usize,
    /// Of `update`, those that may be replaced.
    pub may_replace: usize,
    /// Resources that leave the stack and stay deployed.
    pub keep: usize,
    /// Resources that come into the stack.
    pub import: usize,
}

impl Totals {
    /// Counts one resource.
    pub fn count(&mut self, impact: Impact) {
        let field = match impact {
            Impact::NoChange => return,
            Impact::Import => &mut self.import,
            Impact::Create => &mut self.create,
            Impact::Update => &mut self.update,
            Impact::Orphan => &mut self.keep,
            Impact::MayReplace => {
                self.may_replace += 1;
                &mut self.update
            }
            Impact::Replace => &mut self.replace,
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
            may_replace: sum.may_replace + next.may_replace,
            keep: sum.keep + next.keep,
            import: sum.import + next.import,
        })
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to create, {} to update", self.create, self.update)?;
        if self.may_replace > 0 {
            write!(f, " ({} may be replaced)", self.may_replace)?;
        }
        write!(f, ", {} to replace, {} to destroy", self.replace, self.destroy)?;
        if self.keep > 0 {
            write!(f, ", {} to keep", self.keep)?;
        }
        if self.import > 0 {
            write!(f, ", {} to import", self.import)?;
        }
        Ok(())
    }
}
