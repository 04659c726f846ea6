/** What functions are sent, to the letter, for each source; what is read of their answers; what their failures become. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Pool } from '../../src/user-pools/pools/pool.ts'
import { arnOf, callTrigger, eventOf } from '../../src/user-pools/triggers/call.ts'
import {
  type Overrides,
  overrideAccessClaims,
  overrideIdClaims,
} from '../../src/user-pools/triggers/claim-overrides.ts'
import { metadataFor } from '../../src/user-pools/triggers/metadata.ts'
import { type Trigger, triggers } from '../../src/user-pools/triggers/table.ts'
import { AwsError } from '../../src/wire/errors.ts'
import type { InvokeResult, World } from '../../src/world.ts'

const pool = {
  id: 'eu-west-1_Abc',
  region: 'eu-west-1',
  settings: {
    LambdaConfig: { PreSignUp: 'arn:f', PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: 'arn:t' } },
  },
} as unknown as Pool

const userAttributes = { sub: 's', email: 'a@b.c' }
const clientMetadata = { from: 'client' }
const validationData = { from: 'client' }
const groupConfiguration = { groupsToOverride: ['g'], iamRolesToOverride: [], preferredRole: null }
const session = [{ challengeName: 'SRP_A', challengeResult: true, challengeMetadata: null }]

/** The request and the empty response, as the reference has them; version where it is not 1. */
const expected: Record<Trigger, { given: object; request: object; response: object; version?: string }> = {
  PreSignUp: {
    given: { userAttributes },
    request: { userAttributes, validationData: null },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  },
  PostConfirmation: {
    given: { userAttributes, clientMetadata },
    request: { userAttributes, clientMetadata },
    response: {},
  },
  PreAuthentication: {
    given: { userAttributes, validationData, userNotFound: false },
    request: { userAttributes, validationData, userNotFound: false },
    response: {},
  },
  PostAuthentication: {
    given: { userAttributes, newDeviceUsed: true, clientMetadata },
    request: { userAttributes, newDeviceUsed: true, clientMetadata },
    response: {},
  },
  DefineAuthChallenge: {
    given: { userAttributes, session },
    request: { userAttributes, session },
    response: { challengeName: null, issueTokens: null, failAuthentication: null },
  },
  CreateAuthChallenge: {
    given: { userAttributes, challengeName: 'CUSTOM_CHALLENGE', session, clientMetadata },
    request: { userAttributes, challengeName: 'CUSTOM_CHALLENGE', session, clientMetadata },
    response: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
  },
  VerifyAuthChallengeResponse: {
    given: { userAttributes, privateChallengeParameters: { answer: '5' }, challengeAnswer: '6' },
    request: { userAttributes, privateChallengeParameters: { answer: '5' }, challengeAnswer: '6' },
    response: { answerCorrect: null },
  },
  UserMigration: {
    given: { password: 'p', validationData, clientMetadata },
    request: { password: 'p', validationData, clientMetadata },
    response: {
      userAttributes: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
    },
  },
  CustomMessage: {
    given: { userAttributes, codeParameter: '{####}' },
    request: { userAttributes, codeParameter: '{####}', usernameParameter: null },
    response: { smsMessage: null, emailMessage: null, emailSubject: null },
  },
  PreTokenGeneration: {
    given: { userAttributes, groupConfiguration },
    request: { userAttributes, groupConfiguration },
    response: { claimsOverrideDetails: null },
  },
  PreTokenGenerationV2: {
    given: { userAttributes, groupConfiguration, scopes: ['a'], clientMetadata },
    request: { userAttributes, scopes: ['a'], groupConfiguration, clientMetadata },
    response: { claimsAndScopeOverrideDetails: null },
    version: '2',
  },
  PreTokenGenerationV3: {
    given: { userAttributes, groupConfiguration, scopes: ['a'] },
    request: { userAttributes, scopes: ['a'], groupConfiguration },
    response: { claimsAndScopeOverrideDetails: null },
    version: '3',
  },
  CustomEmailSender: {
    given: { type: 'customEmailSenderRequestV1', code: 'AYAD', userAttributes },
    request: { type: 'customEmailSenderRequestV1', code: 'AYAD', clientMetadata: null, userAttributes },
    response: {},
  },
  CustomSMSSender: {
    given: { type: 'customSMSSenderRequestV1', code: 'AYAD', userAttributes },
    request: { type: 'customSMSSenderRequestV1', code: 'AYAD', clientMetadata: null, userAttributes },
    response: {},
  },
  InboundFederation: {
    given: { providerName: 'p', providerType: 'OIDC', attributes: { idToken: { sub: 's' } } },
    request: { providerName: 'p', providerType: 'OIDC', attributes: { idToken: { sub: 's' } } },
    response: { userAttributesToMap: {} },
  },
}

