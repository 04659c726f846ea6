import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Group, roleClaims } from './group.ts'

const group = (name: string, precedence?: number, role?: string): Group => ({
  poolId: 'p',
  name,
  description: undefined,
  roleArn: role && `arn:aws:iam::000000000000:role/${role}`,
  precedence,
  createdAt: 0,
  modifiedAt: 0,
})
const arn = (role: string) => `arn:aws:iam::000000000000:role/${role}`

test('the role of the group with the lowest precedence number is preferred', () => {
  assert.deepEqual(roleClaims([group('a', 0, 'A'), group('b', 5, 'B')]), {
    groups: ['a', 'b'],
    roles: [arn('A'), arn('B')],
    preferredRole: arn('A'),
  })
})

test('a group without a role does not stand in the way of one with', () => {
  assert.equal(roleClaims([group('a', 0), group('b', 5, 'B')]).preferredRole, arn('B'))
})

test('two different roles of the same best precedence leave none preferred, and both listed', () => {
  assert.deepEqual(roleClaims([group('a', 1, 'A'), group('b', 1, 'B'), group('c', 2, 'C')]), {
    groups: ['a', 'b', 'c'],
    roles: [arn('A'), arn('B'), arn('C')],
  })
})

test('a tie of groups with the same role prefers that role, and lists it once', () => {
  assert.deepEqual(roleClaims([group('a', 1, 'A'), group('b', 1, 'A')]), {
    groups: ['a', 'b'],
    roles: [arn('A')],
    preferredRole: arn('A'),
  })
})

test('groups without precedence are the worst, and tie among themselves', () => {
  assert.equal(roleClaims([group('a', 2 ** 31 - 1, 'A'), group('b', undefined, 'B')]).preferredRole, arn('A'))
  assert.equal(roleClaims([group('a', undefined, 'A'), group('b', undefined, 'B')]).preferredRole, undefined)
  assert.equal(roleClaims([group('a', undefined, 'A')]).preferredRole, arn('A'))
})

test('no groups, no roles', () => {
  assert.deepEqual(roleClaims([]), { groups: [], roles: [] })
})
