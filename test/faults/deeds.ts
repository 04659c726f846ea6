/** What people do to a server that is about to be killed, and how one sees afterwards whether it still knows. */
import assert from 'node:assert/strict'
import { CreateIdentityPoolCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity'
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type Clients, clientsFor } from '../support/server.ts'

/** Made once, before the first kill. */
export type Place = {
  readonly UserPoolId: string
  readonly ClientId: string
  readonly IdentityPoolId: string
  readonly provider: string
}

export type Side = Clients & { readonly endpoint: string; readonly place: Place }

/** What is known of one person: by what they did, whether it was acknowledged, and what was noted for the check. */
export type Person = {
  readonly name: string
  readonly begun: Set<string>
  readonly done: Set<string>
  /** Those that may be the present one: two while a change has not been acknowledged. */
  passwords: string[]
  readonly notes: Record<string, string>
}

type Deed = {
  readonly name: string
  act(side: Side, person: Person): Promise<void>
  /** Of an acknowledged deed, after the restart. */
  check(side: Side, person: Person): Promise<void>
}

const bucket = 'faults'
const group = 'friends'

export const sideOf = (endpoint: string, place: Place): Side => ({
  ...clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' }),
  endpoint,
  place,
})

export async function makePlace(endpoint: string): Promise<Place> {
  const { idp, identity, s3 } = clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' })
  const { UserPool } = await idp.send(
    new CreateUserPoolCommand({ PoolName: 'faults', AutoVerifiedAttributes: ['email'] }),
  )
  const UserPoolId = UserPool?.Id ?? ''
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'faults',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  const ClientId = UserPoolClient?.ClientId ?? ''
  await idp.send(new CreateGroupCommand({ UserPoolId, GroupName: group }))
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const provider = `cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`
  const { IdentityPoolId = '' } = await identity.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'faults',
      AllowUnauthenticatedIdentities: false,
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId }],
    }),
  )
  return { UserPoolId, ClientId, IdentityPoolId, provider }
}

export const newPerson = (name: string): Person => ({
  name,
  begun: new Set(),
  done: new Set(),
  passwords: [`First-${name}`],
  notes: {},
})

/** The code in the newest message. */
export async function codeFor(endpoint: string, to: string): Promise<string> {
  const answer = await fetch(`${endpoint}/mailbox/messages?to=${encodeURIComponent(to)}`)
  const [newest] = (await answer.json()) as { code: string }[]
  return newest?.code ?? assert.fail(`nothing was sent to ${to}`)
}

const emailOf = ({ name }: Person) => `${name}@example.com`

export async function signIn({ idp, place: { ClientId } }: Side, USERNAME: string, PASSWORD: string) {
  const AuthParameters = { USERNAME, PASSWORD }
  return idp.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }))
}

/** By the first password that may be the present one and is. */
async function signedIn(side: Side, person: Person) {
  for (const password of person.passwords) {
    const tokens = await signIn(side, person.name, password).catch(refusal)
    if (!(tokens instanceof Error)) return { password, ...tokens.AuthenticationResult }
  }
  return assert.fail(`${person.name} cannot sign in`)
}

/** A refusal as a value; a broken connection is thrown on. */
function refusal(error: unknown): Error {
  if (error instanceof Error && isRefusal(error)) return error
  throw error
}

export const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  '$metadata' in error &&
  (error.$metadata as { httpStatusCode?: number }).httpStatusCode !== undefined

async function isRefused(call: Promise<unknown>, what: string, ...names: string[]): Promise<void> {
  const error = await call.then(() => undefined, refusal)
  assert.ok(
    error && names.includes(error.name),
    `${what}: ${error ? `${error.name}: ${error.message}` : 'was allowed'}`,
  )
}

/** While the change is under way either password may be right; afterwards only the new one. */
async function changingTo(person: Person, password: string, change: () => Promise<unknown>): Promise<void> {
  person.passwords = [password, ...person.passwords]
  await change()
  person.passwords = [password]
}

