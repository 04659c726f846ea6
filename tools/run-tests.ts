/**
 * Runs the whole suite: types and lint, then every test file, with one real PostgreSQL for all of them. `node tools/run-tests.ts [files…]`
 * Ends with node's own counts.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { startPostgres } from '../test/support/postgres.ts'

const run = (command: string, args: string[], environment = process.env): Promise<number> =>
  new Promise((resolve) => {
    spawn(command, args, { stdio: 'inherit', env: environment }).once('exit', (code) => resolve(code ?? 1))
  })

const chosen = process.argv.slice(2)
if (chosen.length === 0) {
  const checked = await run('npm', ['run', '--silent', 'check'])
  if (checked !== 0) process.exit(checked)
}

const files = chosen.length > 0 ? chosen : globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort()
const postgres = await startPostgres()
let status = 1
try {
  status = await run(process.execPath, ['--test', '--test-timeout=300000', ...files], {
    ...process.env,
    POOLHOUSE_TEST_POSTGRES: postgres.url,
  })
} finally {
  await postgres.stop()
}
process.exit(status)
