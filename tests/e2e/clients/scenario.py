# What happens to stacks, the same steps for any CloudFormation server. Of each step: what it said, and what was there afterwards.
import time

cloudformation = client('cloudformation')
steps = {}


def template(resources, **rest):
    return json.dumps({'AWSTemplateFormatVersion': '2010-09-09', 'Resources': resources, **rest})


def topic(name='a', **rest):
    return {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': name}, **rest}


def bucket(name, **rest):
    return {'Type': 'AWS::S3::Bucket', 'Properties': {'BucketName': name}, **rest}


# Fails when it is made, not before: a nested stack whose template is not there.
broken = {'Type': 'AWS::CloudFormation::Stack', 'Properties': {'TemplateURL': 'https://s3.us-east-1.amazonaws.com/templates/nothing.json'}}
role = {'Type': 'AWS::IAM::Role', 'Properties': {'RoleName': 'scenario', 'AssumeRolePolicyDocument': {
    'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}}}
in_progress = lambda stack: stack['StackStatus'].endswith('_IN_PROGRESS') and stack['StackStatus'] != 'REVIEW_IN_PROGRESS'


def see(stack_id):
    """The stack once nothing goes on with it: status, outputs, resources, and the events since the last look."""
    for _ in range(600):
        try:
            stack = cloudformation.describe_stacks(StackName=stack_id)['Stacks'][0]
        except cloudformation.exceptions.ClientError as error:
            return {'status': said(error)}
        if not in_progress(stack):
            break
        time.sleep(0.05)
    events = cloudformation.get_paginator('describe_stack_events').paginate(StackName=stack_id)
    events = [event for page in events for event in page['StackEvents']][::-1]
    new, seen[stack_id] = events[seen.get(stack_id, 0):], len(events)
    resources = cloudformation.describe_stack_resources(StackName=stack_id)['StackResources']
    name = stack['StackName']
    return {
        'status': stack['StackStatus'],
        'outputs': {output['OutputKey']: output['OutputValue'] for output in stack.get('Outputs', [])},
        'resources': {resource['LogicalResourceId']: resource['ResourceStatus'] for resource in resources if there(resource)},
        'events': [f"{'(stack)' if event['LogicalResourceId'] == name else event['LogicalResourceId']} {event['ResourceStatus']}" for event in new],
        'first failure': next((event.get('ResourceStatusReason') for event in new if event['ResourceStatus'].endswith('_FAILED')), None),
    }


there = lambda resource: resource['ResourceStatus'] not in ('DELETE_COMPLETE', 'DELETE_SKIPPED')
seen = {}


def said(error):
    return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"[:300]


def step(name, operation, stack=None, look=True, **arguments):
    stack = stack or arguments.get('StackName')
    found = {}
    try:
        answered = getattr(cloudformation, operation)(**arguments)
        if 'StackId' in answered:
            ids[stack] = answered['StackId']
    except cloudformation.exceptions.ClientError as error:
        found['refused'] = said(error).replace(ids.get(stack, '?'), '[STACK]')
    if look and stack in ids:
        found.update(see(ids[stack]))
    steps[name] = found
    return found


ids = {}


def change_set(name, stack, kind='UPDATE', execute=True, **arguments):
    """A change set as deployers use them: made, waited for, read, executed."""
    arguments = {'StackName': stack, 'ChangeSetName': 'c' + str(len(steps)), 'ChangeSetType': kind, **arguments}
    found = step(name, 'create_change_set', look=False, **arguments)
    if 'refused' in found:
        return
    where = {key: arguments[key] for key in ('StackName', 'ChangeSetName')}
    for _ in range(100):
        seen = cloudformation.describe_change_set(**where)
        if not seen['Status'].endswith(('_IN_PROGRESS', '_PENDING')):
            break
        time.sleep(0.05)
    found['change set'] = f"{seen['Status']} {seen['ExecutionStatus']}"
    found['reason'] = seen.get('StatusReason') or None
    found['changes'] = sorted(
        f"{change['ResourceChange']['Action']} {change['ResourceChange']['LogicalResourceId']} {change['ResourceChange'].get('Replacement', '')}".strip()
        for change in seen.get('Changes', []))
    if execute and seen['Status'] == 'CREATE_COMPLETE':
        step(name + ': executed', 'execute_change_set', **where)


s3 = client('s3')
s3.create_bucket(Bucket='templates')

# Creation, no change, update, replacement, deletion.
outputs = {'Name': {'Value': {'Fn::Select': [5, {'Fn::Split': [':', {'Fn::GetAtt': ['First', 'TopicArn']}]}]}}, 'Region': {'Value': {'Ref': 'AWS::Region'}}}
named = lambda name, display: {'Type': 'AWS::SNS::Topic', 'Properties': {'TopicName': name, 'DisplayName': display}}
two = lambda name, display: template({'First': named(name, display), 'Second': topic('b', DependsOn='First')}, Outputs=outputs)
step('create', 'create_stack', StackName='site', TemplateBody=two('one', 'a'))
step('create again', 'create_stack', StackName='site', TemplateBody=two('one', 'a'))
step('update without changes', 'update_stack', StackName='site', TemplateBody=two('one', 'a'))
step('update in place', 'update_stack', StackName='site', TemplateBody=two('one', 'b'))
step('update that replaces', 'update_stack', StackName='site', TemplateBody=two('two', 'b'))
step('update that removes', 'update_stack', StackName='site', TemplateBody=template({'First': named('two', 'b')}, Outputs=outputs))
step('update of an output alone', 'update_stack', StackName='site', TemplateBody=template({'First': named('two', 'b')}, Outputs={'Name': outputs['Name']}))
step('update that fails', 'update_stack', StackName='site', TemplateBody=template(
    {'First': named('two', 'c'), 'Third': topic(), 'Broken': {**broken, 'DependsOn': ['First', 'Third']}}, Outputs=outputs))
step('delete', 'delete_stack', StackName='site')
step('delete again', 'delete_stack', StackName='site', look=False)
step('describe what is deleted', 'describe_stacks', StackName='site', look=False)
step('update what is not there', 'update_stack', StackName='nothing', TemplateBody=template({'A': topic()}))
step('events of what is not there', 'describe_stack_events', StackName='nothing', look=False)

# Change sets.
change_set('change set that creates', 'sets', 'CREATE', TemplateBody=template({'A': topic()}))
change_set('change set without changes', 'sets', TemplateBody=template({'A': topic()}))
change_set('change set that changes', 'sets', TemplateBody=template({'A': topic('b'), 'B': topic()}))
change_set('change set that creates what is there', 'sets', 'CREATE', TemplateBody=template({'A': topic()}))
change_set('change set that updates what is not there', 'nothing', TemplateBody=template({'A': topic()}))
change_set('change set that nobody executes', 'draft', 'CREATE', execute=False, TemplateBody=template({'A': topic()}))
step('a draft', 'describe_stacks', StackName='draft')
step('deletion of a draft', 'delete_stack', StackName='draft')

# Creations that fail.
step('create that fails', 'create_stack', StackName='failed', TemplateBody=template({'A': topic(), 'Broken': {**broken, 'DependsOn': 'A'}}))
step('update after it', 'update_stack', StackName='failed', TemplateBody=template({'A': topic()}))
step('deletion after it', 'delete_stack', StackName='failed')
step('create that fails and stays', 'create_stack', StackName='stays', OnFailure='DO_NOTHING', TemplateBody=template({'A': topic(), 'Broken': {**broken, 'DependsOn': 'A'}}))
step('create that fails and goes', 'create_stack', StackName='goes', OnFailure='DELETE', TemplateBody=template({'A': topic(), 'Broken': {**broken, 'DependsOn': 'A'}}))
change_set('change set that fails and goes', 'goes-too', 'CREATE', OnStackFailure='DELETE', TemplateBody=template({'A': topic(), 'Broken': {**broken, 'DependsOn': 'A'}}))

# Parameters and conditions.
parameters = {'Size': {'Type': 'Number', 'MinValue': 1, 'MaxValue': 9}, 'Kind': {'Type': 'String', 'Default': 'small', 'AllowedValues': ['small', 'large']},
              'Names': {'Type': 'CommaDelimitedList', 'Default': 'a,b'}}
body = template({'A': topic({'Fn::Sub': '${Kind}-${Size}'}), 'Large': topic(Condition='IsLarge')}, Parameters=parameters,
                Conditions={'IsLarge': {'Fn::Equals': [{'Ref': 'Kind'}, 'large']}},
                Mappings={'Words': {'us-east-1': {'word': 'east'}}},
                Outputs={'Word': {'Value': {'Fn::FindInMap': ['Words', {'Ref': 'AWS::Region'}, 'word']}},
                         'Second': {'Value': {'Fn::Select': [1, {'Ref': 'Names'}]}},
                         'Joined': {'Value': {'Fn::Join': ['+', {'Fn::Split': ['-', 'x-y']}]}},
                         'OnlyLarge': {'Condition': 'IsLarge', 'Value': 'yes'}})
given = lambda **values: [{'ParameterKey': key, 'ParameterValue': value} for key, value in values.items()]
step('a parameter is missing', 'create_stack', StackName='given-1', TemplateBody=body)
step('a parameter is too large', 'create_stack', StackName='given-2', TemplateBody=body, Parameters=given(Size='10'))
step('a parameter is not allowed', 'create_stack', StackName='given-3', TemplateBody=body, Parameters=given(Size='1', Kind='huge'))
step('a parameter is not known', 'create_stack', StackName='given-4', TemplateBody=body, Parameters=given(Size='1', Other='x'))
step('parameters', 'create_stack', StackName='given', TemplateBody=body, Parameters=given(Size='1'))
step('a condition becomes true', 'update_stack', StackName='given', UsePreviousTemplate=True,
     Parameters=[{'ParameterKey': 'Size', 'UsePreviousValue': True}, *given(Kind='large')])
step('a condition becomes false', 'update_stack', StackName='given', UsePreviousTemplate=True, Parameters=given(Size='2', Kind='small'))

# Exports and imports.
producer = lambda value: template({'A': topic()}, Outputs={'Out': {'Value': value, 'Export': {'Name': 'scenario'}}})
step('an export', 'create_stack', StackName='producer', TemplateBody=producer('1'))
step('the same export again', 'create_stack', StackName='producer-2', TemplateBody=producer('1'))
step('an import', 'create_stack', StackName='consumer', TemplateBody=template({'A': topic({'Fn::ImportValue': 'scenario'})}, Outputs={'In': {'Value': {'Fn::ImportValue': 'scenario'}}}))
step('change of an export in use', 'update_stack', StackName='producer', TemplateBody=producer('2'))
step('deletion of an export in use', 'delete_stack', StackName='producer')
step('an import of nothing', 'create_stack', StackName='consumer-2', TemplateBody=template({'A': topic({'Fn::ImportValue': 'nothing'})}))
step('deletion of the importer', 'delete_stack', StackName='consumer')
step('deletion of an export that nobody uses', 'delete_stack', StackName='producer')

# What is kept, protected, allowed.
step('protection', 'create_stack', StackName='safe', EnableTerminationProtection=True, TemplateBody=template({'A': topic(), 'Kept': topic(DeletionPolicy='Retain', DependsOn='A')}))
step('deletion of what is protected', 'delete_stack', StackName='safe')
step('no more protection', 'update_termination_protection', StackName='safe', EnableTerminationProtection=False)
step('deletion that keeps a resource', 'delete_stack', StackName='safe')
step('no capability', 'create_stack', StackName='role', TemplateBody=template({'Role': role}))
step('too little capability', 'create_stack', StackName='role', TemplateBody=template({'Role': role}), Capabilities=['CAPABILITY_IAM'])
step('capability', 'create_stack', StackName='role', TemplateBody=template({'Role': role}), Capabilities=['CAPABILITY_NAMED_IAM'])

# Templates that are none.
step('no resources', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody='{"Resources": {}}')
step('no JSON', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody='{"Resources": ')
step('a type that is not there', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody=template({'A': {'Type': 'AWS::No::Such'}}))
step('a reference to nothing', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody=template({'A': topic({'Ref': 'B'})}))
step('a circle', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody=template({'A': topic({'Ref': 'B'}), 'B': topic({'Ref': 'A'})}))
step('a name that is none', 'create_stack', StackName='no_name', TemplateBody=template({'A': topic()}))
step('a template that is too long', 'create_stack', StackName=f'bad-{len(steps)}', TemplateBody=template({'A': topic('x' * 52000)}))

# A template by URL, and nested stacks.
s3.put_object(Bucket='templates', Key='child.json', Body=template({'A': topic()}, Parameters={'P': {'Type': 'String'}}, Outputs={'Out': {'Value': {'Ref': 'P'}}}))
child = lambda value: {'Type': 'AWS::CloudFormation::Stack', 'Properties': {
    'TemplateURL': 'https://s3.us-east-1.amazonaws.com/templates/child.json', 'Parameters': {'P': value}}}
step('a template by its URL', 'create_stack', StackName='url', TemplateURL='https://s3.us-east-1.amazonaws.com/templates/child.json', Parameters=given(P='x'))
step('a template that is not there', 'create_stack', StackName='gone', TemplateURL='https://s3.us-east-1.amazonaws.com/templates/nothing.json')
step('a nested stack', 'create_stack', StackName='parent', TemplateBody=template({'Child': child('x')}, Outputs={'Out': {'Value': {'Fn::GetAtt': ['Child', 'Outputs.Out']}}}))
step('an update of it', 'update_stack', StackName='parent', TemplateBody=template({'Child': child('y')}, Outputs={'Out': {'Value': {'Fn::GetAtt': ['Child', 'Outputs.Out']}}}))
step('its deletion', 'delete_stack', StackName='parent')

answer({name: {key: value for key, value in found.items() if value is not None} for name, found in steps.items()})
