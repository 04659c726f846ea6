import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  type AdminCreateUserCommandInput,
  AdminDisableUserCommand,
  AdminUpdateUserAttributesCommand,
  ConfirmSignUpCommand,
  type ConfirmSignUpCommandInput,
  DescribeUserPoolClientCommand,
  ResendConfirmationCodeCommand,
  SignUpCommand,
  type SignUpCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const target = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

let server: TestServer
let pool: TestPool
let aliases: TestPool
let addresses: TestPool
let hiding: TestPool

before(async () => {
  server = await startTestServer()
  const AutoVerifiedAttributes = ['email' as const]
  pool = await makePool(server, { AutoVerifiedAttributes })
  aliases = await makePool(server, { AutoVerifiedAttributes, AliasAttributes: ['email', 'preferred_username'] })
  addresses = await makePool(server, {
    AutoVerifiedAttributes,
    UsernameAttributes: ['email', 'phone_number'],
    UsernameConfiguration: { CaseSensitive: false },
  })
  hiding = await makePool(server, { AutoVerifiedAttributes }, { PreventUserExistenceErrors: 'ENABLED' })
})
after(() => server.close())

const send = (input: Partial<SignUpCommandInput>, of = pool) =>
  server.clients.idp.send(new SignUpCommand({ ClientId: of.clientId, Username: 'x', Password: password, ...input }))
const signUp = (Username: string, attributes: Record<string, string> = {}, of = pool) =>
  send({ Username, UserAttributes: list(attributes) }, of)
const confirm = (
  Username: string,
  ConfirmationCode: string,
  of = pool,
  more: Partial<ConfirmSignUpCommandInput> = {},
) => server.clients.idp.send(new ConfirmSignUpCommand({ ClientId: of.clientId, Username, ConfirmationCode, ...more }))
const resend = (Username: string, of = pool) =>
  server.clients.idp.send(new ResendConfirmationCodeCommand({ ClientId: of.clientId, Username }))

