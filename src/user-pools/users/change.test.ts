import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pool } from '../pools/pool.ts'
import { checkVerifications, markUnverified, planChange, readAttributes } from './change.ts'

const pool = (settings: object = {}) => ({ id: 'us-east-1_a', settings }) as Pool
const present = { email: 'old@b.c', email_verified: 'true' }
const automatic = { AutoVerifiedAttributes: ['email'] }
const waiting = { ...automatic, UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } }

describe('a change of address', () => {
  test('takes effect at once, unverified, and nobody is written to without automatic verification', () => {
    assert.deepEqual(planChange(pool(), present, { email: 'new@b.c' }), {
      now: { email: 'new@b.c', email_verified: 'false' },
      pending: [],
      unverified: [],
    })
  })

  test('sends a code where the pool verifies by itself', () => {
    assert.deepEqual(planChange(pool(automatic), present, { email: 'new@b.c' }).unverified, [
      { channel: 'email', address: 'new@b.c' },
    ])
  })

  test('waits for its code where the pool says so, and the rest does not', () => {
    assert.deepEqual(planChange(pool(waiting), present, { email: 'new@b.c', email_verified: 'false', name: 'N' }), {
      now: { name: 'N' },
      pending: [{ channel: 'email', address: 'new@b.c' }],
      unverified: [],
    })
  })

  test('declared verified takes effect at once and sends nothing', () => {
    const asked = { email: 'new@b.c', email_verified: 'true' }
    assert.deepEqual(planChange(pool(waiting), present, asked), { now: asked, pending: [], unverified: [] })
  })

  test('to the same address is none', () => {
    assert.deepEqual(planChange(pool(waiting), present, { email: 'old@b.c' }), {
      now: { email: 'old@b.c' },
      pending: [],
      unverified: [],
    })
  })
})

test('an attribute without a value is refused', () => {
  assert.throws(() => readAttributes([{ Name: 'email' }]), {
    name: 'InvalidParameterException',
    message: 'Attribute value for email must not be null',
  })
})

test('a verification is kept in lower case, and of two values the last counts', () => {
  assert.deepEqual({ ...readAttributes([{ Name: 'email_verified', Value: 'TRUE' }]) }, { email_verified: 'true' })
  assert.deepEqual(
    {
      ...readAttributes([
        { Name: 'name', Value: 'a' },
        { Name: 'name', Value: 'b' },
      ]),
    },
    { name: 'b' },
  )
})

test('a verification of no address is refused, of a present one allowed', () => {
  assert.throws(() => checkVerifications({ email_verified: 'true' }, {}), {
    message: 'Email is required to verify/un-verify an email',
  })
  assert.throws(() => checkVerifications({ email_verified: 'true', email: '' }, present), {
    name: 'InvalidParameterException',
  })
  checkVerifications({ email_verified: 'true' }, present)
  checkVerifications({ phone_number_verified: 'true', phone_number: '+12' }, {})
})

test('addresses of a new user begin unverified unless declared', () => {
  assert.deepEqual(markUnverified({ email: 'a@b.c' }), { email: 'a@b.c', email_verified: 'false' })
  assert.deepEqual(markUnverified({ email: 'a@b.c', email_verified: 'true' }), {
    email: 'a@b.c',
    email_verified: 'true',
  })
  assert.deepEqual(markUnverified({ name: 'n' }), { name: 'n' })
})
