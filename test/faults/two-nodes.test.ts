import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AdminGetUserCommand,
  AdminUserGlobalSignOutCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  SignUpCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { type Product, startProduct } from '../support/product.ts'
import { keysOf, makeRole } from '../support/roles.ts'
import { clientsFor } from '../support/server.ts'
import { codeFor, makePlace, type Side, sideOf, signIn } from './deeds.ts'
import { freshPostgres } from './fresh-postgres.ts'

let database: Awaited<ReturnType<typeof freshPostgres>>
const folders: string[] = []
const nodes: Product[] = []
let one: Side
let other: Side

before(async () => {
  database = await freshPostgres()
  const masterKey = randomBytes(32).toString('hex')
  const start = () => {
    const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
    folders.push(data)
    return startProduct({ data, databaseUrl: database.url, masterKey, flags: ['--issuer', 'http://nodes.localhost'] })
  }
  // At once: both find the database empty and want to make its tables.
  nodes.push(...(await Promise.all([start(), start()])))
  const [first, second] = nodes as [Product, Product]
  const place = await makePlace(first.endpoint)
  one = sideOf(first.endpoint, place)
  other = sideOf(second.endpoint, place)
})
after(async () => {
  await Promise.all(nodes.map((node) => node.end('SIGTERM')))
  await database.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const password = 'Passw0rd!'

async function signUp({ idp, place: { ClientId } }: Side, Username: string): Promise<string> {
  const UserAttributes = [{ Name: 'email', Value: `${Username}@example.com` }]
  await idp.send(new SignUpCommand({ ClientId, Username, Password: password, UserAttributes }))
  return codeFor(one.endpoint, `${Username}@example.com`)
}

const confirm = ({ idp, place: { ClientId } }: Side, Username: string, ConfirmationCode: string) =>
  idp.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }))

async function addPerson(name: string): Promise<void> {
  await confirm(other, name, await signUp(one, name))
}

/** Both at once; how many were allowed. */
async function race(...calls: Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(calls)
  return outcomes.filter(({ status }) => status === 'fulfilled').length
}

test('who signs up at one node confirms at the other and signs in at both, and each takes the other’s tokens', async () => {
  await addPerson('ada')
  for (const [here, there] of [
    [one, other],
    [other, one],
  ] as const) {
    const { AuthenticationResult } = await signIn(here, 'ada', password)
    const { Username } = await there.idp.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken }))
    assert.equal(Username, 'ada')
  }
})

test('a sign-out at one node counts at the other at once', async () => {
  await addPerson('bea')
  const { AuthenticationResult } = await signIn(one, 'bea', password)
  const { AccessToken } = AuthenticationResult ?? {}
  await other.idp.send(new GetUserCommand({ AccessToken }))
  await other.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId: one.place.UserPoolId, Username: 'bea' }))
  await assert.rejects(one.idp.send(new GetUserCommand({ AccessToken })), { name: 'NotAuthorizedException' })
})

test('temporary credentials of one node are accepted by the other', async () => {
  const RoleArn = await makeRole(one, 'nodes')
  const { Credentials } = await one.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  const { sts } = clientsFor(other.endpoint, keysOf(Credentials))
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  assert.match(Arn ?? '', /assumed-role\/nodes\/me$/)
})

test('a code that both nodes are given at once is taken by exactly one', async () => {
  for (let round = 0; round < 5; round += 1) {
    const name = `carl${round}`
    const code = await signUp(one, name)
    assert.equal(await race(confirm(one, name, code), confirm(other, name, code)), 1)
    const { UserStatus } = await other.idp.send(
      new AdminGetUserCommand({ UserPoolId: one.place.UserPoolId, Username: name }),
    )
    assert.equal(UserStatus, 'CONFIRMED')
  }
})

test('of two passwords set at two nodes with one code, exactly one is the password', async () => {
  await addPerson('dan')
  const { ClientId } = one.place
  await one.idp.send(new ForgotPasswordCommand({ ClientId, Username: 'dan' }))
  const ConfirmationCode = await codeFor(other.endpoint, 'dan@example.com')
  const reset = ({ idp }: Side, Password: string) =>
    idp.send(new ConfirmForgotPasswordCommand({ ClientId, Username: 'dan', ConfirmationCode, Password }))
  assert.equal(await race(reset(one, 'Reset-at-1!'), reset(other, 'Reset-at-2!')), 1)
  assert.equal(await race(signIn(one, 'dan', 'Reset-at-1!'), signIn(other, 'dan', 'Reset-at-2!')), 1)
})

test('a refresh token rotated at both nodes at once is rotated by one, and the reuse ends its session', async () => {
  await addPerson('eva')
  const { UserPoolId, ClientId } = one.place
  const rotation = { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 } as const
  await one.idp.send(
    new UpdateUserPoolClientCommand({
      ...{ UserPoolId, ClientId, RefreshTokenRotation: rotation },
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    }),
  )
  const { AuthenticationResult } = await signIn(one, 'eva', password)
  const { RefreshToken, AccessToken } = AuthenticationResult ?? {}
  const rotate = ({ idp }: Side) => idp.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }))
  assert.ok((await race(rotate(one), rotate(other))) <= 1)
  await assert.rejects(other.idp.send(new GetUserCommand({ AccessToken })), { name: 'NotAuthorizedException' })
})
