"""Families where the difference comes from somewhere else in the template: parameters, mappings, conditions, loops, and from outside."""

import copy

from values import WORDS, get, leaves, put


def text(m):
    return f'{m.random.choice(WORDS)}-{m.random.between(100, 999)}'


def user(m, sections_of, term, word=None, kind='', same_percent=0):
    """One resource that has `term`; the sections of the two templates differ."""
    resource, _ = m.holding(word or m.random.choice(['no', 'yes', 'yes', 'maybe']), term)
    name, rest = m.name(), m.bystander()
    one = text(m)
    other = one if m.random.chance(same_percent) else text(m)
    return kind, m.template({name: resource, **rest}, **sections_of(one)), m.template({name: resource, **rest}, **sections_of(other))


def default(m):
    term, name = m.random.choice([
        ({'Ref': 'P'}, 'Ref'), ({'Fn::Sub': 'a-${P}'}, 'Sub'), ({'Fn::Join': ['-', ['a', {'Ref': 'P'}]]}, 'Join'),
        ({'Fn::Sub': ['${A}/x', {'A': {'Ref': 'P'}}]}, 'Sub with a variable'), ({'Fn::Select': [0, {'Fn::Split': ['/', {'Fn::Sub': '${P}/x'}]}]}, 'Split'),
        ({'Fn::If': ['C', {'Ref': 'P'}, 'x']}, 'If')])
    conditions = {'C': {'Fn::Equals': ['a', 'a']}}
    secret = m.random.chance(15)

    def sections(value):
        return {'Parameters': {'P': {'Type': 'String', 'Default': value, **({'NoEcho': True} if secret else {})}}, 'Conditions': conditions}
    return user(m, sections, term, kind=f'default by {name}', same_percent=10)


def list_default(m):
    index = m.random.below(2)

    def sections(value):
        return {'Parameters': {'L': {'Type': 'CommaDelimitedList', 'Default': f'fixed,{value}'}}}
    return user(m, sections, {'Fn::Select': [index, {'Ref': 'L'}]}, kind=f'default of a list, item {index}')


def ssm_default(m):
    def sections(value):
        return {'Parameters': {'P': {'Type': 'AWS::SSM::Parameter::Value<String>', 'Default': f'/team/{value}'}}}
    return user(m, sections, {'Ref': 'P'}, kind='path of an SSM parameter', same_percent=20)


def mapping(m):
    kind = m.random.choice(['plain', 'by default', 'by region', 'row of a region', 'in Sub'])
    term = {'plain': {'Fn::FindInMap': ['M', 'top', 'second']}, 'by default': {'Fn::FindInMap': ['M', {'Ref': 'P'}, 'second']},
            'by region': {'Fn::FindInMap': ['M', {'Ref': 'AWS::Region'}, 'second']},
            'row of a region': {'Fn::FindInMap': ['M', {'Ref': 'AWS::Region'}, 'second']},
            'in Sub': {'Fn::Sub': ['a-${X}', {'X': {'Fn::FindInMap': ['M', 'top', 'second']}}]}}[kind]
    other_row, told = m.random.chance(20), []

    def sections(value):
        rows = {'top': {'second': 'fixed' if other_row else value, 'other': value}, 'eu-west-1': {'second': value}}
        if kind == 'row of a region':
            # A row comes; of the row that is deployed nothing changes.
            rows = {'eu-west-1': {'second': 'fixed'}, **({'us-east-1': {'second': value}} if told else {})}
            told.append(value)
        return {'Mappings': {'M': rows}, 'Parameters': {'P': {'Type': 'String', 'Default': 'top'}}}
    return user(m, sections, term, kind=f'mapping {kind}', same_percent=10)


