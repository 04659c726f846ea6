/** Every way to sign in beyond the password: codes, passkeys, authenticators, devices, custom challenges, and a sign-in that is watched. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  CompleteWebAuthnRegistrationCommand,
  ConfirmDeviceCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  type ExplicitAuthFlowsType,
  InitiateAuthCommand,
  SetRiskConfigurationCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../src/protocols/base32.ts'
import { createModPow } from '../src/protocols/mod-pow.ts'
import { verifierFor } from '../src/protocols/srp.ts'
import { totp } from '../src/protocols/totp.ts'
import { custom } from '../test/clients/custom-functions.ts'
import { type Authenticator, makeAuthenticator } from '../test/support/authenticator.ts'
import { type Clients, clientsFor } from '../test/support/server.ts'
import { madeOf } from './ceilings.ts'
import { drive, good, json, type Load, type Reply, type Wire } from './load.ts'
import type { Bench, Scenario } from './scenario.ts'
import { A, srpClient } from './srp-client.ts'
import { type PoolIds, password, root } from './workspace.ts'

const lanes = 16
/** Every code that the benchmarked server sends. */
export const devCode = '123456'
const idp = 'AWSCognitoIdentityProviderService'
const flows = ['USER_PASSWORD', 'USER', 'CUSTOM', 'REFRESH_TOKEN'].map(
  (f) => `ALLOW_${f}_AUTH` as ExplicitAuthFlowsType,
)

/** The functions of a custom challenge, in that folder. */
export function writeFunctions(folder: string): void {
  for (const [name, source] of Object.entries(custom)) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'index.mjs'), source)
  }
}

type Made = PoolIds & { readonly names: readonly string[] }
type Ask = (request: Wire) => Promise<Reply>
type Asked = {
  Session?: string
  ChallengeParameters?: Record<string, string>
  AuthenticationResult?: { AccessToken: string; RefreshToken: string }
}

/** A pool of its own for one run, and people in it; without passwords they are made in no time. */
async function makePeople(
  { idp: at }: Clients,
  count: number,
  settings: Partial<CreateUserPoolCommandInput>,
  withPassword = true,
): Promise<Made> {
  const { UserPool } = await at.send(new CreateUserPoolCommand({ PoolName: 'ways', ...settings }))
  const UserPoolId = UserPool?.Id ?? ''
  const wanted = { UserPoolId, ClientName: 'bench', ExplicitAuthFlows: flows }
  const { UserPoolClient } = await at.send(new CreateUserPoolClientCommand(wanted))
  const names = Array.from({ length: count }, (_, index) => `person${index}`)
  const add = async (Username: string) => {
    const UserAttributes = [
      { Name: 'email', Value: `${Username}@example.com` },
      { Name: 'email_verified', Value: 'true' },
    ]
    await at.send(new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }))
    if (withPassword)
      await at.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }))
  }
  for (let from = 0; from < count; from += lanes) await Promise.all(names.slice(from, from + lanes).map(add))
  return { poolId: UserPoolId, clientId: UserPoolClient?.ClientId ?? '', names }
}

const begin = async (ask: Ask, { clientId }: PoolIds, AuthFlow: string, AuthParameters: Record<string, string>) =>
  good<Asked>(await ask(json(`${idp}.InitiateAuth`, { ClientId: clientId, AuthFlow, AuthParameters })))

async function answer(
  ask: Ask,
  { clientId: ClientId }: PoolIds,
  ChallengeName: string,
  { Session }: Asked,
  ChallengeResponses: Record<string, string>,
): Promise<Asked> {
  const responses = { ClientId, ChallengeName, Session, ChallengeResponses }
  return good<Asked>(await ask(json(`${idp}.RespondToAuthChallenge`, responses)))
}

const byPassword = (ask: Ask, pool: PoolIds, USERNAME: string, more = {}) =>
  begin(ask, pool, 'USER_PASSWORD_AUTH', { USERNAME, PASSWORD: password, ...more })

const tokensOf = ({ AuthenticationResult }: Asked) => {
  if (!AuthenticationResult) throw new Error('No tokens.')
  return AuthenticationResult
}

const nameFor = ({ names }: Made, lane: number, turn: number) =>
  names[(lane + lanes * (turn % Math.max(1, Math.floor(names.length / lanes)))) % names.length] ?? ''

/** What is made before the clock, then one sign-in over and over. */
type Way<Prepared> = {
  prepare(clients: Clients, bench: Bench): Promise<Prepared>
  /** How many turns at most: some things are good once. */
  most?(prepared: Prepared): number
  signIn(ask: Ask, prepared: Prepared, lane: number, turn: number): Promise<unknown>
  end?(prepared: Prepared): Promise<unknown>
}

const running =
  <Prepared>({ prepare, most, signIn, end }: Way<Prepared>) =>
  async (bench: Bench): Promise<Load> => {
    const clients = clientsFor(`http://127.0.0.1:${bench.port}`, root)
    const prepared = await prepare(clients, bench)
    try {
      const limits = { lanes, seconds: bench.seconds, ...(most && { most: most(prepared) }) }
      return await bench.timed(() =>
        drive(bench.port, limits, async (ask, lane, turn) => {
          await signIn(ask, prepared, lane, turn)
        }),
      )
    } finally {
      await end?.(prepared)
      for (const client of Object.values(clients)) client.destroy()
    }
  }

