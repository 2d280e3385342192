"""Families where the difference comes from another resource: what is replaced, what may be, what is updated in place."""

import copy

from values import put


def referring(m, name, type_, kind=None):
    """A term that reads a resource: its `Ref`, its identity, another attribute; plain or inside of a text."""
    kind = kind or m.random.choice(['Ref', 'Ref', 'identity', 'read-only'])
    attribute = None if kind == 'Ref' else m.attribute(type_, kind)
    if attribute is None:
        kind, term, inline = 'Ref', {'Ref': name}, '${' + name + '}'
    else:
        term, inline = {'Fn::GetAtt': [name, attribute]}, '${' + name + '.' + attribute + '}'
    shape = m.random.choice(['plain', 'plain', 'Sub', 'Join'])
    if shape == 'Sub':
        term = {'Fn::Sub': f'a-{inline}/b'}
    elif shape == 'Join':
        term = {'Fn::Join': ['', ['a-', term]]}
    return kind, shape, term


def chain(m, start, depth=None, word_of_first=None):
    """A resource that changes, and a row of consumers, each of which reads the one before it."""
    type_, old, new = m.changing(start)
    first = name = m.name('Source')
    before, after = {name: old}, {name: new}
    kinds = []
    for _ in range(depth or m.random.between(1, 3)):
        kind, shape, term = referring(m, name, type_)
        consumer, path = m.holding(word_of_first or m.random.choice(['no', 'yes', 'yes']), term)
        name, type_ = m.name('Consumer'), m.registry.of(consumer['Type'])
        before[name] = after[name] = consumer
        kinds.append(f'{kind} {shape}')
    rest = m.bystander()
    return ' > '.join([first[:0] + start, *kinds]), m.template({**before, **rest}), m.template({**after, **rest})


def of_replaced(m):
    return chain(m, 'yes')


def of_maybe_replaced(m):
    return chain(m, 'maybe', m.random.between(1, 2))


def of_updated(m):
    type_, old, new = m.changing('no')
    name = m.name('Source')
    kind = m.random.choice(['Ref', 'identity', 'read-only', 'read-only', 'read-only'])
    for _ in range(20):
        if kind == 'Ref' or m.attribute(type_, kind):
            break
        type_, old, new = m.changing('no')
    kind, shape, term = referring(m, name, type_, kind)
    consumer, _ = m.holding(m.random.choice(['no', 'no', 'yes']), term)
    rest, reader = m.bystander(), m.name('Consumer')
    return f'updated, {kind} {shape}', m.template({name: old, reader: consumer, **rest}), m.template({name: new, reader: consumer, **rest})


KNOWN = [('AWS::EC2::LaunchTemplate', 'LaunchTemplateData', {'InstanceType': 't3.micro'}, {'InstanceType': 't3.large'}, 'LatestVersionNumber'),
         ('AWS::SSM::Parameter', 'Value', 'one', 'two', 'Value'),
         ('AWS::CloudFormation::Stack', 'TemplateURL', 'https://s3.amazonaws.com/b/one.json', 'https://s3.amazonaws.com/b/two.json', 'Outputs.Name'),
         ('Custom::Lookup', 'Question', 'one', 'two', 'Answer'),
         ('AWS::CloudFormation::CustomResource', 'Question', 'one', 'two', 'Answer'),
         ('AWS::Lambda::Function', 'Description', 'one', 'two', 'Arn'),
         ('AWS::ECS::TaskDefinition', 'Cpu', '256', '512', 'TaskDefinitionArn')]
NEEDED = {'AWS::SSM::Parameter': {'Type': 'String'}, 'Custom::Lookup': {'ServiceToken': 'arn:aws:lambda:eu-central-1:123456789012:function:f'},
          'AWS::CloudFormation::CustomResource': {'ServiceToken': 'arn:aws:lambda:eu-central-1:123456789012:function:f'},
          'AWS::Lambda::Function': {'Code': {'ZipFile': 'x'}, 'Role': 'arn:aws:iam::123456789012:role/r'}}


