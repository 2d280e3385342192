# Every operation that the engine knows, called with every argument that it takes; and that it knows no other.
import datetime, botocore.config

cloudformation = client('cloudformation')


def template(display, **resources):
    return json.dumps({
        'Description': 'topics',
        'Metadata': {'Purpose': 'test'},
        'Parameters': {
            'Display': {'Type': 'String', 'Default': display, 'AllowedPattern': '[a-z]+', 'Description': 'what is shown'},
            'Secret': {'Type': 'String', 'NoEcho': True, 'Default': 'hush-hush'},
            'Other': {'Type': 'Number', 'AllowedValues': [1, 2], 'Default': 1},
        },
        'Resources': {
            'Topic': {
                'Type': 'AWS::SNS::Topic',
                'Metadata': {'Owner': 'nobody'},
                'Properties': {
                    'DisplayName': {'Ref': 'Display'},
                    'Tags': [{'Key': 'secret', 'Value': {'Ref': 'Secret'}}],
                },
            },
            'Role': {'Type': 'AWS::IAM::Role', 'Properties': {'AssumeRolePolicyDocument': {'Statement': []}}},
            **resources,
        },
        'Outputs': {'Arn': {'Value': {'Ref': 'Topic'}, 'Description': 'the topic', 'Export': {'Name': 'topic'}}},
    })


found = {}
common = dict(Capabilities=['CAPABILITY_IAM'], RoleARN='arn:aws:iam::000000000000:role/deployer', ClientRequestToken='token-1')
rollback = {'RollbackTriggers': [{'Arn': 'arn:aws:cloudwatch:us-east-1:000000000000:alarm:a', 'Type': 'AWS::CloudWatch::Alarm'}], 'MonitoringTimeInMinutes': 5}
alarm = {'AlarmName': 'a', 'ComparisonOperator': 'GreaterThanThreshold', 'EvaluationPeriods': 1}
cloudformation.create_stack(StackName='alarms', TemplateBody=json.dumps({
    'Resources': {'Alarm': {'Type': 'AWS::CloudWatch::Alarm', 'Properties': alarm}}}))
made = cloudformation.create_stack(
    StackName='site', TemplateBody=template('one'), OnFailure='ROLLBACK', EnableTerminationProtection=True,
    Parameters=[{'ParameterKey': 'Other', 'ParameterValue': '2'}], Tags=[{'Key': 'team', 'Value': 'web'}],
    NotificationARNs=['arn:aws:sns:us-east-1:000000000000:told'], ResourceTypes=['AWS::SNS::*', 'AWS::IAM::Role'],
    RollbackConfiguration=rollback, DeploymentConfig={'Mode': 'STANDARD'}, DisableValidation=False, **common)
stack = cloudformation.describe_stacks(StackName=made['StackId'])['Stacks'][0]
found['stack'] = {key: stack[key] for key in [
    'StackStatus', 'Description', 'Parameters', 'Tags', 'Capabilities', 'RoleARN', 'NotificationARNs', 'EnableTerminationProtection',
    'RollbackConfiguration', 'DriftInformation', 'DisableRollback']}
found['outputs'] = [{**output, 'OutputValue': 'arn'} for output in stack['Outputs']]

cloudformation.update_termination_protection(StackName='site', EnableTerminationProtection=False)
cloudformation.create_change_set(
    StackName='site', ChangeSetName='second', ChangeSetType='UPDATE', Description='another name', TemplateBody=template('two'),
    Capabilities=['CAPABILITY_IAM'], ClientToken='token-2', IncludeNestedStacks=True, OnStackFailure='ROLLBACK',
    ImportExistingResources=False, DisableValidation=True)
for values in (False, True):
    seen = cloudformation.describe_change_set(StackName='site', ChangeSetName='second', IncludePropertyValues=values)
    found['changes with values' if values else 'changes'] = [
        {**change['ResourceChange'], 'PhysicalResourceId': 'id'} for change in seen['Changes']]