describe('the event', () => {
  for (const trigger of Object.keys(triggers) as Trigger[])
    for (const source of triggers[trigger].sources)
      test(`of ${trigger} for ${source} is AWS's, member by member in its order`, () => {
        const { given, request, response, version = '1' } = expected[trigger]
        const call = { userName: 'ann', clientId: 'c', request: given } as never
        assert.equal(
          JSON.stringify(eventOf(pool, trigger, source as never, call)),
          JSON.stringify({
            version,
            triggerSource: source,
            region: 'eu-west-1',
            userPoolId: 'eu-west-1_Abc',
            userName: 'ann',
            callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: 'c' },
            request,
            response,
          }),
        )
      })

  test('has every source of the guide', () => {
    const sources = Object.values(triggers).flatMap((row) => [...row.sources] as string[])
    assert.equal(new Set(sources).size, 41)
  })

  test('goes to the function of the newer setting, or of the plain one', () => {
    assert.equal(arnOf(pool, 'PreSignUp'), 'arn:f')
    assert.equal(arnOf(pool, 'PreTokenGenerationV2'), 'arn:t')
    assert.equal(arnOf(pool, 'PostConfirmation'), undefined)
  })
})

describe('ClientMetadata', () => {
  const sent = { ClientMetadata: { a: '1' }, ValidationData: [{ Name: 'b', Value: '2' }] }

  test('reaches functions by the route of its operation', () => {
    assert.deepEqual(metadataFor('SignUp', 'PreSignUp', sent), {
      clientMetadata: { a: '1' },
      validationData: { b: '2' },
    })
    assert.deepEqual(metadataFor('SignUp', 'CustomMessage', sent), { clientMetadata: { a: '1' } })
    assert.deepEqual(metadataFor('ConfirmSignUp', 'PostConfirmation', sent), { clientMetadata: { a: '1' } })
    assert.deepEqual(metadataFor('ConfirmSignUp', 'CustomMessage', sent), {})
    const { ClientMetadata } = sent
    assert.deepEqual(metadataFor('InitiateAuth', 'PreAuthentication', { ClientMetadata }), {
      validationData: { a: '1' },
    })
    assert.deepEqual(metadataFor('InitiateAuth', 'PostAuthentication', { ClientMetadata }), {})
    assert.deepEqual(metadataFor('RespondToAuthChallenge', 'PostAuthentication', { ClientMetadata }), {
      clientMetadata: { a: '1' },
    })
  })
})

/** A world whose functions answer these results, one after the other. */
function answering(...results: InvokeResult[]) {
  const calls: unknown[] = []
  const world = {
    settings: { triggers: { timeoutMs: 5_000, attempts: 3 } },
    random: (bytes: number) => Buffer.alloc(bytes),
    invoke: async (...call: unknown[]) => results[Math.min(calls.push(call), results.length) - 1],
  } as unknown as World
  return { world, calls }
}
const ask = (world: World) =>
  callTrigger(world, pool, 'PreSignUp', 'PreSignUp_SignUp', {
    userName: 'ann',
    clientId: 'c',
    request: { userAttributes },
  })
