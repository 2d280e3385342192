"""The families of changes. Each function makes one pair: a word for its kind, the deployed template, and the one that follows it."""

import base64
import copy

from values import WORDS, get, leaves, put, starred


def both(m, old, new, beside=True, **sections):
    """The two templates of one resource, with a bystander that does not change."""
    rest = m.bystander() if beside else {}
    name = m.name()
    return m.template({name: old, **rest}, **sections), m.template({name: new, **rest}, **sections)


# Literal values.

def leaf(m):
    type_ = m.type()
    values = m.values(type_)
    old = values.resource(optional=3)
    places = [(p, v) for p, v in leaves(old.get('Properties', {}))]
    if not places:
        return None
    path, value = m.random.choice(places)
    node = type_.node(starred(path))
    new = copy.deepcopy(old)
    if node is None or not node:
        if value in ('2012-10-17',):
            return None
        other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f'{value}x'
    else:
        other = values.other(value, node, str(path[-1]) if isinstance(path[-1], str) else str(path[-2]))
    if isinstance(other, (dict, list)):
        return None
    put(new['Properties'], path, other)
    return 'a value', *both(m, old, new)


def property_comes_or_leaves(m):
    type_ = m.type()
    names = [n for n in m.writable(type_) if n not in (type_.schema.get('required') or [])]
    if not names:
        return None
    name = m.random.choice(names)
    with_it = m.values(type_).resource(include=(name,), optional=1)
    if with_it['Properties'][name] in ({}, []):
        return None
    without = copy.deepcopy(with_it)
    del without['Properties'][name]
    pair = (with_it, without) if m.random.chance(50) else (without, with_it)
    return 'a property comes or leaves', *both(m, *pair)


def nested_property(m):
    type_ = m.type()
    old = m.values(type_).resource(optional=4)
    objects = [(n, v) for n, v in old.get('Properties', {}).items() if isinstance(v, dict) and (type_.node((n,)) or {}).get('properties')]
    if not objects:
        return None
    name, value = m.random.choice(objects)
    node = type_.node((name,))
    absent = [n for n in node['properties'] if n not in value]
    if not absent:
        return None
    inner = m.random.choice(absent)
    made = m.values(type_).make(node['properties'][inner], inner, 2)
    if made in ({}, []):
        return None
    new = copy.deepcopy(old)
    new['Properties'][name][inner] = made
    pair = (old, new) if m.random.chance(50) else (new, old)
    return 'a nested property comes or leaves', *both(m, *pair)


def tagged(m):
    fitting = [t for t in m.types if t.tag_property == ('Tags',) and 'Tags' in (t.schema['properties'])
               and (t.node(('Tags',)) or {}).get('type') == 'array']
    type_ = m.random.choice(fitting)
    resource = m.values(type_).resource(include=('Tags',), optional=1)
    resource['Properties']['Tags'] = [{'Key': key, 'Value': m.random.choice(WORDS)} for key in m.random.sample(WORDS, 3)]
    return resource


def tags(m):
    old = tagged(m)
    new = copy.deepcopy(old)
    listed = new['Properties']['Tags']
    kind = m.random.choice(['value', 'key', 'more', 'fewer'])
    if kind == 'value':
        listed[0]['Value'] += '-2'
    elif kind == 'key':
        listed[1]['Key'] += '-2'
    elif kind == 'more':
        listed.append({'Key': 'owner', 'Value': 'team'})
    else:
        listed.pop(m.random.below(3))
    return f'tags: {kind}', *both(m, old, new)