const isWarmUp = ({ seconds }: Bench) => seconds < 1
const twoSignatures: Scenario['ceiling'] = { name: '2 signatures', of: (all) => madeOf(all, { signatures: 2 }) }
const hashAndTokens: Scenario['ceiling'] = {
  name: '1 hash + 2 signatures',
  of: (all) => madeOf(all, { hashes: 1, signatures: 2 }),
}

const codes: Way<Made> = {
  prepare: (clients, bench) => {
    const Policies = { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] } }
    return makePeople(clients, isWarmUp(bench) ? 400 : 4_000, { Policies }, false)
  },
  most: ({ names }) => names.length,
  async signIn(ask, pool, _, turn) {
    const USERNAME = pool.names[turn] ?? ''
    const asked = await begin(ask, pool, 'USER_AUTH', { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' })
    tokensOf(await answer(ask, pool, 'EMAIL_OTP', asked, { USERNAME, EMAIL_OTP_CODE: devCode }))
  },
}

const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const questions: Way<Made> = {
  prepare: (clients) =>
    makePeople(clients, 64, {
      LambdaConfig: {
        DefineAuthChallenge: arn('define'),
        CreateAuthChallenge: arn('create'),
        VerifyAuthChallengeResponse: arn('verify'),
      },
    }),
  async signIn(ask, pool, lane, turn) {
    const USERNAME = nameFor(pool, lane, turn)
    const asked = await begin(ask, pool, 'CUSTOM_AUTH', { USERNAME })
    tokensOf(await answer(ask, pool, 'CUSTOM_CHALLENGE', asked, { USERNAME, ANSWER: 'it' }))
  },
}

/** Access tokens for set-up, a few at a time. */
async function accessTokens({ idp: at }: Clients, { clientId: ClientId, names }: Made) {
  const results: Required<Asked>['AuthenticationResult'][] = []
  for (const USERNAME of names) {
    const AuthParameters = { USERNAME, PASSWORD: password }
    const call = new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters })
    results.push(tokensOf((await at.send(call)) as Asked))
  }
  return results
}

/** A code is good once: as many people as sign-ins. */
const authenticators: Way<Made & { readonly seeds: readonly Uint8Array[] }> = {
  async prepare(clients, bench) {
    const { idp: at } = clients
    const pool = await makePeople(clients, isWarmUp(bench) ? 32 : 320, {})
    const SoftwareTokenMfaConfiguration = { Enabled: true }
    const mfa = { UserPoolId: pool.poolId, MfaConfiguration: 'OPTIONAL' as const, SoftwareTokenMfaConfiguration }
    await at.send(new SetUserPoolMfaConfigCommand(mfa))
    const seeds: Uint8Array[] = []
    for (const { AccessToken } of await accessTokens(clients, pool)) {
      const { SecretCode } = await at.send(new AssociateSoftwareTokenCommand({ AccessToken }))
      const seed = fromBase32(SecretCode ?? '') ?? new Uint8Array()
      // The oldest that is good, so that the next ones are.
      await at.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: totp(seed, Date.now() - 30_000) }))
      const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true }
      await at.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }))
      seeds.push(seed)
    }
    return { ...pool, seeds }
  },
  most: ({ names }) => names.length,
  async signIn(ask, pool, _, turn) {
    const USERNAME = pool.names[turn] ?? ''
    const asked = await byPassword(ask, pool, USERNAME)
    const SOFTWARE_TOKEN_MFA_CODE = totp(pool.seeds[turn] ?? new Uint8Array(), Date.now() + 30_000)
    tokensOf(await answer(ask, pool, 'SOFTWARE_TOKEN_MFA', asked, { USERNAME, SOFTWARE_TOKEN_MFA_CODE }))
  },
}