found['change sets'] = [summary['ChangeSetName'] for summary in cloudformation.list_change_sets(StackName='site')['Summaries']]
found['template of the change set'] = cloudformation.get_template(StackName='site', ChangeSetName='second')['TemplateBody']['Parameters']['Display']['Default']
cloudformation.delete_change_set(StackName='site', ChangeSetName='second')
cloudformation.create_change_set(StackName='site', ChangeSetName='third', TemplateBody=template('three'), Capabilities=['CAPABILITY_IAM'])
cloudformation.execute_change_set(StackName='site', ChangeSetName='third', ClientRequestToken='token-3', DisableRollback=False)
cloudformation.update_stack(StackName='site', UsePreviousTemplate=True, Parameters=[{'ParameterKey': 'Display', 'ParameterValue': 'four'}], Tags=[], Capabilities=['CAPABILITY_IAM'], NotificationARNs=[])
stack = cloudformation.describe_stacks(StackName='site')['Stacks'][0]
found['emptied by the update'] = {'Tags': stack['Tags'], 'NotificationARNs': stack['NotificationARNs']}

found['events'] = [
    [event['LogicalResourceId'], event['ResourceStatus'], event.get('ResourceStatusReason'), event.get('ResourceProperties')]
    for event in cloudformation.describe_stack_events(StackName='site')['StackEvents']]
found['events of the operation'] = [
    [event['EventType'], event.get('OperationType'), event.get('OperationStatus'), event['ResourceStatus']]
    for event in cloudformation.describe_events(OperationId=stack['LastOperations'][0]['OperationId'])['OperationEvents']]
cloudformation.describe_events(StackName='site', Filters={'FailedEvents': True})
found['resource'] = cloudformation.describe_stack_resource(StackName='site', LogicalResourceId='Topic')['StackResourceDetail']['Metadata']
physical = cloudformation.describe_stack_resources(StackName='site', LogicalResourceId='Role')['StackResources'][0]['PhysicalResourceId']
found['by physical id'] = cloudformation.describe_stack_resources(PhysicalResourceId=physical)['StackResources'][0]['StackName']
found['resources'] = [summary['LogicalResourceId'] for summary in cloudformation.list_stack_resources(StackName='site')['StackResourceSummaries']]
found['stacks'] = [summary['StackStatus'] for summary in cloudformation.list_stacks(StackStatusFilter=['UPDATE_COMPLETE'])['StackSummaries']]
found['template'] = sorted(cloudformation.get_template(StackName='site', TemplateStage='Processed')['TemplateBody'])
for name, summary in {
    'summary': cloudformation.get_template_summary(TemplateBody=template('five')),
    'summary of the stack': cloudformation.get_template_summary(StackName='site'),
    'validation': cloudformation.validate_template(TemplateBody=template('five')),
}.items():
    del summary['ResponseMetadata']
    found[name] = summary

