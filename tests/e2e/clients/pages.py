# More than a page of everything that has pages. A page that came twice, or never, would show in the counts.
cloudformation = client('cloudformation')
topics = lambda count: {f'Topic{number:03}': {'Type': 'AWS::SNS::Topic'} for number in range(count)}
for number in range(120):
    cloudformation.create_stack(StackName=f'producer-{number:03}', TemplateBody=json.dumps({
        'Resources': topics(1), 'Outputs': {'Out': {'Value': 'x', 'Export': {'Name': f'export-{number:03}'}}}}))
for number in range(120):
    cloudformation.create_stack(StackName=f'consumer-{number:03}', TemplateBody=json.dumps({
        'Resources': {'Topic': {'Type': 'AWS::SNS::Topic', 'Properties': {'DisplayName': {'Fn::ImportValue': 'export-000'}}}}}))
cloudformation.create_stack(StackName='large', TemplateBody=json.dumps({'Resources': topics(250)}))
cloudformation.create_change_set(StackName='large', ChangeSetName='change-0', TemplateBody=json.dumps({'Resources': topics(490)}))
cloudformation.create_stack(StackName='often', TemplateBody=json.dumps({'Resources': topics(1)}))
for number in range(120):
    cloudformation.create_change_set(StackName='often', ChangeSetName=f'change-{number}', TemplateBody=json.dumps({'Resources': topics(2)}))


def all_of(operation, key, name, **arguments):
    pages = list(cloudformation.get_paginator(operation).paginate(**arguments))
    assert all(len(page[key]) > 0 for page in pages), operation
    items = [name(item) for page in pages for item in page[key]]
    return {'pages': len(pages), 'items': len(items), 'different': len(set(items))}


answer({
    'DescribeStacks': all_of('describe_stacks', 'Stacks', lambda stack: stack['StackName']),
    'ListStacks': all_of('list_stacks', 'StackSummaries', lambda stack: stack['StackId']),
    'ListExports': all_of('list_exports', 'Exports', lambda export: export['Name']),
    'ListImports': all_of('list_imports', 'Imports', str, ExportName='export-000'),
    'ListStackResources': all_of('list_stack_resources', 'StackResourceSummaries', lambda one: one['LogicalResourceId'], StackName='large'),
    'DescribeStackEvents': all_of('describe_stack_events', 'StackEvents', lambda event: event['EventId'], StackName='large'),
    'DescribeEvents': all_of('describe_events', 'OperationEvents', lambda event: event['EventId'], StackName='large'),
    'ListChangeSets': all_of('list_change_sets', 'Summaries', lambda summary: summary['ChangeSetId'], StackName='often'),
    'DescribeChangeSet': all_of('describe_change_set', 'Changes', lambda change: change['ResourceChange']['LogicalResourceId'],
                                StackName='large', ChangeSetName='change-0', IncludePropertyValues=True),
    'DescribeStackResources, which has no pages': len(cloudformation.describe_stack_resources(StackName='large')['StackResources']),
})
