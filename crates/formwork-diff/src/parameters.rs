//! Values of parameters, before and after: what `Ref` to a parameter stands for in a preview.

use formwork_model::Pseudo;
use formwork_template::IndexMap;

/// The key of the object that stands for a value which a producer gives once it is deployed:
/// `{"Formwork::KnownAfter": "habitpay-edge"}`.
pub use formwork_model::term::KNOWN_AFTER;

/// The parameters' values in the deployed stack and in the deployment to come. A parameter that is in neither has its
/// template's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterValues {
    /// As deployed.
    pub before: IndexMap<String, ParameterValue>,
    /// As the deployment sets them.
    pub after: IndexMap<String, ParameterValue>,
    /// The values of pseudo parameters; those that are empty are not known.
    pub pseudo: Pseudo,
}

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// This one. Of a parameter with `NoEcho` it is compared and never shown.
    Known(String),
    /// The output of a stack, by its name, that is deployed first.
    KnownAfter(String),
}