describe('SignUp', () => {
  test('refuses the wrong type', async () => {
    const { status, body } = await server.post(target('SignUp'), {
      ClientId: pool.clientId,
      Username: 7,
      Password: password,
    })
    assert.deepEqual([status, body.__type], [400, 'SerializationException'])
  })

  test('refuses the wrong value', async () => {
    await refused(
      send({ Username: 'a b' }),
      'InvalidParameterException',
      /^1 validation error detected: Value at 'username' failed/,
    )
    await refused(
      send({ ClientId: 'nosuchclient' }),
      'ResourceNotFoundException',
      'User pool client nosuchclient does not exist.',
    )
    await refused(
      send({ Password: 'short' }),
      'InvalidPasswordException',
      'Password did not conform with policy: Password not long enough',
    )
    await refused(
      send({ Password: undefined }),
      'InvalidParameterException',
      "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
    )
    await refused(signUp('x', { email: 'nonsense' }), 'InvalidParameterException', 'Invalid email address format.')
    await refused(
      signUp('x', { 'custom:x': '1' }),
      'InvalidParameterException',
      'Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n',
    )
    await refused(
      send({ UserAttributes: [{ Name: 'name' }] }),
      'InvalidParameterException',
      'Attribute value for name must not be null',
    )
  })

  test('keeps no attribute that was given without a value', async () => {
    await signUp('blank', { email: 'blank@example.com', name: '', nickname: '' })
    assert.deepEqual(Object.keys((await pool.look('blank')).attributes).sort(), ['email', 'email_verified', 'sub'])
  })

  test('creates an unconfirmed user and sends a code to the address the pool verifies', async () => {
    const made = await signUp('alice', { email: 'alice@example.com', name: 'Alice' })
    assert.match(made.UserSub ?? '', uuid)
    assert.equal(made.UserConfirmed, false)
    assert.deepEqual(made.CodeDeliveryDetails, {
      Destination: 'a***@e***',
      DeliveryMedium: 'EMAIL',
      AttributeName: 'email',
    })
    const message = server.world.outbox.at(-1)
    assert.match(message?.code ?? '', /^\d{6}$/)
    assert.equal(message?.subject, 'Your verification code')
    assert.equal(message?.body, `Your verification code is ${message?.code}. `)
    assert.deepEqual(await pool.look('alice'), {
      status: 'UNCONFIRMED',
      enabled: true,
      username: 'alice',
      attributes: { sub: made.UserSub, email: 'alice@example.com', name: 'Alice', email_verified: 'false' },
    })
  })

  test('sends no code where there is no address to verify', async () => {
    const sent = server.world.outbox.length
    assert.equal((await signUp('bare')).CodeDeliveryDetails, undefined)
    assert.equal(server.world.outbox.length, sent)
  })

  test('refuses a name that is taken, before it hashes the password', async () => {
    await signUp('taken')
    await signUp('taken@example.com', {}, addresses)
    const { slow } = server.world
    Object.assign(server.world, { slow: { ...slow, hashPassword: () => Promise.reject(new Error('hashed')) } })
    try {
      await refused(signUp('taken'), 'UsernameExistsException', 'User already exists')
      await refused(
        signUp('TAKEN@example.com', {}, addresses),
        'UsernameExistsException',
        'An account with the given email already exists.',
      )
    } finally {
      Object.assign(server.world, { slow })
    }
  })

  test('is not there where only administrators create users', async () => {
    const closed = await makePool(server, { AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } })
    await refused(signUp('x', {}, closed), 'NotAuthorizedException', 'SignUp is not permitted for this user pool')
  })

  test('asks for what the pool requires', async () => {
    const strict = await makePool(server, {
      Schema: [
        { Name: 'name', Required: true },
        { Name: 'email', Required: true },
      ],
    })
    await refused(
      signUp('x', { email: 'x@example.com' }, strict),
      'InvalidParameterException',
      'Attributes did not conform to the schema: name.formatted: The attribute is required\n',
    )
  })

  test('proves the secret of a client that has one', async () => {
    const ClientId = await pool.addClient({ GenerateSecret: true })
    await refused(
      send({ ClientId, Username: 'secretive' }),
      'NotAuthorizedException',
      `Client ${ClientId} is configured with secret but SECRET_HASH was not received`,
    )
    const { UserPoolClient } = await server.clients.idp.send(
      new DescribeUserPoolClientCommand({ UserPoolId: pool.id, ClientId }),
    )
    const SecretHash = createHmac('sha256', UserPoolClient?.ClientSecret ?? '')
      .update(`secretive${ClientId}`)
      .digest('base64')
    await refused(
      send({ ClientId, Username: 'other', SecretHash }),
      'NotAuthorizedException',
      `Unable to verify secret hash for client ${ClientId}`,
    )
    assert.ok((await send({ ClientId, Username: 'secretive', SecretHash })).UserSub)
  })

  test('takes an address for a username where users sign in by address, whatever its case, once', async () => {
    await refused(
      signUp('name', {}, addresses),
      'InvalidParameterException',
      'Username should be either an email or a phone number.',
    )
    const { UserSub } = await signUp('Bob@Example.com', {}, addresses)
    const found = await addresses.look('bob@example.COM')
    assert.deepEqual([found.username, found.attributes['email']], [UserSub, 'Bob@Example.com'])
    await refused(
      signUp('bob@example.com', {}, addresses),
      'UsernameExistsException',
      'An account with the given email already exists.',
    )
    const phone = await signUp('+12065550100', {}, addresses)
    assert.equal((await addresses.look('+12065550100')).username, phone.UserSub)
  })

  test('refuses a username that looks like an alias, and an alias that comes with confirmation', async () => {
    await refused(
      signUp('x@example.com', {}, aliases),
      'InvalidParameterException',
      'Username cannot be of email format, since user pool is configured for email alias.',
    )
    const early = signUp('early', { preferred_username: 'bird' }, aliases)
    await refused(early, 'InvalidParameterException', /^Preferred username cannot be provided for unconfirmed account/)
  })

  test('leaves the user when the code cannot be delivered', async () => {
    const broken = await startTestServer()
    try {
      Object.assign(broken.world, { send: () => Promise.reject(new Error('no route')) })
      const of = await makePool(broken, { AutoVerifiedAttributes: ['email'] })
      const call = broken.clients.idp.send(
        new SignUpCommand({
          ClientId: of.clientId,
          Username: 'kept',
          Password: password,
          UserAttributes: list({ email: 'k@example.com' }),
        }),
      )
      await refused(call, 'CodeDeliveryFailureException', 'The verification code could not be delivered.')
      assert.equal((await of.look('kept')).status, 'UNCONFIRMED')
    } finally {
      await broken.close()
    }
  })
})

