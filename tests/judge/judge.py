"""Holds `cargo-formwork formwork diff --from A --to B --json` against the judge, over pairs of templates made from a seed.

    python judge.py --formwork PROGRAM --spec NODE_MODULES [--seed N] [--pairs N] [--at-least PERCENT] [--out FOLDER] [--no-oracle] [--only FAMILY]

Exit code 1 if fewer of the resources are right than `--at-least` tells, or if there is a silent change: the preview says "no change" where
CloudFormation changes something. README.md tells what is right, and why.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import known
import oracle
from evaluate import Refused
from facts import Registry
from notation import written
from pairs import generate
from report import Report
from truth import Judge

def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--formwork', required=True, type=pathlib.Path)
    parser.add_argument('--spec', required=True, type=pathlib.Path, help='the folder `node_modules` with `@aws-cdk/aws-service-spec`')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--pairs', type=int, default=1000)
    parser.add_argument('--at-least', type=float, default=98.0)
    parser.add_argument('--out', type=pathlib.Path, help='a folder for the pairs that are not right')
    parser.add_argument('--no-oracle', action='store_true', help='without the comparison with the CDK')
    parser.add_argument('--only', help='families that have this in their name')
    return parser.parse_args()


def ours(program, folder, number, pair):
    """What the program says about each resource; an error is a text."""
    paths = []
    for side, nth in (('old', 3), ('new', 4)):
        # Some are YAML, some on one side only: the notation means nothing.
        as_yaml = number % nth == 0
        paths.append(folder / f'{number}.{side}.{"yaml" if as_yaml else "json"}')
        paths[-1].write_text(written(pair[side], as_yaml))
    command = [program, 'formwork', 'diff', '--from', paths[0], '--to', paths[1], '--json']
    try:
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        return 'no end in 60 s'
    try:
        (stack,) = json.loads(run.stdout)['stacks']
        return {resource['logicalId']: resource['impact'] for resource in stack['diff']['resources']}
    except (ValueError, KeyError, TypeError):
        return f'exit {run.returncode}: {run.stderr or run.stdout}'


def main():
    given = arguments()
    spec = given.spec / '@aws-cdk' / 'aws-service-spec' / 'db.json.gz'
    registry = Registry(spec)
    wrong = known.contradictions(registry)
    if wrong:
        print('the judge contradicts what is known of AWS:', *wrong, sep='\n')
        return 2
    pairs = generate(registry, given.seed, given.pairs)
    if given.only:
        pairs = [pair for pair in pairs if given.only in pair['family']]
    program = given.formwork.resolve()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        said = list(pool.map(lambda item: ours(program, pathlib.Path(folder), *item), enumerate(pairs)))
    cdk = [None] * len(pairs) if given.no_oracle else oracle.ask(given.spec, pairs)
    report = Report(registry)
    for number, (pair, impacts, other) in enumerate(zip(pairs, said, cdk)):
        try:
            truths = Judge(registry, pair['old'], pair['new']).verdicts()
        except Refused as refused:
            raise SystemExit(f'pair {number} ({pair["family"]}, {pair["kind"]}) is one that CloudFormation refuses: {refused}') from refused
        report.add(number, pair, truths, impacts, other)
    report.print()
    if given.out:
        report.write(given.out)
    share = report.share()
    print(f'{share:.1f} % of the resources about which somebody speaks are right (wanted: {given.at_least:g} %), {len(report.silent)} silent changes (wanted: 0)')
    return 1 if share < given.at_least or report.silent else 0


if __name__ == '__main__':
    sys.exit(main())
