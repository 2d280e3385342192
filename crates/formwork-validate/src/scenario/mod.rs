//! Scenarios: which conditions can be true together.
//!
//! A property whose one form is under a condition and whose other form is under the opposite is right when each form is, and
//! forms that can never meet must not be judged together. So the values that conditions compare are varied, not the
//! conditions: every scenario is one that some choice of parameters brings about. The model evaluates the conditions.

mod setting;
mod solve;
mod space;

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::Evaluator;
use formwork_model::evaluate::{EvalError, Truth};
use formwork_template::Value;
use formwork_template::function::Function;

pub(crate) use setting::Setting;
use space::Space;
pub(crate) use space::Varied;

/// For each condition that matters, whether it holds.
pub(crate) type Scenario<'t> = BTreeMap<&'t str, bool>;

/// The scenarios for `conditions`: at least one, and each once.
pub(crate) fn scenarios<'c>(setting: Setting<'_>, conditions: &BTreeSet<&'c str>) -> Vec<Scenario<'c>> {
    of(setting, conditions, Varied::All)
}

/// The same, with some parameters varied.
pub(crate) fn of<'c>(setting: Setting<'_>, conditions: &BTreeSet<&'c str>, varied: Varied) -> Vec<Scenario<'c>> {
    if conditions.is_empty() {
        return vec![Scenario::new()];
    }
    let mut space = Space::of(setting, conditions, varied);
    // Each round takes a condition that cannot be worked out for one that holds or not.
    loop {
        match possible(&space, conditions) {
            Ok(found) => return found,
            Err(name) => space.free(&name),
        }
    }
}

/// The scenarios of all choices. Where no choice gives one, the name of a condition that is to blame.
fn possible<'c>(space: &Space<'_>, conditions: &BTreeSet<&'c str>) -> Result<Vec<Scenario<'c>>, String> {
    let mut found: BTreeSet<Scenario<'c>> = BTreeSet::new();
    let mut order = Vec::new();
    let mut undecided = None;
    for choice in space.choices() {
        let known = space.with(&choice);
        let evaluator = Evaluator::new(&space.setting.template.conditions, &space.setting.template.mappings, &known);
        let mut scenario = Scenario::new();
        for condition in conditions {
            match evaluator.condition(condition) {
                Ok(Truth::Known(holds)) => _ = scenario.insert(condition, holds),
                // Such a choice is not one that CloudFormation carries out: a key that a mapping does not have.
                Ok(Truth::Open(_)) => undecided = Some((*condition).to_owned()),
                Err(EvalError::UnknownCondition { name } | EvalError::CircularCondition { name }) => return Err(name),
                Err(_) => return Err((*condition).to_owned()),
            }
        }
        if scenario.len() == conditions.len() && found.insert(scenario.clone()) {
            order.push(scenario);
        }
    }
    match undecided {
        Some(name) if order.is_empty() => Err(name),
        _ => Ok(order),
    }
}

