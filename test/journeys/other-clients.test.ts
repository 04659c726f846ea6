/** The README's first calls with clients of other languages, unchanged: boto3 and the AWS CLI. Skipped where they are not installed. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer, type TestServer } from '../support/server.ts'

const run = promisify(execFile)
const works = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const boto3 = works('python3', ['-c', 'import boto3']) ? false : 'boto3 is not installed'
const cli = works('aws', ['--version']) ? false : 'the AWS CLI is not installed'

const role = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: 'arn:aws:s3:::pictures/users/${cognito-identity.amazonaws.com:sub}/*',
    },
  ],
}

/** From an empty server to a person's own folder, as a newcomer would write it. */
const script = `
import boto3, json
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
idp, identity, iam, s3 = (boto3.client(name) for name in ('cognito-idp', 'cognito-identity', 'iam', 's3'))
pool = idp.create_user_pool(PoolName='people')['UserPool']['Id']
client = idp.create_user_pool_client(UserPoolId=pool, ClientName='web', ExplicitAuthFlows=['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'])['UserPoolClient']['ClientId']
idp.admin_create_user(UserPoolId=pool, Username='ann', MessageAction='SUPPRESS')
idp.admin_set_user_password(UserPoolId=pool, Username='ann', Password='Correct-horse-7', Permanent=True)
provider = 'cognito-idp.us-east-1.amazonaws.com/' + pool
ids = identity.create_identity_pool(IdentityPoolName='pictures', AllowUnauthenticatedIdentities=False, CognitoIdentityProviders=[{'ProviderName': provider, 'ClientId': client}])['IdentityPoolId']
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Federated': 'cognito-identity.amazonaws.com'}, 'Action': 'sts:AssumeRoleWithWebIdentity', 'Condition': {'StringEquals': {'cognito-identity.amazonaws.com:aud': ids}}}]}
arn = iam.create_role(RoleName='person', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']
iam.put_role_policy(RoleName='person', PolicyName='own-folder', PolicyDocument=${JSON.stringify(JSON.stringify(role))})
identity.set_identity_pool_roles(IdentityPoolId=ids, Roles={'authenticated': arn})
s3.create_bucket(Bucket='pictures')

public = Config(signature_version=UNSIGNED)
token = boto3.client('cognito-idp', config=public).initiate_auth(ClientId=client, AuthFlow='USER_PASSWORD_AUTH', AuthParameters={'USERNAME': 'ann', 'PASSWORD': 'Correct-horse-7'})['AuthenticationResult']['IdToken']
guest = boto3.client('cognito-identity', config=public)
me = guest.get_id(IdentityPoolId=ids, Logins={provider: token})['IdentityId']
keys = guest.get_credentials_for_identity(IdentityId=me, Logins={provider: token})['Credentials']
mine = boto3.client('s3', aws_access_key_id=keys['AccessKeyId'], aws_secret_access_key=keys['SecretKey'], aws_session_token=keys['SessionToken'])
mine.put_object(Bucket='pictures', Key='users/' + me + '/hello.txt', Body=b'hello')
answers = {'read': mine.get_object(Bucket='pictures', Key='users/' + me + '/hello.txt')['Body'].read().decode()}
try:
    mine.put_object(Bucket='pictures', Key='users/somebody-else/hello.txt', Body=b'hello')
    answers['other'] = 'allowed'
except ClientError as error:
    answers['other'] = error.response['Error']['Code']
try:
    boto3.client('cognito-idp', config=public).initiate_auth(ClientId=client, AuthFlow='USER_PASSWORD_AUTH', AuthParameters={'USERNAME': 'ann', 'PASSWORD': 'wrong'})
except ClientError as error:
    answers['wrong'] = error.response['Error']['Message']
print(json.dumps(answers))
`

describe('clients of other languages', () => {
  let server: TestServer
  let folder: string
  const environment = () => ({
    ...process.env,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: join(folder, 'config'),
  })
  before(async () => {
    server = await startTestServer()
    folder = mkdtempSync(join(tmpdir(), 'poolhouse-clients-'))
  })
  after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('boto3 makes a pool, signs a person in, and reaches their own folder and no other', {
    skip: boto3,
  }, async () => {
    const file = join(folder, 'story.py')
    writeFileSync(file, script)
    const { stdout } = await run('python3', [file], { env: environment() })
    assert.deepEqual(JSON.parse(stdout), {
      read: 'hello',
      other: 'AccessDenied',
      wrong: 'Incorrect username or password.',
    })
  })

  test('the AWS CLI makes a pool, a client and a user, signs in, and copies a file to a bucket and back', {
    skip: cli,
  }, async () => {
    const aws = async (...args: string[]) => {
      const { stdout } = await run('aws', [...args, '--output', 'json'], { env: environment() })
      return stdout.trim().startsWith('{') ? JSON.parse(stdout) : {}
    }
    const pool = (await aws('cognito-idp', 'create-user-pool', '--pool-name', 'first')).UserPool.Id
    const flows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH']
    const made = await aws(
      'cognito-idp',
      'create-user-pool-client',
      '--user-pool-id',
      pool,
      '--client-name',
      'web',
      '--explicit-auth-flows',
      ...flows,
    )
    const client = made.UserPoolClient.ClientId
    const person = ['--username', 'bob', '--password', 'Correct-horse-7']
    await aws(
      'cognito-idp',
      'sign-up',
      '--client-id',
      client,
      ...person,
      '--user-attributes',
      'Name=email,Value=bob@example.com',
    )
    await aws('cognito-idp', 'admin-confirm-sign-up', '--user-pool-id', pool, '--username', 'bob')
    const signedIn = await aws(
      'cognito-idp',
      'initiate-auth',
      '--client-id',
      client,
      '--auth-flow',
      'USER_PASSWORD_AUTH',
      '--auth-parameters',
      'USERNAME=bob,PASSWORD=Correct-horse-7',
    )
    assert.deepEqual(Object.keys(signedIn.AuthenticationResult).sort(), [
      'AccessToken',
      'ExpiresIn',
      'IdToken',
      'RefreshToken',
      'TokenType',
    ])
    const [here, back] = [join(folder, 'here.txt'), join(folder, 'back.txt')]
    writeFileSync(here, 'from the command line')
    await aws('s3', 'mb', 's3://cli-files')
    await aws('s3', 'cp', here, 's3://cli-files/a folder/file.txt')
    await aws('s3', 'cp', 's3://cli-files/a folder/file.txt', back)
    assert.equal((await run('cat', [back])).stdout, 'from the command line')
  })
})