DOCUMENTS = [('AWS::IAM::Role', ('AssumeRolePolicyDocument',)), ('AWS::IAM::ManagedPolicy', ('PolicyDocument',)), ('AWS::Events::Rule', ('EventPattern',)),
             ('AWS::StepFunctions::StateMachine', ('Definition',)), ('AWS::SSM::Document', ('Content',)), ('AWS::S3::BucketPolicy', ('PolicyDocument',)),
             ('AWS::SQS::QueuePolicy', ('PolicyDocument',)), ('AWS::KMS::Key', ('KeyPolicy',)), ('AWS::SNS::TopicPolicy', ('PolicyDocument',)),
             ('AWS::IAM::RolePolicy', ('PolicyDocument',)), ('AWS::SNS::Subscription', ('FilterPolicy',)), ('AWS::IoT::Policy', ('PolicyDocument',))]


def in_document(m):
    name, path = m.random.choice(DOCUMENTS)
    type_ = m.registry.of(name)
    old = m.values(type_).resource(include=path, optional=1)
    document = get(old['Properties'], path)
    if not isinstance(document, dict):
        return None
    new = copy.deepcopy(old)
    place, value = m.random.choice([(p, v) for p, v in leaves(document) if v not in ('2012-10-17',)])
    other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f'{value}x'
    put(get(new['Properties'], path), place, other)
    return 'free JSON', *both(m, old, new)


def listed(m):
    """A resource with a list of two items or more, and the place of the list."""
    for _ in range(30):
        type_ = m.type()
        old = m.values(type_).resource(optional=3)
        places = [name for name, value in old.get('Properties', {}).items()
                  if isinstance(value, list) and name != 'Tags' and type_.node((name,)) and (type_.node((name,)).get('items'))]
        if not places:
            continue
        name = m.random.choice(places)
        items, node = old['Properties'][name], type_.node((name,))['items']
        for _ in range(20):
            made = m.values(type_).make(node, name, 1)
            if made not in items and made not in ({}, []):
                items.append(made)
            if len(items) >= 3:
                break
        if len(items) >= 2 and all(item not in ({}, []) for item in items):
            return type_, old, name
    return None


def list_items(m):
    found = listed(m)
    if not found:
        return None
    _, old, name = found
    new = copy.deepcopy(old)
    new['Properties'][name].pop(m.random.below(len(new['Properties'][name])))
    pair = (old, new) if m.random.chance(50) else (new, old)
    return 'an item of a list comes or leaves', *both(m, *pair)


def list_order(m):
    if m.random.chance(20):
        old = tagged(m)
        new = copy.deepcopy(old)
        new['Properties']['Tags'].reverse()
        return 'order of tags', *both(m, old, new)
    found = listed(m)
    if not found:
        return None
    _, old, name = found
    new = copy.deepcopy(old)
    new['Properties'][name].reverse()
    return 'order of a list', *both(m, old, new)


def document_order(m):
    old = m.resource(m.registry.of('AWS::IAM::ManagedPolicy'), include=('PolicyDocument',), optional=0)
    old['Properties']['PolicyDocument'] = {'Version': '2012-10-17', 'Statement': [
        {'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': '*'}, {'Effect': 'Deny', 'Action': 'sqs:*', 'Resource': '*'}]}
    new = copy.deepcopy(old)
    statements = new['Properties']['PolicyDocument']['Statement']
    (statements if m.random.chance(50) else statements[0]['Action']).reverse()
    return 'order inside of free JSON', *both(m, old, new)


def spelling(m):
    """Numbers and booleans written as text: equal at typed places."""
    type_ = m.type()
    old = m.values(type_).resource(optional=4)
    places = [(p, v) for p, v in leaves(old.get('Properties', {})) if not isinstance(v, str) and type_.scalar_kind(starred(p)) in ('integer', 'number', 'boolean')]
    if not places:
        places = [(p, v) for p, v in leaves(old.get('Properties', {})) if isinstance(v, str) and v.isdigit() and v[0] != '0']
        if not places:
            return None
    new = copy.deepcopy(old)
    for path, value in m.random.sample(places, 2):
        text = ('true' if value else 'false') if isinstance(value, bool) else str(value) if isinstance(value, int) else int(value)
        put(new['Properties'], path, text)
    pair = (old, new) if m.random.chance(50) else (new, old)
    return 'number against text, typed', *both(m, *pair)


