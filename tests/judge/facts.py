"""Facts about resource types, from two sources that are not ours: the registry's schemas as cfn-lint carries them, and the CDK's
service specification, which carries the word of the User Guide ("Update requires: Replacement") for each property.

A word is `yes` (the change replaces), `no` (it does not) or `maybe` (it depends). Where the two sources disagree, more than one word is
accepted; README.md tells which, and why.
"""

import gzip
import importlib.util
import json
import pathlib
from functools import cached_property, lru_cache


def schemas_folder():
    """The folder of the schemas in the installed package, found without importing the package, which is slow."""
    found = importlib.util.find_spec('cfnlint')
    if found is None:
        raise SystemExit('the Python package `cfn-lint` is not installed in this interpreter')
    return pathlib.Path(found.submodule_search_locations[0]) / 'data' / 'schemas'


def names(pointer):
    """The names of a JSON pointer below `/properties`; items of lists have none."""
    return tuple(name for name in pointer.split('/')[2:] if name != '*')


def starts(path, prefix):
    return path[:len(prefix)] == prefix


class Registry:
    def __init__(self, spec_path):
        self.folder = schemas_folder()
        self.files = json.loads((self.folder / 'providers' / 'us-east-1.json').read_text())
        with gzip.open(spec_path) as file:
            tables = json.load(file)['schema']
        self.spec = {r['cloudFormationType']: r for r in tables['resource']['entities']}

    @lru_cache(maxsize=None)
    def of(self, name):
        return Type(self, name)

    def schema(self, name):
        file = self.files.get(name)
        return json.loads((self.folder / 'resources' / f'{file}.json').read_text()) if file else None


