//! Statuses as the state keeps them: the words of the API.

use formwork_model::status::{ResourceStatus, StackStatus};
use serde::{Deserialize, Serialize};

macro_rules! kept {
    ($module:ident, $status:ident) => {
        pub(crate) mod $module {
            use formwork_model::status::$status;
            use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

            pub(crate) fn serialize<S: Serializer>(status: &$status, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(status.as_str())
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$status, D::Error> {
                let word = String::deserialize(deserializer)?;
                $status::read(&word).ok_or_else(|| D::Error::custom(format!("`{word}` is not a status")))
            }
        }
    };
}

kept!(stack, StackStatus);
kept!(resource, ResourceStatus);

/// The status in an event: of the stack, or of one of its resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EventStatus {
    Stack(#[serde(with = "stack")] StackStatus),
    Resource(#[serde(with = "resource")] ResourceStatus),
}

impl EventStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            EventStatus::Stack(status) => status.as_str(),
            EventStatus::Resource(status) => status.as_str(),
        }
    }

    /// True if it is the status of something that failed.
    pub(crate) fn is_failed(self) -> bool {
        match self {
            EventStatus::Stack(status) => status.is_failed(),
            EventStatus::Resource(status) => status.is_failed(),
        }
    }

    /// The status, if it is the stack's own.
    pub(crate) fn of_stack(self) -> Option<StackStatus> {
        match self {
            EventStatus::Stack(status) => Some(status),
            EventStatus::Resource(_) => None,
        }
    }
}

impl From<StackStatus> for EventStatus {
    fn from(status: StackStatus) -> Self {
        EventStatus::Stack(status)
    }
}

impl From<ResourceStatus> for EventStatus {
    fn from(status: ResourceStatus) -> Self {
        EventStatus::Resource(status)
    }
}