def spelling_in_document(m):
    name, path = m.random.choice(DOCUMENTS[2:5] + DOCUMENTS[10:11])
    old = m.resource(m.registry.of(name), include=path, optional=0)
    document = get(old['Properties'], path)
    places = [(p, v) for p, v in leaves(document) if not isinstance(v, str)] if isinstance(document, dict) else []
    if not places:
        return None
    new = copy.deepcopy(old)
    place, value = m.random.choice(places)
    put(get(new['Properties'], path), place, ('true' if value else 'false') if isinstance(value, bool) else str(value))
    return 'number against text, free JSON', *both(m, old, new)


def almost_a_number(m):
    one, other = m.random.choice([('1.10', '1.1'), ('010', '10'), ('1e3', '1000'), ('0x10', '16'), ('1_0', '10')])
    word = m.random.choice(['no', 'yes'])
    old, path = m.holding(word, one)
    new = copy.deepcopy(old)
    put(new['Properties'], path, other)
    return 'texts that are equal as numbers', *both(m, old, new)


# Resources that come and leave, and their attributes.

def comes(m):
    rest = {m.name(): m.resource(), **m.bystander()}
    return 'comes', m.template(rest), m.template({**rest, m.name('New'): m.resource()})


def leaves_the_stack(m):
    rest = {m.name(): m.resource()}
    gone = m.resource()
    policy = m.random.choice([None, 'Delete', 'Retain', 'Snapshot', 'RetainExceptOnCreate'])
    if policy:
        gone['DeletionPolicy'] = policy
    return f'leaves: {policy}', m.template({**rest, m.name('Gone'): gone}), m.template(rest)


def renamed(m):
    one = m.resource()
    return 'renamed', m.template({m.name(): one}), m.template({m.name(): one})


def another_type(m):
    name, rest = m.name(), m.bystander()
    one, other = m.type(), m.type()
    if one is other:
        return None
    return 'another type', m.template({name: m.resource(one), **rest}), m.template({name: m.resource(other), **rest})


def attributes(m):
    old = m.resource()
    new = copy.deepcopy(old)
    kind = m.random.choice(['DeletionPolicy', 'UpdateReplacePolicy', 'Metadata', 'UpdatePolicy', 'CreationPolicy', 'away'])
    if kind in ('UpdatePolicy', 'CreationPolicy'):
        old = m.resource(m.registry.of('AWS::AutoScaling::AutoScalingGroup'))
        new = copy.deepcopy(old)
        old[kind], new[kind] = ({'AutoScalingRollingUpdate': {'MinInstancesInService': n}} if kind == 'UpdatePolicy'
                                else {'ResourceSignal': {'Count': n, 'Timeout': 'PT5M'}} for n in (1, 2))
        if m.random.chance(30):
            del old[kind]
    elif kind == 'Metadata':
        old['Metadata'], new['Metadata'] = {'Owner': 'one'}, {'Owner': m.random.choice(['two', 'three'])}
        if m.random.chance(30):
            del old['Metadata']
    elif kind == 'away':
        old['DeletionPolicy'] = 'Retain'
    else:
        new[kind] = m.random.choice(['Retain', 'Retain', 'Delete'])
        if m.random.chance(30):
            old[kind] = 'Retain' if new[kind] == 'Delete' else 'Delete'
    return f'attribute {kind}', *both(m, old, new)