const answered = (payload: unknown): InvokeResult => ({
  outcome: 'answered',
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
})
const refusal = async (...results: InvokeResult[]) => {
  const { world, calls } = answering(...results)
  const error = await ask(world).then(
    () => assert.fail('not refused'),
    (thrown: unknown) => thrown,
  )
  assert(error instanceof AwsError)
  return { code: error.code, message: error.message, calls: calls.length }
}

describe('the answer', () => {
  test('is read where the guide has members, and other members are nothing', async () => {
    const { world } = answering(
      answered({ response: { autoConfirmUser: true, autoVerifyEmail: null, other: [1] }, more: 1 }),
    )
    assert.deepEqual(await ask(world), { autoConfirmUser: true })
  })

  test('of another type, without a response, or no JSON is refused', async () => {
    const shape = { code: 'InvalidLambdaResponseException', message: 'Unrecognizable lambda output', calls: 1 }
    for (const wrong of [null, 1, 'null', {}, [], { response: null }, { response: [] }, { response: 'x' }])
      assert.deepEqual(await refusal(answered(wrong)), shape)
    for (const value of ['true', 1, {}, []])
      assert.deepEqual(await refusal(answered({ response: { autoConfirmUser: value } })), shape)
    const { message } = await refusal(answered('<html>'))
    assert.equal(message, 'Invalid lambda function output : Invalid JSON')
  })

  test('whatever it is, there is an answer or a refusal, and never a bug', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(triggers) as Trigger[])),
        fc.jsonValue(),
        async (trigger, value) => {
          const { world } = answering(answered({ response: value }), answered({ response: { [trigger]: value } }))
          const all = { ...pool, settings: { LambdaConfig: new Proxy({}, { get: () => 'arn:f' }) } } as unknown as Pool
          const call = { userName: 'a', request: expected[trigger].given } as never
          await callTrigger(world, all, trigger, triggers[trigger].sources[0] as never, call).catch((error: unknown) =>
            assert(error instanceof AwsError, String(error)),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a name that is a prototype stays a name', async () => {
    const { world } = answering(answered('{"response":{"userAttributes":{"__proto__":"x","email":"a@b.c"}}}'))
    const migrating = { ...pool, settings: { LambdaConfig: { UserMigration: 'arn:m' } } } as unknown as Pool
    const answer = await callTrigger(world, migrating, 'UserMigration', 'UserMigration_Authentication', {
      userName: 'a',
      request: {},
    })
    assert.deepEqual(Object.keys(answer?.userAttributes ?? {}), ['__proto__', 'email'])
  })
})

describe('failures', () => {
  test("what the function throws is told with AWS's full stop", async () => {
    assert.deepEqual(await refusal({ outcome: 'failed', message: 'Not allowed.' }), {
      code: 'UserLambdaValidationException',
      message: 'PreSignUp failed with error Not allowed..',
      calls: 1,
    })
  })

  test('a time-out is tried three times, a success in between counts', async () => {
    const slow = { outcome: 'timed-out' } as const
    const { code, message, calls } = await refusal(slow)
    assert.deepEqual([code, calls], ['UnexpectedLambdaException', 3])
    assert.equal(message, 'PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.')
    const { world, calls: made } = answering(slow, slow, answered({ response: {} }))
    assert.deepEqual([await ask(world), made.length], [{}, 3])
  })

  test('throttling is tried again, a function that cannot be asked is not', async () => {
    assert.deepEqual(await refusal({ outcome: 'throttled' }), {
      code: 'UnexpectedLambdaException',
      message: 'PreSignUp invocation failed due to error TooManyRequestsException.',
      calls: 3,
    })
    assert.deepEqual(await refusal({ outcome: 'unavailable', reason: 'AccessDeniedException', detail: 'x' }), {
      code: 'UnexpectedLambdaException',
      message: 'PreSignUp invocation failed due to error AccessDeniedException.',
      calls: 1,
    })
  })
})

