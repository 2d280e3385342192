"""Families about where in a resource a difference is: nested places, objects and lists given by functions, several changes at once."""

import copy

from values import WORDS, put


def text(m):
    return f'{m.random.choice(WORDS)}-{m.random.between(100, 999)}'


def deepest(value, path):
    """The object that holds the last name of `path`, made where it is missing; lists are entered at their first item."""
    for name in path[:-1]:
        if isinstance(value, list):
            value = value[0]
        if not isinstance(value.get(name), (dict, list)):
            value[name] = {}
        value = value[name]
    return value[0] if isinstance(value, list) and value else value


def holder(m):
    """A resource with a nested create-only or conditional place in it: the resource, the place, the schema's node of its object."""
    types = [t for t in m.types if t.handlers and any(len(p) > 1 for p in t.create_only + t.conditional)]
    type_ = m.random.choice(types)
    place = m.random.choice([p for p in type_.create_only + type_.conditional if len(p) > 1])
    node, path = None, ()
    for name in place[:-1]:
        path += (name,)
        node = type_.node(path)
        if node and node.get('type') == 'array':
            path += ('*',)
            node = type_.node(path)
        if not node or not node.get('properties'):
            return None
    if place[-1] not in node['properties']:
        return None
    resource = m.values(type_).resource(include=(place[0],), optional=1)
    if not isinstance(resource['Properties'][place[0]], (dict, list)) or not resource['Properties'][place[0]]:
        return None
    return type_, resource, place, node


def nested(m):
    """The place itself, its neighbour, or the whole object around it."""
    found = holder(m)
    if not found:
        return None
    type_, old, place, node = found
    try:
        inside = deepest(old['Properties'], place)
    except (AttributeError, IndexError):
        return None
    if not isinstance(inside, dict):
        return None
    values = m.values(type_)
    kind = m.random.choice(['itself', 'itself comes', 'neighbour', 'whole'])
    name = place[-1]
    if kind == 'neighbour':
        others = [n for n in node['properties'] if n != name]
        if not others:
            return None
        name = m.random.choice(others)
    if kind == 'whole' and len(place) == 2 and isinstance(old['Properties'][place[0]], dict) and place[0] not in (type_.schema.get('required') or []):
        inside.setdefault(name, values.make(node['properties'][name], name, 3))
        new = copy.deepcopy(old)
        del new['Properties'][place[0]]
    else:
        inside[name] = values.make(node['properties'][name], name, 3)
        new = copy.deepcopy(old)
        target = deepest(new['Properties'], place)
        if kind == 'itself comes':
            del target[name]
        else:
            target[name] = values.other(inside[name], node['properties'][name], name)
    if new == old or inside.get(name) in ({}, []):
        return None
    pair = (old, new) if m.random.chance(50) else (new, old)
    logical, rest = m.name(), m.bystander()
    return f'nested place: {kind}', m.template({logical: pair[0], **rest}), m.template({logical: pair[1], **rest})


def empty_object(m):
    types = [t for t in m.types if t.handlers and t.places_below(()) and any((t.node((n,)) or {}).get('type') == 'object' for n in m.writable(t))]
    type_ = m.random.choice(types)
    names = [n for n in m.writable(type_) if (type_.node((n,)) or {}).get('properties') and n not in (type_.schema.get('required') or [])]
    if not names:
        return None
    old = m.values(type_).resource(optional=1)
    old.setdefault('Properties', {})
    name = m.random.choice(names)
    old['Properties'].pop(name, None)
    new = copy.deepcopy(old)
    new['Properties'][name] = {}
    pair = (old, new) if m.random.chance(50) else (new, old)
    logical = m.name()
    return 'an empty object', m.template({logical: pair[0]}), m.template({logical: pair[1]})


def list_place(m):
    """A resource and a top-level list of texts in it."""
    places = [(t, n) for t in m.types for n in m.writable(t) if (t.node((n,)) or {}).get('type') == 'array' and n != 'Tags'
              and t.resolved((t.node((n,)) or {}).get('items') or {}).get('type') == 'string'
              and 'enum' not in t.resolved(t.node((n,))['items'])]
    type_, name = m.drawn(places)
    return m.values(type_).resource(include=(name,), optional=1), name


def list_by_function(m):
    resource, name = list_place(m)
    one, other = text(m), text(m)
    conditions = {'Yes': {'Fn::Equals': ['a', 'a']}, 'No': {'Fn::Equals': ['a', 'b']}}
    kind = m.random.choice(['parameter', 'same parameter', 'order', 'mapping', 'same', 'NoValue item', 'item', 'split', 'whole'])
    none = {'Ref': 'AWS::NoValue'}
    before, after, sections = [one, other], [one, other], [{'Conditions': conditions}, {'Conditions': conditions}]
    if kind in ('parameter', 'same parameter', 'order'):
        before, after = {'Ref': 'L'}, {'Ref': 'L'}
        defaults = {'parameter': (f'{one},{other}', f'{one},x-1'), 'same parameter': (f'{one},{other}', f'{one}, {other}'),
                    'order': (f'{one},{other}', f'{other},{one}')}[kind]
        sections = [{'Parameters': {'L': {'Type': 'CommaDelimitedList', 'Default': d}}} for d in defaults]
    elif kind == 'mapping':
        before = after = {'Fn::FindInMap': ['M', 'a', 'b']}
        sections = [{'Mappings': {'M': {'a': {'b': items}}}} for items in ([one, other], [one, 'x-1'])]
    elif kind == 'same':
        after = {'Fn::Split': [',', f'{one},{other}']}
    elif kind == 'NoValue item':
        after = [one, {'Fn::If': ['No', 'x', none]}, other, none]
    elif kind == 'item':
        after = [one, {'Fn::If': ['Yes', 'x', none]}, other]
    elif kind == 'split':
        after = {'Fn::Split': ['|', f'{one}|{text(m)}']}
    else:
        after = {'Fn::If': ['Yes', [one, other], none]}
    old, new = copy.deepcopy(resource), copy.deepcopy(resource)
    old['Properties'][name], new['Properties'][name] = before, after
    logical, rest = m.name(), m.bystander()
    return f'a list by a function: {kind}', m.template({logical: old, **rest}, **sections[0]), m.template({logical: new, **rest}, **sections[1])