def mapping_of_mapping(m):
    """A mapping whose name or key comes from a mapping, and mappings in conditions, attributes and texts."""
    held, path = m.holding(m.random.choice(['no', 'yes']), None)
    one, other = text(m), text(m)
    free, region = {'Ref': 'Free'}, {'Ref': 'AWS::Region'}
    of_stage = {'Fn::FindInMap': ['Stages', free if m.random.chance(60) else 'dev', 'Map']}
    kind, term = m.random.choice([
        ('the name', {'Fn::FindInMap': [of_stage, 'eu-west-1', 'Name']}), ('the name and a key', {'Fn::FindInMap': [of_stage, region, 'Name']}),
        ('a key', {'Fn::FindInMap': ['Dev', {'Fn::FindInMap': ['Stages', free, 'Region']}, 'Name']}),
        ('the second key', {'Fn::FindInMap': ['Dev', 'eu-west-1', free]}), ('in a condition', {'Fn::If': ['C', 'a', 'b']}),
        ('in a text', {'Fn::Join': ['-', ['a', {'Fn::FindInMap': ['Dev', region, 'Name']}]]}), ('in an attribute', None), ('in Metadata', None)])
    if term is None:
        del held['Properties'][path[0]]
        found = {'Fn::FindInMap': ['Policies', region, 'Of']}
        held.update({'DeletionPolicy': found} if kind == 'in an attribute' else {'Metadata': {'Of': {'Fn::FindInMap': ['Dev', region, 'Name']}}})
    else:
        put(held['Properties'], path, term)
    changed = m.random.choice(['Name', 'Name', 'Other', 'Map'])
    sections = []
    for side in (0, 1):
        value = {name: (one, other)[side] if name == changed else 'fixed' for name in ('Name', 'Other')}
        sections.append({
            'Transform': 'AWS::LanguageExtensions', 'Parameters': {'Free': {'Type': 'String'}},
            'Conditions': {'C': {'Fn::Equals': [{'Fn::FindInMap': ['Dev', region, 'Name']}, 'fixed']}},
            'Mappings': {'Stages': {stage: {'Map': 'Prod' if side and changed == 'Map' else 'Dev', 'Region': 'eu-west-1'} for stage in ('dev', 'prod')},
                         'Dev': {place: dict(value) for place in ('eu-west-1', 'us-east-1')}, 'Prod': {'eu-west-1': {'Name': 'fixed', 'Other': 'fixed'}},
                         'Policies': {'eu-west-1': {'Of': 'Retain' if side and changed == 'Name' else 'Delete'}, 'us-east-1': {'Of': 'Delete'}}}})
    name, rest = m.name(), m.bystander()
    return f'mapping of a mapping: {kind}', m.template({name: held, **rest}, **sections[0]), m.template({name: held, **rest}, **sections[1])


def mapping_key(m):
    resource, _ = m.holding(m.random.choice(['no', 'yes']), {'Fn::FindInMap': ['M', {'Ref': 'Stage'}, 'Name']})
    maps = {'M': {'dev': {'Name': text(m)}, 'prod': {'Name': text(m)}}}
    name = m.name()
    made = [m.template({name: resource}, Parameters={'Stage': {'Type': 'String', 'Default': d}}, Mappings=maps) for d in ('dev', 'prod')]
    return 'key of a mapping by a default', *made


def condition_pair(m):
    """Two sections under which condition `C` has another value, or the same one otherwise."""
    flips = m.random.chance(75)
    kind = m.random.choice(['default', 'literals', 'not', 'and', 'mapping', 'nested'])
    one, other = ('prod', 'dev' if flips else 'prod')
    if m.random.chance(50):
        one, other = other, one
    parameters = [{'Stage': {'Type': 'String', 'Default': d}} for d in (one, other)]
    equals = {'Fn::Equals': [{'Ref': 'Stage'}, 'prod']}
    made = []
    for declared, value in zip(parameters, (one, other)):
        maps = {}
        if kind == 'default':
            conditions = {'C': equals}
        elif kind == 'literals':
            conditions, declared = {'C': {'Fn::Equals': [value, 'prod']}}, {}
        elif kind == 'not':
            conditions = {'C': {'Fn::Not': [equals]}}
        elif kind == 'and':
            conditions = {'D': {'Fn::Equals': ['a', 'a']}, 'C': {'Fn::And': [{'Condition': 'D'}, equals]}}
        elif kind == 'mapping':
            conditions = {'C': {'Fn::Equals': [{'Fn::FindInMap': ['Flags', 'all', 'on']}, 'prod']}}
            maps, declared = {'Flags': {'all': {'on': value}}}, {}
        else:
            conditions = {'D': equals, 'E': {'Fn::Or': [{'Condition': 'D'}, {'Fn::Equals': ['x', 'y']}]}, 'C': {'Condition': 'E'}}
        made.append({'Parameters': declared, 'Conditions': conditions, 'Mappings': maps})
    return kind, made


def condition_of_resource(m):
    kind, sections = condition_pair(m)
    resource = m.resource()
    resource['Condition'] = 'C'
    if m.random.chance(20):
        resource['DeletionPolicy'] = 'Retain'
    name, rest = m.name(), m.bystander()
    return f'condition of a resource: {kind}', *[m.template({name: resource, **rest}, **s) for s in sections]


def condition_comes(m):
    resource = m.resource()
    with_it = {**copy.deepcopy(resource), 'Condition': 'C'}
    word = m.random.choice(['prod', 'dev'])
    sections = {'Parameters': {'Stage': {'Type': 'String', 'Default': word}}, 'Conditions': {'C': {'Fn::Equals': [{'Ref': 'Stage'}, 'prod']}}}
    name, beside = m.name(), {m.name(): m.resource()}
    pair = (resource, with_it) if m.random.chance(50) else (with_it, resource)
    return 'a condition comes or leaves', *[m.template({name: r, **beside}, **sections) for r in pair]


