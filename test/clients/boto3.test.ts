/** boto3 through every flow: the stories of boto3_flows.py, with SRP and TOTP in Python's own arithmetic. Skipped without boto3. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startImports } from '../../src/user-pools/imports/worker.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { custom } from './custom-functions.ts'

const script = fileURLToPath(new URL('boto3_flows.py', import.meta.url))
const has = (modules: string) => spawnSync('python3', ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0
const skip = has('boto3, cryptography') ? false : 'boto3 or cryptography is not installed'
const devCode = '123456'

let server: TestServer
let imports: ReturnType<typeof startImports>
const folder = mkdtempSync(join(tmpdir(), 'poolhouse-boto3-'))
before(async () => {
  for (const [name, source] of Object.entries(custom)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'index.mjs'), source)
  }
  server = await startTestServer({ functions: folder, settings: { devCode } })
  imports = startImports(server.world, { look: 50 })
})
after(async () => {
  await imports.stop()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const stories = [
  'password_in_both_families',
  'srp_in_both_families',
  'srp_with_a_client_secret_and_its_rotation',
  'new_password_required',
  'set_up_at_sign_in',
  'every_second_factor_and_the_choice',
  'one_time_codes_preferred_and_chosen',
  'passwords_preferred_and_chosen',
  'sign_up_and_the_first_sign_in',
  'custom_challenges',
  'devices',
  'passkey',
  'refresh_in_both_families',
  'refresh_with_rotation',
  'sign_out_everywhere',
  'own_account',
  'administrators_and_groups',
  'imports',
]

test('boto3 goes through every flow', { skip }, async (t) => {
  const python = spawn('python3', [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CODE: devCode,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_CONFIG_FILE: join(folder, 'config'),
    },
  })
  const told: string[] = []
  for await (const line of createInterface({ input: python.stdout })) {
    const { story, error } = JSON.parse(line) as { story: string; error: string | null }
    told.push(story)
    await t.test(story, () => assert.equal(error, null))
  }
  assert.deepEqual(told, stories)
})
