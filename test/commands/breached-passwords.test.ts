/** The command that makes the offline list of breached passwords, run as people run it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-command-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: string[], input = '') =>
  spawnSync(process.execPath, ['poolhouse.js', 'breached-passwords', ...args], { input, encoding: 'utf8' })

const lines = ['a', 'b', 'c'].map((one) => createHash('sha1').update(one).digest('hex')).sort()

test('a list from a file or from standard input lands in the data folder', () => {
  const file = join(folder, 'list.txt')
  writeFileSync(file, lines.map((line) => `${line.toUpperCase()}:5\r\n`).join(''))
  const data = join(folder, 'data')
  for (const made of [
    run(['update', file, '--data', data]),
    run(['update', '-', `--data=${data}`], lines.join('\n')),
  ]) {
    assert.equal(made.status, 0, made.stderr)
    assert.match(made.stdout, /^3 breached passwords are in /)
    const written = readFileSync(join(data, 'breached-passwords.bin'))
    assert.equal(
      written.toString('hex'),
      Buffer.from('poolhouse-sha1-8').toString('hex') + lines.map((line) => line.slice(0, 16)).join(''),
    )
  }
})

test('what cannot be used is refused in a sentence', () => {
  const wrong = run(['update', '-', '--data', folder], 'hunter2\n')
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /^poolhouse: .+: Line 1 is no SHA-1 hash with a count\.\n$/)
  assert.match(run(['update', join(folder, 'absent')]).stderr, /There is no file/)
  assert.equal(run([]).status, 2)
})
