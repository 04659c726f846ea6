/** What an image is made with: see the Dockerfile. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const tool = fileURLToPath(new URL('../tools/compile.mjs', import.meta.url))

test('every file of the product is compiled while an image is made, and none of them acts', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool], { encoding: 'utf8' })
  assert.equal(stderr.replace(/^.*ExperimentalWarning.*\n.*\n/gm, ''), '')
  assert.match(stdout, /^Usage: poolhouse/)
  assert.equal(status, 0)
})
