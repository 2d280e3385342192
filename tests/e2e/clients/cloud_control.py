# Cloud Control and Systems Manager over what a stack made, as AWS's SDK reads them.
cloudformation, cloudcontrol, ssm, sts = (client(name) for name in ('cloudformation', 'cloudcontrol', 'ssm', 'sts'))
cloudformation.create_stack(StackName='site', TemplateBody=json.dumps({'Resources': {
    'Zone': {'Type': 'AWS::Route53::HostedZone', 'Properties': {'Name': 'example.com'}},
    'Other': {'Type': 'AWS::Route53::HostedZone', 'Properties': {'Name': 'example.org'}},
    'Parameter': {'Type': 'AWS::SSM::Parameter', 'Properties': {'Name': '/a', 'Type': 'String', 'Value': 'one'}},
}}))
cloudformation.get_waiter('stack_create_complete').wait(StackName='site')

found = {}
pages = cloudcontrol.get_paginator('list_resources').paginate(
    TypeName='AWS::Route53::HostedZone', PaginationConfig={'PageSize': 1})
pages = [page['ResourceDescriptions'] for page in pages]
found['pages'] = [len(page) for page in pages]
listed = {json.loads(one['Properties'])['Name']: one['Identifier'] for page in pages for one in page}
found['zones'] = sorted(listed)
zone = cloudcontrol.get_resource(TypeName='AWS::Route53::HostedZone', Identifier=listed['example.com.'])
assert zone['ResponseMetadata']['HTTPHeaders']['content-type'] == 'application/x-amz-json-1.0', zone
properties = json.loads(zone['ResourceDescription']['Properties'])
found['zone'] = {'TypeName': zone['TypeName'], 'Name': properties['Name'], 'is its id': properties['Id'] == listed['example.com.']}


def refused(call, **arguments):
    try:
        return call(**arguments)
    except Exception as error:
        return f'{type(error).__name__}: {error}'


found['no such zone'] = refused(cloudcontrol.get_resource, TypeName='AWS::Route53::HostedZone', Identifier='Z0')
found['no such type'] = refused(cloudcontrol.list_resources, TypeName='AWS::No::Type')
found['not answered'] = refused(cloudcontrol.delete_resource, TypeName='AWS::Route53::HostedZone', Identifier='Z0')
found['parameter'] = ssm.get_parameter(Name='/a')['Parameter']['Value']
found['account'] = sts.get_caller_identity()['Account']
print(json.dumps(found))
