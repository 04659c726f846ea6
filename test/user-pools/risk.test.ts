/** Threat protection from outside: risk configuration, events, feedback, stolen passwords, adaptive authentication. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import {
  AdminListUserAuthEventsCommand,
  AdminUpdateAuthEventFeedbackCommand,
  ChangePasswordCommand,
  DescribeRiskConfigurationCommand,
  GetProvisionedLimitCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  type RiskConfigurationType,
  SetRiskConfigurationCommand,
  type SetRiskConfigurationCommandInput,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
  UpdateAuthEventFeedbackCommand,
  UpdateProvisionedLimitCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { breachedFile, convertHashes } from '../../src/user-pools/risk/breached-file.ts'
import { startReceiver } from '../support/functions-elsewhere.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'
import { callFrom, eventsOf, firefox, makeWatchedPool, signInFrom, startWatchedServer } from '../support/watched.ts'

let server: TestServer
before(async () => {
  server = await startWatchedServer()
})
after(() => server.close())

const idp = () => server.clients.idp

const notices = { Subject: 'Hello {username}', HtmlBody: '<p>{device-name} {ip-address} {one-click-link-invalid}</p>' }
const SourceArn = 'arn:aws:ses:us-east-1:000000000000:identity/example.com'

type Action = 'BLOCK' | 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED' | 'NO_ACTION'

/** The same action for every level. */
const takeover = (EventAction: Action, Notify = false): Partial<SetRiskConfigurationCommandInput> => {
  const action = { EventAction, Notify }
  return {
    AccountTakeoverRiskConfiguration: {
      Actions: { LowAction: action, MediumAction: action, HighAction: action },
      NotifyConfiguration: { SourceArn, BlockEmail: notices, MfaEmail: notices, NoActionEmail: notices },
    },
  }
}
const compromised = (EventAction: 'BLOCK' | 'NO_ACTION'): Partial<SetRiskConfigurationCommandInput> => ({
  CompromisedCredentialsRiskConfiguration: { Actions: { EventAction } },
})

const configure = (pool: TestPool, document: Partial<SetRiskConfigurationCommandInput>, ClientId?: string) =>
  idp().send(new SetRiskConfigurationCommand({ UserPoolId: pool.id, ClientId, ...document }))

const describeRisk = async (pool: TestPool, ClientId?: string): Promise<RiskConfigurationType> =>
  (await idp().send(new DescribeRiskConfigurationCommand({ UserPoolId: pool.id, ClientId }))).RiskConfiguration ?? {}

