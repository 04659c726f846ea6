/** The management of IAM Roles Anywhere over the wire: for each operation, wrong types, wrong values, and what it does. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Made, makeAuthority, makeKey, makeLeaf, revoke } from '../support/certificates.ts'
import { allowing, assume, document, makeRole } from '../support/roles.ts'
import { type Answered, call, setUp } from '../support/roles-anywhere.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let root: Made
let arns: Awaited<ReturnType<typeof setUp>>
let crlId: string
before(async () => {
  server = await startTestServer()
  root = makeAuthority('Root')
  arns = await setUp(server, root)
  const { trustAnchorArn } = arns
  crlId = (await call(server, 'POST', '/crls', { name: 'l', trustAnchorArn, crlData: base64(revoke(root, [1n])) })).body
    .crl.crlId
})
after(() => server.close())

const base64 = (text: string) => Buffer.from(text).toString('base64')
const source = ({ pem }: Pick<Made, 'pem'>) => ({
  sourceType: 'CERTIFICATE_BUNDLE',
  sourceData: { x509CertificateData: pem },
})
const nobody = '00000000-0000-4000-8000-000000000000'

function is({ status, type, body }: Answered, wanted: number, exception: string | null = null, message?: RegExp) {
  assert.deepEqual([status, type], [wanted, exception], JSON.stringify(body))
  if (message) assert.match(body.message, message)
}

type Refusal = [method: string, path: () => string, body?: () => unknown]

/** What is sent with a wrong type, and with a wrong value, to each operation that takes more than an id. */
const refusals: Record<string, { type?: Refusal; value: Refusal; message?: RegExp }> = {
  CreateTrustAnchor: {
    type: ['POST', () => '/trustanchors', () => ({ name: 1, source: source(root) })],
    value: ['POST', () => '/trustanchors', () => ({ name: 'a/b', source: source(root) })],
    message: /Value 'a\/b' at 'name' failed to satisfy constraint/,
  },
  UpdateTrustAnchor: {
    type: ['PATCH', () => `/trustanchor/${arns.trustAnchorId}`, () => ({ source: 'pem' })],
    value: ['PATCH', () => `/trustanchor/${arns.trustAnchorId}`, () => ({ source: { sourceType: 'PAPER' } })],
    message: /CERTIFICATE_BUNDLE/,
  },
  PutNotificationSettings: {
    type: ['PATCH', () => '/put-notifications-settings', () => ({ trustAnchorId: 1, notificationSettings: [] })],
    value: [
      'PATCH',
      () => '/put-notifications-settings',
      () => ({
        trustAnchorId: arns.trustAnchorId,
        notificationSettings: [{ event: 'CA_CERTIFICATE_EXPIRY', enabled: true, threshold: 361 }],
      }),
    ],
    message: /less than or equal to 360/,
  },
  ResetNotificationSettings: {
    type: ['PATCH', () => '/reset-notifications-settings', () => ({ trustAnchorId: [], notificationSettingKeys: [] })],
    value: ['PATCH', () => '/reset-notifications-settings', () => ({ trustAnchorId: arns.trustAnchorId })],
    message: /'notificationSettingKeys' failed to satisfy constraint: Member must not be null/,
  },
  CreateProfile: {
    type: ['POST', () => '/profiles', () => ({ name: 'p', roleArns: arns.roleArn })],
    value: ['POST', () => '/profiles', () => ({ name: 'p', roleArns: [arns.roleArn], durationSeconds: 899 })],
    message: /greater than or equal to 900/,
  },
  UpdateProfile: {
    type: ['PATCH', () => `/profile/${arns.profileId}`, () => ({ durationSeconds: 'long' })],
    value: ['PATCH', () => `/profile/${arns.profileId}`, () => ({ roleArns: ['arn:aws:s3:::bucket'] })],
    message: /regular expression pattern/,
  },
  PutAttributeMapping: {
    type: [
      'PUT',
      () => `/profiles/${arns.profileId}/mappings`,
      () => ({ certificateField: 'x509Subject', mappingRules: 'CN' }),
    ],
    value: [
      'PUT',
      () => `/profiles/${arns.profileId}/mappings`,
      () => ({ certificateField: 'x509Subject', mappingRules: [{ specifier: 'DNS' }] }),
    ],
    message: /DNS is not supported for x509Subject/,
  },
  DeleteAttributeMapping: {
    value: ['DELETE', () => `/profiles/${arns.profileId}/mappings?certificateField=x509Serial`],
    message: /enum value set/,
  },
  ImportCrl: {
    type: ['POST', () => '/crls', () => ({ name: 'l', crlData: {}, trustAnchorArn: arns.trustAnchorArn })],
    value: ['POST', () => '/crls', () => ({ name: 'l', crlData: base64('none'), trustAnchorArn: arns.trustAnchorArn })],
    message: /Invalid CRL data/,
  },
  UpdateCrl: {
    type: ['PATCH', () => `/crl/${crlId}`, () => ({ name: [] })],
    value: ['PATCH', () => `/crl/${crlId}`, () => ({ crlData: base64(root.pem) })],
    message: /Invalid CRL data/,
  },
  TagResource: {
    type: ['POST', () => '/TagResource', () => ({ resourceArn: arns.profileArn, tags: {} })],
    value: [
      'POST',
      () => '/TagResource',
      () => ({ resourceArn: arns.profileArn, tags: [{ key: 'aws:a', value: '' }] }),
    ],
    message: /reserved/,
  },
  UntagResource: {
    type: ['POST', () => '/UntagResource', () => ({ resourceArn: arns.profileArn, tagKeys: 'a' })],
    value: ['POST', () => '/UntagResource', () => ({ resourceArn: 'arn:aws:s3:::bucket', tagKeys: ['a'] })],
    message: /not the ARN of a resource/,
  },
  ListTagsForResource: {
    value: ['GET', () => '/ListTagsForResource'],
    message: /'resourceArn' failed to satisfy constraint: Member must not be null/,
  },
  ...Object.fromEntries(
    ['trustanchors', 'profiles', 'crls', 'subjects'].map((list) => [
      `the list of ${list}`,
      {
        type: ['GET', () => `/${list}?pageSize=many`] satisfies Refusal,
        value: ['GET', () => `/${list}?nextToken=forged`] satisfies Refusal,
        message: /Invalid pagination token/,
      },
    ]),
  ),
}

