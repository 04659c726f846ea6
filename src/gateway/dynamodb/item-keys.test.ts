/** What policies hear of a request's items and attributes, whatever their names and spellings. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOfAttributes, keysOfItems } from './item-keys.ts'

const shape = { partition: ['id'], indexes: new Map() }
const read = (text: string) => JSON.parse(text) as Record<string, unknown>

test('case 81: a projection of nothing is refused: who is asked could take it for everything', () => {
  const doing = { reads: true, writes: false }
  for (const part of [{ AttributesToGet: [] }, { ProjectionExpression: '' }, { ProjectionExpression: ' ' }])
    assert.throws(() => keysOfAttributes({ Key: { id: { S: 'a' } }, ...part }, doing), { name: 'ValidationException' })
})

test('case 81: one partition key in binary is one value to policies, however its base64 ends', () => {
  const values = (B: string) => keysOfItems(shape, [{ id: { B } }])['dynamodb:LeadingKeys']
  assert.deepEqual(values('YQ=='), ['YQ=='])
  assert.deepEqual(values('YR=='), ['YQ=='])
  assert.deepEqual(values('YQ'), ['YQ=='])
})

test('case 81: attributes named as what every object has are attributes', () => {
  const part = { Item: read('{"id":{"S":"a"},"__proto__":{"S":"x"},"constructor":{"S":"x"}}') }
  const { 'dynamodb:Attributes': names } = keysOfAttributes(part, { reads: false, writes: true })
  assert.deepEqual(names, ['id', '__proto__', 'constructor'])
})
