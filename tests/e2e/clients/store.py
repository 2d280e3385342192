"""boto3 at the engine's store: objects whole and in parts, with each checksum that boto3 knows, and what is refused."""
import base64, hashlib, io, zlib
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

s3 = client('s3')
content = bytes(range(256)) * 47_000
md5 = lambda data: hashlib.md5(data).hexdigest()
size = 5 << 20
pieces = [content[start:start + size] for start in range(0, len(content), size)]
parts = TransferConfig(multipart_threshold=size, multipart_chunksize=size)
encoded = lambda data: base64.b64encode(data).decode()
crc32 = lambda data: zlib.crc32(data).to_bytes(4, 'big')
sums = {
    'CRC32': crc32,
    'SHA1': lambda data: hashlib.sha1(data).digest(),
    'SHA256': lambda data: hashlib.sha256(data).digest(),
}
found = {}
for algorithm, of in sums.items():
    s3.put_object(Bucket='b', Key='whole', Body=content, ChecksumAlgorithm=algorithm, Metadata={'who': 'me'}, ContentType='application/zip')
    s3.upload_fileobj(io.BytesIO(content), 'b', 'parts', ExtraArgs={'ChecksumAlgorithm': algorithm, 'Metadata': {'who': 'me'}}, Config=parts)
    key = 'Checksum' + algorithm
    whole = s3.get_object(Bucket='b', Key='whole', ChecksumMode='ENABLED')
    assert whole['Body'].read() == content
    assert (whole['ETag'], whole[key], whole['ChecksumType']) == (f'"{md5(content)}"', encoded(of(content)), 'FULL_OBJECT'), whole
    assert (whole['ContentType'], whole['Metadata']) == ('application/zip', {'who': 'me'}), whole
    whole = s3.get_object(Bucket='b', Key='parts', ChecksumMode='ENABLED')
    assert whole['Body'].read() == content
    tag = md5(b''.join(hashlib.md5(piece).digest() for piece in pieces))
    together = encoded(of(b''.join(of(piece) for piece in pieces)))
    count = len(pieces)
    assert (whole['ETag'], whole[key], whole['ChecksumType']) == (f'"{tag}-{count}"', f'{together}-{count}', 'COMPOSITE'), whole
    assert whole['Metadata'] == {'who': 'me'}, whole
    found[algorithm] = [count, s3.head_object(Bucket='b', Key='parts')['ContentLength']]
buffer = io.BytesIO()
s3.download_fileobj('b', 'parts', buffer, Config=parts)
assert buffer.getvalue() == content

# A checksum of the whole, of an object that comes in parts.
begun = s3.create_multipart_upload(Bucket='b', Key='full', ChecksumAlgorithm='CRC32', ChecksumType='FULL_OBJECT')['UploadId']
tags = [s3.upload_part(Bucket='b', Key='full', UploadId=begun, PartNumber=number, Body=piece, ChecksumAlgorithm='CRC32')['ETag'] for number, piece in enumerate(pieces, 1)]
listed = s3.list_parts(Bucket='b', Key='full', UploadId=begun)['Parts']
assert [part['ETag'] for part in listed] == tags and [part['Size'] for part in listed] == [len(piece) for piece in pieces]
ends = {'MultipartUpload': {'Parts': [{'PartNumber': number, 'ETag': tag} for number, tag in enumerate(tags, 1)]}}
whole = s3.complete_multipart_upload(Bucket='b', Key='full', UploadId=begun, ChecksumCRC32=encoded(crc32(content)), ChecksumType='FULL_OBJECT', **ends)
assert whole['ChecksumCRC32'] == encoded(crc32(content)), whole

def refused(call, **arguments):
    try:
        getattr(s3, call)(Bucket='b', Key='k', **arguments)
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]

found['refused'] = {
    'other sum': refused('put_object', Body=content, ChecksumSHA1=encoded(bytes(20))),
    'other digest': refused('put_object', Body=content, ContentMD5=encoded(bytes(16))),
    'other owner': refused('put_object', Body=content, ExpectedBucketOwner='111111111111'),
    'no upload': refused('upload_part', Body=content, UploadId=begun, PartNumber=1),
    'nothing there': refused('get_object'),
}
begun = s3.create_multipart_upload(Bucket='b', Key='aborted')['UploadId']
s3.upload_part(Bucket='b', Key='aborted', UploadId=begun, PartNumber=1, Body=b'hello')
found['uploads'] = [upload['Key'] for upload in s3.list_multipart_uploads(Bucket='b')['Uploads']]
s3.abort_multipart_upload(Bucket='b', Key='aborted', UploadId=begun)
assert 'Uploads' not in s3.list_multipart_uploads(Bucket='b')
found['keys'] = [[one['Key'], one['Size'], one['ChecksumAlgorithm']] for one in s3.list_objects_v2(Bucket='b')['Contents']]
found['region'] = [client('s3', region).head_bucket(Bucket='b')['BucketRegion'] for region in ['us-east-1', 'eu-west-1']]
answer(found)
