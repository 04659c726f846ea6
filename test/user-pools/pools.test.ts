import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AddCustomAttributesCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  DeleteUserPoolCommand,
  DescribeUserPoolCommand,
  ListTagsForResourceCommand,
  ListUserPoolsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const idp = () => server.clients.idp
const create = async (input: Partial<CreateUserPoolCommandInput> = {}) =>
  (await idp().send(new CreateUserPoolCommand({ PoolName: 'test', ...input }))).UserPool ?? assert.fail('no pool')
const describePool = async (UserPoolId: string | undefined) =>
  (await idp().send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool ?? assert.fail('no pool')

const nowhere = 'us-east-1_doesNotEx'
const notFound = { name: 'ResourceNotFoundException', message: `User pool ${nowhere} does not exist.` }
const invalid = (message: string | RegExp) => ({ name: 'InvalidParameterException', message })
// The SDK sends what its types forbid.
const wrong = <Value>(value: unknown): Value => value as Value
const serialization = { name: 'SerializationException' }

describe('CreateUserPool', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(create({ PoolName: wrong({ a: 1 }) }), serialization)
    await assert.rejects(create({ Policies: { PasswordPolicy: { MinimumLength: wrong('8') } } }), serialization)
    await assert.rejects(create({ AutoVerifiedAttributes: wrong('email') }), serialization)
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(
      create({ PoolName: wrong(undefined) }),
      invalid(
        "1 validation error detected: Value null at 'poolName' failed to satisfy constraint: Member must not be null",
      ),
    )
    await assert.rejects(
      create({ Policies: { PasswordPolicy: { MinimumLength: 5 } } }),
      invalid(
        "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy constraint: Member must have value greater than or equal to 6",
      ),
    )
    await assert.rejects(
      create({ MfaConfiguration: 'ON' }),
      invalid('SMS configuration and Auto verification for phone_number are required when MFA is required/optional'),
    )
    await assert.rejects(
      create({ AliasAttributes: ['email'], UsernameAttributes: ['email'] }),
      invalid('Only one of the aliasAttributes or usernameAttributes can be set in a User pool.'),
    )
  })

  test('makes a pool that looks as AWS’s does', async () => {
    const pool = await create()
    assert.match(pool.Id ?? '', /^us-east-1_[A-Za-z0-9]{9}$/)
    assert.equal(pool.Arn, `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool.Id}`)
    assert.deepEqual(pool.CreationDate, pool.LastModifiedDate)
    assert.equal(pool.EstimatedNumberOfUsers, 0)
    assert.equal(pool.MfaConfiguration, 'OFF')
    assert.equal(pool.DeletionProtection, 'INACTIVE')
    assert.deepEqual(pool.LambdaConfig, {})
    assert.equal(
      pool.SchemaAttributes?.find(({ Name }) => Name === 'birthdate')?.StringAttributeConstraints?.MaxLength,
      '10',
    )
    assert.equal(pool.UsernameConfiguration, undefined)
    assert.equal(pool.AliasAttributes, undefined)
    assert.deepEqual(await describePool(pool.Id), pool)
  })

  test('describes what it was sent, which is what tools that compare rely on', async () => {
    const sent = {
      Policies: {
        PasswordPolicy: {
          MinimumLength: 12,
          RequireLowercase: true,
          RequireNumbers: false,
          RequireSymbols: false,
          RequireUppercase: true,
          TemporaryPasswordValidityDays: 3,
          PasswordHistorySize: 2,
        },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] },
      },
      DeletionProtection: 'ACTIVE',
      LambdaConfig: { PreSignUp: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
      AutoVerifiedAttributes: ['email'],
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      VerificationMessageTemplate: {
        DefaultEmailOption: 'CONFIRM_WITH_LINK',
        EmailMessageByLink: 'Press {##here##}',
        EmailSubjectByLink: 'Welcome',
      },
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
      UserPoolTags: { team: 'x' },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x', SnsRegion: 'us-east-1' },
      MfaConfiguration: 'OPTIONAL',
      UserPoolTier: 'ESSENTIALS',
    } satisfies Partial<CreateUserPoolCommandInput>
    const pool = await describePool((await create({ ...sent, Schema: [{ Name: 'email', Required: true }] })).Id)
    for (const [name, value] of Object.entries(sent)) {
      assert.deepEqual(pool[name as keyof typeof pool], value, name)
    }
    assert.equal(pool.SchemaAttributes?.find(({ Name }) => Name === 'email')?.Required, true)
  })
})

