"""An evaluator of templates: fills in defaults, mappings, conditions, functions and loops, as CreateChangeSet does, and leaves a hole where
a value is known at AWS only.

A term is `ABSENT`, a scalar, a list, a map, a `Hole`, or a `Text` of literal pieces and holes.
"""

import base64
import ipaddress
import json
import re
from dataclasses import dataclass, field


class Absent:
    def __repr__(self):
        return 'ABSENT'


ABSENT = Absent()


@dataclass(frozen=True)
class Hole:
    kind: str                # attribute, parameter, pseudo, outside, dynamic, ssm, if, call, map
    key: str                 # what tells this hole from others of its kind
    parts: tuple = field(default=(), compare=False, hash=False)

    def __repr__(self):
        return f'<{self.kind} {self.key}>'


@dataclass(frozen=True)
class Text:
    pieces: tuple            # str and Hole, never two str in a row

    def __repr__(self):
        return f'Text{self.pieces}'


class Refused(Exception):
    """CloudFormation would not take the template."""


def is_function(value):
    return isinstance(value, dict) and len(value) == 1 and (next(iter(value)).startswith('Fn::') or 'Ref' in value)


def has_hole(term):
    if isinstance(term, dict):
        return any(map(has_hole, term.values()))
    return any(map(has_hole, term)) if isinstance(term, list) else isinstance(term, (Hole, Text))