def condition_of_value(m):
    kind, sections = condition_pair(m)
    other = {'Ref': 'AWS::NoValue'} if m.random.chance(25) else text(m)
    resource, _ = m.holding(m.random.choice(['no', 'yes']), {'Fn::If': ['C', text(m), other]})
    name, rest = m.name(), m.bystander()
    return f'condition of a value: {kind}', *[m.template({name: resource, **rest}, **s) for s in sections]


def unknown_condition(m):
    """The condition depends on a parameter without a default."""
    sections = {'Parameters': {'Stage': {'Type': 'String'}}, 'Conditions': {'C': {'Fn::Equals': [{'Ref': 'Stage'}, 'prod']}}}
    kind = m.random.choice(['same', 'changes', 'comes', 'leaves', 'value', 'new', 'gone', 'flips'])
    name, beside = m.name(), {m.name('Beside'): m.resource(optional=1)}
    type_, old, new = m.changing(m.random.choice(['no', 'yes']))
    conditional = [{**copy.deepcopy(r), 'Condition': 'C'} for r in (old, new)]
    pair = {'same': (conditional[0], conditional[0]), 'changes': tuple(conditional), 'comes': (old, conditional[0]), 'leaves': (conditional[0], old),
            'new': (None, conditional[0]), 'gone': (conditional[0], None), 'flips': (conditional[0], conditional[0])}.get(kind)
    if kind == 'value':
        held, path = m.holding(m.random.choice(['no', 'yes']), {'Fn::If': ['C', 'one', 'two']})
        other = copy.deepcopy(held)
        put(other['Properties'], path, {'Fn::If': ['C', 'one', text(m)]})
        pair = (held, other)
    after = copy.deepcopy(sections)
    if kind == 'flips':
        after['Conditions']['C'] = {'Fn::Not': [after['Conditions']['C']]}
    made = [m.template({**({name: r} if r else {}), **beside}, **s) for r, s in zip(pair, (sections, after))]
    return f'unknown condition: {kind}', *made


def free_parameter(m):
    """A parameter without a default is the same on both sides."""
    sections = {'Parameters': {'Free': {'Type': 'String'}}}
    resource, _ = m.holding(m.random.choice(['no', 'yes']), m.random.choice([{'Ref': 'Free'}, {'Fn::Sub': 'a-${Free}'}]))
    name = m.name()
    after = copy.deepcopy(sections)
    kind = m.random.choice(['nothing', 'described'])
    if kind == 'described':
        after['Parameters']['Free']['Description'] = 'any text'
    return f'a parameter without default: {kind}', m.template({name: resource}, **sections), m.template({name: resource}, **after)


def no_value(m):
    type_ = m.type()
    names = [n for n in m.writable(type_) if n not in (type_.schema.get('required') or [])]
    if not names:
        return None
    name = m.random.choice(names)
    old = m.values(type_).resource(include=(name,), optional=1)
    if old['Properties'][name] in ({}, []):
        return None
    none = {'Ref': 'AWS::NoValue'}
    sections = {'Conditions': {'No': {'Fn::Equals': ['a', 'b']}}}
    without = copy.deepcopy(old)
    del without['Properties'][name]
    spelled = copy.deepcopy(old)
    spelled['Properties'][name] = m.random.choice([none, {'Fn::If': ['No', old['Properties'][name], none]}])
    same = copy.deepcopy(old)
    same['Properties'][name] = {'Fn::If': ['No', none, old['Properties'][name]]}
    kind, one, other = m.random.choice([('absent', without, spelled), ('leaves', old, spelled), ('comes', spelled, old), ('taken', old, same)])
    if kind != 'taken' and m.random.chance(30):
        items = [n for n, v in old['Properties'].items() if isinstance(v, list) and n != name and n != 'Tags']
        if items:
            other = copy.deepcopy(other)
            other['Properties'][items[0]] = other['Properties'][items[0]] + [none]
    logical, rest = m.name(), m.bystander()
    return f'NoValue: {kind}', m.template({logical: one, **rest}, **sections), m.template({logical: other, **rest}, **sections)


