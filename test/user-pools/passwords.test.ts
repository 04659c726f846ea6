import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { passwordFits } from '../../src/user-pools/passwords/verify.ts'
import { requirePool } from '../../src/user-pools/pools/find.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const tooShort = 'Password did not conform with policy: Password not long enough'
const verified = (email: string) => ({ email, email_verified: 'true' })

let server: TestServer
let pool: TestPool
let remembering: TestPool
let closed: TestPool
let hiding: string

before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  hiding = await pool.addClient({ PreventUserExistenceErrors: 'ENABLED' })
  remembering = await makePool(server, { Policies: { PasswordPolicy: { MinimumLength: 6, PasswordHistorySize: 2 } } })
  closed = await makePool(server, {
    AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
  })
})
after(() => server.close())

const setPassword = (Username: string, Password: string, Permanent?: boolean, of = pool) =>
  server.clients.idp.send(new AdminSetUserPasswordCommand({ UserPoolId: of.id, Username, Password, Permanent }))
const change = (AccessToken: string, PreviousPassword: string | undefined, ProposedPassword: string) =>
  server.clients.idp.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }))
const forgot = (Username: string, ClientId = pool.clientId) =>
  server.clients.idp.send(new ForgotPasswordCommand({ ClientId, Username }))
const confirm = (Username: string, ConfirmationCode: string, Password: string, ClientId = pool.clientId) =>
  server.clients.idp.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ConfirmationCode, Password }))
const reset = (Username: string, of = pool) =>
  server.clients.idp.send(new AdminResetUserPasswordCommand({ UserPoolId: of.id, Username }))

const fits = async (username: string, given: string) => {
  const found = await requirePool(server.world, pool.id)
  return passwordFits(server.world, found, await requireUser(server.world, found, username), given)
}
const other = (code: string) => (code === '000000' ? '000001' : '000000')

describe('AdminSetUserPassword', () => {
  test('says so when the user is deleted while the password is hashed', async () => {
    await pool.add('leaving')
    const { slow } = server.world
    const hashPassword: typeof slow.hashPassword = async (given) => {
      Object.assign(server.world, { slow })
      await server.clients.idp.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: 'leaving' }))
      return slow.hashPassword(given)
    }
    Object.assign(server.world, { slow: { ...slow, hashPassword } })
    await refused(setPassword('leaving', password, true), 'UserNotFoundException', 'User does not exist.')
  })

  test('refuses the wrong type', async () => {
    await refused(setPassword('x', password, 'yes' as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('amy')
    await refused(setPassword('nobody', password), 'UserNotFoundException', 'User does not exist.')
    await refused(setPassword('amy', 'short'), 'InvalidPasswordException', tooShort)
    await refused(
      setPassword('amy', 'with a space1!A'),
      'InvalidParameterException',
      /^1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    )
  })

  test('sets a password for good, or one that must be changed', async () => {
    await pool.add('bo')
    await setPassword('bo', 'Second1!x', true)
    assert.deepEqual(
      [(await pool.look('bo')).status, await fits('bo', 'Second1!x'), await fits('bo', password)],
      ['CONFIRMED', true, false],
    )
    await setPassword('bo', 'Third1!xx')
    assert.deepEqual([(await pool.look('bo')).status, await fits('bo', 'Third1!xx')], ['FORCE_CHANGE_PASSWORD', true])
  })

  test('confirms a user who never was', async () => {
    await server.clients.idp.send(new SignUpCommand({ ClientId: pool.clientId, Username: 'cy', Password: password }))
    await setPassword('cy', 'Second1!x', true)
    assert.equal((await pool.look('cy')).status, 'CONFIRMED')
  })

  test('refuses a password that the pool remembers', async () => {
    await remembering.add('di')
    await setPassword('di', 'Second1!x', true, remembering)
    for (const used of ['Second1!x', password])
      await refused(setPassword('di', used, true, remembering), 'PasswordHistoryPolicyViolationException')
    await setPassword('di', 'Third1!xx', true, remembering)
    await setPassword('di', password, true, remembering)
  })
})

