//! The engine's answers as they go over the wire: XML, or a connection that is cut.

use serde_json::Value as Json;
use tokio::sync::oneshot;

use crate::engine::{CUT, Carried, Engine, Outcome, is_written};
use crate::protocol::{ApiError, Form, credential, scope_of, xml};

/// An answer, and what it waits for.
#[derive(Debug)]
pub(crate) struct Pending {
    reply: Reply,
    written: Option<oneshot::Receiver<Outcome>>,
}

/// An answer as it goes back over the wire.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        body: Vec<u8>,
        request_id: String,
    },
    /// The connection is cut.
    Cut,
}

impl Pending {
    /// The answer, once it holds.
    pub(crate) async fn ready(self) -> Reply {
        let Some(written) = self.written else { return self.reply };
        let Err(error) = is_written(written).await else { return self.reply };
        match self.reply {
            Reply::Cut => Reply::Cut,
            Reply::Answer { request_id, .. } => {
                Reply::Answer { status: error.status, body: xml::error(&error, &request_id), request_id }
            }
        }
    }
}

impl Engine {
    /// Carries out a request of the Query protocol. `faults` is its header of faults, if it has one.
    pub(crate) fn query(&self, body: &[u8], authorization: &str, faults: Option<&[u8]>) -> Pending {
        let form = Form::read(body);
        let signed = form.as_ref().ok().and_then(|form| credential(form.get("X-Amz-Credential")?));
        let region = scope_of(authorization).or(signed).map_or("us-east-1", |scope| scope.region).to_owned();
        let Carried { action, result, request_id, written } = self.carry_out(form, &region, faults);
        Pending { reply: reply(&action, result, request_id), written }
    }
}

fn reply(action: &str, result: Result<Json, ApiError>, request_id: String) -> Reply {
    match result {
        Ok(result) => Reply::Answer { status: 200, body: xml::answer(action, &result, &request_id), request_id },
        Err(error) if error.code == CUT => Reply::Cut,
        Err(error) => Reply::Answer { status: error.status, body: xml::error(&error, &request_id), request_id },
    }
}