for (const [name, { type, value, message }] of Object.entries(refusals))
  describe(name, () => {
    if (type)
      test('refuses the wrong type', async () => {
        const [method, path, body] = type
        is(await call(server, method, path(), body?.()), 400, 'SerializationException')
      })
    test('refuses the wrong value', async () => {
      const [method, path, body] = value
      is(await call(server, method, path(), body?.()), 400, 'ValidationException', message)
    })
  })

describe('every operation on one thing', () => {
  const scalar = (kind: string) => [
    ['GET', `/${kind}/`],
    ['DELETE', `/${kind}/`],
    ['PATCH', `/${kind}/`],
    ['POST', `/${kind}/`, '/enable'],
    ['POST', `/${kind}/`, '/disable'],
  ]
  for (const [method = '', path = '', rest = ''] of [
    ...['trustanchor', 'profile', 'crl'].flatMap(scalar),
    ['GET', '/subject/'],
    ['DELETE', '/profiles/', '/mappings?certificateField=x509SAN'],
  ])
    test(`${method} ${path}{id}${rest} refuses what is no id, and an id of nothing`, async () => {
      const body = method === 'PATCH' ? {} : undefined
      is(await call(server, method, `${path}x${rest}`, body), 400, 'ValidationException', /[iI]d' failed to satisfy/)
      is(await call(server, method, `${path}${nobody}${rest}`, body), 404, 'ResourceNotFoundException', /not found\.$/)
    })

  test('a call that nobody signed is no call of this service', async () => {
    assert.notEqual((await fetch(`${server.endpoint}/trustanchors`)).status, 200)
  })

  test('a thing of another region is nothing here', async () => {
    const elsewhere = { region: 'eu-west-1' }
    is(await call(server, 'GET', `/profile/${arns.profileId}`, undefined, elsewhere), 404, 'ResourceNotFoundException')
    is(
      await call(server, 'GET', `/ListTagsForResource?resourceArn=${arns.profileArn}`, undefined, elsewhere),
      404,
      'ResourceNotFoundException',
    )
    assert.deepEqual((await call(server, 'GET', '/profiles', undefined, elsewhere)).body.profiles, [])
  })
})

describe('trust anchors', () => {
  test('are made, shown, changed, switched and deleted', async () => {
    const made = await call(server, 'POST', '/trustanchors', { name: 'a b', source: source(root) })
    is(made, 201)
    const { trustAnchorId: id, ...shown } = made.body.trustAnchor
    assert.equal(shown.trustAnchorArn, `arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/${id}`)
    assert.deepEqual([shown.name, shown.enabled, shown.source], ['a b', false, source(root)])
    assert.match(shown.createdAt, /^\d{4}-\d\d-\d\dT/)
    const get = async () => (await call(server, 'GET', `/trustanchor/${id}`)).body.trustAnchor
    assert.deepEqual(await get(), made.body.trustAnchor)
    is(await call(server, 'POST', `/trustanchor/${id}/enable`), 200)
    assert.equal((await get()).enabled, true)
    is(await call(server, 'POST', `/trustanchor/${id}/disable`), 200)
    assert.equal((await get()).enabled, false)
    const next = makeAuthority('Next')
    is(await call(server, 'PATCH', `/trustanchor/${id}`, { name: 'c', source: source(next) }), 200)
    assert.deepEqual([(await get()).name, (await get()).source], ['c', source(next)])
    is(await call(server, 'DELETE', `/trustanchor/${id}`), 200)
    is(await call(server, 'GET', `/trustanchor/${id}`), 404, 'ResourceNotFoundException')
  })

  test('take authorities only', async () => {
    const take = (pem: string) => call(server, 'POST', '/trustanchors', { name: 'a', source: source({ pem }) })
    for (const [pem, message] of [
      [makeLeaf(root).pem, 'Incorrect basic constraints for CA certificate'],
      [`${root.pem}${makeLeaf(root).pem}`, 'Incorrect basic constraints for CA certificate'],
      [makeAuthority('A', { usage: [0] }).pem, 'Incorrect key usage for CA certificate'],
      [makeAuthority('A', { key: makeKey('rsa1024') }).pem, 'Unsupported key for CA certificate'],
      [makeAuthority('A', { weak: true }).pem, 'Unsupported signature algorithm for CA certificate'],
      ['pem', 'Invalid certificate data'],
    ] as const)
      is(await take(pem), 400, 'ValidationException', new RegExp(message))
    const other = { sourceType: 'AWS_ACM_PCA', sourceData: { acmPcaArn: 'arn:aws:acm-pca:r:1:x' } }
    is(await call(server, 'POST', '/trustanchors', { name: 'a', source: other }), 400, 'ValidationException')
  })

  test('tell 45 days before an end unless told otherwise', async () => {
    const { trustAnchorId } = arns
    const own = { event: 'CA_CERTIFICATE_EXPIRY', enabled: false, channel: 'ALL' }
    const usual = { enabled: true, threshold: 45, channel: 'ALL', configuredBy: 'rolesanywhere.amazonaws.com' }
    const [authority, end] = [
      { ...usual, event: 'CA_CERTIFICATE_EXPIRY' },
      { ...usual, event: 'END_ENTITY_CERTIFICATE_EXPIRY' },
    ]
    const put = { trustAnchorId, notificationSettings: [own] }
    const changed = await call(server, 'PATCH', '/put-notifications-settings', put)
    is(changed, 200)
    assert.deepEqual(changed.body.trustAnchor.notificationSettings, [{ ...own, configuredBy: '000000000000' }, end])
    const reset = { trustAnchorId, notificationSettingKeys: [{ event: own.event }] }
    const back = await call(server, 'PATCH', '/reset-notifications-settings', reset)
    assert.deepEqual(back.body.trustAnchor.notificationSettings, [authority, end])
  })
})

describe('profiles', () => {
  test('are made, shown, changed, switched and deleted', async () => {
    const wanted = {
      name: 'p',
      roleArns: [arns.roleArn],
      sessionPolicy: allowing('s3:*'),
      tags: [{ key: 'a', value: 'b' }],
    }
    const made = await call(server, 'POST', '/profiles', wanted)
    is(made, 201)
    const { profileId: id, ...shown } = made.body.profile
    assert.deepEqual([shown.enabled, shown.durationSeconds, shown.roleArns], [false, 3600, [arns.roleArn]])
    const get = async () => (await call(server, 'GET', `/profile/${id}`)).body.profile
    assert.deepEqual(await get(), made.body.profile)
    is(await call(server, 'PATCH', `/profile/${id}`, { name: 'q', durationSeconds: 900 }), 200)
    const { name, durationSeconds, roleArns } = await get()
    assert.deepEqual([name, durationSeconds, roleArns], ['q', 900, [arns.roleArn]])
    is(await call(server, 'POST', `/profile/${id}/enable`), 200)
    assert.equal((await get()).enabled, true)
    is(await call(server, 'POST', `/profile/${id}/disable`), 200)
    assert.equal((await get()).enabled, false)
    is(await call(server, 'DELETE', `/profile/${id}`), 200)
    is(await call(server, 'GET', `/profile/${id}`), 404, 'ResourceNotFoundException')
  })

  test('refuse a session policy that cannot be read, and roles of other accounts', async () => {
    const make = (more: object) => call(server, 'POST', '/profiles', { name: 'p', roleArns: [arns.roleArn], ...more })
    is(await make({ sessionPolicy: '{}' }), 400, 'ValidationException')
    is(await make({ roleArns: ['arn:aws:iam::111111111111:role/r'] }), 403, 'AccessDeniedException', /iam:PassRole/)
  })

  test('map attributes as AWS shows it, and as they are told', async () => {
    const { profileId } = await setUp(server, root)
    const path = `/profiles/${profileId}/mappings`
    const show = ({ body }: Answered) =>
      body.profile.attributeMappings.map(({ certificateField, mappingRules }) => [
        certificateField,
        ...mappingRules.map(({ specifier }) => specifier),
      ])
    const [issuer, alternatives, subject] = [
      ['x509Issuer', '*'],
      ['x509SAN', 'DNS', 'URI', 'Name/*'],
      ['x509Subject', '*'],
    ]
    assert.deepEqual(show(await call(server, 'GET', `/profile/${profileId}`)), [issuer, alternatives, subject])
    const put = (certificateField: string, ...specifiers: string[]) =>
      call(server, 'PUT', path, { certificateField, mappingRules: specifiers.map((specifier) => ({ specifier })) })
    assert.deepEqual(show(await put('x509Subject', 'CN', 'OU'))[2], ['x509Subject', 'CN', 'OU'])
    for (const name of ['Name', 'Name/', 'Name/*'])
      assert.deepEqual(show(await put('x509SAN', name))[1], ['x509SAN', 'Name/*'])
    const less = await call(server, 'DELETE', `${path}?certificateField=x509Subject&specifiers=CN&specifiers=O`)
    assert.deepEqual(show(less)[2], ['x509Subject', 'OU'])
    const none = await call(server, 'DELETE', `${path}?certificateField=x509Subject`)
    assert.deepEqual(show(none), [issuer, ['x509SAN', 'Name/*']])
  })
})

describe('revocation lists', () => {
  test('are imported in PEM, shown, changed, switched and deleted', async () => {
    const { trustAnchorArn } = arns
    const [first, second] = [base64(revoke(root, [])), base64(revoke(root, [5n]))]
    const made = await call(server, 'POST', '/crls', { name: 'l', crlData: first, trustAnchorArn })
    is(made, 201)
    const { crlId: id, ...shown } = made.body.crl
    assert.deepEqual([shown.enabled, shown.crlData, shown.trustAnchorArn], [false, first, trustAnchorArn])
    const get = async () => (await call(server, 'GET', `/crl/${id}`)).body.crl
    is(await call(server, 'PATCH', `/crl/${id}`, { name: 'm', crlData: second }), 200)
    assert.deepEqual([(await get()).name, (await get()).crlData], ['m', second])
    is(await call(server, 'POST', `/crl/${id}/enable`), 200)
    assert.equal((await get()).enabled, true)
    is(await call(server, 'POST', `/crl/${id}/disable`), 200)
    assert.equal((await get()).enabled, false)
    is(await call(server, 'DELETE', `/crl/${id}`), 200)
    is(await call(server, 'GET', `/crl/${id}`), 404, 'ResourceNotFoundException')
  })

  test('belong to a trust anchor that exists', async () => {
    const trustAnchorArn = arns.trustAnchorArn.replace(/[^/]+$/, nobody)
    const answer = await call(server, 'POST', '/crls', { name: 'l', crlData: base64(revoke(root, [])), trustAnchorArn })
    is(answer, 404, 'ResourceNotFoundException')
  })
})

test('lists come in pages, each thing once', async () => {
  for (const name of ['a', 'b', 'c']) await call(server, 'POST', '/trustanchors', { name, source: source(root) })
  const whole = (await call(server, 'GET', '/trustanchors')).body.trustAnchors.map((one) => one.trustAnchorId)
  const paged: string[] = []
  for (let token: string | undefined = ''; token !== undefined; ) {
    const after = token && `&nextToken=${encodeURIComponent(token)}`
    const { body } = await call(server, 'GET', `/trustanchors?pageSize=2${after}`)
    assert.ok(body.trustAnchors.length <= 2)
    paged.push(...body.trustAnchors.map((one) => one.trustAnchorId))
    token = body.nextToken
  }
  assert.deepEqual(paged, whole)
  assert.ok((await call(server, 'GET', '/profiles')).body.profiles.some((one) => one.profileId === arns.profileId))
  assert.ok((await call(server, 'GET', '/crls')).body.crls.some((one) => one.crlId === crlId))
})

test('tags are put, replaced whatever the case of their keys, listed and taken away', async () => {
  for (const resourceArn of [arns.trustAnchorArn, arns.profileArn]) {
    const tag = (tags: object[]) => call(server, 'POST', '/TagResource', { resourceArn, tags })
    is(
      await tag([
        { key: 'team', value: 'a' },
        { key: 'other', value: '' },
      ]),
      201,
    )
    is(await tag([{ key: 'Team', value: 'b' }]), 201)
    is(await call(server, 'POST', '/UntagResource', { resourceArn, tagKeys: ['OTHER'] }), 200)
    const listed = await call(server, 'GET', `/ListTagsForResource?resourceArn=${encodeURIComponent(resourceArn)}`)
    assert.deepEqual(listed.body.tags, [{ key: 'Team', value: 'b' }])
    const many = Array.from({ length: 50 }, (_, at) => ({ key: `k${at}`, value: '' }))
    is(await tag(many), 400, 'TooManyTagsException')
  }
})

describe('policies decide', () => {
  const as = async (name: string, policy: string) => {
    const roleArn = await makeRole(server.clients, name, { policy })
    const { keys } = await assume(server, server.clients, roleArn)
    return { keys }
  }

  test('on the ARN and the tags of the thing, before it is said whether it exists', async () => {
    const condition = { StringEquals: { 'aws:ResourceTag/Open': 'yes' } }
    const policy = document({ Effect: 'Allow', Action: 'rolesanywhere:Get*', Resource: '*', Condition: condition })
    const who = await as('reader', policy)
    const get = (id: string) => call(server, 'GET', `/profile/${id}`, undefined, who)
    is(
      await get(arns.profileId),
      403,
      'AccessDeniedException',
      /rolesanywhere:GetProfile on resource: arn:aws:rolesanywhere:/,
    )
    is(await get(nobody), 403, 'AccessDeniedException')
    const tags = [{ key: 'Open', value: 'yes' }]
    await call(server, 'POST', '/TagResource', { resourceArn: arns.profileArn, tags })
    is(await get(arns.profileId), 200)
    is(await call(server, 'DELETE', `/profile/${arns.profileId}`, undefined, who), 403, 'AccessDeniedException')
    is(await call(server, 'GET', '/profiles', undefined, who), 403, 'AccessDeniedException')
  })

  test('on passing the role: nobody opens a role to certificates who may not pass it', async () => {
    const who = await as('profiler', allowing('rolesanywhere:*'))
    const make = () => call(server, 'POST', '/profiles', { name: 'p', roleArns: [arns.roleArn] }, who)
    is(await make(), 403, 'AccessDeniedException', /iam:PassRole/)
    const passing = await as(
      'passer',
      document(
        { Effect: 'Allow', Action: 'rolesanywhere:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: arns.roleArn,
          Condition: { StringEquals: { 'iam:PassedToService': 'rolesanywhere.amazonaws.com' } },
        },
      ),
    )
    is(await call(server, 'POST', '/profiles', { name: 'p', roleArns: [arns.roleArn] }, passing), 201)
    const own = await call(server, 'PATCH', `/profile/${arns.profileId}`, { roleArns: [arns.roleArn] }, who)
    is(own, 403, 'AccessDeniedException', /iam:PassRole/)
  })

  test('on the tags of a request', async () => {
    const condition = { StringEquals: { 'aws:RequestTag/team': 'a' } }
    const policy = document({ Effect: 'Allow', Action: 'rolesanywhere:*', Resource: '*', Condition: condition })
    const who = await as('tagger', policy)
    const make = (value: string) =>
      call(server, 'POST', '/trustanchors', { name: 'a', source: source(root), tags: [{ key: 'team', value }] }, who)
    is(await make('b'), 403, 'AccessDeniedException')
    is(await make('a'), 201)
  })
})