describe('SetRiskConfiguration and DescribeRiskConfiguration', () => {
  test('refuse the wrong type', async () => {
    const pool = await makeWatchedPool(server)
    for (const Command of [SetRiskConfigurationCommand, DescribeRiskConfigurationCommand]) {
      await refused(idp().send(new Command({ UserPoolId: pool.id, ClientId: 7 as never })), 'SerializationException')
    }
    const RiskExceptionConfiguration = { BlockedIPRangeList: 'x' as never }
    await refused(configure(pool, { RiskExceptionConfiguration }), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    const pool = await makeWatchedPool(server)
    const wrong: [Partial<SetRiskConfigurationCommandInput>, RegExp][] = [
      [{ RiskExceptionConfiguration: { BlockedIPRangeList: ['10.0.0.0/99'] } }, /^Incorrect CIDR format$/],
      [
        { RiskExceptionConfiguration: { SkippedIPRangeList: Array(201).fill('10.0.0.1') } },
        /less than or equal to 200/,
      ],
      [
        { CompromisedCredentialsRiskConfiguration: { Actions: { EventAction: 'EXPLODE' as never } } },
        /enum value set: \[.*BLOCK/,
      ],
      [
        { AccountTakeoverRiskConfiguration: { Actions: { LowAction: { Notify: true, EventAction: 'BLOCK' } } } },
        /NotifyConfiguration is required/,
      ],
    ]
    for (const [document, sentence] of wrong) {
      await refused(configure(pool, document), 'InvalidParameterException', sentence)
    }
    await refused(configure(pool, compromised('BLOCK'), 'nobody'), 'ResourceNotFoundException', /nobody does not exist/)
    await refused(describeRisk(pool, 'nobody'), 'ResourceNotFoundException', /nobody does not exist/)
  })

  test('do it: what is set replaces what was, a client inherits until it has its own, ids alone reset', async () => {
    const pool = await makeWatchedPool(server)
    assert.deepEqual(await describeRisk(pool), { UserPoolId: pool.id })
    await configure(pool, {
      ...compromised('BLOCK'),
      RiskExceptionConfiguration: { BlockedIPRangeList: ['2001:db8::/32'] },
    })
    const set = await configure(pool, compromised('BLOCK'))
    assert.deepEqual(await describeRisk(pool), set.RiskConfiguration)
    assert.equal(set.RiskConfiguration?.RiskExceptionConfiguration, undefined)
    assert.deepEqual(set.RiskConfiguration?.CompromisedCredentialsRiskConfiguration, {
      Actions: { EventAction: 'BLOCK' },
      EventFilter: ['SIGN_IN', 'PASSWORD_CHANGE', 'SIGN_UP'],
    })
    assert.ok(set.RiskConfiguration?.LastModifiedDate instanceof Date)
    const inherited = await describeRisk(pool, pool.clientId)
    assert.equal(inherited.CompromisedCredentialsRiskConfiguration?.Actions?.EventAction, 'BLOCK')
    assert.equal(inherited.ClientId, pool.clientId)
    await configure(pool, takeover('NO_ACTION'), pool.clientId)
    assert.equal((await describeRisk(pool, pool.clientId)).CompromisedCredentialsRiskConfiguration, undefined)
    await configure(pool, {}, pool.clientId)
    assert.ok((await describeRisk(pool, pool.clientId)).CompromisedCredentialsRiskConfiguration)
    await configure(pool, {})
    assert.deepEqual(await describeRisk(pool), { UserPoolId: pool.id })
  })

  test('a pool without threat protection has none of it', async () => {
    const pool = await makePool(server)
    await pool.add('ann')
    const refusal = 'UserPoolAddOnNotEnabledException'
    const [UserPoolId, Username] = [pool.id, 'ann']
    await refused(configure(pool, compromised('BLOCK')), refusal)
    await refused(describeRisk(pool), refusal)
    await refused(idp().send(new AdminListUserAuthEventsCommand({ UserPoolId, Username })), refusal)
    const feedback = { UserPoolId, Username, EventId: 'x', FeedbackValue: 'Valid' } as const
    await refused(idp().send(new AdminUpdateAuthEventFeedbackCommand(feedback)), refusal)
  })

  test('threat protection belongs to the plan PLUS', async () => {
    const wanted = { UserPoolTier: 'ESSENTIALS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } } as const
    await refused(makePool(server, wanted), 'FeatureUnavailableInTierException')
  })
})

describe('AdminListUserAuthEvents', () => {
  test('refuses the wrong type', async () => {
    const pool = await makeWatchedPool(server)
    const call = { UserPoolId: pool.id, Username: 'ann', MaxResults: 'many' as never }
    await refused(idp().send(new AdminListUserAuthEventsCommand(call)), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    const pool = await makeWatchedPool(server)
    await pool.add('ann')
    const call = { UserPoolId: pool.id, Username: 'ann' }
    await refused(
      idp().send(new AdminListUserAuthEventsCommand({ ...call, MaxResults: 61 })),
      'InvalidParameterException',
    )
    await refused(
      idp().send(new AdminListUserAuthEventsCommand({ ...call, NextToken: 'x' })),
      'InvalidParameterException',
    )
    const nobody = { ...call, Username: 'nobody' }
    await refused(
      idp().send(new AdminListUserAuthEventsCommand(nobody)),
      'UserNotFoundException',
      'User does not exist.',
    )
  })

  test('does it: one event for a sign-in, newest first, page by page, with where it came from', async () => {
    const pool = await makeWatchedPool(server, 'AUDIT')
    await pool.add('ann')
    await signInFrom(server, pool, 'ann', {}, 'wrong')
    await signInFrom(server, pool, 'ann', { address: '2A00:1450:0::7' })
    const events = await eventsOf(server, pool, 'ann')
    assert.equal(events.length, 2)
    const [good, bad] = events
    assert.equal(good?.EventType, 'SignIn')
    assert.equal(good?.EventResponse, 'Pass')
    assert.deepEqual(good?.ChallengeResponses, [{ ChallengeName: 'Password', ChallengeResponse: 'Success' }])
    assert.deepEqual(good?.EventContextData, {
      IpAddress: '2a00:1450::7',
      DeviceName: 'Chrome 120, Windows 10',
      City: 'null',
      Country: 'null',
    })
    assert.deepEqual(good?.EventRisk, { RiskDecision: 'NoRisk', CompromisedCredentialsDetected: false })
    assert.equal(bad?.EventResponse, 'Fail')
    assert.deepEqual(bad?.ChallengeResponses, [{ ChallengeName: 'Password', ChallengeResponse: 'Failure' }])
    const call = { UserPoolId: pool.id, Username: 'ann', MaxResults: 1 }
    const first = await idp().send(new AdminListUserAuthEventsCommand(call))
    const second = await idp().send(new AdminListUserAuthEventsCommand({ ...call, NextToken: first.NextToken }))
    assert.deepEqual(
      [first, second].map(({ AuthEvents }) => AuthEvents?.[0]?.EventId),
      events.map(({ EventId }) => EventId),
    )
    assert.equal(second.NextToken, undefined)
  })

  test('a sign-in by SRP is one event, right or wrong', async () => {
    const pool = await makeWatchedPool(server, 'AUDIT')
    await pool.add('ann')
    for (const secret of [password, 'wrong']) {
      const person = srpClient(pool.id)
      const AuthParameters = { USERNAME: 'ann', SRP_A: person.A }
      const begun = { ClientId: pool.clientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters }
      const asked = (await callFrom(server, 'InitiateAuth', begun)).body
      const ChallengeResponses = person.answer(
        asked['ChallengeParameters'] as Record<string, string>,
        secret,
        server.world.now(),
      )
      const answer = { ClientId: pool.clientId, ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses }
      await callFrom(server, 'RespondToAuthChallenge', answer)
    }
    const seen = (await eventsOf(server, pool, 'ann')).map(({ EventResponse }) => EventResponse)
    assert.deepEqual(seen, ['Fail', 'Pass'])
  })

  test('sign-ups, recoveries and new passwords are events too', async () => {
    const pool = await makeWatchedPool(server, 'AUDIT', { AutoVerifiedAttributes: ['email'] })
    const UserAttributes = [{ Name: 'email', Value: 'bob@example.com' }]
    await idp().send(
      new SignUpCommand({ ClientId: pool.clientId, Username: 'bob', Password: password, UserAttributes }),
    )
    await callFrom(server, 'ResendConfirmationCode', { ClientId: pool.clientId, Username: 'bob' })
    await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
    const AccessToken = await pool.tokenOf('ann')
    const change = { AccessToken, PreviousPassword: password, ProposedPassword: 'Unheard-of-7!' }
    await idp().send(new ChangePasswordCommand(change))
    await callFrom(server, 'ForgotPassword', { ClientId: pool.clientId, Username: 'ann' })
    const seen = async (name: string) =>
      (await eventsOf(server, pool, name)).map(({ EventType, EventResponse }) => `${EventType} ${EventResponse}`).sort()
    assert.deepEqual(await seen('bob'), ['ResendCode Pass', 'SignUp InProgress'])
    assert.deepEqual(await seen('ann'), ['ForgotPassword InProgress', 'PasswordChange Pass'])
  })
})

describe('feedback', () => {
  const signedIn = async () => {
    const pool = await makeWatchedPool(server)
    await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
    await configure(pool, takeover('NO_ACTION', true))
    await signInFrom(server, pool, 'ann')
    await signInFrom(server, pool, 'ann', { address: '1.1.1.1', agent: firefox })
    const [risky] = await eventsOf(server, pool, 'ann')
    const link = /http\S*\/feedback\?\S*?(?=<|"|$)/.exec(server.world.outbox.at(-1)?.body ?? '')?.[0] ?? ''
    const url = new URL(link.replaceAll('&amp;', '&'))
    const call = { UserPoolId: pool.id, Username: 'ann', EventId: risky?.EventId ?? '' }
    return { pool, call, url, FeedbackToken: url.searchParams.get('token') ?? '' }
  }

  test('AdminUpdateAuthEventFeedback refuses the wrong type, the wrong value, and does it', async () => {
    const { pool, call } = await signedIn()
    const send = (more: object) =>
      idp().send(new AdminUpdateAuthEventFeedbackCommand({ ...call, FeedbackValue: 'Valid', ...more }))
    await refused(send({ EventId: 7 }), 'SerializationException')
    await refused(send({ FeedbackValue: 'Maybe' }), 'InvalidParameterException')
    await refused(send({ EventId: 'another' }), 'ResourceNotFoundException')
    await refused(send({ Username: 'nobody' }), 'UserNotFoundException')
    await send({})
    const [event] = await eventsOf(server, pool, 'ann')
    assert.equal(event?.EventFeedback?.FeedbackValue, 'Valid')
    assert.equal(event?.EventFeedback?.Provider, 'Admin')
    assert.ok(event?.EventFeedback?.FeedbackDate instanceof Date)
  })

  test('UpdateAuthEventFeedback refuses the wrong type, the wrong value, and does it', async () => {
    const { pool, call, FeedbackToken } = await signedIn()
    const other = await signedIn()
    const send = (more: object) =>
      idp().send(new UpdateAuthEventFeedbackCommand({ ...call, FeedbackToken, FeedbackValue: 'Invalid', ...more }))
    await refused(send({ EventId: 7 }), 'SerializationException')
    await refused(send({ FeedbackValue: 'Maybe' }), 'InvalidParameterException')
    for (const wrong of [
      { FeedbackToken: 'abc' },
      { FeedbackToken: other.FeedbackToken },
      { EventId: other.call.EventId },
      { UserPoolId: other.call.UserPoolId },
      { Username: 'nobody' },
    ])
      await refused(send(wrong), 'NotAuthorizedException', 'Invalid feedback token')
    await send({})
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventFeedback?.Provider, 'User')
  })

  test('the link of a notice asks, and only the button answers', async () => {
    const { pool, url } = await signedIn()
    assert.equal(url.origin, server.endpoint)
    const asked = await fetch(url)
    assert.equal(asked.status, 200)
    assert.match(asked.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventFeedback, undefined)
    const answered = await fetch(`${url.origin}/feedback`, { method: 'POST', body: url.searchParams })
    assert.equal(answered.status, 200)
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventFeedback?.FeedbackValue, 'Invalid')
    assert.equal((await fetch(`${url.origin}/feedback?token=x&value=Valid`)).status, 400)
  })

  test('what the user said was not them makes the device risky', async () => {
    const { pool, url } = await signedIn()
    await fetch(`${url.origin}/feedback`, { method: 'POST', body: url.searchParams })
    await configure(pool, takeover('BLOCK'))
    const answer = await signInFrom(server, pool, 'ann', { agent: firefox })
    assert.equal(answer.body.message, 'Unable to login because of security reasons.')
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventRisk?.RiskLevel, 'High')
  })
})

describe('adaptive authentication', () => {
  const elsewhere = { address: '1.1.1.1', agent: firefox }
  const known = async (mode: 'AUDIT' | 'ENFORCED', action: Action, settings = {}) => {
    const pool = await makeWatchedPool(server, mode, settings)
    await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
    await configure(pool, takeover(action, true))
    assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'])
    return pool
  }

  test('BLOCK refuses a sign-in that is unlike those before, and tells the user', async () => {
    const pool = await known('ENFORCED', 'BLOCK')
    const answer = await signInFrom(server, pool, 'ann', elsewhere)
    assert.equal(answer.body.__type, 'NotAuthorizedException')
    assert.equal(answer.body.message, 'Unable to login because of security reasons.')
    const [event] = await eventsOf(server, pool, 'ann')
    assert.equal(event?.EventResponse, 'Fail')
    assert.deepEqual(event?.EventRisk, {
      RiskDecision: 'Block',
      RiskLevel: 'Medium',
      CompromisedCredentialsDetected: false,
    })
    const notice = server.world.outbox.at(-1)
    assert.equal(notice?.to, 'ann@example.com')
    assert.equal(notice?.subject, 'Hello ann')
    assert.match(notice?.body ?? '', /^<p>Firefox 120, Linux 1\.1\.1\.1 http/)
    assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'], 'the known device still may')
  })

  test('the pool’s own sender is handed the notice, in the members that AWS publishes, and nothing is sent beside it', async () => {
    const receiver = await startReceiver()
    const other = await startWatchedServer({
      functions: JSON.stringify({ sender: { url: receiver.url, secret: 's' } }),
    })
    try {
      const LambdaArn = 'arn:aws:lambda:us-east-1:000000000000:function:sender'
      const LambdaConfig = {
        CustomEmailSender: { LambdaVersion: 'V1_0' as const, LambdaArn },
        KMSKeyID: 'arn:aws:kms:us-east-1:000000000000:key/codes',
      }
      const pool = await makeWatchedPool(other, 'ENFORCED', { LambdaConfig })
      await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
      const wanted = takeover('NO_ACTION', true)
      await other.clients.idp.send(new SetRiskConfigurationCommand({ UserPoolId: pool.id, ...wanted }))
      await signInFrom(other, pool, 'ann')
      await signInFrom(other, pool, 'ann', elsewhere)
      const { triggerSource, userName, request } = await receiver.next()
      assert.deepEqual([triggerSource, userName], ['CustomEmailSender_AccountTakeOverNotification', 'ann'])
      assert.equal(request.code, null)
      const [event] = await eventsOf(other, pool, 'ann')
      const told = request.userAttributes as Record<string, string>
      assert.deepEqual(
        [told['EVENT_ID'], told['IP_ADDRESS'], told['ACCOUNT_TAKE_OVER_ACTION'], told['email']],
        [event?.EventId, '1.1.1.1', 'NO_ACTION', 'ann@example.com'],
      )
      assert.match(told['ONE_CLICK_LINK_VALID'] ?? '', /\/feedback\?token=/)
      assert.deepEqual(other.world.outbox, [])
    } finally {
      await other.close()
      receiver.close()
    }
  })

  test('the event_id of tokens is the id of the sign-in’s event', async () => {
    const pool = await makeWatchedPool(server)
    await pool.add('ann', { email: 'ann@example.com' })
    const { body } = await signInFrom(server, pool, 'ann')
    const tokens = body['AuthenticationResult'] as { AccessToken: string; IdToken: string }
    const [event] = await eventsOf(server, pool, 'ann')
    assert.ok(event?.EventId)
    assert.equal(claimsOf(tokens.AccessToken)['event_id'], event.EventId)
    assert.equal(claimsOf(tokens.IdToken)['event_id'], event.EventId)
  })

  test('AUDIT records the level, refuses nothing and tells nobody', async () => {
    const pool = await known('AUDIT', 'BLOCK')
    const sent = server.world.outbox.length
    assert.ok((await signInFrom(server, pool, 'ann', elsewhere)).body['AuthenticationResult'])
    const [event] = await eventsOf(server, pool, 'ann')
    assert.equal(event?.EventRisk?.RiskLevel, 'Medium')
    assert.equal(event?.EventRisk?.RiskDecision, 'NoRisk')
    assert.equal(server.world.outbox.length, sent)
  })

  test('MFA_REQUIRED refuses whoever has no second factor, MFA_IF_CONFIGURED lets them in', async () => {
    const required = await known('ENFORCED', 'MFA_REQUIRED')
    const answer = await signInFrom(server, required, 'ann', elsewhere)
    assert.equal(answer.body.message, 'Unable to login because of security reasons.')
    const ifConfigured = await known('ENFORCED', 'MFA_IF_CONFIGURED')
    assert.ok((await signInFrom(server, ifConfigured, 'ann', elsewhere)).body['AuthenticationResult'])
  })

  test('a risky sign-in is asked for a second factor that the user did not switch on, a usual one is not', async () => {
    const sms = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' } }
    const pool = await makeWatchedPool(server, 'ENFORCED', sms)
    const SmsMfaConfiguration = sms
    const mfa = { UserPoolId: pool.id, MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration } as const
    await idp().send(new SetUserPoolMfaConfigCommand(mfa))
    await pool.add('ann', { phone_number: '+4915112345678', phone_number_verified: 'true' })
    await configure(pool, takeover('MFA_REQUIRED'))
    assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'])
    const asked = await signInFrom(server, pool, 'ann', elsewhere)
    assert.equal(asked.body['ChallengeName'], 'SMS_MFA')
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventResponse, 'InProgress')
    const SMS_MFA_CODE = server.world.codeSentTo('+4915112345678')
    const answer = await callFrom(server, 'RespondToAuthChallenge', {
      ...{ ClientId: pool.clientId, ChallengeName: 'SMS_MFA', Session: asked.body['Session'] },
      ChallengeResponses: { USERNAME: 'ann', SMS_MFA_CODE },
    })
    assert.ok(answer.body['AuthenticationResult'], JSON.stringify(answer.body))
    const [event] = await eventsOf(server, pool, 'ann')
    assert.equal(event?.EventResponse, 'Pass')
    assert.equal(event?.EventRisk?.RiskDecision, 'AccountTakeover')
    assert.deepEqual(event?.ChallengeResponses, [
      { ChallengeName: 'Password', ChallengeResponse: 'Success' },
      { ChallengeName: 'Mfa', ChallengeResponse: 'Success' },
    ])
  })

  test('blocked ranges are refused before anything is learnt, skipped ones are never judged', async () => {
    const pool = await known('ENFORCED', 'BLOCK')
    await configure(pool, {
      ...takeover('BLOCK'),
      RiskExceptionConfiguration: { BlockedIPRangeList: ['2a00:1450::/32'], SkippedIPRangeList: ['1.1.1.0/24'] },
    })
    const sentence = 'Request not allowed due to security reasons.'
    for (const name of ['ann', 'nobody']) {
      const answer = await signInFrom(server, pool, name, { address: '2A00:1450:0:1::9' })
      assert.equal(answer.body.message, sentence)
    }
    const forgot = { ClientId: pool.clientId, Username: 'nobody' }
    assert.equal((await callFrom(server, 'ForgotPassword', forgot, { address: '2a00:1450::1' })).body.message, sentence)
    assert.ok((await signInFrom(server, pool, 'ann', elsewhere)).body['AuthenticationResult'])
    assert.equal((await eventsOf(server, pool, 'ann'))[0]?.EventRisk?.RiskLevel, undefined)
  })

  test('only a confidential client that is set up for it may name the address it asks for', async () => {
    const pool = await known('AUDIT', 'NO_ACTION')
    const answer = await callFrom(server, 'InitiateAuth', {
      ...{ ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', UserContextData: { IpAddress: '9.9.9.9' } },
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    })
    assert.equal(answer.body.__type, 'InvalidParameterException')
    assert.equal(answer.body.message, 'Cannot use IP Address passed into UserContextData')
  })
})

describe('compromised credentials', () => {
  test('BLOCK refuses a stolen password where one is chosen', async () => {
    const pool = await makeWatchedPool(server)
    await configure(pool, compromised('BLOCK'))
    const sentence = 'Provided password cannot be used for security reasons.'
    const call = { ClientId: pool.clientId, Username: 'eve', Password: 'P@ssw0rd123!' }
    await refused(idp().send(new SignUpCommand(call)), 'InvalidPasswordException', sentence)
    await pool.add('ann')
    const AccessToken = await pool.tokenOf('ann')
    const change = { AccessToken, PreviousPassword: password, ProposedPassword: 'P@ssw0rd123!' }
    await refused(idp().send(new ChangePasswordCommand(change)), 'InvalidPasswordException', sentence)
  })

  test('a sign-in with a stolen password must reset it; in AUDIT and with NO_ACTION it is only recorded', async () => {
    for (const [mode, action, blocked] of [
      ['ENFORCED', 'BLOCK', true],
      ['ENFORCED', 'NO_ACTION', false],
      ['AUDIT', 'BLOCK', false],
    ] as const) {
      const pool = await makeWatchedPool(server, mode)
      await pool.add('ann')
      await configure(pool, compromised(action))
      const answer = await signInFrom(server, pool, 'ann')
      assert.equal(answer.body.__type, blocked ? 'PasswordResetRequiredException' : undefined)
      assert.equal((await pool.look('ann')).status, blocked ? 'RESET_REQUIRED' : 'CONFIRMED')
      const [event] = await eventsOf(server, pool, 'ann')
      assert.equal(event?.EventRisk?.CompromisedCredentialsDetected, true)
      assert.equal(event?.EventResponse, blocked ? 'Fail' : 'Pass')
    }
  })

  test('EventFilter says where one looks', async () => {
    const pool = await makeWatchedPool(server)
    const only = { Actions: { EventAction: 'BLOCK' }, EventFilter: ['SIGN_UP'] } as const
    await configure(pool, { CompromisedCredentialsRiskConfiguration: { ...only, EventFilter: [...only.EventFilter] } })
    await pool.add('ann')
    assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'])
    const call = { ClientId: pool.clientId, Username: 'eve', Password: password }
    await refused(idp().send(new SignUpCommand(call)), 'InvalidPasswordException')
  })

  test('the offline list and the range service are asked, and a service that fails stops nobody', async () => {
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
    const asked: string[] = []
    const service = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.statusCode = request.url?.endsWith(sha1('Ranged-1!').slice(0, 5)) ? 200 : 503
      response.end(`${sha1('Ranged-1!').slice(5)}:3\r\n${'0'.repeat(35)}:0`)
    }).listen(0)
    const breachRangeUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}/range`
    const other = await startWatchedServer({ settings: { breachRangeUrl } })
    try {
      await convertHashes(Readable.from([`${sha1('Listed-1!')}:9\n`]), breachedFile(other.world.settings.dataFolder))
      const pool = await makeWatchedPool(other)
      await other.clients.idp.send(new SetRiskConfigurationCommand({ UserPoolId: pool.id, ...compromised('BLOCK') }))
      const signUp = (Username: string, Password: string) =>
        callFrom(other, 'SignUp', { ClientId: pool.clientId, Username, Password })
      assert.equal((await signUp('a', 'Listed-1!')).body.__type, 'InvalidPasswordException')
      assert.equal((await signUp('b', 'Ranged-1!')).body.__type, 'InvalidPasswordException')
      assert.equal((await signUp('c', 'Unheard-1!')).body['UserConfirmed'], false)
      assert.deepEqual(asked, [`/range/${sha1('Ranged-1!').slice(0, 5)}`, `/range/${sha1('Unheard-1!').slice(0, 5)}`])
      writeFileSync(breachedFile(other.world.settings.dataFolder), 'spoiled')
      other.world.clock.advance(61_000)
      assert.equal((await signUp('d', 'Unheard-2!')).body['UserConfirmed'], false)
    } finally {
      service.close()
      await other.close()
    }
  })
})

describe('request rates', () => {
  test('a pool whose tag asks for them refuses too many requests in a second, and only then', async () => {
    const pool = await makePool(server, { UserPoolTags: { 'poolhouse:request-rates': 'UserCreation=2' } })
    const signUp = (Username: string) =>
      callFrom(server, 'SignUp', { ClientId: pool.clientId, Username, Password: password })
    server.world.clock.stand()
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(signUp))
    const refusals = answers.filter(({ body }) => body.__type === 'TooManyRequestsException')
    assert.ok(refusals.length >= 4, `${refusals.length} of 8 were refused`)
    assert.ok(refusals.length <= 6)
    assert.equal(refusals[0]?.body.message, 'Rate exceeded')
    server.world.clock.advance(1_000)
    assert.equal((await signUp('later')).status, 200)
  })

  test('tokens are revoked, and authenticator apps set up in a sign-in, at the rates of their categories', async () => {
    const UserPoolTags = { 'poolhouse:request-rates': 'UserToken=1 UserResourceUpdate=1' }
    const pool = await makePool(server, { UserPoolTags }, { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] })
    const { idp } = server.clients
    const SoftwareTokenMfaConfiguration = { Enabled: true }
    await idp.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId: pool.id, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration }),
    )
    await pool.add('ann')
    const AuthParameters = { USERNAME: 'ann', PASSWORD: password }
    const { Session } = await idp.send(
      new InitiateAuthCommand({ ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters }),
    )
    server.world.clock.stand()
    server.world.clock.advance(10_000)
    const [ClientId, Token] = [pool.clientId, 'a.b.c.d.e']
    await callFrom(server, 'RevokeToken', { ClientId, Token })
    assert.equal((await callFrom(server, 'RevokeToken', { ClientId, Token })).body.__type, 'TooManyRequestsException')
    await callFrom(server, 'AssociateSoftwareToken', { Session })
    const { body } = await callFrom(server, 'AssociateSoftwareToken', { Session })
    assert.equal(body.__type, 'TooManyRequestsException')
  })

  describe('provisioned limits', () => {
    const definition = (Category: string) => ({ LimitClass: 'API_CATEGORY' as const, Attributes: { Category } })
    const change = (Category: string, RequestedLimitValue: number) =>
      server.clients.idp.send(
        new UpdateProvisionedLimitCommand({ LimitDefinition: definition(Category), RequestedLimitValue }),
      )
    const look = (Category: string) =>
      server.clients.idp.send(new GetProvisionedLimitCommand({ LimitDefinition: definition(Category) }))

    test('refuse the wrong type', async () => {
      await refused(look(7 as never), 'SerializationException')
      await refused(change('UserList', 'many' as never), 'SerializationException')
    })
    test('refuse the wrong value', async () => {
      await refused(look('Nothing'), 'ResourceNotFoundException', 'There is no category Nothing.')
      await refused(change('UserList', 29), 'InvalidParameterException', 'The limit must be at least 30.')
      await refused(change('UserList', 301), 'ServiceQuotaExceededException', /at most 300/)
      const two = { LimitClass: 'API_CATEGORY' as const, Attributes: { Category: 'UserList', Region: 'x' } }
      await refused(
        server.clients.idp.send(new GetProvisionedLimitCommand({ LimitDefinition: two })),
        'InvalidParameterException',
      )
    })
    test('are Cognito’s until they are raised, and hold in pools with Cognito’s rates', async () => {
      const pool = await makePool(server, { UserPoolTags: { 'poolhouse:request-rates': 'cognito' } })
      const list = () => server.clients.idp.send(new ListUsersCommand({ UserPoolId: pool.id }))
      const refusals = async (times: number) => {
        server.world.clock.advance(10_000)
        const answers = await Promise.allSettled(Array.from({ length: times }, list))
        return answers.filter(({ status }) => status === 'rejected').length
      }
      const Limit = { LimitDefinition: definition('UserList'), FreeLimitValue: 30 }
      assert.deepEqual((await look('UserList')).Limit, { ...Limit, ProvisionedLimitValue: 30 })
      assert.ok((await refusals(90)) > 0)
      assert.deepEqual((await change('UserList', 300)).Limit, { ...Limit, ProvisionedLimitValue: 300 })
      assert.equal(await refusals(90), 0)
    })
  })
})
