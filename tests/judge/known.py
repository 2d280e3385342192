"""What AWS was seen or is documented to do, each with its source. The judge is held against these before it judges anybody."""

from truth import Judge

SAMPLES = 'User Guide, "Example change sets for CloudFormation stacks"'
ATTRIBUTES = 'API Reference, `ResourceChange` (Scope) and `ResourceTargetDefinition` (Attribute)'


def template(resources, **sections):
    return {**sections, 'Resources': {name: {'Type': f'AWS::{type_}', **rest} for name, (type_, rest) in resources.items()}}


def with_properties(type_, **properties):
    return type_, {'Properties': properties}


INSTANCE = with_properties('EC2::Instance', KeyName={'Ref': 'KeyPairName'}, InstanceType={'Ref': 'InstanceType'}, ImageId='ami-8fcee4e5',
                           Tags=[{'Key': 'Purpose', 'Value': {'Ref': 'Purpose'}}])


def sample(**defaults):
    """The template of the User Guide's examples, with a default for its parameter without one."""
    values = {'Purpose': 'testing', 'KeyPairName': 'one', 'InstanceType': 't2.micro', **defaults}
    kinds = {'KeyPairName': 'AWS::EC2::KeyPair::KeyName'}
    return template({'MyEC2Instance': INSTANCE}, Parameters={k: {'Type': kinds.get(k, 'String'), 'Default': v} for k, v in values.items()})


VPC = {'Subnet': with_properties('EC2::Subnet', VpcId={'Ref': 'Network'}, CidrBlock='10.0.1.0/24'),
       'Host': with_properties('EC2::Instance', SubnetId={'Ref': 'Subnet'}, ImageId='ami-12345678'),
       'Address': with_properties('EC2::EIP', InstanceId={'Ref': 'Host'}),
       'Record': with_properties('Route53::RecordSet', HostedZoneId='Z', Name='a.b', Type='A', TTL='60', ResourceRecords=[{'Ref': 'Address'}])}


def network(block):
    return template({'Network': with_properties('EC2::VPC', CidrBlock=block), **VPC})


def bucket(name):
    policy = with_properties('S3::BucketPolicy', Bucket={'Ref': 'Store'}, PolicyDocument={'Statement': []})
    return template({'Store': with_properties('S3::Bucket', BucketName=name), 'Policy': policy})


def group(kind):
    version = {'LaunchTemplateId': {'Ref': 'Shape'}, 'Version': {'Fn::GetAtt': ['Shape', 'LatestVersionNumber']}}
    return template({'Shape': with_properties('EC2::LaunchTemplate', LaunchTemplateData={'InstanceType': kind}),
                     'Group': with_properties('AutoScaling::AutoScalingGroup', MinSize='1', MaxSize='2', LaunchTemplate=version)})


def one(type_, **properties):
    return template({'It': with_properties(type_, **properties)})


def queue(**rest):
    return template({'First': ('SNS::Topic', {}), 'It': ('SQS::Queue', rest)})


def proxy(*subnets):
    return one('RDS::DBProxy', DBProxyName='p', EngineFamily='MYSQL', RoleArn='arn:aws:iam::123456789012:role/r', VpcSubnetIds=list(subnets), Auth=[{}])


CASES = [
    (SAMPLES, sample(), sample(Purpose='production'), {'MyEC2Instance': ['update']}),
    (SAMPLES, sample(), sample(KeyPairName='two'), {'MyEC2Instance': ['replace']}),
    (SAMPLES, sample(), sample(InstanceType='t2.small'), {'MyEC2Instance': ['may replace']}),
    (SAMPLES, sample(), sample(InstanceType='t2.small', KeyPairName='two'), {'MyEC2Instance': ['replace']}),
    (SAMPLES, sample(), template({'New': ('AutoScaling::LaunchConfiguration', {})}), {'MyEC2Instance': ['destroy'], 'New': ['create']}),
    ('API Reference, `ResourceChangeDetail`: all references to a resource that is recreated are updated', network('10.0.0.0/16'), network('10.1.0.0/16'),
     {'Network': ['replace'], 'Subnet': ['replace'], 'Host': ['replace'], 'Address': ['update'], 'Record': ['no change']}),
    ('recorded in the README of gocfn: a bucket policy after its bucket, `ResourceReference`, Static, Always', bucket('one'), bucket('two'),
     {'Store': ['replace'], 'Policy': ['replace']}),
    # The schema of the group has `LaunchTemplate` among the conditional places.
    ('recorded often: a group after its launch template, `ResourceAttribute`, Dynamic', group('t3.micro'), group('t3.large'),
     {'Shape': ['update'], 'Group': ['may replace']}),
    ('measured on an account, reported to ministack as #1646', queue(), queue(DependsOn='First'), {'It': ['no change']}),
    ('aws-cloudformation/cloudformation-coverage-roadmap#1543', queue(), queue(DeletionPolicy='Retain'), {'It': ['update']}),
    (ATTRIBUTES, queue(Metadata={'a': 'b'}), queue(Metadata={'a': 'c'}), {'It': ['update']}),
    (ATTRIBUTES, queue(UpdateReplacePolicy='Retain'), queue(UpdateReplacePolicy='Snapshot'), {'It': ['update']}),
    ('User Guide, `DeletionPolicy`', queue(DeletionPolicy='Retain'), template({'First': ('SNS::Topic', {})}), {'It': ['keep']}),
    ('aws/aws-cdk#25570: another order of subnets replaced a proxy', proxy('subnet-1', 'subnet-2'), proxy('subnet-2', 'subnet-1'),
     {'It': ['may replace', 'replace']}),
    ('User Guide, `AWS::Route53::RecordSet`: Name, replacement', one('Route53::RecordSet', HostedZoneId='Z', Name='a.example.', Type='A'),
     one('Route53::RecordSet', HostedZoneId='Z', Name='b.example.', Type='A'), {'It': ['may replace', 'replace']}),
    ('User Guide, `AWS::CodeBuild::Project`: Description, no interruption', one('CodeBuild::Project', Description='a'),
     one('CodeBuild::Project', Description='b'), {'It': ['update']}),
    ('User Guide, pseudo parameters: `AWS::NoValue`', one('SQS::Queue', QueueName={'Ref': 'AWS::NoValue'}), one('SQS::Queue'), {'It': ['no change']}),
    ('User Guide, update behaviors: the type of a resource cannot change', one('SQS::Queue'), one('SNS::Topic'), {'It': ['refused', 'replace']}),
]


def contradictions(registry):
    """Sentences about what the judge has not right; none is what there must be."""
    found = []
    for source, old, new, expected in CASES:
        verdicts = {name: accepted for name, (_, accepted, _) in Judge(registry, old, new).verdicts().items()}
        for name, accepted in expected.items():
            if verdicts.get(name) != sorted(accepted):
                found.append(f'{name}: the judge says {verdicts.get(name)}, known is {sorted(accepted)} ({source})')
    return found
