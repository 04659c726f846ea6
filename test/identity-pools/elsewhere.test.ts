/** Credentials of an STS elsewhere: a second server of ours is it, and trusts the first one's identity tokens. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity'
import { CreateOpenIDConnectProviderCommand, GetRoleCommand } from '@aws-sdk/client-iam'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { readOutsideSts } from '../../src/sts/settings.ts'
import { addUser, loginsOf, makeIdentityPool, makeUserPool, type UserPool } from '../support/identities.ts'
import { listenLocally } from '../support/issuer.ts'
import { allowing, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const outsideAccount = '111122223333'
let outside: TestServer
let server: TestServer
let people: UserPool
let pool: string

let odd: Awaited<ReturnType<typeof listenLocally>>

before(async () => {
  odd = await listenLocally((_, answer) => answer.end('<html>not an STS</html>'))
  outside = await startTestServer({ settings: { account: outsideAccount } })
  server = await startTestServer({
    settings: {
      outsideSts: [
        { roles: `arn:aws:iam::${outsideAccount}:role/`, endpoint: outside.endpoint },
        { roles: 'arn:minio:iam:::role/', endpoint: 'http://localhost:1/' },
        { roles: 'arn:aws:iam::999999999999:role/', endpoint: odd.url },
      ],
    },
  })
  people = await makeUserPool(server)
  await addUser(server, people, 'ann')
  pool = await makeIdentityPool(server, [people])
  const name = `${server.endpoint.replace('http://', '')}/cognito-identity`
  const provider = await outside.clients.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `${server.endpoint}/cognito-identity`, ClientIDList: [pool] }),
  )
  const trust = (amr: string) =>
    document({
      Effect: 'Allow',
      Principal: { Federated: provider.OpenIDConnectProviderArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${name}:aud`]: pool },
        'ForAnyValue:StringEquals': { [`${name}:amr`]: amr },
      },
    })
  const policy = allowing(['s3:ListAllMyBuckets', 'iam:GetRole'])
  const authenticated = await makeRole(outside.clients, 'Outside', { trust: trust('authenticated'), policy })
  const unauthenticated = await makeRole(outside.clients, 'OutsideGuest', { trust: trust('unauthenticated'), policy })
  await setRoles({ authenticated, unauthenticated })
})
after(async () => {
  await server.close()
  await outside.close()
  await odd.close()
})

const identity = () => server.clients.identity
const setRoles = (Roles: Record<string, string>, IdentityPoolId = pool) =>
  identity().send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }))
async function credentialsOf(Logins?: Record<string, string>, IdentityPoolId = pool) {
  const { IdentityId } = await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))
  const { Credentials } = await identity().send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  return outside.clientsWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretKey!,
    sessionToken: Credentials!.SessionToken!,
  })
}
const misconfigured = { name: 'InvalidIdentityPoolConfigurationException' }

test('a user gets credentials that the other server has made, and that say nothing here', async () => {
  const clients = await credentialsOf(await loginsOf(server, people, 'ann'))
  const { Arn } = await clients.sts.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, `arn:aws:sts::${outsideAccount}:assumed-role/Outside/CognitoIdentityCredentials`)
  await clients.s3.send(new ListBucketsCommand({}))
  await clients.iam.send(new GetRoleCommand({ RoleName: 'Outside' }))
  const { accessKeyId, secretAccessKey, sessionToken } = await clients.sts.config.credentials()
  const here = server.clientsWith({ accessKeyId, secretAccessKey, sessionToken: sessionToken! })
  await assert.rejects(here.sts.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' })
})

test('case 80: a guest is held to the services fit for guests there too', async () => {
  const clients = await credentialsOf()
  await clients.s3.send(new ListBucketsCommand({}))
  await assert.rejects(clients.iam.send(new GetRoleCommand({ RoleName: 'Outside' })), { name: 'AccessDenied' })
})

test('a role that refuses, an STS that does not answer and one that answers something else give nothing', async () => {
  const logins = await loginsOf(server, people, 'ann')
  const own = await makeIdentityPool(server, [people])
  await setRoles({ authenticated: `arn:aws:iam::${outsideAccount}:role/Unknown` }, own)
  await assert.rejects(credentialsOf(logins, own), misconfigured)
  await setRoles({ authenticated: 'arn:minio:iam:::role/dGVzdA' }, own)
  await assert.rejects(credentialsOf(logins, own), { name: 'ExternalServiceException' })
  await setRoles({ authenticated: 'arn:aws:iam::999999999999:role/Odd' }, own)
  await assert.rejects(credentialsOf(logins, own), misconfigured)
})

test('roles of other accounts cannot be passed where no setting says who gives them', async () => {
  await assert.rejects(setRoles({ authenticated: 'arn:aws:iam::444455556666:role/x-role-of-theirs' }), {
    name: 'NotAuthorizedException',
  })
})

test('the setting refuses what cannot be, and says what', () => {
  assert.deepEqual(readOutsideSts(undefined), [])
  assert.throws(() => readOutsideSts('{}'), /--outside-sts: must be a list/)
  assert.throws(() => readOutsideSts('[{"roles":"x"}]'), /--outside-sts: row 1: 'endpoint' is missing/)
  assert.throws(() => readOutsideSts('[{"roles":"x","endpoint":"ftp://x"}]'), /must be an http or https URL/)
  assert.throws(() => readOutsideSts('[{"roles":"x","endpoint":"http://x","secret":"y"}]'), /'secret' is none of/)
})
