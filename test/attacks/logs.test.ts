/** Case 83: a whole story with the log at its loudest, and nothing in it that opens anything. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminInitiateAuthCommand,
  AssociateSoftwareTokenCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { pino } from 'pino'
import { services } from '../../src/app.ts'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { mask } from '../../src/wire/mask.ts'
import { type Model, shapeName, shapeOf } from '../../src/wire/model.ts'
import { callExtensions } from '../support/extensions.ts'
import { ask, basic, codeIn, makeHosted, openVisitor, redeem, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { srpClient } from '../support/sign-in.ts'

const lines: string[] = []
let server: TestServer
before(async () => {
  server = await startTestServer()
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  Object.assign(server.world, { log })
})
after(() => server.close())

/** What must never be written, by what it is. */
const secrets = new Map<string, string>()
function keep(what: string, value: string | undefined): string {
  assert.ok(value && value.length >= 6, `${what}: ${value}`)
  secrets.set(`${what} ${secrets.size}`, value)
  return value
}
const keepAll = (what: string, values: object | undefined) => {
  for (const [name, value] of Object.entries(values ?? {}))
    if (typeof value === 'string' && /token|secret|session|password|block|srp_b|code/i.test(name) && value.length > 12)
      keep(`${what} ${name}`, value)
}

test('case 83: no password, code, token, secret, session or key of a whole story is in the log', async () => {
  const { idp, s3, sts, iam } = server.clients
  const password = keep('password', 'Story-Passw0rd!')
  const again = keep('password', 'Second-Passw0rd!')
  const third = keep('password', 'Third-Passw0rd!')
  const wrong = keep('password', 'Wrong-Guess-99!')
  const flows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] as const
  const pool = await makeHosted(
    server,
    { GenerateSecret: true, ExplicitAuthFlows: [...flows, 'ALLOW_REFRESH_TOKEN_AUTH'] },
    { AutoVerifiedAttributes: ['email'] },
  )
  const { id: ClientId } = pool.client
  const ClientSecret = keep('client secret', pool.client.secret)
  const Username = 'storyteller'
  const SecretHash = keep('secret hash', secretHash(ClientSecret, Username, ClientId))
  const proof = { ClientId, Username, SecretHash }

  // The API: sign-up, sign-in by password and by SRP, a second factor, another password.
  const UserAttributes = [{ Name: 'email', Value: 'story@example.com' }]
  await idp.send(new SignUpCommand({ ...proof, Password: password, UserAttributes }))
  const code = () => keep('code', server.world.codeSentTo('story@example.com'))
  await idp.send(new ConfirmSignUpCommand({ ...proof, ConfirmationCode: code() }))
  const begin = (PASSWORD: string) =>
    idp.send(
      new InitiateAuthCommand({
        ...{ ClientId, AuthFlow: 'USER_PASSWORD_AUTH' },
        AuthParameters: { USERNAME: Username, PASSWORD, SECRET_HASH: SecretHash },
      }),
    )
  await assert.rejects(begin(wrong))
  const first = await begin(password)
  keepAll('first', first.AuthenticationResult)
  const AccessToken = first.AuthenticationResult?.AccessToken
  await idp.send(new GetUserCommand({ AccessToken }))
  const srp = srpClient(pool.id)
  const asked = await idp.send(
    new InitiateAuthCommand({
      ...{ ClientId, AuthFlow: 'USER_SRP_AUTH' },
      AuthParameters: { USERNAME: Username, SRP_A: srp.A, SECRET_HASH: SecretHash },
    }),
  )
  keepAll('srp', asked.ChallengeParameters)
  const answer = srp.answer(asked.ChallengeParameters, password)
  keep('srp proof', answer['PASSWORD_CLAIM_SIGNATURE'])
  const bySrp = await idp.send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId, ChallengeName: 'PASSWORD_VERIFIER', Session: asked.Session },
      ChallengeResponses: {
        ...answer,
        SECRET_HASH: secretHash(ClientSecret, answer['USERNAME'] ?? '', ClientId),
      },
    }),
  )
  keepAll('srp', bySrp.AuthenticationResult)
  await idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: pool.id,
      ...{ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } },
    }),
  )
  const { SecretCode } = await idp.send(new AssociateSoftwareTokenCommand({ AccessToken }))
  const seed = fromBase32(keep('seed', SecretCode)) ?? assert.fail('no seed')
  const userCode = () => keep('code of the app', totp(seed, server.world.now()))
  await idp.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: userCode() }))
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true }
  await idp.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }))
  const second = await begin(password)
  keep('session', second.Session)
  server.world.clock.advance(30_000)
  const done = await idp.send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId, ChallengeName: 'SOFTWARE_TOKEN_MFA', Session: second.Session },
      ChallengeResponses: { USERNAME: Username, SOFTWARE_TOKEN_MFA_CODE: userCode(), SECRET_HASH: SecretHash },
    }),
  )
  keepAll('second factor', done.AuthenticationResult)
  await idp.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings: { Enabled: false } }))
  await idp.send(new ChangePasswordCommand({ AccessToken, PreviousPassword: password, ProposedPassword: again }))
  await idp.send(new ForgotPasswordCommand(proof))
  await idp.send(new ConfirmForgotPasswordCommand({ ...proof, ConfirmationCode: code(), Password: third }))
  const byAdmin = await idp.send(
    new AdminInitiateAuthCommand({
      ...{ UserPoolId: pool.id, ClientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' },
      AuthParameters: { USERNAME: Username, PASSWORD: third, SECRET_HASH: SecretHash },
      ContextData: {
        ...{ IpAddress: '192.0.2.1', ServerName: 'app', ServerPath: '/' },
        HttpHeaders: [{ headerName: 'cookie', headerValue: keep('cookie of the app', 'app-session=0123456789') }],
      },
    }),
  )
  keepAll('admin', byAdmin.AuthenticationResult)

  // Hosted login, and what lies beyond Cognito.
  const extended = { introspection: true, deviceGrant: true, pushedRequests: 'allowed', dpop: 'allowed' }
  assert.equal((await callExtensions(server, pool.id, ClientId, 'PUT', extended)).status, 200)
  const visitor = openVisitor()
  await visitor.signIn(pool, requestOf(pool), Username, wrong)
  const seen = await visitor.signIn(pool, requestOf(pool), Username, third)
  for (const [name, value] of visitor.jar) if (value.length > 10) keep(`cookie ${name}`, value)
  const authorization = keep('authorization code', codeIn(seen))
  const hosted = await redeem(pool, authorization, { client_secret: ClientSecret })
  keepAll('hosted', hosted.body)
  await redeem(pool, authorization, { client_secret: ClientSecret })
  const refresh_token = byAdmin.AuthenticationResult?.RefreshToken ?? ''
  const url = `${pool.url}/oauth2`
  keepAll(
    'renewed',
    (await ask(`${url}/token`, { grant_type: 'refresh_token', refresh_token }, basic(pool.client))).body,
  )
  await ask(`${url}/introspect`, { token: refresh_token }, basic(pool.client))
  keepAll('device', (await ask(`${url}/device_authorization`, {}, basic(pool.client))).body)
  const pushed = await ask(`${url}/par`, Object.fromEntries(new URLSearchParams(requestOf(pool))), basic(pool.client))
  keep('pushed request', pushed.body['request_uri']?.slice(-43))
  await fetch(`${url}/userInfo`, { headers: { authorization: `Bearer ${byAdmin.AuthenticationResult?.AccessToken}` } })

  // Credentials: of identities, of users, of sessions; links to objects.
  const IdToken = byAdmin.AuthenticationResult?.IdToken ?? ''
  await assert.rejects(
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        ...{ RoleArn: 'arn:aws:iam::000000000000:role/nobody', RoleSessionName: 'me', WebIdentityToken: IdToken },
      }),
    ),
  )
  await iam.send(new CreateUserCommand({ UserName: 'machine' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'machine' }))
  const SecretAccessKey = keep('secret key', AccessKey?.SecretAccessKey)
  const machine = server.clientsWith({ accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: SecretAccessKey })
  await machine.sts.send(new GetCallerIdentityCommand({}))
  const { Credentials } = await machine.sts.send(new GetSessionTokenCommand({}))
  keep('secret key', Credentials?.SecretAccessKey)
  keep('session token', Credentials?.SessionToken)
  const temporary = server.clientsWith({
    ...{ accessKeyId: Credentials?.AccessKeyId ?? '', secretAccessKey: Credentials?.SecretAccessKey ?? '' },
    sessionToken: Credentials?.SessionToken ?? '',
  })
  await assert.rejects(temporary.s3.send(new CreateBucketCommand({ Bucket: 'denied-bucket' })))
  await s3.send(new CreateBucketCommand({ Bucket: 'story' }))
  await s3.send(new PutObjectCommand({ Bucket: 'story', Key: 'page', Body: 'x' }))
  const link = await getSignedUrl(s3 as never, new GetObjectCommand({ Bucket: 'story', Key: 'page' }) as never)
  keep('signature of a link', new URL(link).searchParams.get('X-Amz-Signature') ?? undefined)
  assert.equal((await fetch(link)).status, 200)
  assert.equal((await fetch(link.replace('page', 'other'))).status, 403)
  await idp.send(new RevokeTokenCommand({ ClientId, ClientSecret, Token: refresh_token }))

  const all = lines.join('')
  assert.ok(lines.length > 50 && all.includes('"input"'), 'the log is loud')
  assert.ok(secrets.size > 40, `${secrets.size}`)
  // Six digits are in many numbers: only by themselves they are a code.
  const isIn = (value: string) =>
    /^\d+$/.test(value) ? new RegExp(`(?<![\\w.-])${value}(?![\\w.-])`).test(all) : all.includes(value)
  const found = [...secrets].filter(([, value]) => isIn(value)).map(([what]) => what)
  assert.deepEqual(found, [])
})

