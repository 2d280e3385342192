"""The judge: what CloudFormation does with each resource when a stack goes from one template to another.

Written after the User Guide ("Update behaviors of stack resources", the attribute reference) and the API Reference (`ResourceChange`,
`ResourceChangeDetail`: `Static` is `certain` here, `Dynamic` is `perhaps`). For each resource it gives the set of impacts that are right;
more than one where the sources leave it open.
"""

from compare import Differ
from evaluate import ABSENT, Template, frozen

LEVELS = ['no change', 'may update', 'update', 'may replace', 'replace']
# Attributes of a resource that are changes of their own. `DependsOn` and `Condition` are in no scope of a change set.
ATTRIBUTES = ('CreationPolicy', 'UpdatePolicy', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata')
RETAINED = ('Retain', 'RetainExceptOnCreate')


def outcome(way, word):
    """What a difference comes to at a place where a change replaces (`yes`), may replace (`maybe`) or does not (`no`)."""
    if way == 'none':
        return {'no change'}
    if way == 'slight':
        return {'may update', 'update'}
    if way == 'perhaps':
        return {'may update', 'update'} if word == 'no' else {'may replace'}
    if way == 'order':
        return {'no': {'update', 'may update'}, 'maybe': {'may replace', 'update'}, 'yes': {'may replace', 'replace'}}[word]
    return {'no': {'update'}, 'maybe': {'may replace'}, 'yes': {'replace'}}[word]


class FreeForm:
    """The type of what is no property: nothing is known about its places."""
    tag_property = ('Tags',)
    transformed = frozenset()

    def scalar_kind(self, path):
        return 'any'

    def places_below(self, path):
        return []


class Judge:
    def __init__(self, registry, old, new):
        self.registry = registry
        self.old, self.new = Template(old), Template(new)
        self.found, self.why = {}, {}
        self.properties, self.by_properties = {}, {}

    def verdicts(self):
        """For each logical id: its type, the accepted impacts, and the reasons."""
        resources = {**self.old.resources, **self.new.resources}
        return {name: (resource['Type'], sorted(self.accepted(name)), self.why.get(name, [])) for name, resource in resources.items()}

    def exists(self, template, name):
        resource = template.resources.get(name)
        if resource is None:
            return False
        return template.condition(resource['Condition']) if isinstance(resource.get('Condition'), str) else True

    def accepted(self, name):
        if name not in self.found:
            # A circle of references is refused by CloudFormation; here it ends.
            self.found[name] = {'no change'}
            self.why[name] = []
            self.found[name] = self.judged(name)
        return self.found[name]

    def judged(self, name):
        before, after = self.exists(self.old, name), self.exists(self.new, name)
        note = self.why[name].append
        if before is False and after is False:
            return {'no change'}
        if before is False:
            note('comes')
            return {'create'} if after is True else {'may create'}
        if after is False:
            note('goes')
            return self.destroyed(name, before)
        old, new = self.old.resources[name], self.new.resources[name]
        if old.get('Type') != new.get('Type'):
            note('another type: CloudFormation refuses it')
            return {'replace', 'refused'}
        changed = self.changed(name, old, new)
        if before == after and before is True:
            return changed
        if before == after:
            # It is there or it is not, on both sides alike.
            return changed | ({'may replace'} if 'replace' in changed else set()) | ({'may update'} if 'update' in changed else set())
        note('whether it exists is not known')
        if before is True:
            return {'may destroy'} | changed - {'no change'} | ({'keep'} if self.policy(self.old, name) in RETAINED else set())
        if after is True:
            return {'may create', 'create'} | changed - {'no change'}
        return {'may create', 'may destroy'} | changed - {'no change'}

    def policy(self, template, name):
        policy = template.value(template.resources[name].get('DeletionPolicy', 'Delete'))
        return policy if isinstance(policy, str) else None

    def destroyed(self, name, before):
        policies = {self.policy(self.old, name)}
        if name in self.new.resources:
            policies.add(self.policy(self.new, name))
        out = {'keep' if policy in RETAINED else 'destroy' for policy in policies}
        if None in policies:
            out |= {'keep', 'destroy', 'may destroy'}
        return out if before is True else {'may destroy'} | out & {'keep'}

    def changed(self, name, old, new):
        type_ = self.registry.of(new['Type'])

        def note(path, ways, words):
            self.why[name].append(f'{"/".join(path)}: {"|".join(sorted(ways))}, replaces: {"|".join(sorted(words))}')
        differ = Differ(type_, self.seen)
        sides = [t.value(r.get('Properties') or {}) for t, r in ((self.old, old), (self.new, new))]
        sides = [{} if side is ABSENT else side for side in sides]
        self.properties[name] = sides
        levels = {'no change'}
        for path, ways in differ.compare(*sides):
            words = type_.words(tuple(part for part in path if part != '*'))
            outcomes = set().union(*(outcome(way, word) for way in ways for word in words))
            note(path, ways, words)
            levels = {max(a, b, key=LEVELS.index) for a in levels for b in outcomes}
        self.by_properties[name] = levels != {'no change'}
        for attribute in ATTRIBUTES:
            one, other = (self.attribute(t, r, attribute) for t, r in ((self.old, old), (self.new, new)))
            for path, ways in Differ(FreeForm(), self.seen).compare(one, other):
                if attribute.endswith('Policy') and {frozen(one), frozen(other)} == {frozen(ABSENT), frozen('Delete')}:
                    ways = {'none', 'certain'}
                outcomes = set().union(*(outcome(way, 'no') for way in ways))
                note((attribute, *path), ways, {'no'})
                levels = {max(a, b, key=LEVELS.index) for a in levels for b in outcomes}
        if levels == {'no change'} and new['Type'] == 'AWS::CloudFormation::Stack':
            # A change set lists a nested stack always (ChangeSource `Automatic`): its template might have changed.
            return {'no change', 'may update'}
        return levels

    def attribute(self, template, resource, name):
        return template.value(resource[name]) if name in resource else ABSENT

    def seen(self, name, attribute):
        """The ways in which an attribute of a resource that is there on both sides may turn out."""
        if name not in self.new.resources or name not in self.old.resources:
            return {'none', 'perhaps', 'certain'}
        type_ = self.registry.of(self.new.resources[name]['Type'])
        kind = type_.attribute(attribute)
        ways = set()
        for impact in self.accepted(name):
            ways |= self.follows(impact, kind, name, attribute)
        return ways

    def follows(self, impact, kind, name, attribute):
        if impact in ('no change', 'create', 'destroy', 'keep'):
            return {'none'}
        if impact in ('may create', 'may destroy'):
            return {'none', 'perhaps'}
        moved = kind == 'property' and self.moved(name, attribute)
        if impact in ('update', 'may update'):
            if kind == 'identity':
                return {'none'}
            if kind == 'property':
                return {'perhaps', 'certain'} if moved else {'none', 'perhaps'}
            if kind == 'read-only':
                return {'perhaps'} if self.by_properties.get(name) else {'none', 'perhaps'}
            return {'none', 'perhaps'}
        if kind == 'property':
            return {'perhaps', 'certain'} if moved else {'none', 'perhaps'}
        if impact == 'may replace':
            return {'perhaps'}
        return {'identity': {'certain'}, 'other identity': {'perhaps', 'certain'}}.get(kind, {'perhaps'})

    def moved(self, name, attribute):
        old, new = self.properties.get(name, ({}, {}))
        for part in attribute.split('.'):
            old = old.get(part, ABSENT) if isinstance(old, dict) else ABSENT
            new = new.get(part, ABSENT) if isinstance(new, dict) else ABSENT
        return frozen(old) != frozen(new)
