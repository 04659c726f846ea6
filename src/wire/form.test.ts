import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AwsError } from './errors.ts'
import { formText, hasTooMany, mostParameters, readForm } from './form.ts'

describe('a form', () => {
  test('has so many parameters and no more, whether they have names of their own or none', () => {
    const most = Array.from({ length: mostParameters }, (_, index) => `k${index}=v`).join('&')
    assert.equal([...readForm(most)].length, mostParameters)
    for (const text of [`${most}&a`, 'a&'.repeat(mostParameters), '&'.repeat(mostParameters)]) {
      assert.equal(hasTooMany(text), true)
      assert.throws(
        () => readForm(text),
        (error: AwsError) => error.code === 'MalformedInput',
      )
    }
  })

  test('says a blank as a plus, and leaves the body as it was signed', () => {
    const body = Buffer.from('a=b+c%2Bd&e=é')
    assert.deepEqual(
      [...readForm(formText(body))],
      [
        ['a', 'b c+d'],
        ['e', 'é'],
      ],
    )
    assert.equal(body.toString(), 'a=b+c%2Bd&e=é')
  })
})