describe('DescribeUserPool', () => {
  test('refuses the wrong type', () => assert.rejects(describePool(wrong(5)), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(
      describePool('nonsense'),
      invalid(/^1 validation error detected: Value 'nonsense' at 'userPoolId' failed/),
    )
    await assert.rejects(describePool(nowhere), notFound)
  })

  test('counts the users', async () => {
    assert.equal((await describePool((await create()).Id)).EstimatedNumberOfUsers, 0)
  })

  test('is refused unsigned', async () => {
    const answer = await server.post('AWSCognitoIdentityProviderService.DescribeUserPool', { UserPoolId: nowhere })
    assert.equal(answer.body.__type, 'MissingAuthenticationTokenException')
  })
})

describe('ListUserPools', () => {
  const list = (input: { MaxResults: number; NextToken?: string }) => idp().send(new ListUserPoolsCommand(input))

  test('refuses the wrong type', () => assert.rejects(list({ MaxResults: wrong('5') }), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(list({ MaxResults: 61 }), invalid(/less than or equal to 60/))
    await assert.rejects(list({ MaxResults: 5, NextToken: 'forged' }), invalid('Invalid pagination token.'))
  })

  test('pages through the pools of the region, each once, and shows no other region’s', async () => {
    const made = [await create(), await create(), await create()].map(({ Id }) => Id)
    const seen: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const page = await list({ MaxResults: 2, NextToken })
      seen.push(...(page.UserPools ?? []).map(({ Id }) => Id))
      NextToken = page.NextToken
    } while (NextToken)
    assert.equal(new Set(seen).size, seen.length)
    for (const id of made) assert.ok(seen.includes(id))

    const { endpoint } = server
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const abroad = new CognitoIdentityProviderClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
    assert.deepEqual((await abroad.send(new ListUserPoolsCommand({ MaxResults: 60 }))).UserPools, [])
    await assert.rejects(abroad.send(new DescribeUserPoolCommand({ UserPoolId: made[0] })), {
      name: 'ResourceNotFoundException',
    })
    const there = (await abroad.send(new CreateUserPoolCommand({ PoolName: 'abroad' }))).UserPool
    assert.match(there?.Id ?? '', /^eu-west-1_/)
    abroad.destroy()
  })
})

describe('UpdateUserPool', () => {
  const update = (input: ConstructorParameters<typeof UpdateUserPoolCommand>[0]) =>
    idp().send(new UpdateUserPoolCommand(input))

  test('refuses the wrong type', async () => {
    await assert.rejects(update({ UserPoolId: nowhere, UserPoolTags: wrong(['x']) }), serialization)
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(update({ UserPoolId: nowhere }), notFound)
    const { Id } = await create()
    await assert.rejects(
      update({ UserPoolId: Id, AutoVerifiedAttributes: ['phone_number'] }),
      invalid('SMS configuration is required when phone_number is selected for auto verification'),
    )
  })

  test('replaces the settings: what is left out returns to its default, the schema and sign-in names stay', async () => {
    const { Id } = await create({
      AliasAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      UserPoolTags: { team: 'x' },
      Schema: [{ Name: 'tenant', AttributeDataType: 'String' }],
    })
    server.world.clock.advance(1000)
    await update({ UserPoolId: Id, PoolName: 'renamed', Policies: { PasswordPolicy: { MinimumLength: 10 } } })
    const pool = await describePool(Id)
    assert.equal(pool.Name, 'renamed')
    assert.equal(pool.Policies?.PasswordPolicy?.MinimumLength, 10)
    assert.equal(pool.AutoVerifiedAttributes, undefined)
    assert.equal(pool.UserPoolTags, undefined)
    assert.deepEqual(pool.AliasAttributes, ['email'])
    assert.equal(pool.SchemaAttributes?.at(-1)?.Name, 'custom:tenant')
    assert.ok((pool.LastModifiedDate ?? 0) > (pool.CreationDate ?? 0))
  })
})