describe('ChangePassword', () => {
  test('refuses the wrong type', async () => {
    await refused(change('x', 'y', 1 as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('ed')
    const token = await pool.tokenOf('ed')
    await refused(change('nonsense', password, 'Second1!x'), 'NotAuthorizedException', 'Invalid Access Token')
    await refused(change(token, password, 'short'), 'InvalidPasswordException', tooShort)
    await refused(change(token, 'Wrong1!xx', 'Second1!x'), 'NotAuthorizedException', 'Incorrect username or password.')
    await refused(change(token, undefined, 'Second1!x'), 'InvalidParameterException')
    assert.equal(await fits('ed', password), true)
  })

  test('changes the password and ends no session', async () => {
    await pool.add('flo')
    const AccessToken = await pool.tokenOf('flo')
    await change(AccessToken, password, 'Second1!x')
    assert.deepEqual([await fits('flo', 'Second1!x'), await fits('flo', password)], [true, false])
    await server.clients.idp.send(new GetUserCommand({ AccessToken }))
  })

  test('refuses the sixth attempt of an hour, even the right one', async () => {
    await pool.add('gil')
    const token = await pool.tokenOf('gil')
    for (let n = 0; n < 5; n += 1) await refused(change(token, 'Wrong1!xx', 'Second1!x'), 'NotAuthorizedException')
    await refused(
      change(token, password, 'Second1!x'),
      'LimitExceededException',
      'Attempt limit exceeded, please try after some time.',
    )
  })
})

describe('ForgotPassword', () => {
  test('refuses the wrong type', async () => {
    await refused(forgot({} as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(forgot('nobody'), 'UserNotFoundException', 'Username/client id combination not found.')
    await pool.add('ha', { email: 'ha@example.com' })
    await refused(
      forgot('ha'),
      'InvalidParameterException',
      'Cannot reset password for the user as there is no registered/verified email or phone_number',
    )
    await pool.add('hi', verified('hi@example.com'))
    await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'hi' }))
    await refused(forgot('hi'), 'NotAuthorizedException', 'User is disabled.')
    await server.clients.idp.send(
      new AdminCreateUserCommand({
        UserPoolId: pool.id,
        Username: 'ho',
        UserAttributes: list(verified('ho@example.com')),
        MessageAction: 'SUPPRESS',
      }),
    )
    await refused(forgot('ho'), 'NotAuthorizedException', 'User password cannot be reset in the current state.')
    await refused(
      forgot('anybody', closed.clientId),
      'NotAuthorizedException',
      'Contact administrator to reset password.',
    )
  })

  test('sends a code to the verified address', async () => {
    await pool.add('ian', verified('ian@example.com'))
    const { CodeDeliveryDetails } = await forgot('ian')
    assert.deepEqual(CodeDeliveryDetails, { Destination: 'i***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' })
    assert.match(server.world.codeSentTo('ian@example.com'), /^\d{6}$/)
  })

  test('sends none to where the codes of the user’s second factor go', async () => {
    const own = await makePool(server, {
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' },
      MfaConfiguration: 'OPTIONAL',
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }] },
    })
    await own.add('jim', { phone_number: '+12065550135', phone_number_verified: 'true' })
    const prefer = (Enabled: boolean) =>
      server.clients.idp.send(
        new AdminSetUserMFAPreferenceCommand({ UserPoolId: own.id, Username: 'jim', SMSMfaSettings: { Enabled } }),
      )
    await forgot('jim', own.clientId)
    const code = server.world.codeSentTo('+12065550135')
    await prefer(true)
    const unreachable = 'Cannot reset password for the user as there is no registered/verified email or phone_number'
    await refused(forgot('jim', own.clientId), 'InvalidParameterException', unreachable)
    await refused(confirm('jim', code, 'Another1!', own.clientId), 'InvalidParameterException', unreachable)
    await prefer(false)
    await confirm('jim', code, 'Another1!', own.clientId)
  })

  test('sends it by SMS first where the pool sets no order', async () => {
    await pool.add('jo', { ...verified('jo@example.com'), phone_number: '+12065550134', phone_number_verified: 'true' })
    assert.deepEqual((await forgot('jo')).CodeDeliveryDetails, {
      Destination: '+*******0134',
      DeliveryMedium: 'SMS',
      AttributeName: 'phone_number',
    })
    const message = server.world.outbox.at(-1)
    assert.deepEqual([message?.channel, message?.subject], ['sms', ''])
  })

  test('refuses the twenty-first attempt of an hour', async () => {
    await pool.add('kit', verified('kit@example.com'))
    for (let n = 0; n < 20; n += 1) await forgot('kit')
    await refused(forgot('kit'), 'LimitExceededException', 'Attempt limit exceeded, please try after some time.')
  })
})