describe('what a function may change in tokens', () => {
  const nothing = { add: {}, suppress: [] }
  const overrides = (change: Partial<Overrides>): Overrides => ({
    id: nothing,
    access: { ...nothing, scopesToAdd: [], scopesToSuppress: [] },
    groups: undefined,
    ...change,
  })
  const claims = {
    ...{ sub: 's', aud: 'client', iss: 'i', exp: 1, email: 'a@b.c', client_id: 'client', token_use: 'id' },
    ...{ 'cognito:groups': ['g'], 'cognito:roles': ['r'], 'cognito:preferred_role': 'r', 'cognito:username': 'ann' },
    scope: 'openid aws.cognito.signin.user.admin',
  }

  test('claims are added and replaced, and suppressing beats adding', () => {
    const id = { add: { email: 'x@y.z', level: 7, list: ['a'], both: 1 }, suppress: ['both'] }
    const changed = overrideIdClaims(claims, overrides({ id }))
    assert.deepEqual(
      { ...changed, both: changed['both'] },
      { ...claims, email: 'x@y.z', level: 7, list: ['a'], both: undefined },
    )
  })

  test('attack: reserved claims can be neither changed nor taken away, in either token', () => {
    const names = (
      'acr amr at_hash aud auth_time azp client_id cognito:username cognito:other device_key event_id exp iat identities iss ' +
      'jti nbf nonce origin_jti sub token_use username version scope'
    ).split(' ')
    const change = { add: Object.fromEntries(names.map((name) => [name, 'forged'])), suppress: names }
    const both = overrides({ id: change, access: { ...change, scopesToAdd: [], scopesToSuppress: [] } })
    assert.deepEqual(overrideIdClaims(claims, both), claims)
    assert.deepEqual(overrideAccessClaims(claims, both), claims)
  })

  test('aud may be added to an access token where it says what is true', () => {
    const { aud: _, ...access } = claims
    const add = (aud: string) =>
      overrideAccessClaims(
        access,
        overrides({ access: { add: { aud }, suppress: [], scopesToAdd: [], scopesToSuppress: [] } }),
      )
    assert.equal(add('client')['aud'], 'client')
    assert.equal(add('other')['aud'], undefined)
  })

  test('no object takes the place of a verified mark', () => {
    const id = {
      add: { email_verified: { yes: true }, address: { formatted: 'x' }, other: { fine: true } },
      suppress: [],
    }
    const changed = overrideIdClaims(claims, overrides({ id }))
    assert.deepEqual(
      [changed['email_verified'], changed['address'], changed['other']],
      [undefined, undefined, { fine: true }],
    )
  })

  test('groups are replaced whole, roles only in the ID token, and suppressed together', () => {
    const groups = { groups: ['new'], roles: ['role'], preferredRole: undefined }
    const id = overrideIdClaims(claims, overrides({ groups }))
    assert.deepEqual(
      [id['cognito:groups'], id['cognito:roles'], id['cognito:preferred_role']],
      [['new'], ['role'], undefined],
    )
    const access = overrideAccessClaims({ sub: 's', 'cognito:groups': ['g'] }, overrides({ groups }))
    assert.deepEqual(access, { sub: 's', 'cognito:groups': ['new'] })
    const none = overrideIdClaims(claims, overrides({ id: { add: {}, suppress: ['cognito:groups'] } }))
    assert.deepEqual(
      Object.keys(none).filter((name) => name.startsWith('cognito:')),
      ['cognito:username'],
    )
  })

  test('scopes are added and taken away; one with a space is none', () => {
    const access = {
      ...nothing,
      scopesToAdd: ['a/read', 'openid', 'two words', ''],
      scopesToSuppress: ['aws.cognito.signin.user.admin'],
    }
    assert.equal(overrideAccessClaims(claims, overrides({ access }))['scope'], 'openid a/read')
  })
})