/** In the order in which people do them; each may count on those before it. */
export const deeds: readonly Deed[] = [
  {
    name: 'sign up',
    act: ({ idp, place: { ClientId } }, person) =>
      idp
        .send(
          new SignUpCommand({
            ClientId,
            Username: person.name,
            Password: person.passwords[0],
            UserAttributes: [{ Name: 'email', Value: emailOf(person) }],
          }),
        )
        .then(() => {}),
    async check({ idp, place: { UserPoolId } }, { name, done }) {
      const { UserStatus } = await idp.send(new AdminGetUserCommand({ UserPoolId, Username: name }))
      if (done.has('confirm')) assert.equal(UserStatus, 'CONFIRMED', name)
    },
  },
  {
    name: 'confirm',
    async act({ idp, endpoint, place: { ClientId } }, person) {
      const ConfirmationCode = await codeFor(endpoint, emailOf(person))
      person.notes['confirmed with'] = ConfirmationCode
      await idp.send(new ConfirmSignUpCommand({ ClientId, Username: person.name, ConfirmationCode }))
    },
    check: ({ idp, place: { ClientId } }, { name, notes }) =>
      isRefused(
        idp.send(new ConfirmSignUpCommand({ ClientId, Username: name, ConfirmationCode: notes['confirmed with'] })),
        'a confirmation code for the second time',
        'NotAuthorizedException',
      ),
  },
  {
    name: 'change the password',
    async act(side, person) {
      const { AccessToken } = await signedIn(side, person)
      const PreviousPassword = person.passwords[0]
      const ProposedPassword = `Second-${person.name}`
      await changingTo(person, ProposedPassword, () =>
        side.idp.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword })),
      )
    },
    check: async (side, person) => void (await signedIn(side, person)),
  },
  {
    name: 'revoke',
    async act(side, person) {
      const { AccessToken = '', RefreshToken = '' } = await signedIn(side, person)
      Object.assign(person.notes, { AccessToken, RefreshToken })
      await side.idp.send(new RevokeTokenCommand({ ClientId: side.place.ClientId, Token: RefreshToken }))
    },
    async check({ idp, place: { ClientId } }, { notes }) {
      const AuthParameters = { REFRESH_TOKEN: notes['RefreshToken'] ?? '' }
      const refresh = new InitiateAuthCommand({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters })
      await isRefused(idp.send(refresh), 'a revoked refresh token', 'NotAuthorizedException')
      const look = new GetUserCommand({ AccessToken: notes['AccessToken'] })
      await isRefused(idp.send(look), 'an access token of a revoked session', 'NotAuthorizedException')
    },
  },
  {
    name: 'join a group',
    act: async ({ idp, place: { UserPoolId } }, { name }) =>
      void (await idp.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName: group, Username: name }))),
    async check({ idp, place: { UserPoolId } }, { name }) {
      const { Groups } = await idp.send(new AdminListGroupsForUserCommand({ UserPoolId, Username: name }))
      assert.deepEqual(
        Groups?.map(({ GroupName }) => GroupName),
        [group],
      )
    },
  },
  {
    name: 'get an identity',
    async act(side, person) {
      const { IdToken = '' } = await signedIn(side, person)
      person.notes['IdToken'] = IdToken
      person.notes['IdentityId'] = await identityOf(side, IdToken)
    },
    check: async (side, { notes }) =>
      assert.equal(await identityOf(side, notes['IdToken'] ?? ''), notes['IdentityId'], 'another identity'),
  },
  {
    name: 'put objects',
    async act({ s3 }, { name }) {
      for (const [Key, Body] of objectsOf(name)) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
    },
    async check({ s3 }, { name }) {
      for (const [Key, wanted] of objectsOf(name)) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
        assert.ok(wanted.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)), `${Key} has other bytes`)
      }
    },
  },
  {
    name: 'reset the password',
    async act({ idp, endpoint, place: { ClientId } }, person) {
      const Username = person.name
      await idp.send(new ForgotPasswordCommand({ ClientId, Username }))
      const ConfirmationCode = await codeFor(endpoint, emailOf(person))
      person.notes['reset with'] = ConfirmationCode
      const Password = `Third-${person.name}`
      await changingTo(person, Password, () =>
        idp.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password })),
      )
    },
    check: (side, person) => isSpent(side, person),
  },
  {
    name: 'be invited and answer',
    async act(side, { name, notes }) {
      const { idp, place } = side
      const Username = `guest-of-${name}`
      const TemporaryPassword = `Temporary-${name}`
      await idp.send(
        new AdminCreateUserCommand({
          UserPoolId: place.UserPoolId,
          Username,
          TemporaryPassword,
          MessageAction: 'SUPPRESS',
        }),
      )
      const { Session = '' } = await signIn(side, Username, TemporaryPassword)
      notes['Session'] = Session
      await answerInvitation(side, name, Session)
    },
    async check(side, { name, notes }) {
      const { AuthenticationResult } = await signIn(side, `guest-of-${name}`, `Accepted-${name}`)
      assert.ok(AuthenticationResult?.AccessToken)
      await isRefused(
        answerInvitation(side, name, notes['Session'] ?? ''),
        'a Session that was answered',
        'NotAuthorizedException',
      )
    },
  },
]

const answerInvitation = ({ idp, place: { ClientId } }: Side, name: string, Session: string) =>
  idp.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session,
      ChallengeResponses: { USERNAME: `guest-of-${name}`, NEW_PASSWORD: `Accepted-${name}` },
    }),
  )

async function identityOf({ identity, place: { IdentityPoolId, provider } }: Side, IdToken: string): Promise<string> {
  const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId, Logins: { [provider]: IdToken } }))
  return IdentityId ?? assert.fail('no identity')
}

/** One that lies in the database and one that is a file. */
const objectsOf = (name: string): [key: string, bytes: Buffer][] => [
  [`${name}/small`, Buffer.from(`small ${name} `.repeat(20))],
  [`${name}/large`, Buffer.from(`large ${name} `.repeat(8_000))],
]

const isSpent = ({ idp, place: { ClientId } }: Side, { name, notes }: Person) =>
  isRefused(
    idp.send(
      new ConfirmForgotPasswordCommand({
        ClientId,
        Username: name,
        ConfirmationCode: notes['reset with'],
        Password: `Fourth-${name}`,
      }),
    ),
    'a reset code for the second time',
    'CodeMismatchException',
    'ExpiredCodeException',
  )

/** All that was acknowledged holds; what was cut off happened wholly or not at all. */
export async function checkPerson(side: Side, person: Person): Promise<void> {
  for (const { name, check } of deeds) if (person.done.has(name)) await check(side, person)
  if (!person.done.has('confirm')) return
  const { password } = await signedIn(side, person)
  const resetCutOff = person.begun.has('reset the password') && !person.done.has('reset the password')
  if (resetCutOff && password === `Third-${person.name}`) await isSpent(side, person)
  person.passwords = [password]
}
