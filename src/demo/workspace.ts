/** Makes the demo workspace: the pools, roles, bucket and pictures of the photo app, through the services' own operations. */
import { services } from '../app.ts'
import { AwsError } from '../wire/errors.ts'
import type { InputOf } from '../wire/operation.ts'
import type { World } from '../world.ts'
import { askS3AsRoot, callAsRoot } from './as-root.ts'
import { type DemoWorkspace, isBegun, keepDemo, markBegun, readDemo } from './facts.ts'
import { corsDocument, guestPolicy, trustOf, userPolicy } from './policies.ts'
import { samplePictures } from './samples.ts'

export type { DemoWorkspace } from './facts.ts'

const name = 'photo-app'
const bucket = 'photos'

/**
 * The workspace, made if it is wanted: `wanted` undefined means in development, when the database is empty. What a start
 * that died left unfinished the next one finishes. Undefined if there is none.
 */
export async function demoWorkspace(world: World, wanted: boolean | undefined): Promise<DemoWorkspace | undefined> {
  const made = await readDemo(world)
  if (made || wanted === false) return made
  const begun = await isBegun(world.db)
  if (!begun && wanted === undefined && !(world.settings.dev && (await isEmpty(world)))) return undefined
  await markBegun(world.db)
  return make(world)
}

async function isEmpty(world: World): Promise<boolean> {
  const { UserPools } = await callAsRoot(services, world, 'cognito-idp', 'ListUserPools', { MaxResults: 1 })
  const { IdentityPools } = await callAsRoot(services, world, 'cognito-identity', 'ListIdentityPools', {
    MaxResults: 1,
  })
  const { Roles } = await callAsRoot(services, world, 'iam', 'ListRoles', { MaxItems: 1 })
  const buckets = await askS3AsRoot(world, { method: 'GET', path: '/', query: 'max-buckets=1' })
  return [UserPools, IdentityPools, Roles].every((list) => !list?.length) && !String(buckets.body).includes('<Bucket>')
}

/** Every step finds what an earlier start made before it makes anything. */
async function make(world: World): Promise<DemoWorkspace> {
  const userPoolId = (await findUserPool(world)) ?? (await makeUserPool(world))
  const clientId = (await findClient(world, userPoolId)) ?? (await makeClient(world, userPoolId))
  const identityPoolId = (await findIdentityPool(world)) ?? (await makeIdentityPool(world, userPoolId, clientId))
  const userRoleArn = await makeRole(
    world,
    `${name}-user`,
    trustOf(identityPoolId, 'authenticated'),
    userPolicy(bucket),
  )
  const guestRoleArn = await makeRole(
    world,
    `${name}-guest`,
    trustOf(identityPoolId, 'unauthenticated'),
    guestPolicy(bucket),
  )
  await callAsRoot(services, world, 'cognito-identity', 'SetIdentityPoolRoles', {
    IdentityPoolId: identityPoolId,
    Roles: { authenticated: userRoleArn, unauthenticated: guestRoleArn },
  })
  await makeBucket(world)
  const domainPrefix = await makeDomain(world, userPoolId)
  return keepDemo(world, { userPoolId, clientId, identityPoolId, bucket, guestRoleArn, userRoleArn, domainPrefix })
}

async function findUserPool(world: World): Promise<string | undefined> {
  let NextToken: string | undefined
  do {
    const page = await callAsRoot(services, world, 'cognito-idp', 'ListUserPools', {
      MaxResults: 60,
      ...(NextToken && { NextToken }),
    })
    const found = page.UserPools?.find((pool) => pool.Name === name)
    if (found) return found.Id
    NextToken = page.NextToken
  } while (NextToken)
  return undefined
}

async function makeUserPool(world: World): Promise<string> {
  const { UserPool } = await callAsRoot(services, world, 'cognito-idp', 'CreateUserPool', {
    PoolName: name,
    UsernameAttributes: ['email'],
    AutoVerifiedAttributes: ['email'],
    UsernameConfiguration: { CaseSensitive: false },
    Policies: {
      PasswordPolicy: {
        MinimumLength: 8,
        RequireLowercase: true,
        RequireUppercase: true,
        RequireNumbers: true,
        RequireSymbols: false,
        TemporaryPasswordValidityDays: 7,
      },
    },
    AccountRecoverySetting: { RecoveryMechanisms: [{ Priority: 1, Name: 'verified_email' }] },
    VerificationMessageTemplate: {
      DefaultEmailOption: 'CONFIRM_WITH_CODE',
      EmailSubject: 'Your code for Photos',
      EmailMessage: 'Your code for Photos is {####}.',
    },
  })
  return need(UserPool?.Id)
}

async function findClient(world: World, UserPoolId: string): Promise<string | undefined> {
  const { UserPoolClients } = await callAsRoot(services, world, 'cognito-idp', 'ListUserPoolClients', {
    UserPoolId,
    MaxResults: 60,
  })
  return UserPoolClients?.find((client) => client.ClientName === name)?.ClientId
}

