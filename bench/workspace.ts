/** What the scenarios need, made through the public API: a pool of people, a small and a large crowd, an identity pool, a bucket. */
import {
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { type Clients, clientsFor } from '../test/support/server.ts'
import type { Keys } from './sign.ts'

export const password = 'Correct-Horse-1'
export const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' }

/** A pool and its client. */
export type PoolIds = { readonly poolId: string; readonly clientId: string }

export type Person = { readonly name: string; readonly accessToken: string; readonly idToken: string }

export type Workspace = {
  readonly people: PoolIds & { readonly names: readonly string[] }
  /** Signed in. */
  readonly signedIn: readonly Person[]
  readonly identityPoolId: string
  /** Of `cognito-idp.<region>.amazonaws.com/<pool>`. */
  readonly provider: string
  readonly bucket: string
  /** Temporary credentials of the first person, and the folder they open. */
  readonly keys: Keys
  readonly folder: string
  /** A role that the account may assume. */
  readonly roleArn: string
}

/** How many people: no name is tried twice at once, as a lock-out would see to. */
const people = 64
const signedIn = 16

/** A pool whose client signs in with passwords, refreshes with rotation, and may or may not use SRP. */
export async function makePool({ idp }: Clients, PoolName: string, srp: boolean): Promise<PoolIds> {
  const { UserPool } = await idp.send(new CreateUserPoolCommand({ PoolName }))
  const poolId = UserPool?.Id ?? ''
  const flows: CreateUserPoolClientCommandInput['ExplicitAuthFlows'] = [
    'ALLOW_USER_PASSWORD_AUTH',
    'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    ...(srp ? (['ALLOW_USER_SRP_AUTH'] as const) : []),
  ]
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({
      UserPoolId: poolId,
      ClientName: 'bench',
      ExplicitAuthFlows: flows,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    }),
  )
  return { poolId, clientId: UserPoolClient?.ClientId ?? '' }
}

export async function makeWorkspace(endpoint: string): Promise<Workspace> {
  const clients = clientsFor(endpoint, root)
  try {
    const pool = await makePool(clients, 'people', true)
    const names = Array.from({ length: people }, (_, index) => `person${index}`)
    await Promise.all(names.map((name) => addPerson(clients, pool, name)))
    const persons = await Promise.all(names.slice(0, signedIn).map((name) => signIn(clients, pool, name)))
    return { people: { ...pool, names }, signedIn: persons, ...(await makeStorage(clients, pool, persons[0]!)) }
  } finally {
    for (const client of Object.values(clients)) client.destroy()
  }
}

async function addPerson({ idp }: Clients, { poolId: UserPoolId }: PoolIds, Username: string): Promise<void> {
  const UserAttributes = [
    { Name: 'email', Value: `${Username}@example.com` },
    { Name: 'email_verified', Value: 'true' },
  ]
  await idp.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }))
  await idp.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }))
}

async function signIn({ idp }: Clients, { poolId: UserPoolId, clientId: ClientId }: PoolIds, name: string) {
  const AuthParameters = { USERNAME: name, PASSWORD: password }
  const { AuthenticationResult } = await idp.send(
    new AdminInitiateAuthCommand({ UserPoolId, ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters }),
  )
  return {
    name,
    accessToken: AuthenticationResult?.AccessToken ?? '',
    idToken: AuthenticationResult?.IdToken ?? '',
  }
}

/** The photo app's shape: everybody may write their own folder and nothing else. */
async function makeStorage(clients: Clients, { poolId, clientId }: PoolIds, { idToken }: Person) {
  const { identity, iam, s3 } = clients
  const bucket = 'bench-photos'
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const provider = `cognito-idp.us-east-1.amazonaws.com/${poolId}`
  const { IdentityPoolId: identityPoolId = '' } = await identity.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'bench',
      AllowUnauthenticatedIdentities: false,
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId: clientId }],
    }),
  )
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'bench', AssumeRolePolicyDocument: trust(identityPoolId) }),
  )
  await iam.send(new PutRolePolicyCommand({ RoleName: 'bench', PolicyName: 'p', PolicyDocument: ownFolder(bucket) }))
  await identity.send(
    new SetIdentityPoolRolesCommand({ IdentityPoolId: identityPoolId, Roles: { authenticated: Role?.Arn ?? '' } }),
  )
  const { Role: assumed } = await iam.send(
    new CreateRoleCommand({ RoleName: 'assumed', AssumeRolePolicyDocument: trustAccount }),
  )
  const Logins = { [provider]: idToken }
  const { IdentityId = '' } = await identity.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins }))
  const { Credentials } = await identity.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  return { identityPoolId, provider, bucket, keys, folder: `users/${IdentityId}`, roleArn: assumed?.Arn ?? '' }
}

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

const trust = (identityPoolId: string) =>
  document({
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { 'cognito-identity.amazonaws.com:aud': identityPoolId },
      'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
    },
  })

const trustAccount = document({ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' })

// A policy variable, filled in request by request.
const self = '$' + '{cognito-identity.amazonaws.com:sub}'

const ownFolder = (bucket: string) =>
  document({
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:GetObject'],
    Resource: `arn:aws:s3:::${bucket}/users/${self}/*`,
  })
