/** The Terraform example against a running server: applies, plans no change, destroys. Skipped where Terraform or its AWS provider is missing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { globSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { DescribeUserPoolDomainCommand } from '@aws-sdk/client-cognito-identity-provider'
import { GetAccountSummaryCommand, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { printSshRsa } from '../../src/protocols/ssh-rsa.ts'
import { makeAuthority, makeKey, makeLeaf } from '../support/certificates.ts'
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

/** What the example cannot show, because it would show a private key. */
async function addCertificates() {
  const authority = makeAuthority('Authority')
  const leaf = makeLeaf(authority)
  const heredoc = (text: string) => `<<-PEM\n${text.trim()}\nPEM\n`
  const configuration = `
resource "aws_iam_user_ssh_key" "operator" {
  username   = aws_iam_user.operator.name
  encoding   = "SSH"
  public_key = "${printSshRsa(createPublicKey(makeKey('rsa')))} operator@example.com"
}
resource "aws_iam_signing_certificate" "operator" {
  user_name        = aws_iam_user.operator.name
  certificate_body = ${heredoc(makeAuthority('Operator').pem)}
}
resource "aws_iam_server_certificate" "web" {
  name              = "web"
  certificate_body  = ${heredoc(leaf.pem)}
  certificate_chain = ${heredoc(authority.pem)}
  private_key       = ${heredoc(leaf.key.export({ type: 'pkcs8', format: 'pem' }).toString())}
  tags              = { app = "photos" }
}
`
  await writeFile(join(folder, 'certificates.tf'), configuration)
}

before(async () => {
  server = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'terraform-'))
  await cp(new URL('../../examples/terraform', import.meta.url), folder, { recursive: true })
  await addCertificates()
  missing = await begin()
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const poolOf = async (Domain: string) =>
  (await server.clients.idp.send(new DescribeUserPoolDomainCommand({ Domain }))).DomainDescription?.UserPoolId

test('the example applies, plans no change afterwards, and is destroyed to the last thing', async (context) => {
  if (missing !== undefined) return context.skip(missing)
  await terraform('apply', '-auto-approve', '-input=false')
  const { Roles } = await server.clients.iam.send(new ListRolesCommand({}))
  assert.deepEqual(Roles!.map(({ RoleName }) => RoleName).sort(), ['editor', 'guest', 'signed-in'])
  for (const domain of ['photos-example', 'photos-example-staff', 'sign-in.photos.example.com'])
    assert.ok(await poolOf(domain))
  assert.notEqual(await poolOf('photos-example'), await poolOf('photos-example-staff'))
  const summary = async () => (await server.clients.iam.send(new GetAccountSummaryCommand({}))).SummaryMap!
  const { InstanceProfiles, ServerCertificates, Providers } = await summary()
  assert.deepEqual([InstanceProfiles, ServerCertificates, Providers], [1, 1, 2])
  // Ends with 2 where it would change something.
  const plan = await terraform('plan', '-detailed-exitcode', '-input=false').catch((error: { stdout: string }) => error)
  assert.match(plan.stdout, /No changes\. Your infrastructure matches the configuration\./)
  await terraform('destroy', '-auto-approve', '-input=false')
  assert.deepEqual((await server.clients.iam.send(new ListRolesCommand({}))).Roles, [])
  assert.deepEqual((await server.clients.iam.send(new ListUsersCommand({}))).Users, [])
  const left = await summary()
  assert.deepEqual([left.InstanceProfiles, left.ServerCertificates, left.Providers, left.Policies], [0, 0, 0, 0])
  assert.equal(await poolOf('photos-example'), undefined)
})
