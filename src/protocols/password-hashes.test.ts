import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hash as hashArgon2 } from '@node-rs/argon2'
import { createPasswordHashing } from './argon2.ts'
import { type HashAlgorithm, hashCheck, judgeHash } from './password-hashes.ts'

const fits = async (text: string, password: string) => (await hashCheck(text)?.(password)) ?? 'no hash'

/** Published vectors: Openwall's crypt_blowfish, RFC 7914 sections 11 and 12, the reference code of Argon2. */
const vectors: readonly [HashAlgorithm, string, string][] = [
  ['BCRYPT', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['BCRYPT', 'U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  [
    'SCRYPT',
    'pleaseletmein',
    `16384$8$1$${Buffer.from('SodiumChloride').toString('hex')}$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887`,
  ],
  ['ARGON2ID', 'password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
  ['PBKDF2_SHA256', 'passwd', pbkdf2(1, 'salt', '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc')],
  [
    'PBKDF2_SHA256',
    'Password',
    pbkdf2(80_000, 'NaCl', '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56'),
  ],
]

function pbkdf2(iterations: number, salt: string, hex: string): string {
  const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  return `$pbkdf2-sha256$${iterations}$${base64(Buffer.from(salt))}$${base64(Buffer.from(hex, 'hex'))}`
}

describe('a hash made elsewhere', () => {
  for (const [algorithm, password, text] of vectors)
    test(`fits its password and no other: ${text.slice(0, 30)}…`, async () => {
      assert.equal(judgeHash(algorithm, text), 'good')
      assert.equal(await fits(text, password), true)
      assert.equal(await fits(text, `${password} `), false)
    })

  test("in the forms of AWS's guide is good", () => {
    const samples: [HashAlgorithm, string][] = [
      ['BCRYPT', '$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6'],
      [
        'SCRYPT',
        '65536$8$1$304dbaef7c5e828dc19c98f0600d18fe$4f69c498c12cd102d057356facf8d77e8d42407090491ea32c5b038f5a18c099',
      ],
      ['ARGON2ID', '$argon2id$v=19$m=19456,t=2,p=1$ko/G5o1ms+ML08P95sQ8DA$AkVbvWSOqz7Hs3qthhWKxicOWnGLN+MBmpwc3emi5VA'],
      ['PBKDF2_SHA256', '$pbkdf2-sha256$600000$1XZlmwLQ2hhM3JYuCPiArQ$Pfheg9Zi/v5lXU4yyLA0WFUYEd/rlaVbzrM9oMD6IrA'],
    ]
    for (const [algorithm, text] of samples) assert.equal(judgeHash(algorithm, text), 'good', text)
  })

  test('of the largest scrypt AWS allows can be computed', async () => {
    const text = `65536$8$1$${'ab'.repeat(16)}$${'00'.repeat(32)}`
    assert.equal(await fits(text, 'anything'), false)
  })

  test('in adapted base64 and with padding is the same hash', async () => {
    const [, , text] = vectors[5] as (typeof vectors)[number]
    assert.equal(await fits(`${text}=`, 'Password'), true)
    assert.equal(await fits(text.replaceAll('+', '.'), 'Password'), true)
  })

  test('that costs more than is computed is refused, and never computed', () => {
    const costly: [HashAlgorithm, string][] = [
      ['BCRYPT', '$2b$13$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6'],
      ['SCRYPT', `131072$8$1$${'ab'.repeat(16)}$${'00'.repeat(32)}`],
      ['SCRYPT', `65536$9$1$${'ab'.repeat(16)}$${'00'.repeat(32)}`],
      ['SCRYPT', `65536$8$2$${'ab'.repeat(16)}$${'00'.repeat(32)}`],
      ['ARGON2ID', '$argon2id$v=19$m=19457,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
      ['ARGON2ID', '$argon2id$v=19$m=256,t=3,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
      ['ARGON2ID', '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
      ['PBKDF2_SHA256', pbkdf2(600_001, 'salt', '00'.repeat(32))],
    ]
    for (const [algorithm, text] of costly) {
      assert.equal(judgeHash(algorithm, text), 'too-costly', text)
      assert.equal(hashCheck(text), undefined)
    }
  })

  test('that is malformed, or of another algorithm, is refused', () => {
    const malformed: [HashAlgorithm, string][] = [
      ['BCRYPT', ''],
      ['BCRYPT', 'password'],
      ['BCRYPT', '$2b$03$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6'],
      ['BCRYPT', '$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq'],
      ['BCRYPT', '$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6\n'],
      ['SCRYPT', '$2b$10$CtA.Rcu/szzn9U00wpUjOuN3vrgJRZycv4aOzcP3GzqzO8UDPEFq6'],
      ['SCRYPT', `1000$8$1$${'ab'.repeat(16)}$${'00'.repeat(32)}`],
      ['SCRYPT', `1024$0$1$${'ab'.repeat(16)}$${'00'.repeat(32)}`],
      ['SCRYPT', `1024$8$1$${'ab'.repeat(16)}$00`],
      ['ARGON2ID', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
      ['ARGON2ID', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AA'],
      ['PBKDF2_SHA256', pbkdf2(0, 'salt', '00'.repeat(32))],
      ['PBKDF2_SHA256', pbkdf2(1, 'salt', '00')],
    ]
    for (const [algorithm, text] of malformed) assert.equal(judgeHash(algorithm, text), 'malformed', text)
  })

  test('is verified in the bounded queue of our own, with the same cap on length', async () => {
    const { verifyPassword } = createPasswordHashing({ memoryKiB: 7168, passes: 5, lanes: 1, atWork: 1, waiting: 0 })
    const [, password, text] = vectors[0] as (typeof vectors)[number]
    assert.equal(await verifyPassword(text, password), true)
    assert.equal(await verifyPassword(text, 'a'.repeat(257)), false)
    const both = await Promise.allSettled([verifyPassword(text, password), verifyPassword(text, password)])
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    const strongest = await hashArgon2('x', { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    assert.equal(await verifyPassword(strongest, 'x'), true)
  })
})
