/** Case 39: changes of one thing made at once do not undo each other: whoever is told that it is done can rely on it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDeleteUserAttributesCommand,
  AdminGetUserCommand,
  CreateIdentityProviderCommand,
  CreateUserPoolDomainCommand,
  DescribeIdentityProviderCommand,
  DescribeUserPoolDomainCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  UpdateIdentityProviderCommand,
  type UpdateIdentityProviderCommandInput,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { eachEngine } from '../support/databases.ts'
import { makePool, password, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

eachEngine((engine) => {
  const using = async (work: (server: TestServer, pool: TestPool) => Promise<void>) => {
    const server = await startTestServer({ database: await engine.open() })
    try {
      await work(server, await makePool(server))
    } finally {
      await server.close()
    }
  }

  /** Which were done; the others must be refused for no other reason than each other. */
  async function done<Name extends string>(work: Readonly<Record<Name, Promise<unknown>>>): Promise<Name[]> {
    const names = Object.keys(work) as Name[]
    const settled = await Promise.allSettled(names.map((name) => work[name]))
    return names.filter((_, index) => {
      const one = settled[index]
      if (one?.status === 'rejected') assert.equal((one.reason as Error).name, 'ConcurrentModificationException')
      return one?.status === 'fulfilled'
    })
  }

  test('case 39: of an identity provider', () =>
    using(async ({ clients: { idp } }, { id: UserPoolId }) => {
      const named = { UserPoolId, ProviderName: 'Google' }
      const secret = { client_id: 'a', client_secret: 'b' }
      const ProviderDetails = { ...secret, authorize_scopes: 'openid' }
      await idp.send(new CreateIdentityProviderCommand({ ...named, ProviderType: 'Google', ProviderDetails }))
      for (let round = 0; round < 8; round++) {
        const authorize_scopes = `openid email ${round}`
        const claim = `claim${round}`
        const update = (change: Partial<UpdateIdentityProviderCommandInput>) =>
          idp.send(new UpdateIdentityProviderCommand({ ...named, ...change }))
        const changed = await done({
          scopes: update({ ProviderDetails: { ...secret, authorize_scopes } }),
          mapping: update({ AttributeMapping: { email: claim } }),
        })
        assert.notEqual(changed.length, 0)
        const { IdentityProvider: now } = await idp.send(new DescribeIdentityProviderCommand(named))
        if (changed.includes('scopes')) assert.equal(now?.ProviderDetails?.['authorize_scopes'], authorize_scopes)
        if (changed.includes('mapping')) assert.equal(now?.AttributeMapping?.['email'], claim)
      }
    }))

  test('case 39: of a user’s names: one is left, whichever two are deleted', () =>
    using(async (server) => {
      const { idp } = server.clients
      const { id: UserPoolId, add } = await makePool(server, { UsernameAttributes: ['email', 'phone_number'] })
      for (let round = 0; round < 8; round++) {
        const email = `u${round}@example.com`
        const Username = await add(email, { phone_number: `+1206555010${round}` })
        const remove = (name: string) =>
          idp.send(new AdminDeleteUserAttributesCommand({ UserPoolId, Username, UserAttributeNames: [name] }))
        await Promise.allSettled([remove('email'), remove('phone_number')])
        const { UserAttributes = [] } = await idp.send(new AdminGetUserCommand({ UserPoolId, Username }))
        assert.equal(UserAttributes.filter(({ Name }) => Name === 'email' || Name === 'phone_number').length, 1)
      }
    }))

  test('case 39: of a password: an invitation sent again takes none away that its reader has just chosen', () =>
    using(async (server) => {
      const { idp } = server.clients
      const { id: UserPoolId, clientId: ClientId } = await makePool(
        server,
        {},
        { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
      )
      for (let round = 0; round < 4; round++) {
        const USERNAME = `guest${round}`
        const invite = (MessageAction: 'SUPPRESS' | 'RESEND') =>
          idp.send(
            new AdminCreateUserCommand({ UserPoolId, Username: USERNAME, TemporaryPassword: password, MessageAction }),
          )
        await invite('SUPPRESS')
        const AuthParameters = { USERNAME, PASSWORD: password }
        const { Session } = await idp.send(
          new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }),
        )
        const choose = new RespondToAuthChallengeCommand({
          ...{ ClientId, Session, ChallengeName: 'NEW_PASSWORD_REQUIRED' },
          ChallengeResponses: { USERNAME, NEW_PASSWORD: 'My-own-Passw0rd' },
        })
        const settled = await Promise.allSettled([invite('RESEND'), idp.send(choose)])
        assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
      }
    }))

  test('case 39: of a domain', () =>
    using(async ({ clients: { idp } }, { id: UserPoolId }) => {
      const named = { UserPoolId, Domain: 'auth.example.com' }
      const certificate = (name: string) => ({
        CustomDomainConfig: { CertificateArn: `arn:aws:acm:us-east-1:000000000000:certificate/${name}` },
      })
      await idp.send(new CreateUserPoolDomainCommand({ ...named, ...certificate('first') }))
      for (let round = 0; round < 8; round++) {
        const ManagedLoginVersion = 1 + (round % 2)
        const given = certificate(`c${round}`)
        await done({
          certificate: idp.send(new UpdateUserPoolDomainCommand({ ...named, ...given })),
          version: idp.send(new UpdateUserPoolDomainCommand({ ...named, ManagedLoginVersion })),
        })
        const { DomainDescription: now } = await idp.send(new DescribeUserPoolDomainCommand({ Domain: named.Domain }))
        assert.deepEqual(
          [now?.CustomDomainConfig, now?.ManagedLoginVersion],
          [given.CustomDomainConfig, ManagedLoginVersion],
        )
      }
    }))
})
