"""Values that look like those of real templates, made from the schema of a type by a generator of random numbers of our own."""

import re

MASK = (1 << 64) - 1


class Random:
    """SplitMix64: the same numbers for the same seed on every machine and every version of Python."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def choice(self, items):
        return items[self.below(len(items))]

    def sample(self, items, n):
        items = list(items)
        for i in range(min(n, len(items))):
            j = self.between(i, len(items) - 1)
            items[i], items[j] = items[j], items[i]
        return items[:n]

    def shuffled(self, items):
        return self.sample(items, len(items))


WORDS = ('orders invoices payments catalog search archive reports audit media session cache gateway worker signup billing '
         'inventory shipping profile events metrics').split()


def policy(random):
    actions = random.sample(['s3:GetObject', 's3:PutObject', 'sqs:SendMessage', 'sns:Publish', 'dynamodb:GetItem', 'logs:PutLogEvents'], 2)
    statement = {'Effect': random.choice(['Allow', 'Deny']), 'Action': actions, 'Resource': f'arn:aws:s3:::{random.choice(WORDS)}-{random.below(1000)}/*'}
    if random.chance(40):
        statement['Condition'] = {'NumericLessThan': {'s3:max-keys': random.between(1, 90)}}
    return {'Version': '2012-10-17', 'Statement': [statement]}


def trust(random):
    service = random.choice(['lambda', 'ec2', 'ecs-tasks', 'states', 'events'])
    return {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': f'{service}.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}


def document(random, name):
    """A document of free JSON."""
    if 'AssumeRole' in name:
        return trust(random)
    if 'Policy' in name:
        return policy(random)
    if name == 'EventPattern':
        return {'source': [f'app.{random.choice(WORDS)}'], 'detail': {'status': [random.between(400, 599)], 'final': [random.chance(50)]}}
    if 'Definition' in name:
        return {'StartAt': 'Wait', 'States': {'Wait': {'Type': 'Wait', 'Seconds': random.between(1, 900), 'End': True}}}
    return {'kind': random.choice(WORDS), 'limits': {'high': random.between(1, 99), 'strict': random.chance(50)}, 'steps': random.sample(WORDS, 3)}


class Values:
    def __init__(self, type_, random):
        self.type, self.random = type_, random

    def make(self, node, name, depth=0):
        node = self.type.resolved(node) if node else node
        random = self.random
        if not node:
            return document(random, name)
        if 'enum' in node:
            return random.choice(node['enum'])
        kind = node.get('type')
        if isinstance(kind, list):
            # Free JSON where a document may be given as a text, too.
            kind = 'object' if 'object' in kind and self.is_free(node) and name not in ('Tags',) else next((k for k in kind if k != 'object'), 'string')
        for key in ('oneOf', 'anyOf'):
            choices = [self.type.resolved(c) for c in node.get(key, [])]
            with_shape = [c for c in choices if c.get('properties') or c.get('type') or c.get('enum')]
            if with_shape and kind in (None, 'object') and not node.get('properties'):
                return self.make(random.choice(with_shape), name, depth)
            required = [c['required'] for c in choices if c.get('required')]
            if required and kind in (None, 'object'):
                return self.object(node, depth, set(random.choice(required)))
        if kind == 'object' or node.get('properties') or node.get('patternProperties'):
            return document(random, name) if self.is_free(node) else self.object(node, depth)
        if kind == 'array':
            return self.list(node, name, depth)
        if kind == 'boolean':
            return random.chance(50)
        if kind in ('integer', 'number'):
            low = int(node.get('minimum', 1))
            high = int(node.get('maximum', low + 900))
            step = int(node.get('multipleOf', 1)) or 1
            value = random.between(low, max(low, min(high, low + 100000)))
            return value if step == 1 else value - value % step or step
        return self.string(node, name)

    def is_free(self, node):
        return not any(node.get(key) for key in ('properties', 'patternProperties', 'oneOf', 'anyOf', 'allOf')) and \
            not isinstance(node.get('additionalProperties'), dict)

    def object(self, node, depth, also=frozenset()):
        random, out = self.random, {}
        properties = node.get('properties') or {}
        required = set(node.get('required') or []) | also
        optional = [name for name in properties if name not in required]
        wanted = random.sample(optional, random.between(0, 2)) if depth < 3 else []
        if not required and not wanted and optional:
            wanted = random.sample(optional, 1)
        for name, inner in properties.items():
            if name in required or name in wanted:
                if depth < 6:
                    out[name] = self.make(inner, name, depth + 1)
        pattern = next(iter((node.get('patternProperties') or {}).values()), node.get('additionalProperties'))
        if not properties and isinstance(pattern, dict):
            for word in random.sample(WORDS, random.between(1, 3)):
                out[word] = self.make(pattern, word, depth + 1)
        return out

    def list(self, node, name, depth):
        random = self.random
        if name == 'Tags':
            keys = random.sample(WORDS, random.between(1, 3))
            inner = self.type.resolved(node.get('items') or {})
            if {'Key', 'Value'} <= set(inner.get('properties') or {}):
                return [{'Key': key, 'Value': random.choice(WORDS)} for key in keys]
        low = max(1, min(4, int(node.get('minItems', 1))))
        high = max(low, min(3, int(node.get('maxItems', 3)), 3 if depth < 3 else 1))
        items = []
        for _ in range(random.between(low, high) * 3):
            item = self.make(node.get('items') or {'type': 'string'}, name, depth + 1)
            if item not in items:
                items.append(item)
            if len(items) >= random.between(low, high):
                break
        return items

    def string(self, node, name):
        random = self.random
        word, number = random.choice(WORDS), random.between(1, 9999)
        hexadecimal = f'{random.next() & 0xFFFFFFFF:08x}'
        low, high = int(node.get('minLength', 0)), int(node.get('maxLength', 200))
        guesses = []
        if name.endswith('Arn') or name.endswith('Arns') or name.endswith('ARN'):
            guesses += [f'arn:aws:iam::123456789012:role/{word}{number}', f'arn:aws:sns:eu-central-1:123456789012:{word}{number}',
                        f'arn:aws:lambda:eu-central-1:123456789012:function:{word}{number}', f'arn:aws:kms:eu-central-1:123456789012:key/{hexadecimal}']
        prefixes = {'Subnet': 'subnet-', 'Vpc': 'vpc-', 'SecurityGroup': 'sg-', 'Image': 'ami-', 'Instance': 'i-', 'Volume': 'vol-'}
        guesses += [prefix + hexadecimal for part, prefix in prefixes.items() if part in name and 'Id' in name]
        if 'Cidr' in name or name.endswith('IpRange'):
            guesses.append(f'10.{random.below(250)}.{random.below(250)}.0/24')
        if 'Email' in name:
            guesses.append(f'{word}{number}@example.com')
        if 'Ur' in name and ('Url' in name or 'Uri' in name):
            guesses.append(f'https://{word}{number}.example.com/')
        if 'Domain' in name or 'Host' in name:
            guesses.append(f'{word}{number}.example.com')
        guesses += [f'{word}-{number}', f'{word}{number}', f'{word.title()}{number}', str(number), hexadecimal, f'{word}_{number}',
                    f'/{word}/{number}', f'{word}{number}.fifo', f'10.0.{number % 250}.{number % 249}', f'us-east-{number % 2 + 1}', 'rate(5 minutes)',
                    f's3://{word}{number}/', f'{hexadecimal}-1111-4222-8333-{hexadecimal}abcd', f'{number % 90 + 10}:00', f'{1 + number % 9}.{number % 9}',
                    f'{number:012d}', f'ab{hexadecimal}', f'projects/{word}', f'2026-1{number % 3}-0{1 + number % 9}T00:00:00Z']
        pattern = node.get('pattern')
        fitting = [guess for guess in guesses if low <= len(guess) <= high]
        if pattern:
            try:
                fitting = [guess for guess in fitting if re.search(pattern, guess)] or fitting
            except re.error:
                pass
        return (fitting or guesses)[0]

    def resource(self, include=(), optional=2):
        """A resource of this type with what it needs, a few properties more, and those of `include`."""
        properties = self.type.schema['properties']
        read_only = {pointer[0] for pointer in self.type.read_only if len(pointer) == 1}
        writable = [name for name in properties if name not in read_only]
        required = [name for name in self.type.schema.get('required') or [] if name in writable]
        for key in ('oneOf', 'anyOf'):
            choices = [c['required'] for c in self.type.schema.get(key) or [] if c.get('required')]
            if choices:
                required += [n for n in self.random.choice(choices) if n in writable]
        more = self.random.sample([name for name in writable if name not in required], optional)
        out = {}
        for name in writable:
            if name in required or name in more or name in include:
                out[name] = self.make(properties[name], name)
        return {'Type': self.type.name, 'Properties': out} if out else {'Type': self.type.name}

    def other(self, value, node, name):
        """Another value for the place of `value`; the same one if the schema allows no other."""
        for _ in range(20):
            made = self.make(node, name)
            if isinstance(value, dict) == isinstance(made, dict) and made != value:
                return made
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return value + 1
        return value + 'x' if isinstance(value, str) else value


def leaves(value, path=()):
    """Every scalar of a value that holds no function, with its path; the items of lists have their numbers."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, path + (name,))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, path + (i,))
    else:
        yield path, value


def starred(path):
    return tuple('*' if isinstance(part, int) else part for part in path)


def get(value, path):
    for part in path:
        value = value[part]
    return value


def put(value, path, new):
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = new
