"""Holds every answer against botocore's model of CloudFormation: no element that the operation's output does not have,
every required one there, every value of its type, every word one of the list. An unknown element would be dropped by the
SDKs without a word."""

import re
import xml.etree.ElementTree as ElementTree

# The operations that were called, whatever came of it.
called = set()

STACK_STATUSES = [
    'REVIEW_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
]


def judge(client):
    service = client.meta.service_model
    if service.metadata['protocol'] == 'query':
        client.meta.events.register('before-parse.' + service.service_id.hyphenize(), hold)
    return client


def hold(operation_model, response_dict, **_):
    called.add(operation_model.name)
    root = ElementTree.fromstring(response_dict['body'])
    namespace = operation_model.service_model.metadata['xmlNamespace']
    assert response_dict['headers']['content-type'] == 'text/xml', response_dict['headers']
    assert root.tag.startswith('{'), root.tag
    request_id = response_dict['headers']['x-amzn-requestid']
    assert re.fullmatch('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', request_id), request_id
    name = lambda element: element.tag.split('}')[-1]
    if response_dict['status_code'] >= 300:
        assert name(root) == 'ErrorResponse', name(root)
        assert [name(child) for child in root] == ['Error', 'RequestId'], [name(child) for child in root]
        error = {name(child): child.text for child in root[0]}
        assert list(error) == ['Type', 'Code', 'Message'], error
        assert error['Type'] == ('Sender' if response_dict['status_code'] < 500 else 'Receiver'), error
        assert root[1].text == request_id
        modelled = {shape.metadata.get('error', {}).get('code', shape.name): shape for shape in operation_model.error_shapes}
        if error['Code'] in modelled:
            expected = modelled[error['Code']].metadata['error']['httpStatusCode']
            assert response_dict['status_code'] == expected, (error['Code'], response_dict['status_code'], expected)
        return
    assert root.tag == '{%s}%sResponse' % (namespace, operation_model.name), root.tag
    parts = {name(child): child for child in root}
    assert parts.pop('ResponseMetadata')[0].text == request_id
    output = operation_model.output_shape
    if output is None:
        parts.pop(operation_model.name + 'Result', None)
        assert not parts, list(parts)
        return
    wrapper = output.serialization.get('resultWrapper')
    assert list(parts) == [wrapper], list(parts)
    structure(parts[wrapper], output, operation_model.name, name)


def structure(element, shape, path, name):
    seen = set()
    for child in element:
        key = name(child)
        assert key in shape.members, f'{path}.{key} is not in {shape.name}'
        assert key not in seen, f'{path}.{key} stands twice'
        seen.add(key)
        value(child, shape.members[key], f'{path}.{key}', name)
    missing = set(shape.required_members) - seen
    assert not missing, f'{path} of {shape.name} lacks {missing}'


def value(element, shape, path, name):
    text = element.text or ''
    if shape.type_name == 'structure':
        return structure(element, shape, path, name)
    if shape.type_name == 'list':
        for child in element:
            assert name(child) == 'member', f'{path} has {child.tag}'
            value(child, shape.member, path + '[]', name)
        return
    assert len(element) == 0, f'{path} has elements'
    match shape.type_name:
        case 'boolean':
            assert text in ('true', 'false'), f'{path}: {text!r}'
        case 'integer' | 'long':
            int(text)
        case 'timestamp':
            assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z', text), f'{path}: {text!r}'
        case 'string':
            # The model's list lacks what AWS's own event streams show for stacks: UPDATE_COMPLETE_CLEANUP_IN_PROGRESS and others
            # (User Guide, "Stack status codes").
            more = STACK_STATUSES if shape.name == 'ResourceStatus' else []
            if shape.enum:
                assert text in [*shape.enum, *more], f'{path}: {text!r} is none of {shape.enum}'
            pattern = shape.metadata.get('pattern')
            if pattern and text:
                assert re.fullmatch(pattern, text), f'{path}: {text!r} is not of the form {pattern}'
            least, most = shape.metadata.get('min'), shape.metadata.get('max')
            assert least is None or len(text) >= least, f'{path} is shorter than {least}: {text!r}'
            assert most is None or len(text) <= most, f'{path} is longer than {most}'
        case other:
            raise AssertionError(f'{path} is of the type {other}')