def nothing(m):
    """Changes that are none to CloudFormation."""
    first, old, third = m.name('First'), m.resource(), m.resource()
    second, new = m.name('Second'), copy.deepcopy(old)
    sections = [{}, {}]
    kind = m.random.choice(['DependsOn', 'Condition', 'Description', 'Metadata', 'Outputs', 'order of keys', 'parameter', 'mapping', 'condition', 'empty'])
    if kind == 'DependsOn':
        new['DependsOn'] = first if m.random.chance(50) else [first]
    elif kind == 'Condition':
        sections = [{'Conditions': {'Always': {'Fn::Equals': ['a', 'a']}, 'Too': {'Fn::Not': [{'Fn::Equals': ['a', 'b']}]}}}] * 2
        new['Condition'] = 'Always'
        if m.random.chance(50):
            old['Condition'] = 'Too'
    elif kind == 'Description':
        sections = [{'Description': 'one'}, {'Description': 'two'}]
    elif kind == 'Metadata':
        sections = [{'Metadata': {'Build': 1}}, {'Metadata': {'Build': 2}}]
    elif kind == 'Outputs':
        sections = [{'Outputs': {'Id': {'Value': 'a'}}}, {'Outputs': {'Id': {'Value': {'Ref': second}}}}]
    elif kind == 'order of keys':
        new['Properties'] = dict(reversed(list(new.get('Properties', {}).items())))
    elif kind == 'parameter':
        sections = [{'Parameters': {'P': {'Type': 'String', 'Default': d}}} for d in ('a', 'b')]
    elif kind == 'mapping':
        sections = [{'Mappings': {'M': {'a': {'b': d}}}} for d in ('a', 'b')]
    elif kind == 'condition':
        sections = [{'Conditions': {'C': {'Fn::Equals': ['a', d]}}} for d in ('a', 'b')]
    elif 'Properties' not in new:
        new['Properties'] = {}
    return f'nothing: {kind}', m.template({first: third, second: old}, **sections[0]), m.template({first: third, second: new}, **sections[1])


# One value by another function.

