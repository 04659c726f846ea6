import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  formatTimestamp,
  g,
  k,
  N,
  padHex,
  readElement,
  readTimestamp,
  sameProof,
  serverProof,
  serverPublic,
  verifierFor,
} from './srp.ts'

/** Plain square and multiply: slow, and not the pool under test in mod-pow.test.ts. */
async function modPow(base: Uint8Array, exponent: Uint8Array): Promise<Buffer> {
  let result = 1n
  let square = BigInt(`0x${Buffer.from(base).toString('hex')}`) % N
  for (let e = BigInt(`0x${Buffer.from(exponent).toString('hex')}`); e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % N
    square = (square * square) % N
  }
  return Buffer.from(result.toString(16).padStart(768, '0'), 'hex')
}

// amazon-cognito-identity-js, an independent client. Its own types do not name what its sign-in calls.
type BigInteger = { toString(radix: number): string }
type Callback<T> = (error: Error | null, value: T) => void
type Client = {
  getLargeAValue(callback: Callback<BigInteger>): void
  getPasswordAuthenticationKey(
    name: string,
    password: string,
    B: BigInteger,
    salt: BigInteger,
    callback: Callback<Buffer>,
  ): void
  generateHashDevice(group: string, name: string, callback: Callback<null>): void
  getRandomPassword(): string
  getSaltDevices(): string
  getVerifierDevices(): string
  padHex(n: BigInteger): string
}
const require = createRequire(import.meta.url)
const { default: AuthenticationHelper } = require('amazon-cognito-identity-js/lib/AuthenticationHelper.js') as {
  default: new (group: string) => Client
}
const { default: BigIntegerOf } = require('amazon-cognito-identity-js/lib/BigInteger.js') as {
  default: new (text: string, radix: number) => BigInteger
}
const { default: DateHelper } = require('amazon-cognito-identity-js/lib/DateHelper.js') as {
  default: new () => { getNowString(): string }
}

const promised = <T>(call: (callback: Callback<T>) => void) =>
  new Promise<T>((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))))

type Attempt = { group: string; name: string; password: string; saltHex: string; tried?: string }

/** One sign-in: the client's proof, and what the server expects. */
async function signIn({ group, name, password, saltHex, tried = password }: Attempt) {
  const client = new AuthenticationHelper(group)
  const A = (await promised<BigInteger>((done) => client.getLargeAValue(done))).toString(16)
  const verifierHex = await verifierFor({ group, name }, password, saltHex, modPow)
  const b = randomBytes(32)
  const B = await serverPublic(verifierHex, b, modPow)
  const key = await promised<Buffer>((done) =>
    client.getPasswordAuthenticationKey(name, tried, new BigIntegerOf(B, 16), new BigIntegerOf(saltHex, 16), done),
  )
  const secretBlock = randomBytes(100)
  const timestamp = new DateHelper().getNowString()
  const proof = createHmac('sha256', key)
    .update(Buffer.concat([Buffer.from(group), Buffer.from(name), secretBlock, Buffer.from(timestamp)]))
    .digest('base64')
  const exchange = { group, name, verifierHex, b, A, B, secretBlock, timestamp }
  return { proof, exchange, expected: await serverProof(exchange, modPow) }
}

const user = { group: 'AbC123xyz', name: 'f0e1d2c3-0000-4000-8000-000000000000', password: 'Correct-Horse-1' }

test('the constants are those of the clients', () => {
  assert.equal(N.toString(16).length, 768)
  assert.equal(g, 2n)
  // hexHash(padHex(N) + padHex(g)) as printed by amazon-cognito-identity-js.
  assert.equal(k.toString(16), (new AuthenticationHelper('x') as unknown as { k: BigInteger }).k.toString(16))
})

test('padHex is that of the client, for every length and top bit', () => {
  const client = new AuthenticationHelper('x')
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (n) => {
      assert.equal(padHex(n), client.padHex(new BigIntegerOf(n.toString(16), 16)))
    }),
  )
})