describe('ConfirmForgotPassword', () => {
  test('refuses the wrong type', async () => {
    await refused(confirm('x', 123456 as never, password), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('liv', verified('liv@example.com'))
    await refused(
      confirm('liv', '123456', password),
      'ExpiredCodeException',
      'Invalid code provided, please request a code again.',
    )
    await forgot('liv')
    const code = server.world.codeSentTo('liv@example.com')
    await refused(
      confirm('liv', other(code), password),
      'CodeMismatchException',
      'Invalid verification code provided, please try again.',
    )
    await refused(confirm('liv', code, 'short'), 'InvalidPasswordException', tooShort)
    await refused(
      confirm('nobody', code, password),
      'UserNotFoundException',
      'Username/client id combination not found.',
    )
    await confirm('liv', code, 'Second1!x')
  })

  test('sets the password, once', async () => {
    await pool.add('mo', verified('mo@example.com'))
    await forgot('mo')
    const code = server.world.codeSentTo('mo@example.com')
    await confirm('mo', code, 'Second1!x')
    assert.deepEqual([await fits('mo', 'Second1!x'), (await pool.look('mo')).status], [true, 'CONFIRMED'])
    await refused(confirm('mo', code, 'Third1!xx'), 'ExpiredCodeException')
    assert.equal(await fits('mo', 'Second1!x'), true)
  })

  test('works through another client of the pool', async () => {
    await pool.add('nia', verified('nia@example.com'))
    await forgot('nia')
    await confirm('nia', server.world.codeSentTo('nia@example.com'), 'Second1!x', hiding)
    assert.equal(await fits('nia', 'Second1!x'), true)
  })
})

describe('AdminResetUserPassword', () => {
  test('refuses the wrong type', async () => {
    await refused(reset(true as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(reset('nobody'), 'UserNotFoundException', 'User does not exist.')
    await server.clients.idp.send(new SignUpCommand({ ClientId: pool.clientId, Username: 'ole', Password: password }))
    await refused(reset('ole'), 'NotAuthorizedException', 'User password cannot be reset in the current state.')
    await closed.add('pam')
    await refused(reset('pam', closed), 'NotAuthorizedException', 'Contact administrator to reset password.')
  })

  test('locks the password and sends a code that sets a new one', async () => {
    await pool.add('pip', verified('pip@example.com'))
    await reset('pip')
    assert.equal((await pool.look('pip')).status, 'RESET_REQUIRED')
    await confirm('pip', server.world.codeSentTo('pip@example.com'), 'Second1!x')
    assert.deepEqual([(await pool.look('pip')).status, await fits('pip', 'Second1!x')], ['CONFIRMED', true])
  })

  test('leaves nobody a way round: a token does not change the password', async () => {
    await pool.add('quy', verified('quy@example.com'))
    const token = await pool.tokenOf('quy')
    await reset('quy')
    await refused(
      change(token, password, 'Second1!x'),
      'PasswordResetRequiredException',
      'Password reset required for the user',
    )
  })
})

describe('a client that hides who exists', () => {
  test('is told of a delivery for unknown, disabled and unreachable users, and nothing is sent', async () => {
    await pool.add('known', verified('known@example.com'))
    await pool.add('lost', { email: 'lost@example.com' })
    await pool.add('out', verified('out@example.com'))
    await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'out' }))
    const answers = []
    for (const name of ['known', 'lost', 'out', 'unknown']) {
      const sent = server.world.outbox.length
      const { CodeDeliveryDetails } = await forgot(name, hiding)
      assert.equal(server.world.outbox.length - sent, name === 'known' ? 1 : 0)
      assert.match(CodeDeliveryDetails?.Destination ?? '', /^[a-z]\*\*\*@[a-z]\*\*\*$/)
      answers.push({ ...CodeDeliveryDetails, Destination: '' })
      assert.deepEqual((await forgot(name, hiding)).CodeDeliveryDetails, CodeDeliveryDetails)
    }
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1)
  })

  test('is told the same of a wrong code, of too many, and of one never asked for', async () => {
    await pool.add('real', verified('real@example.com'))
    const told = async (name: string) => {
      const answers: string[] = []
      const attempt = (code: string) =>
        confirm(name, code, 'Second1!x', hiding).then(
          () => 'done',
          (error: Error) => `${error.name}: ${error.message}`,
        )
      answers.push(await attempt('wrong'))
      await forgot(name, hiding)
      for (let n = 0; n < 6; n += 1) answers.push(await attempt('wrong'))
      answers.push(await confirm(name, 'wrong', 'short', hiding).then(String, String))
      for (let n = 0; n < 13; n += 1) answers.push(await attempt('wrong'))
      return answers
    }
    const known = await told('real')
    assert.deepEqual(await told('unreal'), known)
    assert.deepEqual(
      [...new Set(known.map((answer) => answer.split(':')[0]))],
      ['ExpiredCodeException', 'CodeMismatchException', 'InvalidPasswordException', 'LimitExceededException'],
    )
  })
})