def of_known(m):
    """Sources whose attributes are known to follow an update, or not to."""
    type_, name, one, other, attribute = m.random.choice(KNOWN)
    source, reader = m.name('Source'), m.name('Consumer')
    term = {'Ref': source} if m.random.chance(25) else {'Fn::GetAtt': [source, attribute]}
    consumer, _ = m.holding(m.random.choice(['no', 'no', 'yes']), term)
    sides = [{'Type': type_, 'Properties': {**NEEDED.get(type_, {}), name: value}} for value in (one, other)]
    kind = f'{type_} {"Ref" if "Ref" in term else attribute}'
    return kind, m.template({source: sides[0], reader: consumer}), m.template({source: sides[1], reader: consumer})


def by_default(m):
    """A parameter's default replaces a resource, and its consumers follow."""
    source, reader = m.name('Source'), m.name('Consumer')
    first, _ = m.holding('yes', {'Ref': 'P'})
    _, shape, term = referring(m, source, m.registry.of(first['Type']))
    consumer, _ = m.holding(m.random.choice(['no', 'yes']), term)
    sides = [m.template({source: first, reader: consumer}, Parameters={'P': {'Type': 'String', 'Default': d}}) for d in ('alpha-1', 'beta-2')]
    return f'default, then {shape}', *sides


def retargeted(m):
    """A reference to another resource, and the texts around a reference."""
    one, other, reader = m.name('One'), m.name('Two'), m.name('Consumer')
    source = m.resource()
    consumer, path = m.holding(m.random.choice(['no', 'yes']), {'Ref': one})
    after = copy.deepcopy(consumer)
    kind = m.random.choice(['another resource', 'text around', 'same by Sub', 'same by Join'])
    put(after['Properties'], path, {'another resource': {'Ref': other}, 'text around': {'Fn::Sub': 'x-${' + one + '}'},
                                    'same by Sub': {'Fn::Sub': '${' + one + '}'}, 'same by Join': {'Fn::Join': ['', [{'Ref': one}]]}}[kind])
    if kind == 'text around':
        put(consumer['Properties'], path, {'Fn::Sub': 'y-${' + one + '}'})
    both = {one: source, other: copy.deepcopy(source)}
    return f'reference: {kind}', m.template({**both, reader: consumer}), m.template({**both, reader: after})


def in_document(m):
    """A reference inside of free JSON: a policy after what it names."""
    type_, old, new = m.changing(m.random.choice(['yes', 'yes', 'no', 'maybe']))
    name, reader = m.name('Source'), m.name('Policy')
    _, shape, term = referring(m, name, type_)
    statement = {'Effect': 'Allow', 'Action': 's3:GetObject', 'Resource': [term, 'arn:aws:s3:::b/*']}
    policy = {'Type': 'AWS::IAM::ManagedPolicy', 'Properties': {'PolicyDocument': {'Version': '2012-10-17', 'Statement': [statement]}}}
    return f'in free JSON, {shape}', m.template({name: old, reader: policy}), m.template({name: new, reader: policy})


def in_metadata(m):
    """A reference in `Metadata` of a resource follows as well."""
    type_, old, new = m.changing('yes')
    name, reader = m.name('Source'), m.name('Reader')
    consumer = m.resource()
    consumer['Metadata'] = {'Of': {'Ref': name}}
    return 'in Metadata', m.template({name: old, reader: consumer}), m.template({name: new, reader: consumer})


ALL = [
    (110, 'references to what is replaced', of_replaced), (30, 'references to what is replaced', by_default),
    (30, 'references to what is replaced', in_document), (6, 'references to what is replaced', in_metadata),
    (25, 'references to what is replaced', retargeted), (35, 'what follows "may replace"', of_maybe_replaced),
    (45, 'attributes of what is updated', of_updated), (35, 'attributes of what is updated', of_known),
]
