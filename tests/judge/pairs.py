"""Pairs of templates: what is deployed, and what comes after. Each family is one kind of change; the same seed gives the same pairs."""

import copy

import families
from values import Random, Values, put

# Types that people deploy; the others are drawn from all that there are.
COMMON = '''
ACMPCA::CertificateAuthority AmazonMQ::Broker AmplifyUIBuilder::Component ApiGateway::Deployment ApiGateway::Method ApiGateway::RestApi ApiGateway::Stage
ApiGatewayV2::Api ApiGatewayV2::Integration ApiGatewayV2::Route AppConfig::Environment AppMesh::VirtualNode AppSync::FunctionConfiguration
AppSync::GraphQLApi AppSync::Resolver ApplicationAutoScaling::ScalableTarget Athena::WorkGroup AutoScaling::AutoScalingGroup
AutoScaling::LaunchConfiguration Backup::BackupPlan Backup::BackupVault Batch::ComputeEnvironment Batch::JobDefinition Batch::JobQueue
CertificateManager::Certificate CloudFront::CachePolicy CloudFront::Distribution CloudFront::Function CloudFront::OriginAccessControl
CloudFormation::Stack CloudTrail::Trail CloudWatch::Alarm CloudWatch::Dashboard CodeBuild::Project CodePipeline::Pipeline Cognito::UserPool
Cognito::UserPoolClient Config::ConfigRule DAX::Cluster DMS::ReplicationInstance DocDB::DBCluster DocDB::DBInstance DynamoDB::GlobalTable
DynamoDB::Table EC2::DHCPOptions EC2::EIP EC2::FlowLog EC2::Instance EC2::InternetGateway EC2::LaunchTemplate EC2::NatGateway EC2::NetworkAcl
EC2::Route EC2::RouteTable EC2::SecurityGroup EC2::SecurityGroupIngress EC2::Subnet EC2::SubnetRouteTableAssociation EC2::VPC EC2::VPCEndpoint
EC2::VPCGatewayAttachment EC2::Volume ECR::Repository ECS::Cluster ECS::Service ECS::TaskDefinition EFS::AccessPoint EFS::FileSystem
EFS::MountTarget EKS::Addon EKS::Cluster EKS::Nodegroup EMR::Cluster ElastiCache::CacheCluster ElastiCache::ReplicationGroup
ElastiCache::SubnetGroup ElasticBeanstalk::Application ElasticBeanstalk::Environment ElasticLoadBalancing::LoadBalancer
ElasticLoadBalancingV2::Listener ElasticLoadBalancingV2::ListenerRule ElasticLoadBalancingV2::LoadBalancer ElasticLoadBalancingV2::TargetGroup
Elasticsearch::Domain Events::Connection Events::EventBus Events::Rule FSx::FileSystem Glue::Crawler Glue::Database Glue::Job Glue::Table
GuardDuty::Detector IAM::AccessKey IAM::Group IAM::InstanceProfile IAM::ManagedPolicy IAM::Policy IAM::Role IAM::RolePolicy IAM::User
ImageBuilder::Component ImageBuilder::ImageRecipe IoT::Policy IoT::TopicRule KMS::Alias KMS::Key Kinesis::Stream KinesisFirehose::DeliveryStream
Lambda::Alias Lambda::EventSourceMapping Lambda::Function Lambda::LayerVersion Lambda::Permission Lambda::Url Lambda::Version
Lightsail::Container Lightsail::Instance Logs::LogGroup Logs::MetricFilter Logs::SubscriptionFilter Logs::Transformer MSK::Cluster
MSK::Configuration MediaConvert::Queue MemoryDB::Cluster Neptune::DBCluster OpenSearchService::Domain Pipes::Pipe RDS::DBCluster
RDS::DBClusterParameterGroup RDS::DBInstance RDS::DBParameterGroup RDS::DBProxy RDS::DBSubnetGroup Redshift::Cluster Route53::HealthCheck
Route53::HostedZone Route53::RecordSet S3::AccessPoint S3::Bucket S3::BucketPolicy SES::ConfigurationSet SES::EmailIdentity SNS::Subscription
SNS::Topic SNS::TopicPolicy SQS::Queue SQS::QueuePolicy SSM::Association SSM::Document SSM::MaintenanceWindow SSM::Parameter SSMContacts::Plan
SSO::PermissionSet SageMaker::Endpoint SageMaker::Model SageMaker::NotebookInstance Scheduler::Schedule SecretsManager::Secret
SecretsManager::SecretTargetAttachment ServiceDiscovery::Service StepFunctions::StateMachine Synthetics::Canary Transfer::Server WAFv2::IPSet
WAFv2::WebACL
'''.split()


# An update of these is refused, whatever it is.
NOT_UPDATED = ('AWS::CloudFormation::WaitCondition', 'AWS::CloudFormation::WaitConditionHandle')


