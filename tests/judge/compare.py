"""Compares two terms of one property: which places differ, and how sure that is.

A difference has a path and a set of ways it may turn out, any of which is right: `none`, `perhaps`, `certain`, `order` (the same items of
a list, in another order). More than one way means that no source settles it, or that both are defensible; README.md has the table.
"""

import json

from evaluate import ABSENT, Hole, Text, frozen, spelled

EITHER = {'perhaps', 'certain'}
SOFT = {'none', 'certain'}


class Differ:
    """`seen(id, attribute)` gives the ways in which an attribute of a resource may turn out."""

    def __init__(self, type_, seen):
        self.type, self.seen = type_, seen

    def compare(self, old, new, path=()):
        """A list of (path, ways); only what may be more than nothing is listed."""
        if isinstance(old, Hole) or isinstance(new, Hole):
            return self.holes(old, new, path)
        if isinstance(old, Text) or isinstance(new, Text):
            return self.texts(old, new, path)
        if old is ABSENT and new is ABSENT:
            return []
        if isinstance(old, dict) or isinstance(new, dict):
            return self.maps(old, new, path)
        if isinstance(old, list) or isinstance(new, list):
            return self.lists(old, new, path)
        if old is ABSENT or new is ABSENT:
            return [(path, {'certain'})]
        return self.scalars(old, new, path)

    def maps(self, old, new, path):
        if not all(isinstance(side, dict) or side is ABSENT for side in (old, new)):
            if same_document(old, new):
                return [(path, SOFT)]
            whole, other = (old, new) if isinstance(old, dict) else (new, old)
            below = self.compare(whole, ABSENT, path) if not isinstance(other, (Hole, Text)) else []
            return [(path, {'certain'})] + below
        left, right = (side if isinstance(side, dict) else {} for side in (old, new))
        if not left and not right:
            # `{}` against nothing: an empty object is nothing. The swap of two empty members of a union is executed, and change sets do
            # not list it.
            return [] if old is not ABSENT and new is not ABSENT else [(path, SOFT | {'slight'})]
        found = []
        for name in list(left) + [name for name in right if name not in left]:
            found += self.compare(left.get(name, ABSENT), right.get(name, ABSENT), path + (name,))
        return found

    def scalars(self, old, new, path):
        if type(old) is type(new) and old == new:
            return []
        kind = self.type.scalar_kind(path)
        if kind == 'json':
            if isinstance(old, str) and isinstance(new, str) and same_document(old, new):
                return [(path, SOFT)]
            return [(path, {'certain'})]
        one, other = spelled(old), spelled(new)
        if one == other:
            return [(path, SOFT)] if kind == 'any' else []
        names = tuple(name for name in path if name != '*')
        if names in self.type.transformed and one.rstrip('.').lower() == other.rstrip('.').lower():
            return [(path, SOFT)]
        if kind in ('number', 'integer', 'any') and number(one) is not None and number(one) == number(other):
            return [(path, SOFT)]
        if isinstance(old, float) or isinstance(new, float):
            return [(path, SOFT)]
        if kind == 'boolean' and one.lower() == other.lower():
            # One truth value to the service; whether CloudFormation compares the spellings is not documented.
            return [(path, SOFT | {'perhaps'})]
        if same_document(old, new):
            return [(path, SOFT)]
        return [(path, {'certain'})]

    # Lists.

    def lists(self, old, new, path):
        if not all(isinstance(side, list) or side is ABSENT for side in (old, new)):
            # One item against a list of this one item is read as the same in some places.
            return [(path, SOFT if frozen(old) == frozen([new]) or frozen([old]) == frozen(new) else {'certain'})]
        left, right = (side if isinstance(side, list) else [] for side in (old, new))
        if not left and not right:
            return [] if old is not ABSENT and new is not ABSENT else [(path, SOFT)]
        inside = path + ('*',)
        if self.is_tags(path) and tag_keys(left) and tag_keys(right):
            return self.tags(left, right, path)
        typed = self.type.scalar_kind(inside) != 'json'
        keys = [frozen(item, typed) for item in left], [frozen(item, typed) for item in right]
        pairs, free = [], list(range(len(right)))
        rest = []
        for i, key in enumerate(keys[0]):
            at = next((j for j in free if keys[1][j] == key), None)
            if at is None:
                rest.append(i)
            else:
                free.remove(at)
                pairs.append((i, at))
        moved = any(b[1] < a[1] for a, b in zip(pairs, pairs[1:]))
        found = []
        for i, j in pairs:
            found += self.compare(left[i], right[j], inside)
        for n in range(max(len(rest), len(free))):
            one = left[rest[n]] if n < len(rest) else ABSENT
            other = right[free[n]] if n < len(free) else ABSENT
            found += self.compare(one, other, inside)
        if moved:
            # What moves takes the places inside of it along.
            below = self.type.places_below(tuple(name for name in path if name != '*'))
            found += [(path, {'order'}), *((place, {'order', 'none'}) for place in below)]
        return found

    def is_tags(self, path):
        return path == self.type.tag_property or path[-1:] == ('Tags',)

    def tags(self, left, right, path):
        """Tags are compared by key. Another order of them is not documented: nothing, or a change."""
        one, other = tag_keys(left), tag_keys(right)
        found = []
        for key in list(one) + [key for key in other if key not in one]:
            found += self.compare(one.get(key, ABSENT), other.get(key, ABSENT), path + ('*',))
        common = [key for key in one if key in other], [key for key in other if key in one]
        return found + ([(path, {'none', 'order', 'certain'})] if common[0] != common[1] else [])

    # What is not known before the deployment.

    def holes(self, old, new, path):
        if isinstance(old, Hole) and isinstance(new, Hole) and old.kind == new.kind:
            if old.kind == 'if' and old.parts[0] == new.parts[0]:
                return self.branches([(old.parts[1], new.parts[1]), (old.parts[2], new.parts[2])], path)
            if old.kind != 'if':
                ways = self.same_kind(old, new)
                return self.at(path, ways) if ways != {'none'} else []
        if isinstance(old, Hole) and old.kind == 'if':
            return self.branches([(old.parts[1], new), (old.parts[2], new)], path)
        if isinstance(new, Hole) and new.kind == 'if':
            return self.branches([(old, new.parts[1]), (old, new.parts[2])], path)
        if isinstance(old, Text) or isinstance(new, Text):
            return self.texts(old, new, path)
        other = new if isinstance(old, Hole) else old
        if isinstance(other, (dict, list)):
            return self.at(path, EITHER) + [(p, w - {'none'} | {'perhaps'}) for p, w in self.compare(other, ABSENT, path)]
        return self.at(path, EITHER)

    def at(self, path, ways):
        """A hole may be a whole object: what is below it may change too."""
        below = self.type.places_below(tuple(name for name in path if name != '*'))
        return [(path, set(ways))] + [(place, {'perhaps', 'none'}) for place in below]

    def branches(self, pairs, path):
        found = []
        for old, new in pairs:
            found += [(p, {'none' if way == 'none' else 'perhaps' for way in ways}) for p, ways in self.compare(old, new, path)]
        return found

    def same_kind(self, old, new):
        if old.kind == 'if':
            # Inside of a text: the branches count, each of which may be the one that is taken.
            if old.parts[0] != new.parts[0]:
                return EITHER
            ways = [ways for pair in zip(old.parts[1:], new.parts[1:]) for _, ways in self.compare(*pair, ('\0',))]
            found = set().union(*ways) if ways else {'none'}
            return {'none' if way == 'none' else 'perhaps' for way in found}
        if old.kind == 'attribute':
            if old.key == new.key:
                return self.seen(*old.parts)
            (one, left), (other, right) = old.parts, new.parts
            # `Ref` and the attribute that it gives are one value.
            return {'none'} | EITHER if one == other else EITHER
        if old.kind == 'map':
            return self.candidates(*old.parts, *new.parts)
        if old.kind in ('call', 'outside') and old.parts[0] == new.parts[0]:
            inner = self.compare(old.parts[1], new.parts[1], ('\0',))
            if not inner:
                return {'none'}
            ways = set().union(*(w for _, w in inner))
            if old.kind == 'outside':
                return {'perhaps'} | ways & {'none'}
            return EITHER | ({'none'} if 'none' in ways else set())
        if old.key == new.key:
            return {'none'}
        return {'perhaps'} if old.kind in ('dynamic', 'ssm') else EITHER

    def candidates(self, left_keys, left, left_default, right_keys, right, right_default):
        """`Fn::FindInMap` by keys that are not known: every row that it may find."""
        by_keys = [ways for pair in zip(left_keys, right_keys) for _, ways in self.compare(*pair, ('\0',))]
        verdicts = [bool(self.compare(left[k], right[k], ('\0',))) for k in left if k in right]
        # Without a default, the row that is meant is in both mappings: "Template error: Unable to get mapping for" otherwise.
        if left_default is not ABSENT or right_default is not ABSENT or not verdicts:
            verdicts += [True for k in set(left) ^ set(right)]
        if left_default is not ABSENT or right_default is not ABSENT:
            verdicts.append(bool(self.compare(left_default, right_default, ('\0',))))
        if by_keys:
            return EITHER | ({'none'} if any('none' in ways for ways in by_keys) else set())
        if not any(verdicts):
            return {'none'}
        return EITHER if all(verdicts) else {'perhaps'}

    def texts(self, old, new, path):
        sides = [side.pieces if isinstance(side, Text) else (side,) for side in (old, new)]
        if any(isinstance(piece, (dict, list)) or piece is ABSENT for side in sides for piece in side):
            return self.at(path, EITHER if ABSENT not in (old, new) else {'certain'})
        left, right = [tuple(p if isinstance(p, Hole) else spelled(p) for p in side) for side in sides]
        if len(left) == len(right) and all(self.alike(a, b) for a, b in zip(left, right)):
            ways = [self.same_kind(a, b) for a, b in zip(left, right) if isinstance(a, Hole)]
            combined = joined(ways)
            return [] if combined == {'none'} else [(path, combined)]
        if not any(isinstance(piece, Hole) for piece in left) or not any(isinstance(piece, Hole) for piece in right):
            # A literal against a function: CloudFormation knows the value, nobody does before.
            return [(path, set(EITHER))]
        if literal_conflict(left[0], right[0], False) or literal_conflict(left[-1], right[-1], True):
            return [(path, {'certain'})]
        # What is equal at both ends does not count; what is left is certain if nothing in it or beside it is unknown.
        a, b = list(left), list(right)
        kept = []
        while a and b and self.alike(a[0], b[0]):
            kept.append((a.pop(0), b.pop(0)))
        while a and b and self.alike(a[-1], b[-1]):
            kept.append((a.pop(), b.pop()))
        rest = [piece for piece in a + b if isinstance(piece, Hole)]
        settled = all(self.same_kind(x, y) == {'none'} for x, y in kept if isinstance(x, Hole))
        return [(path, {'certain'} if not rest and settled else set(EITHER))]

    @staticmethod
    def alike(a, b):
        """Whether two pieces of a text are the same one; rows of a mapping may differ in it."""
        if isinstance(a, Hole) and isinstance(b, Hole) and a.kind == b.kind == 'map':
            return frozen(a.parts[0]) == frozen(b.parts[0])
        return a == b


def joined(ways):
    """What several parts of one text come to: the surest of each choice."""
    order = ['none', 'perhaps', 'certain']
    out = {'none'}
    for part in ways:
        out = {max(a, b, key=order.index) for a in out for b in part}
    return out


def literal_conflict(a, b, at_end):
    if isinstance(a, Hole) or isinstance(b, Hole):
        return False
    n = min(len(a), len(b))
    return a[len(a) - n:] != b[len(b) - n:] if at_end else a[:n] != b[:n]


def tag_keys(items):
    """Tags by key; nothing if these are not tags that can be told apart."""
    if not all(isinstance(item, dict) and isinstance(item.get('Key'), str) for item in items):
        return None
    by_key = {item['Key']: item for item in items}
    return by_key if len(by_key) == len(items) else None


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def same_document(a, b):
    """The same JSON, spelled otherwise."""
    def parsed(value):
        return json.loads(value) if isinstance(value, str) and value.lstrip()[:1] in ('{', '[') else value
    try:
        one, other = parsed(a), parsed(b)
    except ValueError:
        return False
    return not isinstance(one, (str, int, float)) and frozen(one, False) == frozen(other, False)