/** Public, for browsers: no secret. The password flow is there for first steps with curl and the AWS CLI. */
async function makeClient(world: World, UserPoolId: string): Promise<string> {
  const { UserPoolClient } = await callAsRoot(services, world, 'cognito-idp', 'CreateUserPoolClient', {
    UserPoolId,
    ClientName: name,
    GenerateSecret: false,
    ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_PASSWORD_AUTH'],
    PreventUserExistenceErrors: 'ENABLED',
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ['code'],
    AllowedOAuthScopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
    CallbackURLs: pagesOf(world.settings),
    LogoutURLs: pagesOf(world.settings),
    SupportedIdentityProviders: ['COGNITO'],
  })
  return need(UserPoolClient?.ClientId)
}

/** Its own name as prefix; undefined where another pool of this server has that already. */
async function makeDomain(world: World, UserPoolId: string): Promise<string | undefined> {
  const { DomainDescription } = await callAsRoot(services, world, 'cognito-idp', 'DescribeUserPoolDomain', {
    Domain: name,
  })
  const owner = DomainDescription?.UserPoolId
  if (owner !== undefined) return owner === UserPoolId ? name : undefined
  const wanted = { UserPoolId, Domain: name, ManagedLoginVersion: 2 }
  await callAsRoot(services, world, 'cognito-idp', 'CreateUserPoolDomain', wanted)
  return name
}

/** Where hosted login may send browsers: the photo app, in either scheme. Without TLS AWS takes localhost only. */
function pagesOf({ publicUrl }: World['settings']): string[] {
  const secure = publicUrl.replace(/^http:/, 'https:')
  const local = new URL(publicUrl).hostname === 'localhost'
  return [...new Set([...(local ? [publicUrl] : []), secure])].map((base) => `${base}/demo`)
}

async function findIdentityPool(world: World): Promise<string | undefined> {
  let NextToken: string | undefined
  do {
    const page = await callAsRoot(services, world, 'cognito-identity', 'ListIdentityPools', {
      MaxResults: 60,
      ...(NextToken && { NextToken }),
    })
    const found = page.IdentityPools?.find((pool) => pool.IdentityPoolName === name)
    if (found) return found.IdentityPoolId
    NextToken = page.NextToken
  } while (NextToken)
  return undefined
}

/** The user pool under AWS's name and under our issuer's: SDKs build one, Amplify derives the other from the token. */
async function makeIdentityPool(world: World, userPoolId: string, ClientId: string): Promise<string> {
  const { region, issuer } = world.settings
  const aws = `cognito-idp.${region}.amazonaws.com/${userPoolId}`
  const own = issuer === 'aws' ? aws : `${issuer}/${userPoolId}`.replace(/^https?:\/\//, '')
  const { IdentityPoolId } = await callAsRoot(services, world, 'cognito-identity', 'CreateIdentityPool', {
    IdentityPoolName: name,
    AllowUnauthenticatedIdentities: true,
    AllowClassicFlow: true,
    CognitoIdentityProviders: [...new Set([aws, own])].map((ProviderName) => ({
      ProviderName,
      ClientId,
      ServerSideTokenCheck: true,
    })),
  })
  return need(IdentityPoolId)
}

type Iam = typeof import('@aws-sdk/client-iam')

async function makeRole(world: World, RoleName: string, trust: string, policy: string): Promise<string> {
  const wanted: InputOf<Iam, 'CreateRole'> = {
    RoleName,
    AssumeRolePolicyDocument: trust,
    Description: `The demo's ${name}`,
  }
  const role = await callAsRoot(services, world, 'iam', 'CreateRole', wanted)
    .then(({ Role }) => Role)
    .catch(async (error) => {
      if (!(error instanceof AwsError && error.code.startsWith('EntityAlreadyExists'))) throw error
      await callAsRoot(services, world, 'iam', 'UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trust })
      return (await callAsRoot(services, world, 'iam', 'GetRole', { RoleName })).Role
    })
  await callAsRoot(services, world, 'iam', 'PutRolePolicy', {
    RoleName,
    PolicyName: 'photos',
    PolicyDocument: policy,
  })
  return need(role?.Arn)
}

async function makeBucket(world: World): Promise<void> {
  const { region } = world.settings
  const location =
    region === 'us-east-1'
      ? ''
      : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`
  await put(world, `/${bucket}`, { body: location, known: /BucketAlreadyOwnedByYou/ })
  await put(world, `/${bucket}`, { query: 'cors', body: corsDocument })
  for (const { key, svg } of samplePictures())
    await put(world, `/${bucket}/${key}`, { body: svg, type: 'image/svg+xml' })
}

async function put(
  world: World,
  path: string,
  { query, body, type, known }: { query?: string; body: string; type?: string; known?: RegExp },
): Promise<void> {
  const answer = await askS3AsRoot(world, {
    method: 'PUT',
    path,
    body,
    ...(query && { query }),
    ...(type && { headers: { 'content-type': type } }),
  })
  if (answer.status !== 200 && !known?.test(String(answer.body)))
    throw new Error(`The demo workspace could not be made: PUT ${path} answered ${answer.status} ${answer.body}`)
}

function need(value: string | undefined): string {
  if (value === undefined) throw new Error('The demo workspace could not be made: an answer lacks its id.')
  return value
}
