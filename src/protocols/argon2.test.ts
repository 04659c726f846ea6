import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { createPasswordHashing, longestPassword } from './argon2.ts'
import { QueueFull } from './queue.ts'

const rules = { memoryKiB: 7168, passes: 5, lanes: 1, atWork: 2, waiting: 10 }
const { hashPassword, verifyPassword } = createPasswordHashing(rules)

test('a hash is an Argon2id PHC string of the given costs, different each time', async () => {
  const [one, two] = await Promise.all([hashPassword('pässword'), hashPassword('pässword')])
  assert.match(one!, /^\$argon2id\$v=19\$m=7168,t=5,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await verifyPassword(one!, 'pässword'), true)
  assert.equal(await verifyPassword(one!, 'password'), false)
})

test('a hash made with other costs still verifies, unless they are far above ours', async () => {
  const weak = await hash('secret', { memoryCost: 1024, timeCost: 1, parallelism: 1 })
  assert.equal(await verifyPassword(weak, 'secret'), true)
  assert.equal(
    await verifyPassword(
      '$argon2id$v=19$m=4194304,t=5,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'secret',
    ),
    false,
  )
})

test('other algorithms and malformed strings fit no password', async () => {
  const otherKind = await hash('secret', { memoryCost: 1024, algorithm: 0 })
  assert.match(otherKind, /^\$argon2d\$/)
  for (const text of ['', 'secret', '$argon2id$', otherKind]) assert.equal(await verifyPassword(text, 'secret'), false)
})

test('passwords above the cap are never hashed', async () => {
  const long = 'a'.repeat(longestPassword + 1)
  await assert.rejects(hashPassword(long), RangeError)
  assert.equal(await verifyPassword(await hashPassword('a'.repeat(longestPassword)), long), false)
})

test('a full queue turns the next one away', async () => {
  const small = createPasswordHashing({ ...rules, atWork: 1, waiting: 1 })
  const results = await Promise.allSettled([1, 2, 3].map((n) => small.hashPassword(`password ${n}`)))
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  assert.ok(results[2]?.status === 'rejected' && results[2].reason instanceof QueueFull)
})