def spelled(value):
    """A scalar as CloudFormation writes it into a text."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value)


def frozen(term, typed=True):
    """A text that is equal for equal terms; `typed`: scalars are compared by their spelling."""
    if isinstance(term, (Hole, Text, Absent)):
        return repr(term)
    if isinstance(term, dict):
        return '{' + ','.join(f'{k!r}:{frozen(v, typed)}' for k, v in sorted(term.items())) + '}'
    if isinstance(term, list):
        return '[' + ','.join(frozen(v, typed) for v in term) + ']'
    return repr(spelled(term)) if typed else f'{type(term).__name__}:{term!r}'


def text_of(pieces):
    """Joins pieces, each a scalar, a text or a hole, into one term."""
    out = []
    for piece in pieces:
        for part in piece.pieces if isinstance(piece, Text) else (piece if isinstance(piece, Hole) else spelled(piece),):
            if isinstance(part, str) and out and isinstance(out[-1], str):
                out[-1] += part
            elif part != '':
                out.append(part)
    if not out:
        return ''
    return out[0] if len(out) == 1 else Text(tuple(out))


DYNAMIC = re.compile(r'\{\{resolve:[^{}]*\}\}')
VARIABLE = re.compile(r'\$\{(!?)([^{}]*)\}')


class Template:
    def __init__(self, body, given=None):
        self.body = body
        transforms = body.get('Transform') or []
        self.extensions = 'AWS::LanguageExtensions' in (transforms if isinstance(transforms, list) else [transforms])
        self.parameters = body.get('Parameters') or {}
        self.mappings = body.get('Mappings') or {}
        self.given = given or {}
        self.decided = {}
        self.condition_bodies = self.loops(body.get('Conditions') or {})
        self.resources = self.loops(body.get('Resources') or {})

    # Loops.

    def loops(self, section):
        """The entries of a map with its loops written out."""
        if not self.extensions or not isinstance(section, dict):
            return dict(section)
        out = {}
        for key, value in section.items():
            if not key.startswith('Fn::ForEach::'):
                out[key] = value
                continue
            name, collection, body = value
            items = self.value(collection)
            items = [self.value(item) for item in items] if isinstance(items, list) else items
            if not isinstance(items, list) or any(not isinstance(i, (str, int, float)) for i in items):
                raise Refused('the collection of a loop is not known')
            for item in items:
                out.update(self.loops(self.substituted(body, name, spelled(item))))
        return out

    def substituted(self, value, name, item):
        def put(text):
            return text.replace('${' + name + '}', item).replace('&{' + name + '}', re.sub('[^A-Za-z0-9]', '', item))
        if isinstance(value, str):
            return put(value)
        if isinstance(value, list):
            return [self.substituted(v, name, item) for v in value]
        if isinstance(value, dict):
            if value == {'Ref': name}:
                return item
            return {put(k): self.substituted(v, name, item) for k, v in value.items()}
        return value

    # Conditions: true, false, or a text that names what they depend on.

    def condition(self, name):
        if name not in self.decided:
            if name not in self.condition_bodies:
                raise Refused(f'there is no condition {name}')
            self.decided[name] = 'cycle'
            self.decided[name] = self.truth(self.condition_bodies[name])
        return self.decided[name]

    def truth(self, body):
        if not isinstance(body, dict) or len(body) != 1:
            return spelled(body) == 'true'
        (function, of), = body.items()
        if function == 'Condition':
            return self.condition(of)
        if function == 'Fn::Equals':
            left, right = self.value(of[0]), self.value(of[1])
            if isinstance(left, (Hole, Text)) or isinstance(right, (Hole, Text)):
                if frozen(left) == frozen(right):
                    return True
                return 'equals ' + ' '.join(sorted([frozen(left), frozen(right)]))
            return frozen(left) == frozen(right)
        parts = [self.truth(part) for part in of]
        if function == 'Fn::Not':
            inner = parts[0]
            if isinstance(inner, bool):
                return not inner
            return inner[4:] if inner.startswith('not ') else 'not ' + inner
        absorbs = function == 'Fn::Or'
        if absorbs in parts:
            return absorbs
        left = sorted({part for part in parts if not isinstance(part, bool)})
        if not left:
            return not absorbs
        return left[0] if len(left) == 1 else f'{function}({"; ".join(left)})'

    # Values.

    def value(self, value, local=None):
        if isinstance(value, list):
            items = [self.value(item, local) for item in value]
            return [item for item in items if item is not ABSENT]
        if isinstance(value, str):
            return self.dynamic(value)
        if not isinstance(value, dict):
            return value
        if is_function(value):
            (function, of), = value.items()
            method = self.FUNCTIONS.get(function)
            if method:
                return method(self, of, local)
            if function.startswith('Fn::') and not function.startswith('Fn::ForEach::'):
                return self.call(function, self.value(of, local))
        entries = self.loops(value) if any(key.startswith('Fn::ForEach::') for key in value) else value
        out = {key: self.value(inner, local) for key, inner in entries.items()}
        return {key: inner for key, inner in out.items() if inner is not ABSENT}

    def dynamic(self, text):
        if '{{resolve:' not in text:
            return text
        pieces, at = [], 0
        for found in DYNAMIC.finditer(text):
            pieces += [text[at:found.start()], Hole('dynamic', found.group())]
            at = found.end()
        return text_of(pieces + [text[at:]])

    def call(self, function, arguments):
        return Hole('call', f'{function} {frozen(arguments)}', (function, arguments))

    def ref(self, name, local=None):
        if local and name in local:
            return local[name]
        if name == 'AWS::NoValue':
            return ABSENT
        if name.startswith('AWS::'):
            return Hole('pseudo', name)
        if name in self.parameters:
            return self.parameter(name)
        return Hole('attribute', f'{name}.Ref', (name, 'Ref'))

    def parameter(self, name):
        declared = self.parameters[name]
        kind = declared.get('Type', 'String')
        value = self.given.get(name, declared.get('Default', ABSENT))
        if value is ABSENT:
            return Hole('parameter', name, (kind,))
        if kind.startswith('AWS::SSM::Parameter::Value<'):
            return Hole('ssm', spelled(value), (kind,))
        if kind.startswith('List<') or kind == 'CommaDelimitedList':
            text = ','.join(map(spelled, value)) if isinstance(value, list) else spelled(value)
            return [item.strip() for item in text.split(',')] if text else []
        return spelled(value)

    def get_att(self, of, local=None):
        if isinstance(of, str):
            name, _, attribute = of.partition('.')
        else:
            name, attribute = of[0], self.value(of[1] if len(of) == 2 else '.'.join(of[1:]), local)
        if not isinstance(attribute, str):
            return self.call('Fn::GetAtt', [name, attribute])
        return Hole('attribute', f'{name}.{attribute}', (name, attribute))

    def sub(self, of, local=None):
        text, variables = (of, {}) if isinstance(of, str) else (of[0], of[1])
        variables = {key: self.value(inner, local) for key, inner in variables.items()}
        pieces, at = [], 0
        for found in VARIABLE.finditer(text):
            pieces.append(self.dynamic(text[at:found.start()]))
            at = found.end()
            name = found.group(2).strip()
            if found.group(1):
                pieces.append('${' + found.group(2) + '}')
            elif name in variables:
                pieces.append(self.as_text(variables[name]))
            elif '.' in name and name not in self.parameters:
                pieces.append(self.get_att(name))
            else:
                pieces.append(self.as_text(self.ref(name, local)))
        joined = text_of(pieces + [self.dynamic(text[at:])])
        return self.dynamic(joined) if isinstance(joined, str) else joined

    def as_text(self, term):
        if isinstance(term, list):
            return text_of([p for i, item in enumerate(term) for p in ([','] if i else []) + [self.as_text(item)]])
        return '' if term is ABSENT else self.call('text', term) if isinstance(term, dict) else term

    def join(self, of, local=None):
        delimiter, items = of[0], self.value(of[1], local)
        if not isinstance(items, list):
            return self.call('Fn::Join', [delimiter, items])
        joined = text_of([p for i, item in enumerate(items) for p in ([delimiter] if i else []) + [self.as_text(item)]])
        return self.dynamic(joined) if isinstance(joined, str) else joined

    def split(self, of, local=None):
        delimiter, text = of[0], self.value(of[1], local)
        if isinstance(text, (Hole, Text, list, dict)) or text is ABSENT:
            return self.call('Fn::Split', [delimiter, text])
        return spelled(text).split(delimiter)

    def select(self, of, local=None):
        index, items = self.value(of[0], local), self.value(of[1], local)
        if isinstance(items, list) and not isinstance(index, (Hole, Text)):
            if not 0 <= int(index) < len(items):
                raise Refused(f'Fn::Select has no item {index}')
            return items[int(index)]
        # The pieces before the first hole are known however the hole turns out.
        if isinstance(items, Hole) and items.kind == 'call' and items.parts[0] == 'Fn::Split' and not isinstance(index, Hole):
            delimiter, text = items.parts[1]
            if isinstance(text, Text) and isinstance(text.pieces[0], str):
                known = text.pieces[0].split(delimiter)[:-1]
                if int(index) < len(known):
                    return known[int(index)]
        return self.call('Fn::Select', [index, items])

    def find_in_map(self, of, local=None):
        keys = [self.value(key, local) for key in of[:3]]
        default = self.value(of[3]['DefaultValue'], local) if len(of) > 3 else ABSENT
        if any(isinstance(key, (Hole, Text)) for key in keys):
            candidates = {}
            for name, table in self.mappings.items():
                if isinstance(keys[0], str) and name != keys[0]:
                    continue
                for top, row in table.items():
                    if isinstance(keys[1], str) and top != keys[1]:
                        continue
                    for second, value in row.items():
                        if not isinstance(keys[2], str) or second == keys[2]:
                            candidates[f'{name}/{top}/{second}'] = self.value(value)
            return Hole('map', frozen(keys) + frozen(default), (candidates, default))
        table, top, second = map(spelled, keys)
        found = self.mappings.get(table, {}).get(top, {}).get(second, ABSENT)
        if found is ABSENT:
            if default is ABSENT:
                raise Refused(f'there is no {table}/{top}/{second}')
            return default
        return self.value(found)

    def choose(self, of, local=None):
        decided = self.condition(of[0])
        if isinstance(decided, bool):
            return self.value(of[1 if decided else 2], local)
        sides = self.value(of[1], local), self.value(of[2], local)
        if frozen(sides[0], False) == frozen(sides[1], False):
            return sides[0]
        return Hole('if', f'{decided} ? {frozen(sides[0])} : {frozen(sides[1])}', (decided, *sides))

    def base64(self, of, local=None):
        text = self.value(of, local)
        if isinstance(text, (Hole, Text, dict, list)):
            return self.call('Fn::Base64', text)
        return base64.b64encode(spelled(text).encode()).decode()

    def cidr(self, of, local=None):
        block, count = self.value(of[0], local), self.value(of[1], local)
        bits = self.value(of[2], local) if len(of) > 2 else 8
        if any(isinstance(x, (Hole, Text)) for x in (block, count, bits)):
            return self.call('Fn::Cidr', [block, count, bits])
        network = ipaddress.ip_network(block, strict=False)
        subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits))
        return [str(subnet) for subnet, _ in zip(subnets, range(int(count)))]

    def length(self, of, local=None):
        items = self.value(of, local)
        return len(items) if isinstance(items, list) else self.call('Fn::Length', items)

    def json_text(self, of, local=None):
        term = self.value(of, local)
        if has_hole(term):
            return self.call('Fn::ToJsonString', term)
        return json.dumps(term, separators=(',', ':'), ensure_ascii=False)

    def outside(function):
        def made(self, of, local=None):
            term = self.value(of, local)
            return Hole('outside', f'{function} {frozen(term)}', (function, term))
        return made

    FUNCTIONS = {
        'Ref': ref, 'Fn::GetAtt': get_att, 'Fn::Sub': sub, 'Fn::Join': join, 'Fn::Split': split, 'Fn::Select': select,
        'Fn::FindInMap': find_in_map, 'Fn::If': choose, 'Fn::Base64': base64, 'Fn::Cidr': cidr, 'Fn::Length': length,
        'Fn::ToJsonString': json_text, 'Fn::ImportValue': outside('import'), 'Fn::GetStackOutput': outside('stack output'),
    }
