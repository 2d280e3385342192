"""Values made by functions in functions, over everything that may differ: defaults, mappings, conditions, and resources in every state."""

import copy

from values import WORDS, put


class Context:
    """What expressions are made of, with its old and its new state."""

    def __init__(self, m):
        self.m = m
        one = lambda: f'{m.random.choice(WORDS)}-{m.random.between(100, 999)}'
        changed, same, stage = one(), one(), one()
        parameters = {'Changed': {'Type': 'String', 'Default': changed}, 'Same': {'Type': 'String', 'Default': same}, 'Free': {'Type': 'String'},
                      'Stage': {'Type': 'String', 'Default': 'dev'}, 'Many': {'Type': 'CommaDelimitedList', 'Default': f'{one()},{one()}'},
                      'Count': {'Type': 'Number', 'Default': 3}, 'Path': {'Type': 'AWS::SSM::Parameter::Value<String>', 'Default': '/a/b'}}
        mappings = {'Of': {'dev': {'Name': one(), 'Zone': stage}, 'prod': {'Name': one(), 'Zone': stage}}, 'Lists': {'all': {'Names': [one(), one()]}}}
        conditions = {'Dev': {'Fn::Equals': [{'Ref': 'Stage'}, 'dev']}, 'Yes': {'Fn::Equals': [{'Ref': 'Same'}, same]},
                      'Open': {'Fn::Equals': [{'Ref': 'Free'}, 'x']}, 'Both': {'Fn::And': [{'Condition': 'Yes'}, {'Condition': 'Open'}]},
                      'Either': {'Fn::Or': [{'Condition': 'Dev'}, {'Fn::Not': [{'Condition': 'Yes'}]}]}}
        self.old = {'Parameters': parameters, 'Mappings': mappings, 'Conditions': conditions}
        self.new = copy.deepcopy(self.old)
        self.new['Parameters']['Changed']['Default'] = one()
        kind = m.random.below(6)
        if kind == 0:
            self.new['Parameters']['Stage']['Default'] = 'prod'
        elif kind == 1:
            self.new['Mappings']['Of']['dev']['Name'] = one()
        elif kind == 2:
            self.new['Parameters']['Many']['Default'] += f',{one()}'
        elif kind == 3:
            self.new['Parameters']['Path']['Default'] = '/a/c'
        elif kind == 4:
            self.new['Conditions']['Yes'] = {'Fn::Not': [{'Fn::Equals': [{'Ref': 'Same'}, same]}]}
        self.before, self.after, self.sources = {}, {}, []
        for word in ('yes', 'maybe', 'no', None):
            name = m.name({'yes': 'Replaced', 'maybe': 'Perhaps', 'no': 'Updated', None: 'Kept'}[word])
            type_, first, second = m.changing(word or 'no')
            self.before[name], self.after[name] = first, second if word else first
            self.sources.append((name, type_))

    def attribute(self):
        name, type_ = self.m.random.choice(self.sources)
        kind = self.m.random.choice(['identity', 'read-only', 'Ref', 'Ref'])
        attribute = None if kind == 'Ref' else self.m.attribute(type_, kind)
        return (name, attribute)

    def term(self, depth):
        """A function or a text that gives a text."""
        random = self.m.random
        if depth == 0 or random.chance(20):
            return random.choice([random.choice(WORDS), {'Ref': random.choice(['Same', 'Same', 'Changed', 'Free', 'Stage', 'Path', 'Count', 'AWS::Region'])}])
        inner = lambda: self.term(depth - 1)
        kind = random.below(11)
        if kind <= 1:
            name, attribute = self.attribute()
            return {'Fn::GetAtt': [name, attribute]} if attribute else {'Ref': name}
        if kind <= 3:
            return {'Fn::Join': [random.choice(['', '-', '/']), [inner() for _ in range(random.between(1, 3))]]}
        if kind == 4:
            name, attribute = self.attribute()
            own = random.choice(['Same', 'Free', 'Changed', 'AWS::StackName', name + '.' + attribute if attribute else name])
            return {'Fn::Sub': random.choice(['x-${', 'y/${A}/${']) + own + '}'} if random.chance(0) else \
                {'Fn::Sub': ['x-${A}-${' + own + '}', {'A': inner()}]}
        if kind <= 6:
            return {'Fn::If': [random.choice(['Dev', 'Yes', 'Open', 'Both', 'Either']), inner(), inner()]}
        if kind == 7:
            return {'Fn::FindInMap': ['Of', {'Ref': 'Stage'} if random.chance(50) else 'dev', random.choice(['Name', 'Zone'])]}
        if kind == 8:
            return {'Fn::Select': [random.below(2), [inner(), inner()]]}
        if kind == 9:
            return {'Fn::Select': [random.below(2), random.choice([{'Ref': 'Many'}, {'Fn::FindInMap': ['Lists', 'all', 'Names']},
                                                                   {'Fn::Split': ['/', {'Fn::Join': ['/', ['a', {'Ref': 'Same'}, inner()]]}]}])]}
        return {'Fn::Base64': inner()}


def edited(m, context, term):
    """The same expression with one part exchanged."""
    places = []

    def walk(value, path):
        if isinstance(value, dict):
            for name, inside in value.items():
                if name in ('Fn::Join', 'Fn::If', 'Fn::Select'):
                    for i in range(1 if name != 'Fn::Join' else 0, len(inside)):
                        walk(inside[i], path + (name, i))
                elif name == 'Fn::Base64':
                    walk(inside, path + (name,))
        elif isinstance(value, list):
            for i, inside in enumerate(value):
                walk(inside, path + (i,))
                places.append(path + (i,))
    walk(term, ())
    out = copy.deepcopy(term)
    if not places:
        return context.term(2)
    put(out, m.random.choice(places), context.term(1))
    return out


def expression(m):
    context = Context(m)
    for number in range(m.random.between(2, 4)):
        term = context.term(3)
        held, path = m.holding(m.random.choice(['no', 'yes', 'yes', 'maybe']), term)
        after = copy.deepcopy(held)
        if m.random.chance(30):
            put(after['Properties'], path, edited(m, context, term))
        name = m.name('Consumer')
        context.before[name], context.after[name] = held, after
        if number == 0:
            context.sources.append((name, m.registry.of(held['Type'])))
    return 'functions in functions', m.template(context.before, **context.old), m.template(context.after, **context.new)


ALL = [(70, 'functions in functions', expression)]
