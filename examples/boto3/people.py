"""From an empty server to a signed-in person, with boto3. See README.md."""

import json
import os
import time
import urllib.parse
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

endpoint = os.environ.get('AWS_ENDPOINT_URL', 'http://localhost:4100')
where = {'endpoint_url': endpoint, 'region_name': 'us-east-1'}

# An administrator signs requests; people do not: what they send is a password or a token.
admin = boto3.client('cognito-idp', aws_access_key_id='test', aws_secret_access_key='test', **where)
anybody = boto3.client('cognito-idp', config=Config(signature_version=UNSIGNED), **where)

pool = admin.create_user_pool(PoolName='people', AutoVerifiedAttributes=['email'])['UserPool']['Id']
client = admin.create_user_pool_client(
    UserPoolId=pool,
    ClientName='web',
    ExplicitAuthFlows=['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
)['UserPoolClient']['ClientId']

name, password, email = 'ann', 'Correct-horse-7', f'ann-{time.time_ns()}@example.com'
anybody.sign_up(
    ClientId=client, Username=name, Password=password, UserAttributes=[{'Name': 'email', 'Value': email}]
)

# In development messages go to the mailbox; a person would read this one.
with urllib.request.urlopen(f'{endpoint}/mailbox/messages?to={urllib.parse.quote(email)}') as answer:
    code = json.load(answer)[0]['code']
anybody.confirm_sign_up(ClientId=client, Username=name, ConfirmationCode=code)

tokens = anybody.initiate_auth(
    ClientId=client,
    AuthFlow='USER_PASSWORD_AUTH',
    AuthParameters={'USERNAME': name, 'PASSWORD': password},
)['AuthenticationResult']
print('signed in as', anybody.get_user(AccessToken=tokens['AccessToken'])['Username'])

for page in admin.get_paginator('list_users').paginate(UserPoolId=pool):
    print('an administrator sees', ', '.join(f"{user['Username']}: {user['UserStatus']}" for user in page['Users']))
