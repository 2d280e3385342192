//! Sites in all their [`forms`](crate::forms), through their life on the embedded engine: made, the same again, changed, switched where they
//! can be, and deleted.

use crate::forms::FORMS;
use crate::switch::World;

#[test]
fn every_form_is_deployed_changed_switched_and_destroyed() {
    let world = World::without_machine();
    for (name, source) in FORMS {
        println!("{name}");
        let no_change = |world: &World, when: &str| {
            let same = world.run(&["diff", "--fail-on", "any-change"]);
            assert_eq!(same.code, Some(0), "{name}, {when}: {}", same.snapshot());
        };
        world.app(source(false));
        world.run(&["deploy", "--yes"]).success();
        no_change(&world, "deployed");
        world.app(source(true));
        assert_eq!(world.run(&["diff", "--fail-on", "any-change"]).code, Some(3), "{name}");
        // A closed site's secret of an older generation holds data.
        world.run(&["deploy", "--require-approval", "never"]).success();
        no_change(&world, "changed");
        // The embedded engine has no site that could answer.
        let can_be_switched = source(true).synth().unwrap().stacks.iter().any(|stack| !stack.switches.is_empty());
        let switch = world.run(&["switch", "green", "--yes", "--site", "http://127.0.0.1:9"]);
        match can_be_switched {
            true => {
                assert_eq!(switch.code, Some(3), "{name}: {}", switch.snapshot());
                assert!(switch.stdout.contains(".NginxActive = green"), "{name}");
            }
            false => assert_eq!(switch.code, Some(1), "{name}: {}", switch.snapshot()),
        }
        no_change(&world, "switched");
        // A closed site's secret holds data.
        let destroy = world.run(&["destroy", "--require-approval", "never"]).success();
        assert!(!destroy.stderr.contains("DELETE_FAILED"), "{name}: {}", destroy.snapshot());
        let none = world.engine.python(
            "answer([it['StackName'] for region in ('us-east-1', 'eu-central-1', 'ap-northeast-2')\n        for it in client('cloudformation', region).describe_stacks()['Stacks']])",
            &[],
        );
        assert_eq!(none, serde_json::json!([]), "{name}");
    }
}
