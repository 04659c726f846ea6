/**
 * Runs the whole suite: types and lint, then every test file, with one real PostgreSQL for all of them. `node tools/run-tests.ts [files…]`
 * `--long` runs what takes minutes and programs that are not everywhere: test/long. Ends with node's own counts.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../test/support/postgres.ts'

/** A suite that has not ended after so many milliseconds hangs. Interrupted, the runner names the files that it waits for. */
const patience = 30 * 60_000

const run = (command: string, args: string[], environment = process.env): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', env: environment })
    const watch = setTimeout(() => child.kill('SIGINT'), patience)
    child.once('exit', (code) => {
      clearTimeout(watch)
      resolve(code ?? 1)
    })
  })

const long = process.argv[2] === '--long'
const chosen = long ? globSync('test/long/*.test.ts').sort() : process.argv.slice(2)
if (chosen.length === 0) {
  const checked = await run('npm', ['run', '--silent', 'check'])
  if (checked !== 0) process.exit(checked)
}

const files =
  chosen.length > 0 ? chosen : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { exclude: ['test/long/**'] }).sort()
const postgres = await startPostgres()
let status = 1
try {
  status = await run(
    process.execPath,
    [
      ...['--test', `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`, '--test-timeout=300000'],
      ...['--import', new URL('../test/support/end.ts', import.meta.url).href],
      ...files,
    ],
    {
      ...process.env,
      POOLHOUSE_TEST_POSTGRES: postgres.url,
      // Each file is a process that reads most of the product: what one has compiled, the next need not.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/tests', import.meta.url)),
    },
  )
} finally {
  await postgres.stop()
}
process.exit(status)