/// The names of the conditions that decide about values: those of every `Fn::If`.
pub(crate) fn conditions_of<'t>(value: &'t Value, into: &mut BTreeSet<&'t str>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| conditions_of(item, into)),
        Value::Map(entries) => entries.values().for_each(|item| conditions_of(item, into)),
        Value::Function(function) => {
            if let Function::If { condition, .. } = &**function {
                into.insert(condition);
            }
            function.arguments().into_iter().for_each(|argument| conditions_of(argument, into));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use formwork_template::Template;

    use super::*;

    #[track_caller]
    fn check(conditions: &str, parameters: &str, asked: &[&str], expected: &[&str]) {
        let text = format!(r#"{{"Parameters": {parameters}, "Conditions": {conditions}, "Resources": {{}}}}"#);
        let template = Template::from_json(&text).unwrap();
        let mut found: Vec<String> = scenarios(setting(&template, None), &asked.iter().copied().collect())
            .iter()
            .map(|scenario| scenario.values().map(|holds| if *holds { '1' } else { '0' }).collect())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{conditions}");
    }

    static NOTHING: BTreeMap<String, String> = BTreeMap::new();

    fn setting<'t>(template: &'t Template, region: Option<&'t str>) -> Setting<'t> {
        Setting { template, region, given: &NOTHING }
    }

    #[test]
    fn opposites_never_meet() {
        let conditions = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Not": [{"Condition": "A"}]}}"#;
        check(conditions, "{}", &["A", "B"], &["01", "10"]);
    }

    #[test]
    fn one_value_at_a_time() {
        let conditions = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Equals": [{"Ref": "P"}, "y"]}}"#;
        check(conditions, "{}", &["A", "B"], &["00", "01", "10"]);
        let allowed = r#"{"P": {"Type": "String", "AllowedValues": ["x", "y"]}}"#;
        check(conditions, allowed, &["A", "B"], &["01", "10"]);
    }

    #[test]
    fn what_is_not_known_can_be_both() {
        check("{}", "{}", &["Missing"], &["0", "1"]);
        check(r#"{"A": {"Condition": "A"}}"#, "{}", &["A"], &["0", "1"]);
        check(r#"{"A": {"Fn::Equals": ["a", "a"]}}"#, "{}", &["A"], &["1"]);
        let third = r#"{"A": {"Fn::Equals": [{"Fn::GetAZs": ""}, "a"]}, "B": {"Fn::Not": [{"Condition": "A"}]}}"#;
        check(third, "{}", &["A", "B"], &["01", "10"]);
        let circle = r#"{"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "C"}]},
            "C": {"Fn::Not": [{"Condition": "A"}]}}"#;
        check(circle, "{}", &["A", "B"], &["00", "11"]);
    }

    #[test]
    fn a_comparison_of_functions_is_made_true() {
        for side in [
            r#"{"Fn::Join": ["", {"Ref": "L"}]}"#,
            r#"{"Fn::Join": [",", {"Ref": "L"}]}"#,
            r#"{"Fn::Select": [2, {"Ref": "L"}]}"#,
            r#"{"Fn::Select": ["1", {"Fn::Split": ["/", {"Ref": "P"}]}]}"#,
            r#"{"Fn::Sub": "x${P}y${AWS::Region}"}"#,
            r#"{"Fn::Sub": "${P}y"}"#,
            r#"{"Fn::Sub": ["${Q}y", {"Q": {"Ref": "P"}}]}"#,
            r#""{{resolve:ssm:/stage}}""#,
        ] {
            let conditions = format!(
                r#"{{"A": {{"Fn::Equals": [{side}, "xayby"]}}, "B": {{"Fn::Equals": ["xyy", {side}]}},
                    "C": {{"Fn::Not": [{{"Condition": "A"}}]}}}}"#
            );
            let parameters = r#"{"L": {"Type": "List<Number>"}, "P": {"Type": "String"}}"#;
            check(&conditions, parameters, &["A", "B", "C"], &["001", "011", "100"]);
        }
    }

    #[test]
    fn two_parameters_can_be_equal() {
        let conditions = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, {"Ref": "Q"}]}}"#;
        let parameters = r#"{"P": {"Type": "String"}, "Q": {"Type": "String"}}"#;
        check(conditions, parameters, &["A"], &["0", "1"]);
        let same = r#"{"A": {"Fn::Equals": [{"Ref": "P"}, {"Fn::Sub": "${P}"}]}}"#;
        check(same, parameters, &["A"], &["1"]);
    }

    #[test]
    fn a_look_up_is_made_with_the_keys_that_there_are() {
        let template = r#"{"Mappings": {"M": {"dev": {"on": "no"}, "prod": {"on": "yes"}}}, "Parameters": {"P": {"Type": "String"}},
            "Conditions": {"A": {"Fn::Equals": [{"Fn::FindInMap": ["M", {"Ref": "P"}, "on"]}, "yes"]},
                "B": {"Fn::Equals": [{"Ref": "P"}, "prod"]}}, "Resources": {}}"#;
        let template = Template::from_json(template).unwrap();
        let found = scenarios(setting(&template, None), &BTreeSet::from(["A", "B"]));
        let found: Vec<Vec<bool>> = found.iter().map(|scenario| scenario.values().copied().collect()).collect();
        assert_eq!(found, [[false, false], [true, true]]);
    }

    #[test]
    fn a_value_that_is_given_decides() {
        let template = r#"{"Conditions": {"A": {"Fn::Equals": [{"Ref": "P"}, "x"]}, "B": {"Fn::Equals": [{"Ref": "Q"}, "x"]},
            "C": {"Fn::Equals": [{"Ref": "S"}, "x"]}}, "Parameters": {"P": {"Type": "String", "AllowedValues": ["x", "y"]},
            "Q": {"Type": "String", "Default": "x"}, "S": {"Type": "AWS::SSM::Parameter::Value<String>"}}, "Resources": {}}"#;
        let template = Template::from_json(template).unwrap();
        let given = ["P", "Q", "S"].map(|name| (name.to_owned(), "y".to_owned())).into();
        let setting = Setting { template: &template, region: None, given: &given };
        let all = BTreeSet::from(["A", "B", "C"]);
        let open = [false, true].map(|open| Scenario::from([("A", false), ("B", false), ("C", open)]));
        for varied in [Varied::All, Varied::WithoutDefault] {
            let mut found = of(setting, &all, varied);
            found.sort();
            assert_eq!(found, open);
        }
    }

    #[test]
    fn the_region_decides_where_it_is_known() {
        let template = r#"{"Conditions": {"A": {"Fn::Equals": [{"Ref": "AWS::Region"}, "cn-north-1"]},
            "B": {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}}, "Resources": {}}"#;
        let template = Template::from_json(template).unwrap();
        let both = BTreeSet::from(["A", "B"]);
        assert_eq!(
            scenarios(setting(&template, Some("cn-north-1")), &both),
            [Scenario::from([("A", true), ("B", true)])]
        );
        assert_eq!(
            scenarios(setting(&template, Some("us-east-1")), &both),
            [Scenario::from([("A", false), ("B", false)])]
        );
    }
}
