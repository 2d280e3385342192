"""What came out: right and wrong by family, who says what, the agreement with the CDK by class of disagreement, and the pairs to look at."""

import collections
import json
import shutil

ORDER = ['no change', 'may create', 'create', 'may update', 'update', 'may replace', 'may destroy', 'keep', 'replace', 'refused', 'destroy']

# Families in which a difference comes from another resource.
FOLLOWING = ('references', 'attributes', 'what follows', 'several')


def rank(impact):
    return ORDER.index(impact) if impact in ORDER else -1


class Row:
    """One resource of one pair."""

    def __init__(self, number, pair, name, type_, accepted, why, ours, oracle):
        self.number, self.pair, self.name, self.type = number, pair, name, type_
        self.accepted, self.why, self.ours, self.oracle = accepted, why, ours, oracle
        self.family, self.kind = pair['family'], pair['kind']

    @property
    def right(self):
        return self.ours in self.accepted

    @property
    def oracle_right(self):
        return self.oracle in self.accepted

    @property
    def silent(self):
        return self.ours == 'no change' and not self.right

    @property
    def speaks(self):
        """Whether somebody says something about it: the judge or we."""
        return 'no change' not in self.accepted or self.ours != 'no change'

    def __str__(self):
        why = ''.join(f'\n       {why}' for why in self.why)
        return f'{self.number:04} {self.family} ({self.kind}): {self.name} {self.type}: ours `{self.ours}`, right is {self.accepted}, CDK `{self.oracle}`{why}'


