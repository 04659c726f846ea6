import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Product, ProductEnded, startProduct } from '../support/product.ts'

const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
let holder: Product
before(async () => {
  holder = await startProduct({ data })
})
after(async () => {
  await holder.end('SIGTERM')
  rmSync(data, { recursive: true, force: true })
})

test('a second process on a data folder in use is refused in a sentence that names the folder and the holder', async () => {
  await assert.rejects(startProduct({ data }), (error: Error) => {
    assert.ok(error instanceof ProductEnded)
    assert.equal(error.code, 1)
    assert.ok(
      error.message.includes(`poolhouse: The data folder ${data} is in use by another process (pid ${holder.pid}).\n`),
      error.message,
    )
    assert.doesNotMatch(error.message, /\n\s+at /, 'a sentence, not a stack')
    return true
  })
  assert.equal((await fetch(`${holder.endpoint}/readyz`)).status, 200, 'the holder is not disturbed')
})

test('a folder whose holder was killed is free', async () => {
  await holder.end('SIGKILL')
  holder = await startProduct({ data })
  assert.equal((await fetch(`${holder.endpoint}/readyz`)).status, 200)
})