/** A value for every text of an input. */
function fill(of: Model, name: string, left = 6): unknown {
  const shape = shapeOf(of, name)
  if (left === 0) return undefined
  if (shape.type === 'structure')
    return Object.fromEntries(
      Object.entries(shape.members ?? {}).map(([member, ref]) => [member, fill(of, shapeName(ref), left - 1)]),
    )
  if (shape.type === 'list') return [fill(of, shape.member ?? '', left - 1)]
  if (shape.type === 'map') return { key: fill(of, shape.value ?? '', left - 1) }
  return shape.type === 'string' ? 'canary' : 1
}

/** The members whose text is still there. */
function shown(value: unknown, member = ''): string[] {
  if (value === 'canary') return [member]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => shown(part, Array.isArray(value) ? member : name))
}

test('case 83: of no operation’s input a member is logged that opens something or is somebody’s own', () => {
  const opens =
    /password|secret|token|session|code$|answer|hash|proof|signature|credential|assertion$|private(?!keyid)|headervalue|userattributes|srp/i
  // The id of a key, not the key.
  const harmless = new Set(['RemovePrivateKey'])
  for (const { model, operations } of Object.values(services))
    for (const { name } of operations.values()) {
      const { input } = model.operations[name] ?? {}
      const left = shown(mask(model, input, input === undefined ? {} : fill(model, input)))
      const wrong = left.filter((member) => opens.test(member) && !harmless.has(member))
      assert.deepEqual(wrong, [], `${model.signingName}:${name}`)
    }
})