describe("the client's proof is the one the server expects", () => {
  test('for any names, passwords and salts, also with leading zeros and top bits', async () => {
    const salts = fc.oneof(
      fc.stringMatching(/^[0-9a-f]{32}$/),
      fc.stringMatching(/^00[0-9a-f]{30}$/),
      fc.stringMatching(/^0[0-9a-f]{31}$/),
      fc.stringMatching(/^[89a-f][0-9a-f]{31}$/),
    )
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((s) => s.isWellFormed())
    await fc.assert(
      fc.asyncProperty(words, words, salts, async (name, password, saltHex) => {
        const { proof, expected } = await signIn({ group: 'AbC123xyz', name, password, saltHex })
        assert.ok(expected && sameProof(proof, expected))
      }),
      { numRuns: 12 },
    )
  })

  test('and with another password it is not', async () => {
    const { proof, expected } = await signIn({ ...user, saltHex: 'a1'.repeat(16), tried: 'Correct-Horse-2' })
    assert.ok(expected)
    assert.equal(sameProof(proof, expected), false)
  })

  test('nor with another secret block, timestamp, name or pool', async () => {
    const { proof, exchange } = await signIn({ ...user, saltHex: 'a1'.repeat(16) })
    const changes = [{ secretBlock: randomBytes(100) }, { timestamp: 'x' }, { name: 'y' }, { group: 'z' }]
    for (const change of changes) {
      const expected = await serverProof({ ...exchange, ...change }, modPow)
      assert.equal(sameProof(proof, expected!), false)
    }
  })

  test('a device registers its own verifier and signs in with it', async () => {
    const [group, name] = ['-DevGroup1', 'us-east-1_11111111-2222-4333-8444-555555555555']
    const client = new AuthenticationHelper(group)
    await promised<null>((done) => client.generateHashDevice(group, name, done))
    const verifier = await verifierFor({ group, name }, client.getRandomPassword(), client.getSaltDevices(), modPow)
    assert.equal(verifier, client.getVerifierDevices())
  })
})

describe("a client's A", () => {
  test('of 0, N, a multiple of N, above N, too long, or no hex is refused', async () => {
    const { exchange } = await signIn({ ...user, saltHex: '01' })
    const bad = ['0', '00', '', 'xyz', '-1', '0x2', ' 2', N, 2n * N, N * N, N + 1n].map((n) =>
      typeof n === 'string' ? n : n.toString(16),
    )
    bad.push('0'.repeat(768) + '2')
    for (const A of bad) {
      assert.equal(readElement(A), undefined)
      assert.equal(await serverProof({ ...exchange, A }, modPow), undefined)
    }
  })
  test('may be in upper case and end at N - 1', () => {
    assert.equal(readElement('AB'), 171n)
    assert.equal(readElement((N - 1n).toString(16)), N - 1n)
  })
})

test('a proof of another length is not the same', () => {
  assert.equal(sameProof('', randomBytes(32)), false)
  assert.equal(sameProof(randomBytes(64).toString('base64'), randomBytes(32)), false)
})

describe('timestamps', () => {
  test('are printed as the client prints them', () => {
    const now = new DateHelper().getNowString()
    assert.equal(formatTimestamp(readTimestamp(now)!), now)
    assert.equal(formatTimestamp(Date.UTC(2025, 4, 7, 0, 9, 40)), 'Wed May 7 00:09:40 UTC 2025')
  })
  test('are read with or without a padded day', () => {
    assert.equal(readTimestamp('Wed May 07 00:09:40 UTC 2025'), Date.UTC(2025, 4, 7, 0, 9, 40))
  })
  test('of no calendar or another form are refused', () => {
    const bad = [
      'Mon Feb 31 00:00:00 UTC 2025',
      'Mon Foo 1 00:00:00 UTC 2025',
      'Xxx May 7 00:09:40 UTC 2025',
      'Wed May 7 24:00:01 UTC 2025',
      'Wed May 7 00:09:40 GMT 2025',
      'Wed May 7 0:9:40 UTC 2025',
      'Wed May 7 00:09:40 UTC 2025 ',
      '',
      '2025-05-07T00:09:40Z',
    ]
    for (const text of bad) assert.equal(readTimestamp(text), undefined, text)
  })
  test('come back from every second of the calendar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (s) => {
        assert.equal(readTimestamp(formatTimestamp(s * 1000)), s * 1000)
      }),
    )
  })
})
