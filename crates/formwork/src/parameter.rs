//! Parameters that say their type once: `stack.parameter("Port", parameter::number().default(443))` is a `Val<i64>`.

use std::marker::PhantomData;

use formwork_template::{Parameter, ParameterType, Val, Value};

/// A parameter whose values are of type `T` in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedParameter<T> {
    parameter: Parameter,
    value: PhantomData<fn() -> T>,
}

/// A parameter for [`Scope::parameter`](crate::Scope::parameter): a [`TypedParameter`], or a [`Parameter`] whose type the caller states.
pub trait ToParameter<T> {
    /// The parameter as it is in the template.
    fn to_parameter(self) -> Parameter;
}

/// A text.
pub fn text() -> TypedParameter<String> {
    of_type(ParameterType::String)
}

/// A whole number.
pub fn number() -> TypedParameter<i64> {
    of_type(ParameterType::Number)
}

/// A number, which may have a fraction.
pub fn decimal() -> TypedParameter<f64> {
    of_type(ParameterType::Number)
}

/// A list of texts, given with commas.
pub fn list() -> TypedParameter<Vec<Val<String>>> {
    of_type(ParameterType::CommaDelimitedList)
}

/// A list of whole numbers, given with commas.
pub fn number_list() -> TypedParameter<Vec<Val<i64>>> {
    of_type(ParameterType::NumberList)
}

/// A text that CloudFormation checks against the account, or reads from Systems Manager: `AWS::EC2::VPC::Id`,
/// `AWS::SSM::Parameter::Value<String>`.
pub fn aws(type_name: &str) -> TypedParameter<String> {
    of_type(ParameterType::from(type_name))
}

/// A list of such texts: `List<AWS::EC2::Subnet::Id>`.
pub fn aws_list(type_name: &str) -> TypedParameter<Vec<Val<String>>> {
    of_type(ParameterType::from(type_name))
}

fn of_type<T>(parameter_type: ParameterType) -> TypedParameter<T> {
    TypedParameter { parameter: Parameter { parameter_type, ..Parameter::default() }, value: PhantomData }
}

impl<T> TypedParameter<T> {
    fn edit(mut self, edit: impl FnOnce(&mut Parameter)) -> Self {
        edit(&mut self.parameter);
        self
    }

    /// The value when none is given; of a list, one text with commas.
    pub fn default(self, value: impl Into<Value>) -> Self {
        self.edit(|parameter| parameter.default = Some(value.into()))
    }

    /// Sets the description: the purpose of the parameter.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.edit(|parameter| parameter.description = Some(text.into()))
    }

    /// The only values allowed.
    pub fn allowed<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        self.edit(|parameter| parameter.allowed_values = Some(values.into_iter().map(V::into).collect()))
    }

    /// A regular expression that the value must match as a whole.
    pub fn pattern(self, pattern: impl Into<String>) -> Self {
        self.edit(|parameter| parameter.allowed_pattern = Some(pattern.into()))
    }

    /// Sets the text that people see when their value is refused.
    pub fn constraint(self, text: impl Into<String>) -> Self {
        self.edit(|parameter| parameter.constraint_description = Some(text.into()))
    }

    /// The shortest and the longest text.
    pub fn length(self, shortest: u16, longest: u16) -> Self {
        self.edit(|parameter| {
            parameter.min_length = Some(Value::from(i64::from(shortest)));
            parameter.max_length = Some(Value::from(i64::from(longest)));
        })
    }

    /// The smallest and the largest number.
    pub fn range(self, smallest: impl Into<Value>, largest: impl Into<Value>) -> Self {
        self.edit(|parameter| {
            parameter.min_value = Some(smallest.into());
            parameter.max_value = Some(largest.into());
        })
    }

    /// Has CloudFormation mask the value wherever it shows it.
    pub fn no_echo(self) -> Self {
        self.edit(|parameter| parameter.no_echo = Some(Value::from(true)))
    }
}

impl<T> ToParameter<T> for TypedParameter<T> {
    fn to_parameter(self) -> Parameter {
        self.parameter
    }
}

impl<T> ToParameter<T> for Parameter {
    fn to_parameter(self) -> Parameter {
        self
    }
}
