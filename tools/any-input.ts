/** `npm run any-input [runs for each operation] [seed]`: test/faults/any-input.test.ts at length, with other inputs each time; it prints the seed. */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'

const [runs = '1000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2)
console.log(`${runs} inputs for each operation, seed ${seed}`)
const environment = { POOLHOUSE_ANY_INPUT_RUNS: runs, POOLHOUSE_ANY_INPUT_SEED: seed }
spawn(process.execPath, ['--test', 'test/faults/any-input.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ...environment },
}).once('exit', (code) => {
  process.exitCode = code ?? 1
})
