import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  CreateManagedLoginBrandingCommand,
  type CreateManagedLoginBrandingCommandInput,
  CreateUserPoolDomainCommand,
  DeleteManagedLoginBrandingCommand,
  DeleteUserPoolClientCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeManagedLoginBrandingCommand,
  GetUICustomizationCommand,
  SetUICustomizationCommand,
  type SetUICustomizationCommandInput,
  UpdateManagedLoginBrandingCommand,
  type UpdateManagedLoginBrandingCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let UserPoolId: string
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  UserPoolId = pool.id
  await idp().send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'looks' }))
})
after(() => server.close())

const wrong = <Value>(value: unknown): Value => value as Value
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(40)])
const svg = (inner: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${inner}</svg>`)
const css = '.label-customizable { color: #222; }'

describe('SetUICustomization', () => {
  const set = (more: Partial<SetUICustomizationCommandInput>) =>
    idp().send(new SetUICustomizationCommand({ UserPoolId, ...more }))

  test('refuses the wrong type', () => refused(set({ CSS: wrong(1) }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(
      set({ CSS: 'body { color: red }' }),
      'InvalidParameterException',
      'The CSS class body is not in the list of allowed classes.',
    )
    await refused(set({ CSS: `/*${'x'.repeat(3072)}*/` }), 'InvalidParameterException', 'request parameters too large')
    await refused(set({ ImageFile: Buffer.from('GIF89a') }), 'InvalidParameterException', /PNG or JPEG/)
    const large = Buffer.concat([png, Buffer.alloc(102_400)])
    await refused(set({ ImageFile: large }), 'InvalidParameterException', 'request parameters too large')
    await refused(
      set({ ImageFile: Buffer.alloc(131_073) }),
      'InvalidParameterException',
      /less than or equal to 131072/,
    )
    await refused(set({ ClientId: 'absent', CSS: css }), 'ResourceNotFoundException')
    const without = await makePool(server)
    await refused(set({ UserPoolId: without.id, CSS: css }), 'InvalidParameterException', /existing domain/)
  })

  test('sets CSS and logo together, for a client or for all', async () => {
    const { UICustomization: look } = await set({ CSS: css, ImageFile: png })
    assert.deepEqual([look?.UserPoolId, look?.ClientId, look?.CSS], [UserPoolId, 'ALL', css])
    assert.match(look?.CSSVersion ?? '', /^\d{14}$/)
    assert.ok(look?.CreationDate && look.LastModifiedDate)
    const path = new URL(look?.ImageUrl ?? '')
    const image = await fetch(`${server.endpoint}/domains/looks${path.pathname}${path.search}`)
    assert.deepEqual(Buffer.from(await image.arrayBuffer()), png)
    assert.equal(image.headers.get('content-type'), 'image/png')
    const { UICustomization: next } = await set({ CSS: '.label-customizable { color: red }' })
    assert.equal(next?.ImageUrl, undefined)
    assert.deepEqual(next?.CreationDate, look?.CreationDate)
  })

  test('shows no logo of a client that is gone', async () => {
    const ClientId = await pool.addClient()
    const logo = Buffer.concat([png, Buffer.from('own')])
    const { UICustomization: look } = await set({ ClientId, ImageFile: logo })
    const { pathname, search } = new URL(look?.ImageUrl ?? '')
    const status = async () => (await fetch(`${server.endpoint}/domains/looks${pathname}${search}`)).status
    assert.equal(await status(), 200)
    await idp().send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId }))
    assert.equal(await status(), 404)
  })
})

describe('GetUICustomization', () => {
  const get = async (ClientId?: string, id = UserPoolId) =>
    (await idp().send(new GetUICustomizationCommand({ UserPoolId: id, ClientId }))).UICustomization

  test('refuses the wrong type', () => refused(get(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(get('absent'), 'ResourceNotFoundException')
    await refused(get('not a client'), 'InvalidParameterException', /at 'clientId' failed/)
  })

  test('answers the client’s own look, else the pool’s, else an empty one', async () => {
    const fresh = await makePool(server)
    await idp().send(new CreateUserPoolDomainCommand({ UserPoolId: fresh.id, Domain: 'fresh' }))
    assert.deepEqual(await get(fresh.clientId, fresh.id), {})
    const set = (ClientId: string | undefined, CSS: string | undefined) =>
      idp().send(new SetUICustomizationCommand({ UserPoolId: fresh.id, ClientId, CSS }))
    await set(undefined, css)
    assert.deepEqual((await get(fresh.clientId, fresh.id))?.ClientId, 'ALL')
    await set(fresh.clientId, '.label-customizable { color: blue }')
    assert.equal((await get(fresh.clientId, fresh.id))?.CSS, '.label-customizable { color: blue }')
    assert.equal((await get('ALL', fresh.id))?.CSS, css)
    await set(fresh.clientId, undefined)
    assert.equal((await get(fresh.clientId, fresh.id))?.CSS, css)
  })
})

const create = async (more: Partial<CreateManagedLoginBrandingCommandInput> = {}) =>
  (
    await idp().send(
      new CreateManagedLoginBrandingCommand({
        UserPoolId,
        ClientId: more.ClientId ?? (await pool.addClient()),
        ...more,
      }),
    )
  ).ManagedLoginBranding
const logo = { Category: 'FORM_LOGO', ColorMode: 'LIGHT', Extension: 'PNG', Bytes: png } as const
const dark = { categories: { global: { colorSchemeMode: 'DARK' } } }
const unknownId = '00000000-0000-4000-8000-000000000000'

describe('CreateManagedLoginBranding', () => {
  test('refuses the wrong type', () => refused(create({ Assets: wrong('x') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    const bad = (more: Partial<CreateManagedLoginBrandingCommandInput>, message: RegExp) =>
      refused(create(more), 'InvalidParameterException', message)
    await bad(
      { UseCognitoProvidedValues: true, Settings: {} },
      /^useCognitoProvidedValues or settings should be specified/,
    )
    await bad({ Settings: 'text' }, /must be a JSON object/)
    const deep = JSON.parse(`{"a":${'['.repeat(50)}${']'.repeat(50)}}`)
    await bad({ Settings: deep }, /nested too deeply/)
    await bad({ Settings: { components: { form: { borderRadius: '8' } } } }, /borderRadius must be of type number/)
    await bad({ Settings: { components: { form: { borderRadius: 1e9 } } } }, /between 0 and 100/)
    const color = 'red;background:url(x)'
    await bad({ Settings: { components: { pageBackground: { lightMode: { color } } } } }, /8 hexadecimal digits/)
    await bad({ Settings: { categories: { global: { colorSchemeMode: 'PINK' } } } }, /must be one of LIGHT, DARK/)
    await bad({ Assets: [{ ...logo, Extension: 'ICO' }] }, /FORM_LOGO, extension: ICO/)
    await bad({ Assets: [{ ...logo, Extension: 'JPEG' }] }, /extension: JPEG.*not of this extension/)
    await bad({ Assets: [{ ...logo, Bytes: undefined }] }, /has no bytes/)
    await bad({ Assets: [logo, logo] }, /given twice/)
    await bad({ Assets: [{ ...logo, Bytes: Buffer.alloc(1_000_001) }] }, /less than or equal to 1000000/)
    await bad({ Assets: [{ ...logo, Extension: 'SVG', Bytes: svg('<script/>') }] }, /not allowed to have the element/)
    await bad({ Assets: Array.from({ length: 41 }, () => logo) }, /less than or equal to 40/)
    await bad({ Assets: [{ ...logo, ResourceId: 'a/b' }] }, /resourceId/)
    await refused(create({ ClientId: 'absent' }), 'ResourceNotFoundException')
    const ClientId = await pool.addClient()
    await create({ ClientId })
    await refused(create({ ClientId }), 'ManagedLoginBrandingExistsException')
  })

  test('makes a style with settings and images', async () => {
    const made = await create({ Settings: dark, Assets: [logo] })
    assert.match(made?.ManagedLoginBrandingId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    assert.equal(made?.UseCognitoProvidedValues, false)
    assert.deepEqual(made?.Settings, dark)
    assert.deepEqual(
      made?.Assets?.map((asset) => ({ ...asset, Bytes: Buffer.from(asset.Bytes ?? []) })),
      [logo],
    )
    assert.equal((await create({ UseCognitoProvidedValues: true }))?.UseCognitoProvidedValues, true)
  })

  test('a pool holds 20 of them', async () => {
    const full = await makePool(server)
    const make = async () => create({ UserPoolId: full.id, ClientId: await full.addClient() })
    for (let n = 0; n < 20; n++) await make()
    await refused(make(), 'LimitExceededException')
  })
})

describe('DescribeManagedLoginBranding', () => {
  const look = async (ManagedLoginBrandingId: string, ReturnMergedResources?: boolean, id = UserPoolId) =>
    (
      await idp().send(
        new DescribeManagedLoginBrandingCommand({ UserPoolId: id, ManagedLoginBrandingId, ReturnMergedResources }),
      )
    ).ManagedLoginBranding

  test('refuses the wrong type', () => refused(look(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(look('not an id'), 'InvalidParameterException', /managedLoginBrandingId/)
    await refused(look(unknownId), 'ResourceNotFoundException')
    const made = await create()
    const other = await makePool(server)
    await refused(look(made?.ManagedLoginBrandingId ?? '', false, other.id), 'ResourceNotFoundException')
  })

  test('answers what was set, or all of it with what Cognito provides', async () => {
    const id = (await create({ Settings: dark }))?.ManagedLoginBrandingId ?? ''
    assert.deepEqual((await look(id))?.Settings, dark)
    const merged = (await look(id, true))?.Settings as { [key: string]: { [key: string]: never } }
    assert.equal(merged['categories']?.['global']?.['colorSchemeMode'], 'DARK')
    assert.equal(merged['components']?.['form']?.['borderRadius'], 8)
    const provided = (await create({ UseCognitoProvidedValues: true }))?.ManagedLoginBrandingId ?? ''
    assert.equal((await look(provided))?.Settings, undefined)
    assert.ok((await look(provided, true))?.Settings)
  })
})

describe('DescribeManagedLoginBrandingByClient', () => {
  const look = (ClientId: string, more: object = {}) =>
    idp().send(new DescribeManagedLoginBrandingByClientCommand({ UserPoolId, ClientId, ...more }))

  test('refuses the wrong type', () =>
    refused(look(pool.clientId, { ReturnMergedResources: 'yes' }), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(look('absent'), 'ResourceNotFoundException')
    await refused(look(await pool.addClient()), 'ResourceNotFoundException')
  })
  test('finds the style by its client', async () => {
    const ClientId = await pool.addClient()
    const made = await create({ ClientId, Settings: dark })
    assert.deepEqual((await look(ClientId)).ManagedLoginBranding, made)
  })
})

describe('UpdateManagedLoginBranding', () => {
  const update = async (more: Partial<UpdateManagedLoginBrandingCommandInput>) =>
    (await idp().send(new UpdateManagedLoginBrandingCommand({ UserPoolId, ...more }))).ManagedLoginBranding

  test('refuses the wrong type', () => refused(update({ ManagedLoginBrandingId: wrong([]) }), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(update({}), 'InvalidParameterException', /are required/)
    await refused(update({ ManagedLoginBrandingId: unknownId }), 'ResourceNotFoundException')
    const ManagedLoginBrandingId = (await create())?.ManagedLoginBrandingId
    await refused(
      update({ ManagedLoginBrandingId, UseCognitoProvidedValues: true, Assets: [] }),
      'InvalidParameterException',
    )
    await refused(update({ ManagedLoginBrandingId, Settings: [] }), 'InvalidParameterException', /JSON object/)
  })

  test('replaces what is given and leaves the rest', async () => {
    const ManagedLoginBrandingId = (await create({ Settings: dark, Assets: [logo] }))?.ManagedLoginBrandingId
    const second = { ...logo, Category: 'PAGE_BACKGROUND' } as const
    const changed = await update({ ManagedLoginBrandingId, Assets: [second] })
    assert.deepEqual(changed?.Settings, dark)
    assert.deepEqual(
      changed?.Assets?.map(({ Category }) => Category),
      ['PAGE_BACKGROUND'],
    )
    const provided = await update({ ManagedLoginBrandingId, UseCognitoProvidedValues: true })
    assert.deepEqual([provided?.UseCognitoProvidedValues, provided?.Settings, provided?.Assets], [true, undefined, []])
    assert.equal((await update({ ManagedLoginBrandingId, Settings: dark }))?.UseCognitoProvidedValues, false)
  })
})

describe('DeleteManagedLoginBranding', () => {
  const remove = (ManagedLoginBrandingId: string) =>
    idp().send(new DeleteManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId }))

  test('refuses the wrong type', () => refused(remove(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', () => refused(remove(unknownId), 'ResourceNotFoundException'))
  test('deletes it', async () => {
    const id = (await create())?.ManagedLoginBrandingId ?? ''
    await remove(id)
    await refused(remove(id), 'ResourceNotFoundException')
  })
})
