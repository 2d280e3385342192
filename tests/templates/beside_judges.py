"""Holds `validate` against templates of packages that others published, beside two judges: cfn-lint and AWS's cloudformation-validate.

    beside_judges.py --work FOLDER [--fetch] [--binary PATH] [FOLDER_OF_TEMPLATES ...]

`--fetch` brings the packages of PACKAGES into FOLDER, with pip and npm. What a judge says of a template is kept in FOLDER, so that only
the first run takes long. Python needs both judges: `pip install cfn-lint==1.58.0 cloudformation-validate==1.14.0`, and for the examples
of troposphere, `pip install troposphere==4.11.1 awacs==2.6.1`.

Printed are counts, and each error of ours at an entry (a resource, a parameter …) of which no judge has an error. Every one of those
is a fault of ours, or is in KNOWN with its source. The other way round, each error of cfn-lint at an entry of which we have none is one that
CloudFormation and the service do not make, with its source in THEIRS. Exit code 1 where one is neither.
"""
import argparse, glob, hashlib, json, os, pathlib, re, subprocess, sys, tarfile

# Source distributions of PyPI with templates in them; troposphere's are programs that print one.
PYPI = ['cfripper==1.22.1', 'troposphere==4.11.1', 'aws-sam-cli==1.170.0', 'aws-sam-translator==1.115.0']
# Packages of npm with the templates of their integration tests.
CONSTRUCTS = """aws-apigateway-kinesisstreams@2.45.0 aws-apigateway-lambda@2.104.0 aws-cloudfront-s3@2.104.0
aws-cognito-apigateway-lambda@2.93.0 aws-dynamodbstreams-lambda@2.101.0 aws-eventbridge-lambda@2.103.0 aws-eventbridge-sqs@2.103.0
aws-fargate-opensearch@2.104.0 aws-iot-lambda@2.44.0 aws-kinesisfirehose-s3@2.45.0 aws-lambda-dynamodb@2.101.0
aws-lambda-elasticsearch-kibana@2.104.0 aws-lambda-s3@2.56.0 aws-lambda-sqs-lambda@2.103.0 aws-openapigateway-lambda@2.103.0
aws-s3-lambda@2.96.0 aws-sns-lambda@2.103.0 aws-sns-sqs@2.56.0 aws-sqs-lambda@2.104.0 aws-wafwebacl-alb@2.104.0
aws-wafwebacl-cloudfront@2.104.0""".split()
NPM = ['@aws-solutions-constructs/' + name for name in CONSTRUCTS]

REGION = 'us-east-1'

# Errors of ours that no judge has, by rule and a part of the message, with the source that CloudFormation or the service refuses it.
KNOWN = [
    ('template-form', 'YAML aliases are not allowed', 'User Guide, "CloudFormation template format": "CloudFormation doesn\'t support the following features: The binary, omap, pairs, set, and timestamp tags; Aliases; Hash merges"'),
    ('not-offered', '`CacheNodeType` is `cache.r3.large`', 'ElastiCache API Reference, CreateCacheCluster, CacheNodeType, of R3 too: "Previous generation: (not recommended. Existing clusters are still supported but creation of new clusters is not supported for these types.)"'),
    ('not-offered', '`Runtime` is `nodejs6.10`', 'Lambda Developer Guide, "Runtime support policy": "you can no longer create functions that use the deprecated runtime", Node.js 6.10 since April 30, 2019; of `Globals`, which the judges do not read'),
    ('property-missing', '`OwnershipControls` is missing', 'cloudformation-validate has it too, at the resource that the loop makes'),
]

# Errors of cfn-lint at entries of which we have none, by rule and a part of its message, with the source that they are none.
THEIRS = [
    ('E1157', "'testing'", 'cloudtools/troposphere pull request 793, of this example: "SQS queue is created with the specified encryption key"'),
    ('E1162', "'testing'", 'the same'),
    ('E1164', "'testing'", 'the same'),
    ('E3017', "'testing'", 'the same'),
    ('E3002', "is not a 'ipv4-network'", 'EC2 API Reference, IpRange: "AWS canonicalizes IPv4 and IPv6 CIDRs. For example, if you specify 100.68.0.18/18 for the CIDR block, AWS canonicalizes the CIDR block to 100.68.0.0/18"; a warning of ours'),
    ('E3006', "Resource type 'OS::", 'CloudFormation API Reference, RegisterType, TypeName: an account may have types "company_or_organization::service::type" of its own; only "Alexa, AMZN, Amazon, AWS, Custom, Dev" are reserved'),
    ('E3009', "'cfn-hup'", 'User Guide, "Metadata attribute": CloudFormation does not look at it; a warning of ours'),
    ('E3514', 'ThatVerySpecificResource', 'KMS API Reference, CreateKey, Policy: of a statement without its Resource, "the CreateKey and PutKeyPolicy API requests succeed, even though the policy statement is ineffective"; a warning of ours'),
    ('E3691', "'5.5' is not one of", 'RDS User Guide, "MySQL on Amazon RDS versions": "If a major version is specified but a minor version is not, Amazon RDS defaults to a recent release of the major version you have specified"'),
    ('E6101', "'Data'", 'User Guide, "Create wait conditions": an output with the value `!GetAtt MyWaitCondition.Data` is its own example'),
]


