import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminDeleteUserAttributesCommand,
  AdminUpdateUserAttributesCommand,
  DeleteUserAttributesCommand,
  GetUserAttributeVerificationCodeCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
/** Verifies e-mail addresses by itself; addresses change at once. */
let pool: TestPool
/** As above, but addresses change when their code comes back. */
let careful: TestPool
let addresses: TestPool

before(async () => {
  server = await startTestServer()
  const AutoVerifiedAttributes = ['email' as const]
  const UserAttributeUpdateSettings = { AttributesRequireVerificationBeforeUpdate: ['email' as const] }
  const Schema = [
    { Name: 'team', AttributeDataType: 'String' as const, Mutable: true },
    { Name: 'badge', AttributeDataType: 'String' as const, Mutable: false },
  ]
  pool = await makePool(server, { AutoVerifiedAttributes, AliasAttributes: ['email', 'preferred_username'], Schema })
  careful = await makePool(server, { AutoVerifiedAttributes, UserAttributeUpdateSettings, AliasAttributes: ['email'] })
  addresses = await makePool(server, {
    UsernameAttributes: ['email'],
    AutoVerifiedAttributes,
    UserAttributeUpdateSettings,
  })
})
after(() => server.close())

const adminUpdate = (Username: string, attributes: Record<string, string>, of = pool) =>
  server.clients.idp.send(
    new AdminUpdateUserAttributesCommand({ UserPoolId: of.id, Username, UserAttributes: list(attributes) }),
  )
const adminDelete = (Username: string, ...UserAttributeNames: string[]) =>
  server.clients.idp.send(new AdminDeleteUserAttributesCommand({ UserPoolId: pool.id, Username, UserAttributeNames }))
const update = (AccessToken: string, attributes: Record<string, string>) =>
  server.clients.idp.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: list(attributes) }))
const remove = (AccessToken: string, ...UserAttributeNames: string[]) =>
  server.clients.idp.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames }))
const askCode = (AccessToken: string, AttributeName = 'email') =>
  server.clients.idp.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName }))
const verify = (AccessToken: string, Code: string, AttributeName = 'email') =>
  server.clients.idp.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName, Code }))
const verified = (email: string) => ({ email, email_verified: 'true' })
const unknownAttribute =
  'Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.\n'

