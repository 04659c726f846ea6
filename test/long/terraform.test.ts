/** The Terraform example against a running server: applies, plans no change, destroys. Skipped where Terraform or its AWS provider is missing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { startTestServer, type TestServer } from '../support/server.ts'

const run = promisify(execFile)
let server: TestServer
let folder = ''
let missing: string | undefined

const terraform = (...args: string[]) =>
  run('terraform', [...args, '-no-color'], {
    cwd: folder,
    maxBuffer: 50_000_000,
    env: { ...process.env, TF_VAR_endpoint: server.endpoint, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
  })

/** Where providers may lie on a machine that cannot, or should not, ask the registry. */
const mirrors = () => [
  ...globSync('/{opt,usr/share,usr/local/share}/{*,*/*}/registry.terraform.io/hashicorp/aws'),
  ...globSync(join(homedir(), '.terraform.d/{plugins,plugin-cache}/registry.terraform.io/hashicorp/aws')),
]

/** Makes the folder ready; what is missing, or undefined. */
async function begin(): Promise<string | undefined> {
  const [mirror] = mirrors().map((path) => path.replace(/\/registry\.terraform\.io.*/, ''))
  if (mirror === undefined) return 'the AWS provider of Terraform is not on this machine'
  return terraform('init', '-input=false', `-plugin-dir=${mirror}`).then(
    () => undefined,
    (error: { code?: string; stderr?: string }) => {
      if (error.code === 'ENOENT') return 'Terraform is not on this machine'
      throw new Error(error.stderr)
    },
  )
}

before(async () => {
  server = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'terraform-'))
  await cp(new URL('../../examples/terraform', import.meta.url), folder, { recursive: true })
  missing = await begin()
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

test('the example applies, plans no change afterwards, and is destroyed to the last thing', async (context) => {
  if (missing !== undefined) return context.skip(missing)
  await terraform('apply', '-auto-approve', '-input=false')
  const { Roles } = await server.clients.iam.send(new ListRolesCommand({}))
  assert.deepEqual(Roles!.map(({ RoleName }) => RoleName).sort(), ['editor', 'guest', 'signed-in'])
  // Ends with 2 where it would change something.
  const plan = await terraform('plan', '-detailed-exitcode', '-input=false').catch((error: { stdout: string }) => error)
  assert.match(plan.stdout, /No changes\. Your infrastructure matches the configuration\./)
  await terraform('destroy', '-auto-approve', '-input=false')
  assert.deepEqual((await server.clients.iam.send(new ListRolesCommand({}))).Roles, [])
  assert.deepEqual((await server.clients.iam.send(new ListUsersCommand({}))).Users, [])
})
