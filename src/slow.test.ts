import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { after, test } from 'node:test'
import { generateRsaPair } from './protocols/rsa.ts'
import { createSlow } from './slow.ts'

const slow = createSlow()
after(() => slow.close())

test('the four kinds of work give what they say', async () => {
  const { privatePem } = await generateRsaPair()
  const [hash, power, signature] = await Promise.all([
    slow.hashPassword('Correct-Horse-1'),
    slow.modPow(Uint8Array.of(2), Uint8Array.of(8)),
    slow.signRsa('sha512', privatePem, 'text'),
  ])
  assert.equal(await slow.verifyPassword(hash, 'Correct-Horse-1'), true)
  assert.equal(BigInt(`0x${power.toString('hex')}`), 256n)
  assert.ok(verify('sha512', Buffer.from('text'), createPublicKey(privatePem), signature))
})

test('more hashes than the queue holds are refused with TooManyRequestsException, not kept in memory', async () => {
  const asked = Array.from({ length: 20_000 }, () =>
    slow.verifyPassword(
      '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'x',
    ),
  )
  const refused = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected')
  assert.ok(refused.length > 0)
  for (const result of refused) {
    assert.ok(result.status === 'rejected')
    assert.equal(result.reason.code, 'TooManyRequestsException')
  }
})
