//! The questions that an evaluation asks of whoever wants it. Every answer may be a hole, and is one unless it is given.

use formwork_template::Function;
use formwork_template::region::{Partition, partition_of};

use crate::error::EvalError;
use crate::term::{Hole, Term};

/// Knowledge from beside the template itself: parameters, resources, exports.
///
/// The engine answers all of it, a preview some, validation one choice of parameters at a time.
pub trait Known {
    /// The value of a parameter; `None` where the template has no such parameter.
    fn parameter(&self, name: &str) -> Option<Term>;

    /// The value of a pseudo parameter such as `AWS::Region`, by its full name. `AWS::NoValue` is not asked for.
    fn pseudo(&self, name: &str) -> Term {
        Term::Hole(Hole::Pseudo(name.to_owned()))
    }

    /// Texts to write a loop out with where the items of its collection are not all known, or the collection is wrong; `None` leaves the
    /// loop as it is, or ends in the error.
    fn items(&self, _identifier: &str, _collection: &Result<Term, EvalError>) -> Option<Vec<String>> {
        None
    }

    /// Value of `Ref` for a resource.
    ///
    /// # Errors
    ///
    /// Where there is no such resource.
    fn reference(&self, logical_id: &str) -> Result<Term, EvalError> {
        Ok(Term::Hole(Hole::Reference(logical_id.to_owned())))
    }

    /// Value of `Fn::GetAtt` for a resource.
    ///
    /// # Errors
    ///
    /// Where there is no such resource or attribute.
    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Term, EvalError> {
        Ok(Term::Hole(Hole::Attribute(logical_id.to_owned(), attribute.to_owned())))
    }

    /// Value of `Fn::ImportValue` for an export; `None` where that is not known.
    ///
    /// # Errors
    ///
    /// Where there is no such export.
    fn import(&self, _name: &str) -> Result<Option<Term>, EvalError> {
        Ok(None)
    }

    /// Value of `Fn::GetStackOutput`; `None` where that is not known.
    ///
    /// # Errors
    ///
    /// Where there is no such stack or output.
    fn stack_output(&self, _stack: &str, _output: &str, _region: Option<&str>) -> Result<Option<Term>, EvalError> {
        Ok(None)
    }

    /// The availability zones of a region; the empty text is the stack's own. `None` where they are not known.
    fn zones(&self, _region: &str) -> Option<Term> {
        None
    }

    /// The value of a dynamic reference, e.g. of `resolve:ssm:/name`; `None` where it stays a reference.
    ///
    /// # Errors
    ///
    /// Where nothing is behind the reference.
    fn dynamic(&self, _reference: &str) -> Result<Option<String>, EvalError> {
        Ok(None)
    }

    /// A condition that is taken as decided, whatever the template says; `None` has it worked out.
    fn condition(&self, _name: &str) -> Option<bool> {
        None
    }

    /// Result of a function that is wrong. By default the evaluation ends with the error; a preview, which must say something
    /// about every other value, gives a hole.
    ///
    /// # Errors
    ///
    /// The error, where the evaluation is to end.
    fn fault(&self, error: EvalError, _function: &Function) -> Result<Term, EvalError> {
        Err(error)
    }
}

/// The values of pseudo parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::AccountId`
    pub account: String,
    /// `AWS::Region`
    pub region: String,
    /// `AWS::StackId`
    pub stack_id: String,
    /// `AWS::StackName`
    pub stack_name: String,
    /// `AWS::NotificationARNs`
    pub notification_arns: Vec<String>,
}

impl Pseudo {
    /// The value of a pseudo parameter, by its full name; `None` for a name that is not one. Without a region, the values that hang
    /// on it are empty too.
    pub fn get(&self, name: &str) -> Option<Term> {
        let partition = match self.region.as_str() {
            "" => Partition { code: "", url_suffix: "" },
            region => partition_of(region),
        };
        Some(match name {
            "AWS::AccountId" => Term::text(self.account.as_str()),
            "AWS::NotificationARNs" => {
                Term::List(self.notification_arns.iter().map(|arn| Term::text(arn.as_str())).collect())
            }
            "AWS::Partition" => Term::text(partition.code),
            "AWS::Region" => Term::text(self.region.as_str()),
            "AWS::StackId" => Term::text(self.stack_id.as_str()),
            "AWS::StackName" => Term::text(self.stack_name.as_str()),
            "AWS::URLSuffix" => Term::text(partition.url_suffix),
            _ => return None,
        })
    }
}