describe('ConfirmSignUp', () => {
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target('ConfirmSignUp'), {
      ClientId: pool.clientId,
      Username: 'x',
      ConfirmationCode: 123456,
    })
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await signUp('carol', { email: 'carol@example.com' })
    const code = server.world.codeSentTo('carol@example.com')
    await refused(
      confirm('carol', code === '000000' ? '000001' : '000000'),
      'CodeMismatchException',
      'Invalid verification code provided, please try again.',
    )
    await refused(confirm('nobody', '123456'), 'UserNotFoundException', 'Username/client id combination not found.')
    await signUp('codeless')
    await refused(
      confirm('codeless', '123456'),
      'ExpiredCodeException',
      'Invalid code provided, please request a code again.',
    )
  })

  test('confirms the user and verifies the address the code went to, once', async () => {
    await signUp('dave', { email: 'dave@example.com' })
    const code = server.world.codeSentTo('dave@example.com')
    await confirm('dave', code)
    const dave = await pool.look('dave')
    assert.deepEqual([dave.status, dave.attributes['email_verified']], ['CONFIRMED', 'true'])
    await refused(
      confirm('dave', code),
      'NotAuthorizedException',
      'User cannot be confirmed. Current status is CONFIRMED',
    )
  })

  test('verifies no address that took the place of the one the code went to', async () => {
    await signUp('swap', { email: 'before@example.com' })
    const UserAttributes = list({ email: 'after@example.com', email_verified: 'false' })
    await server.clients.idp.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId: pool.id, Username: 'swap', UserAttributes }),
    )
    await confirm('swap', server.world.codeSentTo('before@example.com'))
    assert.equal((await pool.look('swap')).attributes['email_verified'], 'false')
  })

  test('refuses a code after its day', async () => {
    const own = await startTestServer()
    try {
      const of = await makePool(own, { AutoVerifiedAttributes: ['email'] })
      const { idp } = own.clients
      await idp.send(
        new SignUpCommand({
          ClientId: of.clientId,
          Username: 'late',
          Password: password,
          UserAttributes: list({ email: 'l@example.com' }),
        }),
      )
      own.world.clock.advance(24 * 3_600_000)
      const call = idp.send(
        new ConfirmSignUpCommand({
          ClientId: of.clientId,
          Username: 'late',
          ConfirmationCode: own.world.codeSentTo('l@example.com'),
        }),
      )
      await refused(call, 'ExpiredCodeException', 'Invalid code provided, please request a code again.')
    } finally {
      await own.close()
    }
  })

  test('refuses an alias that is taken and leaves all as it was; moves it by force', async () => {
    await aliases.add('owner', { email: 'shared@example.com', email_verified: 'true' })
    await signUp('claimant', { email: 'shared@example.com' }, aliases)
    const code = server.world.codeSentTo('shared@example.com')
    await refused(
      confirm('claimant', code, aliases),
      'AliasExistsException',
      'An account with the given email already exists.',
    )
    assert.equal((await aliases.look('claimant')).status, 'UNCONFIRMED')
    await confirm('claimant', code, aliases, { ForceAliasCreation: true })
    assert.equal((await aliases.look('shared@example.com')).username, 'claimant')
    assert.equal((await aliases.look('owner')).attributes['email_verified'], 'false')
  })

  test('refuses the sixteenth attempt of an hour', async () => {
    await signUp('eager')
    for (let n = 0; n < 15; n += 1) await refused(confirm('eager', '000000'), 'ExpiredCodeException')
    await refused(
      confirm('eager', '000000'),
      'LimitExceededException',
      'Attempt limit exceeded, please try after some time.',
    )
  })
})

