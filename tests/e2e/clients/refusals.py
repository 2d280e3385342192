# What is refused: by which class of botocore's, and in which words.
cloudformation = client('cloudformation')
topic = {'Type': 'AWS::SNS::Topic'}
template = lambda resources=None, **rest: json.dumps({'Resources': resources or {'Topic': topic}, **rest})
found = {}


def refused(name, operation, **arguments):
    try:
        getattr(cloudformation, operation)(**arguments)
        found[name] = 'NOT REFUSED'
    except cloudformation.exceptions.ClientError as error:
        code, status = error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']
        found[name] = f"{type(error).__name__} {status} {code}: {error.response['Error']['Message']}"


role = {'Type': 'AWS::IAM::Role', 'Properties': {'AssumeRolePolicyDocument': {}}}
cloudformation.create_stack(StackName='site', TemplateBody=template())
cloudformation.create_change_set(StackName='draft', ChangeSetName='first', ChangeSetType='CREATE', TemplateBody=template())
cloudformation.create_change_set(StackName='site', ChangeSetName='same', TemplateBody=template())
cloudformation.create_change_set(StackName='site', ChangeSetName='more', TemplateBody=template({'Topic': topic, 'More': topic}))

refused('a stack that is there', 'create_stack', StackName='site', TemplateBody=template())
refused('a name that is none', 'create_stack', StackName='1_site', TemplateBody=template())
refused('no template', 'create_stack', StackName='new')
refused('a template twice', 'create_stack', StackName='new', TemplateBody=template(), TemplateURL='https://s3.amazonaws.com/b/k')
refused('a template that is none', 'create_stack', StackName='new', TemplateBody='{"Resources": ')
refused('a template that is not there', 'create_stack', StackName='new', TemplateURL='https://s3.us-east-1.amazonaws.com/bucket/key')
refused('a template that is too long', 'create_stack', StackName='new', TemplateBody=template({f'T{n}': topic for n in range(490)}, Description='x' * 900) + ' ' * 51200)
refused('two words on failure', 'create_stack', StackName='new', TemplateBody=template(), DisableRollback=True, OnFailure='DELETE')
refused('a capability that is missing', 'create_stack', StackName='new', TemplateBody=template({'Role': role}))
refused('a capability that is missing in a change set', 'create_change_set', StackName='new', ChangeSetName='c', ChangeSetType='CREATE', TemplateBody=template({'Role': role}))
refused('a parameter without a value', 'create_stack', StackName='new', TemplateBody=template(Parameters={'P': {'Type': 'String'}}))
refused('a parameter that the template does not have', 'create_stack', StackName='new', TemplateBody=template(), Parameters=[{'ParameterKey': 'P', 'ParameterValue': '1'}])
refused('a type that is not allowed', 'create_stack', StackName='new', TemplateBody=template(), ResourceTypes=['AWS::EC2::*'])
refused('what the engine does not support', 'create_stack', StackName='new', TemplateBody=template(), StackPolicyBody='{}')
refused('an update without changes', 'update_stack', StackName='site', TemplateBody=template())
refused('an update of nothing', 'update_stack', StackName='nothing', TemplateBody=template())
refused('an update of a draft', 'update_stack', StackName='draft', TemplateBody=template())
refused('a change set that is there', 'create_change_set', StackName='site', ChangeSetName='more', TemplateBody=template())
refused('a change set to create what is there', 'create_change_set', StackName='site', ChangeSetName='c', ChangeSetType='CREATE', TemplateBody=template())
refused('a change set to update what is not there', 'create_change_set', StackName='nothing', ChangeSetName='c', TemplateBody=template())
refused('an import', 'create_change_set', StackName='site', ChangeSetName='c', ChangeSetType='IMPORT', TemplateBody=template(), ResourcesToImport=[])
refused('a change set that is not there', 'describe_change_set', StackName='site', ChangeSetName='nothing')
refused('a change set that is not there, executed', 'execute_change_set', StackName='site', ChangeSetName='nothing')
refused('a change set without its stack', 'describe_change_set', ChangeSetName='more')
refused('a change set without changes, executed', 'execute_change_set', StackName='site', ChangeSetName='same')
refused('the template of a change set that is not there', 'get_template', StackName='site', ChangeSetName='nothing')
refused('a stack that is not there', 'describe_stacks', StackName='nothing')
refused('events of nothing', 'describe_stack_events', StackName='nothing')
refused('a resource that is not there', 'describe_stack_resource', StackName='site', LogicalResourceId='Nothing')
refused('resources of nothing in particular', 'describe_stack_resources')
refused('an export that nobody uses', 'list_imports', ExportName='nothing')
refused('a page that is not there', 'list_stacks', NextToken='nonsense')
refused('drift that nobody looked for', 'describe_stack_drift_detection_status', StackDriftDetectionId='nothing')
refused('drift of what is not there', 'detect_stack_drift', StackName='site', LogicalResourceIds=['Nothing'])
refused('retained resources of a whole stack', 'delete_stack', StackName='site', RetainResources=['Topic'])
refused('force without need', 'delete_stack', StackName='site', DeletionMode='FORCE_DELETE_STACK')
refused('an update that does not go on, cancelled', 'cancel_update_stack', StackName='site')
refused('a rollback without need', 'rollback_stack', StackName='site')
refused('a rollback that does not go on', 'continue_update_rollback', StackName='site')
refused('an operation that the engine does not know', 'list_types')
cloudformation.update_termination_protection(StackName='site', EnableTerminationProtection=True)
refused('a protected stack', 'delete_stack', StackName='site')
found['a page of another region'] = [stack['StackName'] for stack in client('cloudformation', 'eu-west-1').describe_stacks()['Stacks']]
answer(found)