def list_of_references(m):
    """A list that names what is replaced, beside literals."""
    type_, old, new = m.changing(m.random.choice(['yes', 'yes', 'maybe', 'no']))
    resource, name = list_place(m)
    source, reader = m.name('Source'), m.name('Consumer')
    items = [{'Ref': source}, text(m)]
    resource['Properties'][name] = items if m.random.chance(50) else list(reversed(items))
    return 'a list of references', m.template({source: old, reader: resource}), m.template({source: new, reader: resource})


def object_by_condition(m):
    """A whole object by `Fn::If`."""
    types = [t for t in m.types if t.handlers and 'update' in t.handlers]
    type_ = m.random.choice(types)
    names = [n for n in m.writable(type_) if (type_.node((n,)) or {}).get('properties')]
    if not names:
        return None
    name = m.random.choice(names)
    resource = m.values(type_).resource(include=(name,), optional=1)
    value = resource['Properties'][name]
    if not isinstance(value, dict) or not value:
        return None
    other = m.values(type_).other(value, type_.schema['properties'][name], name)
    flips = m.random.chance(60)
    words = ('prod', 'dev') if flips else ('prod', 'prod')
    whole = m.random.chance(30)
    if whole:
        resource['Properties'] = {'Fn::If': ['C', resource['Properties'], {**resource['Properties'], name: other}]}
    else:
        resource['Properties'][name] = {'Fn::If': ['C', value, other]}
    logical, rest = m.name(), m.bystander()
    made = [m.template({logical: resource, **rest}, Parameters={'Stage': {'Type': 'String', 'Default': w}},
                       Conditions={'C': {'Fn::Equals': [{'Ref': 'Stage'}, 'prod']}}) for w in words]
    return f'{"all properties" if whole else "an object"} by a condition{"" if flips else " that does not change"}', *made


def several(m):
    """A stack of some resources with several changes at once; consumers follow in depth."""
    before, after = {}, {}
    sources = []
    for _ in range(m.random.between(1, 3)):
        type_, old, new = m.changing(m.random.choice(['yes', 'no', 'no', 'maybe']))
        name = m.name('Source')
        before[name], after[name] = old, new
        sources.append(name)
    for _ in range(m.random.between(2, 4)):
        source = m.random.choice(sources)
        term = m.random.choice([{'Ref': source}, {'Fn::Sub': 'a-${' + source + '}'}])
        held, path = m.holding(m.random.choice(['no', 'yes']), term)
        name = m.name('Consumer')
        before[name] = held
        after[name] = copy.deepcopy(held)
        if m.random.chance(25):
            after[name]['DependsOn'] = sources[0]
        elif m.random.chance(15):
            after[name]['DeletionPolicy'] = 'Retain'
        sources.append(name)
    gone, new = m.name('Gone'), m.name('New')
    before[gone], after[new] = m.resource(), m.resource()
    return 'several changes', m.template(before), m.template(after)


def reading_in_a_text(m):
    """A dynamic reference whose path comes from a parameter, an attribute of a condition's other side, and the like."""
    held, _ = m.holding(m.random.choice(['no', 'yes']), {'Fn::Sub': '{{resolve:ssm:/app/${Stage}/name}}'})
    one = m.random.choice(['dev', 'test'])
    other = one if m.random.chance(30) else 'prod'
    logical, rest = m.name(), m.bystander()
    made = [m.template({logical: held, **rest}, Parameters={'Stage': {'Type': 'String', 'Default': w}}) for w in (one, other)]
    return f'a dynamic reference in a text: {"same" if one == other else "other"}', *made


def zones(m):
    """Functions whose result only AWS knows."""
    kind, one, other = m.random.choice([
        ('same zones', {'Fn::Select': [0, {'Fn::GetAZs': ''}]}, {'Fn::Select': ['0', {'Fn::GetAZs': ''}]}),
        ('another zone', {'Fn::Select': [0, {'Fn::GetAZs': ''}]}, {'Fn::Select': [1, {'Fn::GetAZs': ''}]}),
        ('cidr', {'Fn::Select': [0, {'Fn::Cidr': ['10.0.0.0/16', 4, 8]}]}, {'Fn::Select': [1, {'Fn::Cidr': ['10.0.0.0/16', 4, 8]}]}),
        ('same cidr', {'Fn::Select': [1, {'Fn::Cidr': ['10.0.0.0/16', 4, 8]}]}, '10.0.1.0/24')])
    old, path = m.holding(m.random.choice(['no', 'yes']), one)
    new = copy.deepcopy(old)
    put(new['Properties'], path, other)
    logical, rest = m.name(), m.bystander()
    return f'functions of AWS: {kind}', m.template({logical: old, **rest}), m.template({logical: new, **rest})


ALL = [
    (60, 'nested places', nested), (12, 'nested places', empty_object), (30, 'literal against function', list_by_function),
    (20, 'references to what is replaced', list_of_references), (20, 'parameters, conditions, mappings', object_by_condition),
    (40, 'several changes', several), (10, 'not known before the deployment', reading_in_a_text), (10, 'not known before the deployment', zones),
]
