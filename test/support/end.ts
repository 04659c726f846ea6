/**
 * Loaded before every test file of a run: one whose tests are over and that something keeps alive, such as a server that a
 * failed test left open, says what it is, fails, and ends. Nobody waits for it.
 */
import { writeSync } from 'node:fs'
import { after } from 'node:test'

/** For the file's own hooks, which may have databases to stop. */
const patience = 90_000

function end(): void {
  writeSync(2, `${process.argv[1]} does not end: ${process.getActiveResourcesInfo().join(', ')}\n`)
  process.exit(1)
}

// The runner itself loads this, too.
if (process.env['NODE_TEST_CONTEXT']) after(() => void setTimeout(end, patience).unref())