describe('AdminUpdateUserAttributes', () => {
  test('refuses the wrong type', async () => {
    const input = { UserPoolId: pool.id, Username: 'x', UserAttributes: 'name=x' as never }
    await refused(server.clients.idp.send(new AdminUpdateUserAttributesCommand(input)), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('ada', { 'custom:badge': '7' })
    await refused(adminUpdate('nobody', { name: 'x' }), 'UserNotFoundException', 'User does not exist.')
    await refused(adminUpdate('ada', { 'custom:none': 'x' }), 'InvalidParameterException', unknownAttribute)
    await refused(
      adminUpdate('ada', { 'custom:badge': '8' }),
      'InvalidParameterException',
      'user.custom:badge: Attribute cannot be updated. (changing an immutable attribute)',
    )
    await refused(
      adminUpdate('ada', { sub: 'x' }),
      'InvalidParameterException',
      /^user\.sub: Attribute cannot be updated\./,
    )
    await refused(
      adminUpdate('ada', { email_verified: 'true' }),
      'InvalidParameterException',
      'Email is required to verify/un-verify an email',
    )
    await refused(
      adminUpdate('ada', { phone_number: '0123' }),
      'InvalidParameterException',
      'Invalid phone number format.',
    )
  })

  test('sets, verifies and deletes, and the alias follows', async () => {
    await pool.add('ben')
    await adminUpdate('ben', { ...verified('ben@example.com'), name: 'Ben', 'custom:team': 'red' })
    const { attributes } = await pool.look('ben@example.com')
    assert.deepEqual(
      [attributes['name'], attributes['custom:team'], attributes['email_verified']],
      ['Ben', 'red', 'true'],
    )
    await adminUpdate('ben', { email: '', name: '' })
    await refused(pool.look('ben@example.com'), 'UserNotFoundException')
    assert.deepEqual(Object.keys((await pool.look('ben')).attributes), ['sub', 'custom:team'])
  })

  test('sends a code to an address that it leaves unverified, where the pool verifies by itself', async () => {
    await pool.add('cas')
    await adminUpdate('cas', { email: 'cas@example.com' })
    assert.equal((await pool.look('cas')).attributes['email_verified'], 'false')
    await verify(await pool.tokenOf('cas'), server.world.codeSentTo('cas@example.com'))
    assert.equal((await pool.look('cas@example.com')).username, 'cas')
  })

  test('refuses an alias that is taken', async () => {
    await pool.add('dan', verified('dan@example.com'))
    await pool.add('dee', { email: 'dan@example.com' })
    await refused(
      adminUpdate('dee', { email_verified: 'true' }),
      'AliasExistsException',
      'An account with the given email already exists.',
    )
  })

  test('waits for the code where the pool says so, unless the address is declared verified', async () => {
    await careful.add('ed', verified('ed@example.com'))
    await adminUpdate('ed', { email: 'ed2@example.com' }, careful)
    assert.equal((await careful.look('ed')).attributes['email'], 'ed@example.com')
    await adminUpdate('ed', verified('ed3@example.com'), careful)
    assert.equal((await careful.look('ed3@example.com')).username, 'ed')
  })
})

describe('AdminDeleteUserAttributes', () => {
  test('refuses the wrong type', async () => {
    const input = { UserPoolId: pool.id, Username: 'x', UserAttributeNames: [1] as never }
    await refused(server.clients.idp.send(new AdminDeleteUserAttributesCommand(input)), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('flo', { 'custom:badge': '7' })
    await refused(adminDelete('nobody', 'name'), 'UserNotFoundException')
    await refused(adminDelete('flo', 'custom:none'), 'InvalidParameterException', unknownAttribute)
    await refused(adminDelete('flo', 'sub'), 'InvalidParameterException')
    await refused(adminDelete('flo', 'custom:badge'), 'InvalidParameterException')
  })

  test('deletes what is there and shrugs at what is not', async () => {
    await pool.add('gus', { name: 'Gus', nickname: 'G' })
    await adminDelete('gus', 'name', 'address')
    assert.deepEqual(Object.keys((await pool.look('gus')).attributes), ['sub', 'nickname'])
  })
})

describe('UpdateUserAttributes', () => {
  test('refuses the wrong type', async () => {
    const input = { AccessToken: 'x', UserAttributes: [{ Name: 'name', Value: true as never }] }
    await refused(server.clients.idp.send(new UpdateUserAttributesCommand(input)), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('hal')
    const token = await pool.tokenOf('hal')
    await refused(update('nonsense', { name: 'x' }), 'NotAuthorizedException', 'Invalid Access Token')
    await refused(update(token, { 'custom:none': 'x' }), 'InvalidParameterException', unknownAttribute)
    await refused(update(token, { email: 'nonsense' }), 'InvalidParameterException', 'Invalid email address format.')
  })

  test('changes at once, unverified, and sends a code that verifies', async () => {
    await pool.add('ida', verified('ida@example.com'))
    const token = await pool.tokenOf('ida')
    const { CodeDeliveryDetailsList } = await update(token, {
      email: 'ida2@example.com',
      name: 'Ida',
      preferred_username: 'idaho',
    })
    assert.deepEqual(CodeDeliveryDetailsList, [
      { Destination: 'i***@e***', DeliveryMedium: 'EMAIL', AttributeName: 'email' },
    ])
    const { attributes } = await pool.look('idaho')
    assert.deepEqual(
      [attributes['email'], attributes['email_verified'], attributes['name']],
      ['ida2@example.com', 'false', 'Ida'],
    )
    for (const address of ['ida@example.com', 'ida2@example.com'])
      await refused(pool.look(address), 'UserNotFoundException')
    await verify(token, server.world.codeSentTo('ida2@example.com'))
    assert.equal((await pool.look('ida2@example.com')).attributes['email_verified'], 'true')
  })

  test('keeps the old address, verified and good to sign in with, until the code comes back', async () => {
    await careful.add('jim', verified('jim@example.com'))
    const token = await careful.tokenOf('jim')
    const { CodeDeliveryDetailsList } = await update(token, { email: 'new@example.com' })
    assert.equal(CodeDeliveryDetailsList?.[0]?.Destination, 'n***@e***')
    assert.deepEqual((await careful.look('jim@example.com')).attributes['email_verified'], 'true')
    await verify(token, server.world.codeSentTo('new@example.com'))
    assert.equal((await careful.look('new@example.com')).username, 'jim')
    await refused(careful.look('jim@example.com'), 'UserNotFoundException')
  })

  test('refuses a taken address to sign in with before a code goes out', async () => {
    await addresses.add('kay@example.com')
    await addresses.add('kim@example.com')
    const sent = server.world.outbox.length
    await refused(
      update(await addresses.tokenOf('kim@example.com'), { email: 'kay@example.com' }),
      'AliasExistsException',
      'An account with the given email already exists.',
    )
    assert.equal(server.world.outbox.length, sent)
  })

  test('sends nothing for an address that stays, and an empty value deletes', async () => {
    await pool.add('lea', { ...verified('lea@example.com'), name: 'Lea' })
    const answer = await update(await pool.tokenOf('lea'), { email: 'lea@example.com', name: '' })
    assert.deepEqual(answer.CodeDeliveryDetailsList, [])
    assert.deepEqual(Object.keys((await pool.look('lea@example.com')).attributes), ['sub', 'email', 'email_verified'])
  })
})

describe('DeleteUserAttributes', () => {
  test('refuses the wrong type', async () => {
    const input = { AccessToken: 'x', UserAttributeNames: {} as never }
    await refused(server.clients.idp.send(new DeleteUserAttributesCommand(input)), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await addresses.add('max@example.com')
    const token = await addresses.tokenOf('max@example.com')
    await refused(remove('nonsense', 'name'), 'NotAuthorizedException', 'Invalid Access Token')
    await refused(remove(token, 'custom:none'), 'InvalidParameterException', unknownAttribute)
    await refused(remove(token, 'sub'), 'NotAuthorizedException', 'A client attempted to write unauthorized attribute')
    await refused(remove(token, 'email'), 'InvalidParameterException', /^user\.email: Attribute cannot be deleted\./)
  })

  test('deletes', async () => {
    await pool.add('ned', { name: 'Ned' })
    await remove(await pool.tokenOf('ned'), 'name')
    assert.deepEqual(Object.keys((await pool.look('ned')).attributes), ['sub'])
  })
})

describe('GetUserAttributeVerificationCode', () => {
  test('refuses the wrong type', async () => {
    await refused(
      askCode('x', null as never),
      'InvalidParameterException',
      /Value null at 'attributeName' failed to satisfy constraint: Member must not be null/,
    )
    await refused(askCode('x', 3 as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('ola')
    const token = await pool.tokenOf('ola')
    await refused(askCode(token, 'name'), 'InvalidParameterException')
    await refused(askCode(token), 'InvalidParameterException')
    await refused(askCode('nonsense'), 'NotAuthorizedException', 'Invalid Access Token')
  })

  test('sends a code to the present address, or to the one that waits', async () => {
    await careful.add('pat', { email: 'pat@example.com' })
    const token = await careful.tokenOf('pat')
    assert.equal((await askCode(token)).CodeDeliveryDetails?.Destination, 'p***@e***')
    await verify(token, server.world.codeSentTo('pat@example.com'))
    assert.equal((await careful.look('pat')).attributes['email_verified'], 'true')
    await update(token, { email: 'waiting@example.com' })
    assert.equal((await askCode(token)).CodeDeliveryDetails?.Destination, 'w***@e***')
    await verify(token, server.world.codeSentTo('waiting@example.com'))
    assert.equal((await careful.look('waiting@example.com')).username, 'pat')
  })

  test('refuses the sixth of an hour', async () => {
    await pool.add('pia', { email: 'pia@example.com' })
    const token = await pool.tokenOf('pia')
    for (let n = 0; n < 5; n += 1) await askCode(token)
    await refused(askCode(token), 'LimitExceededException', 'Attempt limit exceeded, please try after some time.')
  })
})

describe('VerifyUserAttribute', () => {
  test('refuses the wrong type', async () => {
    await refused(verify('x', 123456 as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('ria', { email: 'ria@example.com' })
    const token = await pool.tokenOf('ria')
    await refused(
      verify(token, '123456'),
      'ExpiredCodeException',
      'Invalid code provided, please request a code again.',
    )
    await askCode(token)
    const right = server.world.codeSentTo('ria@example.com')
    await refused(
      verify(token, right === '000000' ? '000001' : '000000'),
      'CodeMismatchException',
      'Invalid verification code provided, please try again.',
    )
    await refused(verify(token, right, 'name'), 'InvalidParameterException')
    await refused(verify(token, 'a b'), 'InvalidParameterException')
  })

  test('verifies only the address the code went to', async () => {
    await pool.add('sam', { email: 'sam@example.com' })
    const token = await pool.tokenOf('sam')
    await askCode(token)
    const code = server.world.codeSentTo('sam@example.com')
    await adminUpdate('sam', { email: '' })
    await adminUpdate('sam', { ...verified('sam2@example.com') })
    await adminUpdate('sam', { email_verified: 'false' })
    await refused(verify(token, code), 'ExpiredCodeException')
    assert.equal((await pool.look('sam')).attributes['email_verified'], 'false')
  })

  test('refuses an alias that was taken meanwhile', async () => {
    await pool.add('tom', { email: 'late@example.com' })
    const token = await pool.tokenOf('tom')
    await askCode(token)
    await pool.add('tia', verified('late@example.com'))
    await refused(
      verify(token, server.world.outbox.findLast(({ to }) => to === 'late@example.com')?.code ?? ''),
      'AliasExistsException',
      'An account with the given email already exists.',
    )
  })
})
