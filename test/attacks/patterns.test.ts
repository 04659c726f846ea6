/**
 * Case 46: texts made to keep a pattern busy. A regular expression that runs holds up everybody, so each runs in a thread of
 * its own here: one that does not end in a minute would not end in a day.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

const patience = 60_000

/** What the expression comes to in another thread; `m` is the module. */
function run(module: string, expression: string): Promise<unknown> {
  const url = new URL(`../../src/${module}`, import.meta.url).href
  const code = `const { parentPort } = require('node:worker_threads')
import(${JSON.stringify(url)}).then((m) => { try { parentPort.postMessage({ value: ${expression} }) } catch (error) { parentPort.postMessage({ value: error.message }) } })`
  const worker = new Worker(code, { eval: true })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('It does not end.'))
      void worker.terminate()
    }, patience)
    worker.once('message', ({ value }: { value: unknown }) => {
      clearTimeout(timer)
      resolve(value)
      void worker.terminate()
    })
    worker.once('error', reject)
  })
}

test('case 46: what is no SVG is known for none, however many comments it begins with', async () => {
  const kind = (text: string) => run('user-pools/branding/image.ts', `m.kindOf(Buffer.from(${text})) ?? 'none'`)
  assert.equal(await kind(`'<!---->'.repeat(290)`), 'none')
  assert.equal(await kind(`'<!-- -->'.repeat(200) + '<svg>'`), 'SVG')
  assert.equal(await kind(`' <?xml version="1.0"?> <!-- a > b -- c --> <!----><svg xmlns="x">'`), 'SVG')
  assert.equal(await kind(`'<!-- <svg> '`), 'none')
})

test('case 46: an address of three million signs is no address, and is not an hour’s work', async () => {
  const check = (text: string) =>
    run(
      'wire/check.ts',
      `m.checkInput({ shapes: { A: { type: 'string', pattern: ${JSON.stringify(emailPattern)} } }, operations: {} }, 'A', ${text}, 'X')`,
    )
  assert.match(String(await check(`'@'.repeat(3_000_000) + '\\u0001'`)), /regular expression pattern/)
  for (const good of ['a@b', '@@@', 'a@@b', 'a.b+c@d.example', '@a@b'])
    assert.equal(await check(JSON.stringify(good)), good)
  for (const bad of ['@', '@@', 'a@', '@a', 'ab', 'a b@c', 'a@b c', '@a@'])
    assert.match(String(await check(JSON.stringify(bad))), /regular expression pattern/, bad)
})

/** As AWS's model has it. */
const emailPattern = '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+@[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+'

test('case 46: a number of a million digits is compared as it is', async () => {
  const number = (text: string) => run('gateway/dynamodb/item-keys.ts', `m.plainNumber(${text}).length`)
  assert.equal(await number(`'1'.repeat(1_000_000) + 'x'`), 1_000_001)
  assert.equal(await number(`'1.' + '0'.repeat(1_000_000) + '1'`), 1_000_003)
  assert.equal(await number(`'0'.repeat(1_000_000) + '1.0'`), 1)
})

test('case 46: a message of brackets becomes text', async () => {
  const text = await run('delivery/smtp.ts', `m.textOf('<'.repeat(1_000_000) + 'a<b>c').length`)
  assert.equal(text, 1_000_002)
})

test('case 46: a bucket is known for the one that a policy speaks of, however many stars the policy has', async () => {
  const concerns = (resource: string, bucket: string) =>
    run('gateway/s3/buckets.ts', `m.concerns('arn:aws:s3:::' + ${resource}, ${bucket})`)
  assert.equal(await concerns(`'*a'.repeat(30) + 'b'`, `'a'.repeat(63)`), false)
  assert.equal(await concerns(`'*?'.repeat(30) + 'b/x'`, `'a'.repeat(63)`), false)
  assert.equal(await concerns(`'*a'.repeat(30) + '*/x'`, `'a'.repeat(63)`), true)
})

test('case 46: a pattern of question marks takes a text of millions in one walk', async () => {
  const matches = (pattern: string, text: string) =>
    run(
      'iam/policy/pattern.ts',
      `m.matchesPattern(m.compilePattern(${pattern}, { wildcards: true, variables: true }), ${text}, 0, new Map())`,
    )
  assert.equal(await matches(`'*' + '?a'.repeat(900) + 'b*'`, `'a'.repeat(10_000_000)`), false)
  assert.equal(await matches(`'*' + '?a'.repeat(900) + 'b*'`, `'a'.repeat(2_000) + 'b'`), true)
})