def fetch(work):
    packages = work / 'packages'
    packages.mkdir(parents=True, exist_ok=True)
    for package in PYPI:
        run([sys.executable, '-m', 'pip', '-q', 'download', '--no-deps', '--no-binary', ':all:', '-d', packages, package])
    for package in NPM:
        run(['npm', 'pack', '--silent', package], cwd=packages)
    for archive in sorted(packages.iterdir()):
        if archive.name.endswith(('.tar.gz', '.tgz')):
            with tarfile.open(archive) as tar:
                tar.extractall(work / 'sources' / archive.name.removesuffix('.tar.gz').removesuffix('.tgz'), filter='data')


def run(arguments, **more):
    return subprocess.run([str(argument) for argument in arguments], check=True, **more)


def programs(work):
    """The templates that troposphere's examples print."""
    printed = work / 'printed'
    printed.mkdir(exist_ok=True)
    for program in sorted((work / 'sources').glob('troposphere-*/*/examples/*.py')):
        out = printed / (program.stem + '.template')
        if not out.exists():
            result = subprocess.run([sys.executable, program], capture_output=True, text=True, cwd=work, stdin=subprocess.DEVNULL, timeout=60)
            out.write_text(result.stdout)
    return printed


def templates(folders):
    """The templates below the folders, each text once. Documents of other kinds have no resources with types."""
    seen = set()
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob('*')):
            if path.suffix not in ('.json', '.yaml', '.yml', '.template') or not path.is_file() or '{{' in str(path):
                continue
            text = path.read_bytes()
            digest = hashlib.sha256(text).hexdigest()
            words = text.decode('utf-8', 'replace')
            if digest in seen or len(text) > 1_048_576:
                continue
            is_template = re.search(r'(?m)^\s*["\']?Resources["\']?\s*:', words) and re.search(r'["\']?Type["\']?\s*:\s*["\']?(AWS|Custom)::', words)
            # A template of a template engine is not one yet.
            if is_template and '{%' not in words and 'cookiecutter' not in words:
                seen.add(digest)
                yield path, digest


class Failed(Exception):
    """A judge that did not judge; that is no answer, and above all not "no error"."""


def lint(path, runners=[]):
    from cfnlint.config import ConfigMixIn, ManualArgs
    from cfnlint.runner import Runner
    # A path is a pattern to cfn-lint. Of one that matches no file it reads its standard input, in which it finds nothing wrong.
    config = ConfigMixIn(**ManualArgs(templates=[glob.escape(str(path))], regions=[REGION]))
    if [str(one) for one in config.templates] != [str(path)]:
        raise Failed(f'cfn-lint reads {config.templates} and not {path}')
    if not runners:
        # Reading its rules takes longer than most templates; cfn-lint itself has one runner for all templates of a call, too.
        runners.append(Runner(config))
    runners[0].config = config
    found = list(runners[0].run())
    places = [[str(segment) for segment in (getattr(one, 'path', None) or [])[:2]] for one in found]
    return [[at, one.rule.id, one.message] for at, one in zip(places, found) if one.rule.severity == 'error']


def aws(path, engines=[]):
    import cloudformation_validate
    if not engines:
        engines.append(cloudformation_validate.CompositeEngine())
    sections = {'RESOURCE': 'Resources', 'PARAMETER': 'Parameters', 'OUTPUT': 'Outputs', 'CONDITION': 'Conditions', 'MAPPING': 'Mappings'}
    report = engines[0].validate_template(str(path))
    found = []
    for one in report.diagnostics:
        if one.severity.name in ('ERROR', 'FATAL'):
            kind = one.entity.entity_type.name if one.entity else ''
            at = [sections[kind], one.entity.logical_id] if kind in sections else []
            found.append([at, one.rule_id, one.message])
    return found


# Templates of which each judge must say that they are wrong, and one that is right.
CONTROLS = [
    ('Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketNam: a}}}', True),
    ('Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Nothing}}}', True),
    ('Resources: {T: {Type: AWS::SNS::Topic}}', False),
]


# Rules by which a judge says that another rule of its own broke off: no error of the template.
BROKEN = ['E0002']


def control(work):
    """Ends the run if a judge is out of order: what it says of templates is nothing worth then."""
    for number, (text, is_wrong) in enumerate(CONTROLS):
        path = work / f'control [{number}].yaml'
        path.write_text(text)
        for judge in (lint, aws):
            if any(rule in BROKEN for _, rule, _ in judge(path)) or bool(judge(path)) != is_wrong:
                raise Failed(f'`{judge.__name__}` does not judge: {text}')


