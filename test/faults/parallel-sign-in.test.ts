/** What counts once is taken once, by however many ask at the same time: on SQLite, and at two nodes with one PostgreSQL database. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  type AuthFlowType,
  type ChallengeNameType,
  ConfirmDeviceCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { createModPow } from '../../src/protocols/mod-pow.ts'
import { verifierFor } from '../../src/protocols/srp.ts'
import { totp } from '../../src/protocols/totp.ts'
import { type Product, startProduct } from '../support/product.ts'
import { type Clients, clientsFor } from '../support/server.ts'
import { freshPostgres } from './fresh-postgres.ts'

const devCode = '123456'
const Password = 'Passw0rd!'
const perNode = 3

type Nodes = { readonly endpoints: readonly string[]; stop(): Promise<void> }

async function onSqlite(): Promise<Nodes> {
  const data = mkdtempSync(join(tmpdir(), 'poolhouse-parallel-'))
  const node = await startProduct({ data, flags: ['--dev-code', devCode] })
  return {
    endpoints: [node.endpoint],
    async stop() {
      await node.end('SIGTERM')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function onPostgres(): Promise<Nodes> {
  const database = await freshPostgres()
  const masterKey = randomBytes(32).toString('hex')
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'poolhouse-parallel-')))
  const flags = ['--dev-code', devCode, '--issuer', 'http://nodes.localhost']
  const nodes: Product[] = []
  for (const data of folders) nodes.push(await startProduct({ data, databaseUrl: database.url, masterKey, flags }))
  return {
    endpoints: nodes.map(({ endpoint }) => endpoint),
    async stop() {
      await Promise.all(nodes.map((node) => node.end('SIGTERM')))
      await database.drop()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

for (const [name, start] of [
  ['on SQLite', onSqlite],
  ['at two nodes with PostgreSQL', onPostgres],
] as const) {
  describe(`asked at the same time ${name}`, () => {
    let nodes: Nodes
    let sides: Clients[]
    let idp: Clients['idp']
    let UserPoolId: string
    let ClientId: string
    before(async () => {
      nodes = await start()
      sides = nodes.endpoints.map((endpoint) => clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' }))
      idp = (sides[0] as Clients).idp
      const AllowedFirstAuthFactors = ['PASSWORD' as const, 'EMAIL_OTP' as const]
      const { UserPool } = await idp.send(
        new CreateUserPoolCommand({
          PoolName: 'parallel',
          Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
          DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
        }),
      )
      UserPoolId = UserPool?.Id ?? assert.fail('no pool')
      const SoftwareTokenMfaConfiguration = { Enabled: true }
      const mfa = { UserPoolId, MfaConfiguration: 'OPTIONAL' as const, SoftwareTokenMfaConfiguration }
      await idp.send(new SetUserPoolMfaConfigCommand(mfa))
      const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_USER_AUTH' as const]
      const made = await idp.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app', ExplicitAuthFlows }))
      ClientId = made.UserPoolClient?.ClientId ?? assert.fail('no client')
    })
    after(async () => {
      for (const side of sides ?? []) for (const client of Object.values(side)) client.destroy()
      await nodes?.stop()
    })

    /** The same call at every node several times at once; what was answered well, and how the others were refused. */
    async function race<Answer>(ask: (at: Clients['idp']) => Promise<Answer>) {
      const calls = sides.flatMap((side) => Array.from({ length: perNode }, () => ask(side.idp)))
      const outcomes = await Promise.allSettled(calls)
      return {
        good: outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
        refusals: new Set(outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []))),
      }
    }
    const onlyOne = async <Answer>(ask: (at: Clients['idp']) => Promise<Answer>, ...names: string[]) => {
      const { good, refusals } = await race(ask)
      assert.equal(good.length, 1, [...refusals].join())
      assert.deepEqual(
        [...refusals].filter((refusal) => !names.includes(refusal)),
        [],
      )
      return good[0] as Answer
    }
    const add = async (Username: string, permanent = true) => {
      const UserAttributes = ['email', 'email_verified'].map((Name, at) => ({
        Name,
        Value: at === 0 ? `${Username}@example.com` : 'true',
      }))
      await idp.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }))
      await idp.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: permanent }))
    }
    const begin = (USERNAME: string, AuthFlow: AuthFlowType = 'USER_PASSWORD_AUTH', more = {}) => {
      const AuthParameters = { USERNAME, ...(AuthFlow === 'USER_PASSWORD_AUTH' && { PASSWORD: Password }), ...more }
      return idp.send(new InitiateAuthCommand({ ClientId, AuthFlow, AuthParameters }))
    }
    const respond =
      (ChallengeName: ChallengeNameType, Session: string | undefined, ChallengeResponses: Record<string, string>) =>
      (at: Clients['idp']) =>
        at.send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }))

    test('one Session is answered once', async () => {
      await add('ann', false)
      const { Session } = await begin('ann')
      const answer = { USERNAME: 'ann', NEW_PASSWORD: 'My-own-Passw0rd' }
      await onlyOne(respond('NEW_PASSWORD_REQUIRED', Session, answer), 'NotAuthorizedException')
    })

    test('one code by e-mail signs in once', async () => {
      await add('ben')
      const { Session } = await begin('ben', 'USER_AUTH', { PREFERRED_CHALLENGE: 'EMAIL_OTP' })
      const answer = { USERNAME: 'ben', EMAIL_OTP_CODE: devCode }
      const refused = ['NotAuthorizedException', 'CodeMismatchException', 'ExpiredCodeException']
      await onlyOne(respond('EMAIL_OTP', Session, answer), ...refused)
    })

    test('one device is confirmed once', async () => {
      await add('cal')
      const { AuthenticationResult } = await begin('cal')
      const { AccessToken, NewDeviceMetadata } = AuthenticationResult ?? {}
      const { DeviceKey = '', DeviceGroupKey = '' } = NewDeviceMetadata ?? {}
      const salt = randomBytes(16).toString('hex')
      const { modPow, close } = createModPow({ threads: 1, waiting: 1 })
      const verifier = await verifierFor({ group: DeviceGroupKey, name: DeviceKey }, 'secret', salt, modPow)
      await close()
      const encode = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
      const DeviceSecretVerifierConfig = { Salt: encode(salt), PasswordVerifier: encode(verifier) }
      const call = { AccessToken, DeviceKey, DeviceSecretVerifierConfig }
      await onlyOne((at) => at.send(new ConfirmDeviceCommand(call)), 'DeviceKeyExistsException')
    })

    test('one code of an authenticator signs in once, in however many sign-ins it is given', async () => {
      await add('dee')
      const { AccessToken } = (await begin('dee')).AuthenticationResult ?? {}
      const { SecretCode } = await idp.send(new AssociateSoftwareTokenCommand({ AccessToken }))
      const seed = fromBase32(SecretCode ?? '') ?? assert.fail('no seed')
      await idp.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp(seed, Date.now()) }))
      const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true }
      await idp.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }))
      const asked = await Promise.all(Array.from({ length: perNode * sides.length }, () => begin('dee')))
      const code = totp(seed, Date.now() + 30_000)
      const sessions = asked.map(({ Session }) => Session)
      const answer = { USERNAME: 'dee', SOFTWARE_TOKEN_MFA_CODE: code }
      const refused = ['ExpiredCodeException', 'CodeMismatchException']
      await onlyOne((at) => respond('SOFTWARE_TOKEN_MFA', sessions.pop(), answer)(at), ...refused)
    })
  })
}
