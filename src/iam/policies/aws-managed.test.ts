import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hintsFor } from '../policy/hints.ts'
import { parsePolicy } from '../policy/parse.ts'
import { awsDocument, awsName, awsPolicies } from './aws-managed.ts'

test("each of AWS's own policies is one that could be saved, under an id of its own", () => {
  assert.equal(new Set(awsPolicies.map(({ id }) => id)).size, awsPolicies.length)
  for (const { id, name } of awsPolicies) {
    assert.match(id, /^ANPA[A-Z2-7]{17}$/)
    const policy = parsePolicy(awsDocument(id) ?? '', 'identity', { saving: true, managed: true })
    assert.ok(policy.statements.length > 0, name)
    assert.deepEqual(hintsFor(policy, 'user'), [], name)
    assert.equal(awsName(id), name)
  }
})

test('what is none has no document and is called by its id', () => {
  assert.deepEqual([awsDocument('ANPAX'), awsName('ANPAX')], [undefined, 'ANPAX'])
})