def judged(path, digest, cache, known):
    if digest not in known:
        known[digest] = {'cfn-lint': lint(path), 'cloudformation-validate': aws(path)}
        cache.write_text(json.dumps(known))
    return known[digest]


def ours(path, binary):
    arguments = [binary, 'formwork', 'validate', '--json', '--template', path, '--template-region', REGION]
    result = subprocess.run([str(word) for word in arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    findings = json.loads(result.stdout)['templates'][0]['findings'] if result.stdout else [{'severity': 'error', 'rule': 'crash', 'message': result.stderr, 'path': []}]
    return [finding for finding in findings if finding['severity'] == 'error']


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--work', type=pathlib.Path, required=True)
    parser.add_argument('--fetch', action='store_true')
    parser.add_argument('--binary', default=os.environ.get('FORMWORK_CLI', 'target/debug/cargo-formwork'))
    parser.add_argument('folders', nargs='*', type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.fetch:
        fetch(arguments.work)
    folders = [*arguments.folders, arguments.work / 'sources', programs(arguments.work)]
    cache = arguments.work / 'judged.json'
    known = json.loads(cache.read_text()) if cache.exists() else {}
    control(arguments.work)
    counts, alone, explained, missed, theirs, broken = {}, [], {}, {}, {}, []
    for path, digest in templates(folders):
        judges = judged(path, digest, cache, known)
        errors = ours(path, arguments.binary)
        everyone = [error for judge in judges.values() for error in judge if error[1] not in BROKEN]
        broken += [(path, message) for judge in judges.values() for _, rule, message in judge if rule in BROKEN]
        entries = {tuple(at) for at, _, _ in everyone if len(at) == 2}
        whole = any(len(at) < 2 for at, _, _ in everyone)
        source = str(next((path.relative_to(folder) for folder in (arguments.work / 'sources',) if path.is_relative_to(folder)), path)).split('/')[0]
        source = source if source else 'printed'
        if path.is_relative_to(arguments.work / 'printed'): source = 'troposphere (examples)'
        elif not path.is_relative_to(arguments.work): source = str(next(folder for folder in arguments.folders if path.is_relative_to(folder)))
        count = counts.setdefault(source, [0, 0, 0, 0])
        count[0] += 1
        count[1] += bool(errors)
        count[2] += any(rule not in BROKEN for _, rule, _ in judges['cfn-lint'])
        count[3] += bool(judges['cloudformation-validate'])
        for error in errors:
            at = tuple(error['path'][:2])
            if at in entries or (whole and not everyone == []) and len(at) < 2:
                continue
            for rule, part, _ in KNOWN:
                if rule == error['rule'] and part in error['message']:
                    explained.setdefault((rule, part), []).append(path)
                    break
            else:
                alone.append((path, error, bool(everyone)))
        own = {tuple(error['path'][:2]) for error in errors}
        # A template that cannot be read is refused as a whole.
        is_unread = any(error['rule'] == 'template-form' and not error['path'] for error in errors)
        for at, rule, message in judges['cfn-lint']:
            if tuple(at) in own or is_unread or rule in BROKEN:
                continue
            known_as = next((row for row in THEIRS if row[0] == rule and row[1] in message), None)
            (theirs if known_as else missed).setdefault(known_as or rule, set()).add((str(path), '.'.join(map(str, at))))
    control(arguments.work)
    print('templates, refused by us, by cfn-lint, by cloudformation-validate')
    for source, count in sorted(counts.items()):
        print(f'  {source}: {count}')
    total = [sum(column) for column in zip(*counts.values())]
    print(f'  together: {total}')
    print(f'errors of ours that no judge has: {len(alone)}, and {sum(map(len, explained.values()))} that are known')
    for rule, part, source in KNOWN:
        print(f'  {len(explained.get((rule, part), []))} times {rule}, {part}: {source}')
    for path, error, any_error in alone:
        print(f"{path}\n  {'.'.join(error['path'])}\n  {error['rule']}: {error['message']}{'' if any_error else '   (no judge has any error)'}")
    print(f'rules of the judges that broke off: {len(broken)}')
    for path, message in broken:
        print(f'  {path}: {message}')
    print('errors of cfn-lint at entries of which we have none, by rule')
    for rule, places in sorted(missed.items()):
        print(f'  {rule}: {len(places)}, such as {" ".join(min(places))}')
    print(f'and {sum(map(len, theirs.values()))} that are known')
    for row in THEIRS:
        print(f'  {len(theirs.get(row, []))} times {row[0]}, {row[1]}: {row[2]}')
    sys.exit(bool(alone or missed))


if __name__ == '__main__':
    main()