describe('ResendConfirmationCode', () => {
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target('ResendConfirmationCode'), { ClientId: pool.clientId, Username: ['x'] })
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(resend('nobody'), 'UserNotFoundException', 'Username/client id combination not found.')
    await pool.add('confirmed', { email: 'c@example.com' })
    await refused(resend('confirmed'), 'InvalidParameterException', 'User is already confirmed.')
    const silent = await makePool(server)
    await refused(
      resend('x', silent),
      'NotAuthorizedException',
      'Cannot resend codes. Auto verification not turned on.',
    )
    await signUp('off', { email: 'off@example.com' })
    await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'off' }))
    await refused(resend('off'), 'NotAuthorizedException', 'User is disabled.')
  })

  test('sends a new code, and the former is dead', async () => {
    await signUp('erin', { email: 'erin@example.com' })
    const former = server.world.codeSentTo('erin@example.com')
    const answer = await resend('erin')
    assert.equal(answer.CodeDeliveryDetails?.Destination, 'e***@e***')
    const code = server.world.codeSentTo('erin@example.com')
    if (former !== code) await refused(confirm('erin', former), 'CodeMismatchException')
    await confirm('erin', code)
  })

  test('refuses the sixth of an hour', async () => {
    await signUp('fay', { email: 'fay@example.com' })
    for (let n = 0; n < 5; n += 1) await resend('fay')
    await refused(resend('fay'), 'LimitExceededException', 'Attempt limit exceeded, please try after some time.')
  })

  test('answers for an unknown user as for a known one where the client hides who exists', async () => {
    await signUp('gina', { email: 'gina@example.com' }, hiding)
    const known = await resend('gina', hiding)
    const sent = server.world.outbox.length
    const unknown = await resend('nobody', hiding)
    assert.equal(server.world.outbox.length, sent)
    assert.match(unknown.CodeDeliveryDetails?.Destination ?? '', /^[a-z]\*\*\*@[a-z]\*\*\*$/)
    assert.equal(known.CodeDeliveryDetails?.DeliveryMedium, unknown.CodeDeliveryDetails?.DeliveryMedium)
    assert.deepEqual((await resend('nobody', hiding)).CodeDeliveryDetails, unknown.CodeDeliveryDetails)
    await refused(
      confirm('nobody', '123456', hiding),
      'CodeMismatchException',
      'Invalid verification code provided, please try again.',
    )
  })
})

