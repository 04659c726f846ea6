"""Storage, tables, queues, functions and streams through boto3, with what get_credentials_for_identity hands out.

Prints one line of JSON for each service: its name, and what went wrong. The address comes by AWS's own environment
variables; POOL, CLIENT, IDENTITY_POOL and OTHER (another person's identity) besides.
"""

import json
import os
import re
import traceback

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

public = Config(signature_version=UNSIGNED)
other = os.environ['OTHER']


def signed_in():
    """The Developer Guide's two steps after a sign-in: whose identity it is, then credentials for it."""
    parameters = {'USERNAME': 'ann', 'PASSWORD': 'Correct-Horse-1'}
    answer = boto3.client('cognito-idp', config=public).initiate_auth(
        ClientId=os.environ['CLIENT'], AuthFlow='USER_PASSWORD_AUTH', AuthParameters=parameters
    )
    logins = {'cognito-idp.us-east-1.amazonaws.com/' + os.environ['POOL']: answer['AuthenticationResult']['IdToken']}
    identity = boto3.client('cognito-identity', config=public)
    me = identity.get_id(IdentityPoolId=os.environ['IDENTITY_POOL'], Logins=logins)['IdentityId']
    keys = identity.get_credentials_for_identity(IdentityId=me, Logins=logins)['Credentials']
    names = {'aws_access_key_id': 'AccessKeyId', 'aws_secret_access_key': 'SecretKey', 'aws_session_token': 'SessionToken'}
    return me, boto3.Session(**{name: keys[key] for name, key in names.items()})


me, session = signed_in()


def denied(action, call, **given):
    """The call is refused, with the sentence that says why."""
    try:
        answer = call(**given)
    except ClientError as error:
        code, message = error.response['Error']['Code'], error.response['Error']['Message']
        assert code in ('AccessDenied', 'AccessDeniedException'), error
        why = f'is not authorized to perform: {action} on resource: \\S+ because no identity-based policy allows the {action} action$'
        assert re.search(why, message), message
        assert error.response['ResponseMetadata']['HTTPStatusCode'] in (400, 403), error
        return
    raise AssertionError(f'{action} should be denied, but: {answer}')


services = []


def service(function):
    services.append(function)
    return function


@service
def s3():
    client = session.client('s3')
    mine = {'Bucket': 'pictures', 'Key': f'users/{me}/cat.jpg'}
    theirs = {'Bucket': 'pictures', 'Key': f'users/{other}/cat.jpg'}
    client.put_object(**mine, Body=b'meow')
    assert client.get_object(**mine)['Body'].read() == b'meow'
    listed = client.list_objects_v2(Bucket='pictures', Prefix=f'users/{me}/')
    assert [one['Key'] for one in listed['Contents']] == [mine['Key']], listed
    denied('s3:PutObject', client.put_object, **theirs, Body=b'x')
    denied('s3:GetObject', client.get_object, **theirs)
    denied('s3:ListBucket', client.list_objects_v2, Bucket='pictures', Prefix='users/')
    denied('s3:DeleteObject', client.delete_object, **mine)


@service
def dynamodb():
    client = session.client('dynamodb')
    key = {'owner': {'S': me}, 'at': {'N': '1'}}
    client.put_item(TableName='notes', Item={**key, 'text': {'S': 'mine'}})
    assert client.get_item(TableName='notes', Key=key)['Item']['text'] == {'S': 'mine'}
    found = session.resource('dynamodb').Table('notes').query(
        KeyConditionExpression=boto3.dynamodb.conditions.Key('owner').eq(me)
    )
    assert [one['text'] for one in found['Items']] == ['mine'], found
    theirs = {'owner': {'S': other}, 'at': {'N': '1'}}
    denied('dynamodb:GetItem', client.get_item, TableName='notes', Key=theirs)
    denied('dynamodb:PutItem', client.put_item, TableName='notes', Item=theirs)
    both = {'notes': {'Keys': [key, theirs]}}
    denied('dynamodb:BatchGetItem', client.batch_get_item, RequestItems=both)
    denied('dynamodb:Scan', client.scan, TableName='notes')


@service
def sqs():
    client = session.client('sqs')
    url = client.get_queue_url(QueueName='mine')['QueueUrl']
    client.send_message(QueueUrl=url, MessageBody='hello')
    # This service names actions in lower case, in AWS too.
    denied('sqs:sendmessage', client.send_message, QueueUrl=url.replace('/mine', '/theirs'), MessageBody='hello')
    denied('sqs:receivemessage', client.receive_message, QueueUrl=url)


@service
def lambda_():
    client = session.client('lambda')
    answer = client.invoke(FunctionName='hello', Payload=json.dumps({'a': 1}))
    assert answer['StatusCode'] == 200 and 'FunctionError' not in answer, answer
    assert json.load(answer['Payload']) == {'event': {'a': 1}, 'identity': me}
    denied('lambda:InvokeFunction', client.invoke, FunctionName='secret', Payload='{}')


@service
def kinesis():
    client = session.client('kinesis')
    client.put_record(StreamName='mine', Data=b'hello', PartitionKey='k')
    shard = client.list_shards(StreamName='mine')['Shards'][0]['ShardId']
    begin = client.get_shard_iterator(StreamName='mine', ShardId=shard, ShardIteratorType='TRIM_HORIZON')
    records = client.get_records(ShardIterator=begin['ShardIterator'])['Records']
    assert [one['Data'] for one in records] == [b'hello'], records
    denied('kinesis:PutRecord', client.put_record, StreamName='theirs', Data=b'x', PartitionKey='k')
    denied('kinesis:DescribeStream', client.describe_stream, StreamName='mine')


for one in services:
    error = None
    try:
        one()
    except Exception:
        error = traceback.format_exc()
    print(json.dumps({'service': one.__name__, 'error': error}), flush=True)