cloudformation.create_stack(StackName='user', TemplateBody=json.dumps(
    {'Resources': {'Topic': {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': {'Fn::ImportValue': 'topic'}}}}}))
found['exports'] = [export['Name'] for export in cloudformation.list_exports()['Exports']]
found['imports'] = cloudformation.list_imports(ExportName='topic')['Imports']

detection = cloudformation.detect_stack_drift(StackName='site', LogicalResourceIds=['Topic'])['StackDriftDetectionId']
status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
found['drift'] = [status['DetectionStatus'], status['StackDriftStatus'], status['DriftedStackResourceCount']]
drifts = cloudformation.describe_stack_resource_drifts(StackName='site', StackResourceDriftStatusFilters=['MODIFIED', 'IN_SYNC'], MaxResults=5)
found['drift of the resources'] = [
    [drift['LogicalResourceId'], drift['StackResourceDriftStatus'], drift['PropertyDifferences'], drift['ExpectedProperties']]
    for drift in drifts['StackResourceDrifts']]
found['drift in lists'] = [
    [summary['LogicalResourceId'], summary['DriftInformation']['StackResourceDriftStatus']]
    for summary in cloudformation.list_stack_resources(StackName='site')['StackResourceSummaries']]
one = cloudformation.detect_stack_resource_drift(StackName='site', LogicalResourceId='Topic')['StackResourceDrift']
found['drift of one resource'] = [one['LogicalResourceId'], one['StackResourceDriftStatus'], one['PropertyDifferences']]

# What the faults of this engine break.
broken = json.dumps({'Resources': {'Broken': {'Type': 'AWS::SNS::Topic'}}})
cloudformation.create_stack(StackName='stopped', TemplateBody=broken, DisableRollback=True)
found['stopped'] = cloudformation.describe_stacks(StackName='stopped')['Stacks'][0]['StackStatus']
cloudformation.rollback_stack(StackName='stopped', ClientRequestToken='token-4')
found['rolled back'] = cloudformation.describe_stacks(StackName='stopped')['Stacks'][0]['StackStatus']
cloudformation.create_stack(StackName='stuck', TemplateBody=json.dumps({'Resources': {'Stuck': {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': 'a'}}}}))
cloudformation.update_stack(StackName='stuck', TemplateBody=json.dumps({'Resources': {
    'Stuck': {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': 'b'}}, 'Broken': {'Type': 'AWS::SNS::Topic', 'DependsOn': 'Stuck'}}}))
found['stuck'] = cloudformation.describe_stacks(StackName='stuck')['Stacks'][0]['StackStatus']
cloudformation.continue_update_rollback(StackName='stuck', ResourcesToSkip=['Stuck'], ClientRequestToken='token-5')
found['continued'] = cloudformation.describe_stacks(StackName='stuck')['Stacks'][0]['StackStatus']
try:
    cloudformation.cancel_update_stack(StackName='stuck', ClientRequestToken='token-6')
except cloudformation.exceptions.ClientError as error:
    found['cancelled'] = error.response['Error']['Message']
cloudformation.delete_stack(StackName='stuck', ClientRequestToken='token-7')
found['undeletable'] = cloudformation.describe_stacks(StackName='stuck')['Stacks'][0]['StackStatus']
cloudformation.delete_stack(StackName='stuck', RetainResources=['Stuck'], DeletionMode='STANDARD', RoleARN=common['RoleARN'])
found['left'] = [summary['StackName'] for summary in cloudformation.describe_stacks()['Stacks']]

identity = client('sts').get_caller_identity()
found['identity'] = {key: identity[key] for key in ('Account', 'Arn', 'UserId')}
assumed = client('sts').assume_role(RoleArn='arn:aws:iam::000000000000:role/path/deployer', RoleSessionName='me', DurationSeconds=900)
found['assumed'] = assumed['AssumedRoleUser']
left = assumed['Credentials']['Expiration'] - datetime.datetime.now(datetime.timezone.utc)
assert datetime.timedelta(seconds=880) < left <= datetime.timedelta(seconds=900), left
unchecked = client('sts', config=botocore.config.Config(parameter_validation=False))
for wrong in ({'RoleArn': 'arn:aws:iam::000000000000:user/somebody'}, {'DurationSeconds': 60}):
    try:
        unchecked.assume_role(**{'RoleArn': 'arn:aws:iam::000000000000:role/r', 'RoleSessionName': 'me', **wrong})
    except unchecked.exceptions.ClientError as error:
        found.setdefault('not assumed', []).append(error.response['Error']['Message'])

# What was not called above is not known, and says so by name. Each is asked past botocore's own checks.
import urllib.error, urllib.request
known = called - {'AssumeRole', 'GetCallerIdentity'}
found['known'] = sorted(known)
for action in cloudformation.meta.service_model.operation_names:
    if action not in known:
        try:
            urllib.request.urlopen(os.environ['ENDPOINT'], data=f'Action={action}&Version=2010-05-15'.encode())
            raise SystemExit(f'{action} was not refused')
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            assert error.code == 400 and f'<Code>InvalidAction</Code><Message>Could not find operation {action} for version 2010-05-15.' in text, text
answer(found)