describe('AdminConfirmSignUp', () => {
  const confirmUser = (Username: string) =>
    server.clients.idp.send(new AdminConfirmSignUpCommand({ UserPoolId: pool.id, Username }))

  test('refuses the wrong type', async () => {
    await refused(confirmUser({} as string), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(confirmUser('nobody'), 'UserNotFoundException', 'User does not exist.')
    await pool.add('done')
    await refused(
      confirmUser('done'),
      'NotAuthorizedException',
      'User cannot be confirmed. Current status is CONFIRMED',
    )
  })

  test('confirms and verifies nothing', async () => {
    await signUp('henry', { email: 'henry@example.com' })
    await confirmUser('henry')
    const henry = await pool.look('henry')
    assert.deepEqual([henry.status, henry.attributes['email_verified']], ['CONFIRMED', 'false'])
  })
})

describe('AdminCreateUser', () => {
  const create = (input: Partial<AdminCreateUserCommandInput>, of = pool) =>
    server.clients.idp.send(new AdminCreateUserCommand({ UserPoolId: of.id, Username: 'x', ...input }))

  test('refuses the wrong type', async () => {
    await refused(create({ ForceAliasCreation: 'yes' as never }), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(
      create({ TemporaryPassword: 'short' }),
      'InvalidPasswordException',
      'Password did not conform with policy: Password not long enough',
    )
    await refused(
      create({ UserAttributes: list({ email_verified: 'true' }) }),
      'InvalidParameterException',
      'Email is required to verify/un-verify an email',
    )
    await refused(
      create({ UserAttributes: list({ sub: 'mine' }) }),
      'InvalidParameterException',
      /^user\.sub: Attribute cannot be updated\./,
    )
    await refused(
      create({ MessageAction: 'SHOUT' as never }),
      'InvalidParameterException',
      /Member must satisfy enum value set: \[RESEND, SUPPRESS\]/,
    )
    await pool.add('there')
    await refused(create({ Username: 'there' }), 'UsernameExistsException', 'User account already exists')
    await refused(
      create({ Username: 'there', MessageAction: 'RESEND' }),
      'UnsupportedUserStateException',
      'Resend not possible. there status is not FORCE_CHANGE_PASSWORD',
    )
    await refused(
      create({ Username: 'nobody', MessageAction: 'RESEND' }),
      'UserNotFoundException',
      'User does not exist.',
    )
    await refused(create({ DesiredDeliveryMediums: ['EMAIL'] }), 'InvalidParameterException')
    await refused(
      create({ UserPoolId: 'us-east-1_nowhere00' }),
      'ResourceNotFoundException',
      'User pool us-east-1_nowhere00 does not exist.',
    )
  })

  test('creates the user and invites them with a temporary password', async () => {
    const { User } = await create({
      Username: 'invited',
      UserAttributes: list({ email: 'invited@example.com', email_verified: 'true' }),
      DesiredDeliveryMediums: ['EMAIL'],
    })
    assert.equal(User?.UserStatus, 'FORCE_CHANGE_PASSWORD')
    assert.equal(User?.Enabled, true)
    assert.ok(User?.UserCreateDate instanceof Date)
    assert.equal(User?.Attributes?.[0]?.Name, 'sub')
    const message = server.world.outbox.at(-1)
    assert.equal(message?.to, 'invited@example.com')
    assert.equal(message?.subject, 'Your temporary password')
    assert.match(message?.body ?? '', /^Your username is invited and temporary password is .{12,}\. $/)
    assert.equal((await pool.look('invited')).attributes['email_verified'], 'true')
  })

  test('invites by SMS unless told otherwise, by both if told, and by none if suppressed', async () => {
    const both = { email: 'b@example.com', phone_number: '+12065550123' }
    const sentBy = async (input: Partial<AdminCreateUserCommandInput>) => {
      const sent = server.world.outbox.length
      await create({ UserAttributes: list(both), ...input })
      return server.world.outbox.slice(sent).map(({ channel }) => channel)
    }
    assert.deepEqual(await sentBy({ Username: 'm1' }), ['sms'])
    assert.deepEqual(await sentBy({ Username: 'm2', DesiredDeliveryMediums: ['EMAIL', 'SMS'] }), ['email', 'sms'])
    assert.deepEqual(await sentBy({ Username: 'm3', MessageAction: 'SUPPRESS' }), [])
    assert.deepEqual(await sentBy({ Username: 'm4', UserAttributes: [] }), [])
  })

  test('sends the invitation again with a new password', async () => {
    const mediums = { DesiredDeliveryMediums: ['EMAIL' as const] }
    await create({ Username: 'again', UserAttributes: list({ email: 'again@example.com' }), ...mediums })
    const former = server.world.codeSentTo('again@example.com')
    await create({ Username: 'again', MessageAction: 'RESEND', ...mediums })
    assert.notEqual(server.world.codeSentTo('again@example.com'), former)
    await create({ Username: 'again', MessageAction: 'RESEND', TemporaryPassword: 'Given1!x', ...mediums })
    assert.equal(server.world.codeSentTo('again@example.com'), 'Given1!x')
  })

  test('speaks in the words of the pool, and names the address where that is the username', async () => {
    const own = await makePool(server, {
      UsernameAttributes: ['email'],
      AdminCreateUserConfig: {
        InviteMessageTemplate: {
          EmailSubject: 'Hello {username}',
          EmailMessage: '<p>{username}: {####}</p>',
          SMSMessage: '{username} {####}',
        },
      },
    })
    await create({ Username: 'h@example.com', TemporaryPassword: 'Temp1!x<&', DesiredDeliveryMediums: ['EMAIL'] }, own)
    const message = server.world.outbox.at(-1)
    assert.deepEqual(
      [message?.subject, message?.body, message?.code],
      ['Hello h@example.com', '<p>h@example.com: Temp1!x&lt;&amp;</p>', 'Temp1!x<&'],
    )
  })

  test('refuses a verified alias that is taken; moves it by force', async () => {
    const attributes = list({ email: 'forced@example.com', email_verified: 'true' })
    await create({ Username: 'f1', UserAttributes: attributes }, aliases)
    await refused(
      create({ Username: 'f2', UserAttributes: attributes }, aliases),
      'AliasExistsException',
      'An account with the given email already exists.',
    )
    await refused(create({ Username: 'f2', MessageAction: 'RESEND' }, aliases), 'UserNotFoundException')
    await create({ Username: 'f2', UserAttributes: attributes, ForceAliasCreation: true }, aliases)
    assert.equal((await aliases.look('forced@example.com')).username, 'f2')
  })

  test('needs no password where one-time codes are a first factor', async () => {
    const passwordless = await makePool(server, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    })
    const { User } = await create(
      { Username: 'free', UserAttributes: list({ email: 'free@example.com' }) },
      passwordless,
    )
    assert.equal(User?.UserStatus, 'CONFIRMED')
    assert.ok((await send({ Username: 'free2', Password: undefined }, passwordless)).UserSub)
  })
})