class Type:
    def __init__(self, registry, name):
        self.name = name
        self.schema = registry.schema(name)
        self.spec = registry.spec.get(name)

    @property
    def is_known(self):
        return self.schema is not None

    @property
    def is_custom(self):
        return self.name.startswith('Custom::') or self.name == 'AWS::CloudFormation::CustomResource'

    def pointers(self, key):
        return [names(pointer) for pointer in (self.schema or {}).get(key) or []]

    @cached_property
    def create_only(self):
        return self.pointers('createOnlyProperties')

    @cached_property
    def conditional(self):
        return self.pointers('conditionalCreateOnlyProperties')

    @cached_property
    def read_only(self):
        return self.pointers('readOnlyProperties')

    @cached_property
    def primary(self):
        return self.pointers('primaryIdentifier')

    @cached_property
    def other_identifiers(self):
        groups = (self.schema or {}).get('additionalIdentifiers') or []
        return [names(pointer) for group in groups for pointer in (group if isinstance(group, list) else [group])]

    @cached_property
    def handlers(self):
        return set((self.schema or {}).get('handlers') or {})

    @cached_property
    def tag_property(self):
        pointer = ((self.schema or {}).get('tagging') or {}).get('tagProperty') or '/properties/Tags'
        return names(pointer)

    def spec_word(self, path):
        """What the User Guide says about the top-level property; `None` if the specification does not have it."""
        found = (self.spec or {}).get('properties', {}).get(path[0]) if path else None
        return None if found is None else found.get('causesReplacement', 'no')

    def schema_word(self, path):
        if any(starts(path, pointer) for pointer in self.create_only):
            return 'yes'
        if any(starts(path, pointer) for pointer in self.conditional):
            return 'maybe'
        return 'no'

    def words(self, path):
        """The words that are accepted for a change at `path` (names only, no list items)."""
        if not path:
            return {'no'}
        if not self.is_known:
            return {'no', 'maybe'}
        schema, spec = self.schema_word(path), self.spec_word(path)
        below = any(starts(pointer, path[:1]) and len(pointer) > 1 for pointer in self.create_only + self.conditional)
        if not self.handlers:
            if spec is None:
                return {schema, 'maybe'}
            return {spec} if schema == spec else {spec, schema, 'maybe'} if schema == 'yes' else {spec, 'maybe'}
        if 'update' not in self.handlers:
            return {'yes', 'maybe'} if spec in ('no', 'maybe') else {'yes'}
        is_identity = any(starts(path, p) for p in self.primary) and not any(starts(path, p) for p in self.read_only)
        if schema == 'no' and is_identity:
            return {'maybe', 'yes', 'no'} if spec == 'no' else {'maybe', 'yes'}
        if schema == 'yes':
            return {'yes', 'maybe'} if spec in ('no', 'maybe') and len(path) == 1 else {'yes'}
        if schema == 'maybe':
            return {'maybe', 'yes'} if spec == 'yes' else {'maybe'}
        if spec == 'yes':
            return {'no', 'maybe'} if below else {'maybe', 'yes'}
        return {'no', 'maybe'} if spec == 'maybe' else {'no'}

    def places_below(self, path):
        """Create-only and conditional places strictly below `path`: a value that is not known there may change them."""
        return [p for p in self.create_only + self.conditional if len(p) > len(path) and starts(p, path)]

    # Attributes.

    def attribute(self, name):
        """What kind of attribute `Fn::GetAtt` (or `Ref`) reads: `identity`, `other identity`, `read-only`, `property`, `unknown`."""
        if name == 'Ref':
            return 'identity'
        if self.is_custom or self.name == 'AWS::CloudFormation::Stack' and name.startswith('Outputs.'):
            return 'read-only'
        path = tuple(name.split('.'))
        ref = tuple((self.spec or {}).get('cfnRefIdentifier') or ()) if self.spec else ()
        own = self.name.split('::')[-1]
        if path in self.primary or name in ref or name.lower() in ('arn', f'{own}arn'.lower()):
            return 'identity'
        # `Id` and `ApiId` of an `Api` are its own id, though no schema says so.
        is_own_id = name.endswith('Id') and own.endswith(name[:-2])
        if path in self.other_identifiers or name.lower().endswith('arn') or is_own_id:
            return 'other identity'
        if any(starts(path, p) or starts(p, path) for p in self.read_only):
            return 'read-only'
        return 'property' if self.is_known and path[0] in self.schema['properties'] else 'unknown'

    def is_ref_value(self, name):
        return name == 'Ref' or self.spec is not None and name in (self.spec.get('cfnRefIdentifier') or ())

    # The shape of values.

    def node(self, path):
        """The schema of the value at `path` (with `*` for items of lists); `None` inside of free JSON, `{}` where it is not known."""
        node = self.resolved(self.schema) if self.schema else {}
        for name in path:
            if not node:
                return node
            node = self.step(node, name)
            node = self.resolved(node) if node else node
        return node

    def step(self, node, name):
        if name == '*':
            return node.get('items', {})
        choices = [node] + [self.resolved(c) for key in ('oneOf', 'anyOf', 'allOf') for c in node.get(key, [])]
        for choice in choices:
            if name in choice.get('properties', {}):
                return choice['properties'][name]
        for choice in choices:
            for inner in choice.get('patternProperties', {}).values():
                return inner
            if isinstance(choice.get('additionalProperties'), dict):
                return choice['additionalProperties']
        has_shape = any(choice.get('properties') for choice in choices)
        return {} if has_shape else None

    def resolved(self, node):
        seen = 0
        while isinstance(node, dict) and '$ref' in node and seen < 20:
            reference = node['$ref']
            if not reference.startswith('#/'):
                return {}
            target = self.schema
            for part in reference[2:].split('/'):
                target = target.get(part, {}) if isinstance(target, dict) else {}
            node, seen = target, seen + 1
        return node if isinstance(node, dict) else {}

    def scalar_kind(self, path):
        """`json` inside of free JSON, `string`, `number`, `integer`, `boolean` at a typed place, `any` where it is not settled."""
        node = self.node(path)
        if node is None:
            return 'json'
        kind = node.get('type')
        kinds = kind if isinstance(kind, list) else [kind] if kind else []
        scalars = [k for k in kinds if k in ('string', 'number', 'integer', 'boolean')]
        return scalars[0] if len(kinds) == 1 and scalars else 'any'

    @cached_property
    def transformed(self):
        """Properties that AWS stores in another spelling than the one that was given."""
        return {names(pointer) for pointer in (self.schema or {}).get('propertyTransform') or {}}