def spellings(m, text):
    """Ways to write one text, with the sections that they need."""
    half = max(1, len(text) // 2)
    one, other = text[:half], text[half:]
    return m.random.choice([
        (text, {}),
        ({'Fn::Sub': text.replace('${', '${!')}, {}),
        ({'Fn::Sub': ['${A}' + other.replace('${', '${!'), {'A': one}]}, {}),
        ({'Fn::Join': ['', [one, other]]}, {}),
        ({'Fn::Join': ['', [one, {'Ref': 'AWS::NoValue'}, other]]}, {}),
        ({'Ref': 'Text'}, {'Parameters': {'Text': {'Type': 'String', 'Default': text}}}),
        ({'Fn::Sub': '${Text}'}, {'Parameters': {'Text': {'Type': 'String', 'Default': text}}}),
        ({'Fn::Sub': one + '${Text}'}, {'Parameters': {'Text': {'Type': 'String', 'Default': other}}}),
        ({'Fn::FindInMap': ['Texts', 'a', 'b']}, {'Mappings': {'Texts': {'a': {'b': text}}}}),
        ({'Fn::If': ['Yes', text, 'other']}, {'Conditions': {'Yes': {'Fn::Equals': ['a', 'a']}}}),
        ({'Fn::If': ['No', {'Ref': 'AWS::NoValue'}, text]}, {'Conditions': {'No': {'Fn::Equals': ['a', 'b']}}}),
        ({'Fn::Select': [1, ['x', text, 'y']]}, {}),
        ({'Fn::Select': ['0', {'Fn::Split': ['|', text + '|more']}]}, {}),
        ({'Fn::Join': ['-', {'Fn::Split': ['+', text.replace('-', '+')]}]} if '+' not in text else text, {}),
        ({'Fn::Select': [1, {'Ref': 'Texts'}]}, {'Parameters': {'Texts': {'Type': 'CommaDelimitedList', 'Default': f'x,{text}'}}}),
    ])


def text(m):
    return f'{m.random.choice(WORDS)}-{m.random.between(100, 999)}'


def by_functions(m):
    """The same text or another one, each written by any function."""
    one = text(m)
    other = one if m.random.chance(50) else text(m)
    word = m.random.choice(['no', 'yes', 'maybe'])
    resource, path = m.holding(word, None)
    old, new = copy.deepcopy(resource), copy.deepcopy(resource)
    (left, before), (right, after) = spellings(m, one), spellings(m, other)
    put(old['Properties'], path, left)
    put(new['Properties'], path, right)
    name, rest = m.name(), m.bystander()
    kind = 'the same text' if one == other else 'another text'
    return kind, m.template({name: old, **rest}, **before), m.template({name: new, **rest}, **after)


def encoded(m):
    script = '#!/bin/sh\necho ' + text(m) + '\n'
    type_ = m.registry.of('AWS::EC2::Instance')
    old = m.resource(type_, optional=1)
    old.setdefault('Properties', {})['UserData'] = {'Fn::Base64': script}
    new = copy.deepcopy(old)
    kind = m.random.choice(['same', 'other', 'sub'])
    new['Properties']['UserData'] = {'same': base64.b64encode(script.encode()).decode(), 'other': {'Fn::Base64': script + 'exit 0\n'},
                                     'sub': {'Fn::Base64': {'Fn::Sub': script}}}[kind]
    return f'base64: {kind}', *both(m, old, new)


def literal_against_unknown(m):
    word = m.random.choice(['no', 'yes'])
    term, sections = m.random.choice([
        ({'Ref': 'Free'}, {'Parameters': {'Free': {'Type': 'String'}}}),
        ({'Fn::Sub': 'a-${AWS::StackName}'}, {}), ({'Fn::ImportValue': 'shared-name'}, {}),
        ({'Fn::Sub': '${AWS::AccountId}-${AWS::Region}'}, {})])
    old, path = m.holding(word, text(m))
    new = copy.deepcopy(old)
    put(new['Properties'], path, term)
    pair = (old, new) if m.random.chance(50) else (new, old)
    return 'literal against what is not known', *both(m, *pair, **sections)


def around_a_hole(m):
    """The texts around the same hole differ."""
    hole = m.random.choice(['${AWS::StackName}', '${AWS::Region}', '${Free}'])
    shape = m.random.choice(['{w}-{h}', '{h}-{w}', '{h}-{w}-{h}', 'a-{h}/{w}'])
    word = m.random.choice(['no', 'yes'])
    sections = {'Parameters': {'Free': {'Type': 'String'}}}
    one, other = text(m), text(m)
    if m.random.chance(25):
        other = one
    old, path = m.holding(word, {'Fn::Sub': shape.format(w=one, h=hole)})
    new = copy.deepcopy(old)
    put(new['Properties'], path, {'Fn::Sub': shape.format(w=other, h=hole)})
    if other == one:
        parts = shape.format(w=one, h='\n').split('\n')
        items = [item for i, part in enumerate(parts) for item in ([{'Ref': hole[2:-1]}] if i else []) + ([part] if part else [])]
        put(new['Properties'], path, {'Fn::Join': ['', items]})
    return 'text around a hole', *both(m, old, new, **sections)


ALL = []


def register():
    """Each family with its weight."""
    import families_of_references as references
    import families_of_shapes as shapes
    import families_of_values as values
    ALL.extend([
        (260, 'literal values', leaf), (120, 'literal values', property_comes_or_leaves), (80, 'literal values', nested_property),
        (50, 'literal values', tags), (40, 'literal values', in_document), (60, 'literal values', list_items),
        (50, 'order of lists', list_order), (10, 'order of lists', document_order),
        (35, 'number against text', spelling), (25, 'number against text', spelling_in_document), (12, 'number against text', almost_a_number),
        (15, 'come, leave, attributes', comes), (20, 'come, leave, attributes', leaves_the_stack), (8, 'come, leave, attributes', renamed),
        (8, 'come, leave, attributes', another_type), (40, 'come, leave, attributes', attributes), (50, 'no change to CloudFormation', nothing),
        (60, 'literal against function', by_functions), (10, 'literal against function', encoded),
        (20, 'literal against function', literal_against_unknown), (25, 'literal against function', around_a_hole),
        *values.ALL, *references.ALL, *shapes.ALL,
    ])


register()
