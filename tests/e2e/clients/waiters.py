# What boto3 waits for, on an engine where things take a while; and what it gives up on.
import botocore.exceptions

cloudformation = client('cloudformation')
topic = lambda name: {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': name}}
template = lambda **resources: json.dumps({'Resources': resources})
found = {}
waited = []
cloudformation.meta.events.register('after-call.cloudformation', lambda model, **_: waited.append(model.name))


def wait(name, waiter, **arguments):
    waited.clear()
    try:
        cloudformation.get_waiter(waiter).wait(WaiterConfig={'Delay': 0.1, 'MaxAttempts': 200}, **arguments)
        found[name] = 'it came' + ('' if len(waited) > 1 else ' at once')
    except botocore.exceptions.WaiterError as error:
        found[name] = error.kwargs['reason']


# Cancelled while it is under way, and deleted while it is under way.
wait('a stack that is not there', 'stack_create_complete', StackName='site')
cloudformation.create_stack(StackName='site', TemplateBody=template(Topic=topic('a')))
wait('a stack that is being created exists', 'stack_exists', StackName='site')
wait('creation', 'stack_create_complete', StackName='site')
cloudformation.update_stack(StackName='site', TemplateBody=template(Topic=topic('b')))
wait('update', 'stack_update_complete', StackName='site')
cloudformation.update_stack(StackName='site', TemplateBody=template(Topic=topic('c')))
try:
    cloudformation.update_stack(StackName='site', TemplateBody=template(Topic=topic('d')))
except cloudformation.exceptions.ClientError as error:
    found['an update of what is being updated'] = error.response['Error']['Message'].split('/')[-1].split(' ', 1)[1]
cloudformation.cancel_update_stack(StackName='site')
wait('an update that was cancelled', 'stack_update_complete', StackName='site')
wait('its rollback', 'stack_rollback_complete', StackName='site')
cloudformation.create_change_set(StackName='site', ChangeSetName='change', TemplateBody=template(Topic=topic('e')))
wait('a change set', 'change_set_create_complete', StackName='site', ChangeSetName='change')
cloudformation.create_change_set(StackName='site', ChangeSetName='nothing', TemplateBody=template(Topic=topic('b')))
wait('a change set without changes', 'change_set_create_complete', StackName='site', ChangeSetName='nothing')
cloudformation.delete_stack(StackName='site')
wait('deletion', 'stack_delete_complete', StackName='site')

cloudformation.create_stack(StackName='broken', TemplateBody=template(Broken=topic('a')))
wait('a creation that fails', 'stack_create_complete', StackName='broken')
waiting = cloudformation.create_stack(StackName='waiting', TemplateBody=template(Topic=topic('a')))['StackId']
cloudformation.delete_stack(StackName='waiting')
wait('the deletion of what is being created', 'stack_delete_complete', StackName=waiting)
answer(found)
