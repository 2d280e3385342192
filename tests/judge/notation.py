"""Writes a template as JSON, or as YAML in flow style with the short forms of the functions."""

import json

SHORT = ('Ref', 'Condition', 'Fn::Sub', 'Fn::Join', 'Fn::Select', 'Fn::Split', 'Fn::If', 'Fn::Equals', 'Fn::Not', 'Fn::And', 'Fn::Or', 'Fn::FindInMap',
         'Fn::GetAtt', 'Fn::Base64', 'Fn::ImportValue', 'Fn::GetAZs', 'Fn::Cidr')


def yaml(value, condition=False):
    """`condition`: inside of the section Conditions, where `Condition` is a function."""
    if isinstance(value, dict):
        if len(value) == 1:
            (name, inside), = value.items()
            if name in SHORT and (name != 'Condition' or condition and isinstance(inside, str)):
                tag = '!' + name.removeprefix('Fn::')
                if name == 'Fn::GetAtt' and isinstance(inside, list) and all(isinstance(part, str) for part in inside):
                    inside = '.'.join(inside)
                # A short form directly inside of another is what YAML allows and CloudFormation's own tools do not all read.
                return f'{tag} {json.dumps(inside) if isinstance(inside, str) else full(inside, condition)}'
        return '{' + ', '.join(f'{json.dumps(key)}: {yaml(inner, condition)}' for key, inner in value.items()) + '}'
    if isinstance(value, list):
        return '[' + ', '.join(yaml(item, condition) for item in value) + ']'
    return json.dumps(value)


def full(value, condition):
    return yaml(value, condition) if isinstance(value, list) else json.dumps(value)


def written(template, as_yaml):
    if not as_yaml:
        return json.dumps(template)
    return ''.join(f'{key}: {yaml(section, key == "Conditions")}\n' for key, section in template.items())