describe('DeleteUserPool', () => {
  const remove = (UserPoolId: string | undefined) => idp().send(new DeleteUserPoolCommand({ UserPoolId }))

  test('refuses the wrong type', () => assert.rejects(remove(wrong(true)), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(remove(nowhere), notFound)
    const { Id } = await create({ DeletionProtection: 'ACTIVE' })
    await assert.rejects(
      remove(Id),
      invalid(
        'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
      ),
    )
    assert.equal((await describePool(Id)).Id, Id)
  })

  test('makes the pool vanish at once', async () => {
    const { Id } = await create()
    await remove(Id)
    await assert.rejects(describePool(Id), {
      name: 'ResourceNotFoundException',
      message: `User pool ${Id} does not exist.`,
    })
    await assert.rejects(remove(Id), { name: 'ResourceNotFoundException' })
  })
})

describe('AddCustomAttributes', () => {
  const add = (input: ConstructorParameters<typeof AddCustomAttributesCommand>[0]) =>
    idp().send(new AddCustomAttributesCommand(input))

  test('refuses the wrong type', async () => {
    await assert.rejects(add({ UserPoolId: nowhere, CustomAttributes: wrong({}) }), serialization)
  })

  test('refuses the wrong value', async () => {
    const { Id } = await create()
    await assert.rejects(add({ UserPoolId: Id, CustomAttributes: [] }), invalid(/greater than or equal to 1/))
    await assert.rejects(
      add({ UserPoolId: Id, CustomAttributes: [{ Name: 'x', AttributeDataType: 'String', Required: true }] }),
      invalid('Required custom attributes are not supported currently.'),
    )
    await assert.rejects(
      add({ UserPoolId: nowhere, CustomAttributes: [{ Name: 'x', AttributeDataType: 'String' }] }),
      notFound,
    )
  })

  test('adds them, once', async () => {
    const { Id } = await create()
    const attribute = {
      Name: 'level',
      AttributeDataType: 'Number' as const,
      NumberAttributeConstraints: { MaxValue: '9' },
    }
    await add({ UserPoolId: Id, CustomAttributes: [attribute] })
    assert.deepEqual((await describePool(Id)).SchemaAttributes?.at(-1), {
      ...attribute,
      Name: 'custom:level',
      DeveloperOnlyAttribute: false,
      Mutable: true,
      Required: false,
    })
    await assert.rejects(
      add({ UserPoolId: Id, CustomAttributes: [attribute] }),
      invalid('custom:level: Existing attribute already has name custom:level.'),
    )
  })
})

describe('TagResource, UntagResource and ListTagsForResource', () => {
  const arnOf = (id: string) => `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${id}`
  const tag = (ResourceArn: string, Tags: Record<string, string>) =>
    idp().send(new TagResourceCommand({ ResourceArn, Tags }))
  const untag = (ResourceArn: string, TagKeys: string[]) =>
    idp().send(new UntagResourceCommand({ ResourceArn, TagKeys }))
  const list = async (ResourceArn: string) => (await idp().send(new ListTagsForResourceCommand({ ResourceArn }))).Tags

  test('refuse the wrong type', async () => {
    await assert.rejects(tag(arnOf(nowhere), wrong(['x'])), serialization)
    await assert.rejects(untag(arnOf(nowhere), wrong('x')), serialization)
    await assert.rejects(list(wrong(7)), serialization)
  })

  test('refuse the wrong value', async () => {
    await assert.rejects(tag('nonsense', {}), { name: 'InvalidParameterException' })
    await assert.rejects(list('arn:aws:s3:us-east-1:000000000000:bucket/x'), { name: 'InvalidParameterException' })
    const arn = arnOf(nowhere)
    for (const call of [() => tag(arn, { a: 'b' }), () => untag(arn, ['a']), () => list(arn)]) {
      await assert.rejects(call, notFound)
    }
    const { Id = '' } = await create()
    await assert.rejects(list(arnOf(Id).replace('us-east-1:', 'eu-west-1:')), { name: 'ResourceNotFoundException' })
    await assert.rejects(list(arnOf(Id).replace('000000000000', '111111111111')), { name: 'ResourceNotFoundException' })
  })

  test('change the tags and nothing else', async () => {
    const pool = await create({ UserPoolTags: { a: '1', b: '2' }, DeletionProtection: 'ACTIVE' })
    const arn = pool.Arn ?? ''
    await tag(arn, { b: '3', c: '4' })
    await untag(arn, ['a', 'never there'])
    assert.deepEqual(await list(arn), { b: '3', c: '4' })
    const { LastModifiedDate: _, ...after } = await describePool(pool.Id)
    const { LastModifiedDate: __, ...before } = pool
    assert.deepEqual(after, { ...before, UserPoolTags: { b: '3', c: '4' } })
  })
})