const passkeys: Way<Made & { readonly authenticators: readonly Authenticator[] }> = {
  async prepare(clients) {
    const { idp: at } = clients
    const AllowedFirstAuthFactors = ['PASSWORD' as const, 'WEB_AUTHN' as const]
    const pool = await makePeople(clients, lanes, { Policies: { SignInPolicy: { AllowedFirstAuthFactors } } })
    const WebAuthnConfiguration = { RelyingPartyId: 'localhost' }
    await at.send(new SetUserPoolMfaConfigCommand({ UserPoolId: pool.poolId, WebAuthnConfiguration }))
    const made: Authenticator[] = []
    for (const { AccessToken } of await accessTokens(clients, pool)) {
      const authenticator = makeAuthenticator('http://localhost')
      const { CredentialCreationOptions } = await at.send(new StartWebAuthnRegistrationCommand({ AccessToken }))
      const Credential = authenticator.create(CredentialCreationOptions as never) as never
      await at.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential }))
      made.push(authenticator)
    }
    return { ...pool, authenticators: made }
  },
  async signIn(ask, pool, lane) {
    const USERNAME = pool.names[lane] ?? ''
    const asked = await begin(ask, pool, 'USER_AUTH', { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' })
    const options = JSON.parse(asked.ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '')
    const CREDENTIAL = JSON.stringify(pool.authenticators[lane]?.get(options))
    tokensOf(await answer(ask, pool, 'WEB_AUTHN', asked, { USERNAME, CREDENTIAL }))
  },
}

type Device = { readonly key: string; readonly srp: ReturnType<typeof srpClient> }
const secret = 'the secret of a device'

/** The client's arithmetic is the load generator's own, and no CPU time of the server. */
const devices: Way<Made & { readonly devices: readonly Device[] }> = {
  async prepare(clients) {
    const { idp: at } = clients
    const DeviceConfiguration = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false }
    const pool = await makePeople(clients, lanes, { DeviceConfiguration })
    const { modPow, close } = createModPow({ threads: 1, waiting: 100 })
    const made: Device[] = []
    for (const result of await accessTokens(clients, pool)) {
      const { AccessToken, NewDeviceMetadata } = result as typeof result & {
        NewDeviceMetadata: { DeviceKey: string; DeviceGroupKey: string }
      }
      const { DeviceKey, DeviceGroupKey: group } = NewDeviceMetadata
      const salt = '0123456789abcdef0123456789abcdef'
      const verifier = await verifierFor({ group, name: DeviceKey }, secret, salt, modPow)
      const [Salt, PasswordVerifier] = [salt, verifier].map((hex) => Buffer.from(hex, 'hex').toString('base64'))
      const DeviceSecretVerifierConfig = { Salt, PasswordVerifier }
      await at.send(new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig }))
      made.push({ key: DeviceKey, srp: srpClient(`x_${group}`, secret, 1) })
    }
    await close()
    return { ...pool, devices: made }
  },
  async signIn(ask, pool, lane) {
    const USERNAME = pool.names[lane] ?? ''
    const { key: DEVICE_KEY, srp } = pool.devices[lane] as Device
    const first = await byPassword(ask, pool, USERNAME, { DEVICE_KEY })
    const asked = await answer(ask, pool, 'DEVICE_SRP_AUTH', first, { USERNAME, DEVICE_KEY, SRP_A: A })
    const proof = await srp.respond({ ...asked.ChallengeParameters, USER_ID_FOR_SRP: DEVICE_KEY } as never)
    tokensOf(await answer(ask, pool, 'DEVICE_PASSWORD_VERIFIER', asked, { ...proof, USERNAME, DEVICE_KEY }))
  },
  end: (pool) => Promise.all(pool.devices.map(({ srp }) => srp.close())),
}

const renewals: Way<Made & { readonly tokens: readonly string[] }> = {
  async prepare(clients) {
    const pool = await makePeople(clients, lanes, {})
    return { ...pool, tokens: (await accessTokens(clients, pool)).map(({ RefreshToken }) => RefreshToken) }
  },
  async signIn(ask, { clientId: ClientId, tokens }, lane) {
    const RefreshToken = tokens[lane]
    tokensOf(good<Asked>(await ask(json(`${idp}.GetTokensFromRefreshToken`, { ClientId, RefreshToken }))))
  },
}

const watched: Way<Made> = {
  async prepare(clients) {
    const UserPoolAddOns = { AdvancedSecurityMode: 'ENFORCED' as const }
    const pool = await makePeople(clients, 64, { UserPoolAddOns, UserPoolTier: 'PLUS' })
    const action = { Notify: false, EventAction: 'MFA_IF_CONFIGURED' as const }
    await clients.idp.send(
      new SetRiskConfigurationCommand({
        UserPoolId: pool.poolId,
        CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'BLOCK' } },
        AccountTakeoverRiskConfiguration: { Actions: { LowAction: action, MediumAction: action, HighAction: action } },
      }),
    )
    return pool
  },
  signIn: async (ask, pool, lane, turn) => tokensOf(await byPassword(ask, pool, nameFor(pool, lane, turn))),
}

export const signInWays: readonly Scenario[] = [
  { name: 'sign-in by a code by e-mail, both steps', floor: 250, ceiling: twoSignatures, run: running(codes) },
  { name: 'sign-in by a passkey, both steps', floor: 250, ceiling: twoSignatures, run: running(passkeys) },
  {
    name: 'sign-in by a custom challenge, four calls of functions',
    floor: 100,
    ceiling: twoSignatures,
    run: running(questions),
  },
  { name: 'password and authenticator, both steps', floor: 50, ceiling: hashAndTokens, run: running(authenticators) },
  {
    name: 'password on a remembered device, three steps',
    floor: 40,
    ceiling: {
      name: '1 hash + 3 exponentiations + 2 signatures',
      of: (all) => madeOf(all, { hashes: 1, exponentiations: 3, signatures: 2 }),
    },
    run: running(devices),
  },
  { name: 'password sign-in under threat protection', floor: 50, ceiling: hashAndTokens, run: running(watched) },
  { name: 'GetTokensFromRefreshToken, without rotation', floor: 500, ceiling: twoSignatures, run: running(renewals) },
]