class Report:
    def __init__(self, registry):
        self.registry = registry
        self.rows = []
        self.pairs = 0

    def add(self, number, pair, truths, impacts, other):
        """`impacts`: what we say; a text is an error. `other`: what the CDK says, nothing if it was not asked or failed."""
        self.pairs += 1
        for name, (type_, accepted, why) in truths.items():
            said = impacts.get(name, 'no change') if isinstance(impacts, dict) else impacts
            oracle = None if other is None else other.get(name, 'no change')
            self.rows.append(Row(number, pair, name, type_, accepted, why, said, oracle))
        for name in set(impacts) - set(truths) if isinstance(impacts, dict) else ():
            self.rows.append(Row(number, pair, name, 'none', ['no change'], ['there is no such resource'], impacts[name], None))

    @property
    def silent(self):
        return [row for row in self.rows if row.silent]

    def share(self):
        """How many percent of the resources about which somebody speaks are right."""
        speaking = [row for row in self.rows if row.speaks]
        return 100 * sum(row.right for row in speaking) / max(1, len(speaking))

    def print(self):
        types = {row.type for row in self.rows}
        print(f'{self.pairs} pairs, {len(self.rows)} resources of {len(types)} types of {len({t.rsplit("::", 1)[0] for t in types})} services\n')
        print(f'{"family":34}{"speaking":>9}{"right":>7}{"%":>7}{"silent":>8}{"weaker":>8}{"stronger":>9}{"CDK right":>11}{"CDK = ours":>12}')
        by_family = collections.defaultdict(list)
        for row in self.rows:
            by_family[row.family].append(row)
        for family, rows in [*sorted(by_family.items()), ('all', self.rows)]:
            print(line(family, rows))
        self.confusion()
        self.agreement()

    def confusion(self):
        """What is right stands under what was said; what is not, under the first impact that would be."""
        cells = collections.Counter()
        for row in self.rows:
            cells[(row.ours if row.ours in ORDER else 'error', row.ours if row.right else row.accepted[0])] += 1
        columns = [c for c in ORDER if any(column == c for _, column in cells)]
        print(f'\n{"ours / judge":14}' + ''.join(f'{c:>13}' for c in columns))
        for said in [*ORDER, 'error']:
            if any(row == said for row, _ in cells):
                print(f'{said:14}' + ''.join(f'{cells[(said, c)] or "":>13}' for c in columns))

    def agreement(self):
        asked = [row for row in self.rows if row.oracle is not None]
        if not asked:
            return
        speaking = [row for row in asked if row.speaks or row.oracle != 'no change']
        apart = [row for row in speaking if row.oracle != row.ours]
        print(f'\nThe CDK (cloudformation-diff) agrees about {100 * (1 - len(apart) / max(1, len(speaking))):.1f} % of {len(speaking)} resources. '
              'The others, by class (README.md explains them):\n')
        print(f'{"class":44}{"rows":>6}{"ours right":>12}{"CDK right":>11}{"both":>6}{"neither":>9}')
        classes = collections.defaultdict(list)
        for row in apart:
            classes[self.class_of(row)].append(row)
        for name, rows in sorted(classes.items()):
            verdicts = collections.Counter((row.right, row.oracle_right) for row in rows)
            print(f'{name:44}{len(rows):6}{verdicts[True, False]:12}{verdicts[False, True]:11}{verdicts[True, True]:6}{verdicts[False, False]:9}')

    def class_of(self, row):
        """The class of a disagreement with the CDK, by what is known about the row."""
        type_ = self.registry.of(row.type)
        why = ' '.join(row.why)
        by_family = {'parameters, conditions, mappings': 'P values from elsewhere in the template', 'NoValue': 'V AWS::NoValue',
                     'loops and language extensions': 'W loops and language extensions', 'no change to CloudFormation': 'X no change to CloudFormation',
                     'not known before the deployment': 'U not known before the deployment', 'order of lists': 'L another order of a list',
                     'functions in functions': 'P values from elsewhere in the template'}
        if row.family in by_family:
            return by_family[row.family]
        if row.type == 'AWS::CloudFormation::CustomResource' or row.type.startswith('Custom::'):
            return 'N custom resources'
        if row.family == 'number against text':
            return 'M number against text'
        if row.family == 'literal against function':
            return 'O one text by another function'
        if row.oracle == 'no change' and type_.spec is None:
            return 'S the CDK does not know the type'
        if 'perhaps' in why and row.family != 'literal values':
            return 'D2 follows what may change'
        if row.kind == 'an empty object':
            return 'Q an empty object'
        if row.family.startswith(FOLLOWING) and row.oracle in ('no change', 'update'):
            return 'D follows a replacement'
        if row.family.startswith(FOLLOWING):
            return 'E refers to what is replaced'
        if not type_.handlers:
            return 'I types without handlers'
        if 'update' not in type_.handlers:
            return 'T types without update'
        if 'replaces: maybe' in why:
            return 'B conditional places'
        if any('/' in part.split(':')[0] for part in row.why if 'replaces: yes' in part):
            return 'A nested create-only places'
        if row.oracle == 'no change':
            return 'S the CDK does not know the property'
        if 'maybe' in why:
            return 'J schema and specification disagree'
        if row.oracle == 'replace' and row.accepted == ['update']:
            return 'C beside a nested create-only place'
        return '? not explained'

    def write(self, folder):
        """A list of what is not right, of what the CDK has not right, and the pairs of the first."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        wrong = [row for row in self.rows if not row.right]
        for row in wrong:
            for side in ('old', 'new'):
                (folder / f'{row.number:04}.{side}.json').write_text(json.dumps(row.pair[side], indent=1))
        others = [row for row in self.rows if row.oracle is not None and not row.oracle_right]
        (folder / 'wrong.txt').write_text(''.join(f'{"SILENT " if row.silent else ""}{row}\n' for row in wrong))
        (folder / 'cdk.txt').write_text(''.join(f'{row} [{self.class_of(row)}]\n' for row in others))
        print(f'\n{len(wrong)} resources are not right: {folder / "wrong.txt"}')


def line(family, rows):
    speaking = [row for row in rows if row.speaks]
    right = sum(row.right for row in speaking)
    wrong = [row for row in speaking if not row.right and not row.silent]
    weaker = sum(rank(row.ours) < min(map(rank, row.accepted)) for row in wrong)
    share = f'{100 * right / max(1, len(speaking)):.1f}'
    text = f'{family:34}{len(speaking):9}{right:7}{share:>7}{sum(row.silent for row in rows):8}{weaker:8}{len(wrong) - weaker:9}'
    asked = [row for row in rows if row.oracle is not None and (row.speaks or row.oracle != 'no change')]
    if asked:
        text += f'{100 * sum(row.oracle_right for row in asked) / len(asked):10.1f}%{100 * sum(row.oracle == row.ours for row in asked) / len(asked):11.1f}%'
    return text