def loop(m):
    """`Fn::ForEach`: another list, another body, or the same resources written out."""
    body, path = m.holding(m.random.choice(['no', 'yes']), {'Fn::Sub': 'the-${N}'})
    items = ['Blue', 'Green']
    kind = m.random.choice(['longer', 'shorter', 'body', 'written out', 'by default', 'value'])
    other, after = copy.deepcopy(body), list(items)
    parameters = [{}, {}]
    lists = [items, after]
    if kind == 'longer':
        after.append('Red')
    elif kind == 'shorter':
        after.pop()
    elif kind in ('body', 'value'):
        put(other['Properties'], path, {'Fn::Sub': 'a-${N}'} if kind == 'body' else {'Fn::Join': ['-', ['the', {'Ref': 'N'}]]})
    elif kind == 'by default':
        parameters = [{'L': {'Type': 'CommaDelimitedList', 'Default': d}} for d in ('Blue,Green', 'Blue,Red')]
        lists = [{'Ref': 'L'}, {'Ref': 'L'}]
    beside = {m.name(): m.resource(optional=1)}
    made = []
    for one, listed, declared in zip((body, other), lists, parameters):
        made.append(m.template({**beside, 'Fn::ForEach::Loop': ['N', listed, {'Item${N}': one}]}, Parameters=declared, Transform='AWS::LanguageExtensions'))
    if kind == 'written out':
        plain = {}
        for item in items:
            one = copy.deepcopy(body)
            put(one['Properties'], path, f'the-{item}')
            plain[f'Item{item}'] = one
        made[1] = m.template({**beside, **plain}, Transform='AWS::LanguageExtensions')
    return f'loop: {kind}', *made


def extensions(m):
    """Functions of the language extensions."""
    one, other = text(m), text(m)
    kind = m.random.choice(['ToJsonString', 'Length', 'DefaultValue', 'policy'])
    sections = [{'Transform': ['AWS::LanguageExtensions']}, {'Transform': ['AWS::LanguageExtensions']}]
    if kind == 'policy':
        resource = m.resource()
        resource['DeletionPolicy'] = {'Fn::If': ['C', 'Retain', 'Delete']}
        for section, value in zip(sections, ('a', 'b')):
            section['Conditions'] = {'C': {'Fn::Equals': [value, 'a']}}
        pair = resource, resource
    else:
        terms = {'ToJsonString': [{'Fn::ToJsonString': {'a': t, 'n': 1}} for t in (one, other)],
                 'Length': [{'Fn::Sub': ['n-${L}', {'L': {'Fn::Length': items}}]} for items in (['a', 'b'], m.random.choice([['c', 'd'], ['a']]))],
                 'DefaultValue': [{'Fn::FindInMap': ['M', 'x', 'y', {'DefaultValue': t}]} for t in (one, other)]}[kind]
        resource, path = m.holding(m.random.choice(['no', 'yes']), terms[0])
        after = copy.deepcopy(resource)
        put(after['Properties'], path, terms[1])
        pair = resource, after
        for section in sections:
            section['Mappings'] = {'M': {'a': {'b': 'c'}}}
    name = m.name()
    return f'language extensions: {kind}', *[m.template({name: r}, **s) for r, s in zip(pair, sections)]


def outside(m):
    """What is read from elsewhere while the stack is deployed."""
    kind, one, other = m.random.choice([
        ('ssm', '{{resolve:ssm:/a/one}}', '{{resolve:ssm:/a/two}}'), ('ssm version', '{{resolve:ssm:/a/one:1}}', '{{resolve:ssm:/a/one:2}}'),
        ('ssm same', '{{resolve:ssm:/a/one}}', '{{resolve:ssm:/a/one}}'), ('ssm in a text', 'a-{{resolve:ssm:/a/one}}', 'a-{{resolve:ssm:/a/two}}'),
        ('import', {'Fn::ImportValue': 'one'}, {'Fn::ImportValue': 'two'}), ('import same', {'Fn::ImportValue': 'one'}, {'Fn::ImportValue': {'Fn::Sub': 'one'}})])
    old, path = m.holding(m.random.choice(['no', 'yes']), one)
    new = copy.deepcopy(old)
    put(new['Properties'], path, other)
    name, rest = m.name(), m.bystander()
    return f'outside: {kind}', m.template({name: old, **rest}), m.template({name: new, **rest})


ALL = [
    (60, 'parameters, conditions, mappings', default), (10, 'parameters, conditions, mappings', list_default),
    (12, 'parameters, conditions, mappings', ssm_default), (30, 'parameters, conditions, mappings', mapping),
    (10, 'parameters, conditions, mappings', mapping_key), (25, 'parameters, conditions, mappings', mapping_of_mapping), (35, 'parameters, conditions, mappings', condition_of_resource),
    (12, 'parameters, conditions, mappings', condition_comes), (25, 'parameters, conditions, mappings', condition_of_value),
    (25, 'not known before the deployment', unknown_condition), (10, 'not known before the deployment', free_parameter),
    (20, 'not known before the deployment', outside), (35, 'NoValue', no_value), (25, 'loops and language extensions', loop),
    (15, 'loops and language extensions', extensions),
]
