//! A run that replaces or removes is killed at each of its calls: the next run ends it, and what a deployed stack uses is there all the
//! time.

use formwork_deploy::{Consent, Outcome};

use crate::app::{Form, app};
use crate::order::done;
use crate::world::{Kill, World};

fn killed_everywhere(form: Form) {
    let wanted = app(form);
    for kill in [Kill::Before as fn(usize) -> Kill, Kill::After] {
        for number in 1.. {
            let world = World::new();
            done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
            let ended = world.deploy(&wanted, kill(number), Consent::Given);
            let is_over = ended.report.is_some();
            let again = world.deploy(&wanted, Kill::Never, Consent::Given);
            done(&again);
            let last = world.deploy(&wanted, Kill::Never, Consent::Given);
            done(&last);
            assert!(last.log.is_empty(), "{form:?} {:?}: {:?}", kill(number), last.log);
            assert!(!world.has("us-east-1", "AWS::SSM::Parameter", "/setting-a"), "{form:?} {:?}", kill(number));
            assert!(!world.has("ap-northeast-2", "AWS::SSM::Parameter", "/copy-a"), "{form:?} {:?}", kill(number));
            if is_over {
                done(&ended);
                break;
            }
        }
    }
}

/// Whichever of a stack's updates it is: the report says that it may go on, since the answer of the call was not seen.
#[test]
fn an_update_that_was_begun_goes_on_after_an_interruption() {
    let mut interrupted = 0;
    for number in 1.. {
        let world = World::new();
        done(&world.deploy(&app(Form::One), Kill::Never, Consent::Given));
        let ended = world.deploy(&app(Form::Removed), Kill::Interrupt(number), Consent::Given);
        let Some(last) = ended.last else { break };
        let region = last.strip_prefix("ExecuteChangeSet ").unwrap();
        let report = ended.report.unwrap().unwrap();
        let stack = report.stacks.iter().find(|stack| *stack.id.region == *region).unwrap();
        assert!(matches!(stack.outcome, Outcome::GoesOn { is_seen: false, .. }), "{number}: {stack:?}");
        interrupted += 1;
    }
    // `site` has two updates, each other stack one: that of `edge` comes last.
    assert_eq!(interrupted, 4);
}

#[test]
fn a_run_that_replaces_is_killed_at_each_call() {
    killed_everywhere(Form::Replaced);
}

#[test]
fn a_run_that_removes_is_killed_at_each_call() {
    killed_everywhere(Form::Removed);
}