class Maker:
    """What the families draw from."""

    def __init__(self, registry, seed):
        self.registry, self.random = registry, Random(seed)
        everything = sorted(name for name in registry.files if registry.of(name).schema.get('properties') and name not in NOT_UPDATED)
        common = [f'AWS::{name}' for name in COMMON if f'AWS::{name}' in registry.files]
        self.types = [registry.of(name) for name in common]
        self.types += [registry.of(name) for name in self.random.sample([n for n in everything if n not in common], 220)]
        self.common = self.types[:len(common)]
        self.by_word = {}
        for type_ in self.types:
            for name in self.writable(type_):
                words = type_.words((name,))
                if len(words) == 1 and not type_.places_below((name,)):
                    self.by_word.setdefault(next(iter(words)), []).append((type_, name))
        self.texts = {}
        for type_ in self.types:
            for path in self.text_places(type_):
                words = type_.words(path)
                if len(words) == 1:
                    self.texts.setdefault(next(iter(words)), []).append((type_, path))
        self.counter = 0

    def writable(self, type_):
        read_only = {pointer[0] for pointer in type_.read_only if len(pointer) == 1}
        return [name for name in type_.schema['properties'] if name not in read_only]

    def text_places(self, type_):
        """Places of plain texts, at the top and inside of objects."""
        for name in self.writable(type_):
            node = type_.node((name,))
            if not node:
                continue
            if node.get('type') == 'string' and 'enum' not in node:
                yield (name,)
            for inner, below in (node.get('properties') or {}).items() if node.get('type') == 'object' else ():
                below = type_.resolved(below)
                if below.get('type') == 'string' and 'enum' not in below:
                    yield (name, inner)

    def type(self):
        return self.random.choice(self.common if self.random.chance(60) else self.types)

    def values(self, type_):
        return Values(type_, self.random)

    def resource(self, type_=None, include=(), optional=2):
        return self.values(type_ or self.type()).resource(include, optional)

    def name(self, word='R'):
        self.counter += 1
        return f'{word}{self.counter}'

    def drawn(self, places):
        """A place of a list of (type, place): first the type, so that types with many properties do not win."""
        common = {type_.name for type_ in self.common}
        names = sorted({type_.name for type_, _ in places})
        if self.random.chance(60):
            names = [name for name in names if name in common] or names
        name = self.random.choice(names)
        return self.random.choice([place for place in places if place[0].name == name])

    def changing(self, word):
        """A resource before and after a change that replaces it (`yes`), may (`maybe`) or does not (`no`)."""
        for _ in range(50):
            type_, name = self.drawn(self.by_word[word])
            if name == 'Tags' or word == 'no' and not type_.handlers:
                continue
            values = self.values(type_)
            old = values.resource(include=(name,), optional=1)
            value = old['Properties'][name]
            other = values.other(value, type_.schema['properties'][name], name)
            if isinstance(value, (dict, list)) and not value or other == value:
                continue
            new = copy.deepcopy(old)
            new['Properties'][name] = other
            return type_, old, new
        raise RuntimeError('no property to change')

    def holding(self, word, term, extra=()):
        """A resource that has `term` at a place of a text where a change replaces it, may, or does not."""
        type_, path = self.drawn(self.texts[word])
        resource = self.values(type_).resource(include=(path[0],), optional=1)
        properties = resource.setdefault('Properties', {})
        if len(path) == 2 and not isinstance(properties.get(path[0]), dict):
            properties[path[0]] = {}
        put(properties, path, term)
        return resource, path

    def attribute(self, type_, kind):
        """An attribute of this kind, or nothing."""
        names = ['.'.join(pointer) for pointer in type_.read_only if len(pointer) == 1 and type_.node(pointer).get('type') in ('string', 'integer')]
        fitting = [name for name in names if type_.attribute(name) == kind]
        return self.random.choice(fitting) if fitting else None

    def template(self, resources, **sections):
        items = list(resources.items())
        if self.random.chance(30):
            items = self.random.shuffled(items)
        body = {'AWSTemplateFormatVersion': '2010-09-09', **{k: v for k, v in sections.items() if v}, 'Resources': dict(items)}
        return copy.deepcopy(body)

    def bystander(self):
        return {self.name('Beside'): self.resource(optional=1)} if self.random.chance(40) else {}


def generate(registry, seed, count):
    """`count` pairs, family by family: dictionaries with `family`, `kind`, `old`, `new`."""
    maker = Maker(registry, seed)
    total = sum(weight for weight, _, _ in families.ALL)
    pairs = []
    while len(pairs) < count:
        at = maker.random.below(total)
        for weight, family, function in families.ALL:
            at -= weight
            if at < 0:
                break
        made = function(maker)
        if made is None:
            continue
        kind, old, new = made
        pairs.append({'family': family, 'kind': kind, 'old': old, 'new': new})
    return pairs
