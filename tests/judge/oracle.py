"""Asks the CDK's `@aws-cdk/cloudformation-diff` about the same pairs. Its answer is reported and decides nothing."""

import json
import pathlib
import subprocess

IMPACTS = {'WILL_UPDATE': 'update', 'WILL_CREATE': 'create', 'WILL_REPLACE': 'replace', 'MAY_REPLACE': 'may replace', 'WILL_DESTROY': 'destroy',
           'WILL_ORPHAN': 'keep', 'WILL_IMPORT': 'import', 'NO_CHANGE': 'no change'}


def ask(node_modules, pairs):
    """For each pair the impacts by logical id, or nothing where the CDK fails."""
    if not (node_modules / '@aws-cdk' / 'cloudformation-diff').is_dir():
        return [None] * len(pairs)
    script = pathlib.Path(__file__).with_name('oracle.js')
    sides = ''.join(json.dumps([pair['old'], pair['new']]) + '\n' for pair in pairs)
    run = subprocess.run(['node', script, node_modules.resolve()], input=sides, capture_output=True, text=True, timeout=600, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    return [answer and {name: IMPACTS[impact] for name, impact in answer.items()} for answer in answers]
