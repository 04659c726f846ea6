/**
 * An import into a running server: `node bench/import-live.ts [users]`. Uploads the file to the address that the job names,
 * shows the progress as DescribeUserImportJob tells it, and measures password sign-ins before, during and after; and the
 * server's memory.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  CreateUserImportJobCommand,
  DescribeUserImportJobCommand,
  GetCSVHeaderCommand,
  StartUserImportJobCommand,
  UpdateUserPoolCommand,
  type UserImportJobType,
} from '@aws-sdk/client-cognito-identity-provider'
import { startProduct } from '../test/support/product.ts'
import { clientsFor } from '../test/support/server.ts'
import { drive, good, json } from './load.ts'
import { residentMegabytes } from './meter.ts'
import { makeWorkspace, password, root } from './workspace.ts'

const users = Number(process.argv[2] ?? 500_000)
const data = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
const server = await startProduct({ data })
const clients = clientsFor(server.endpoint, root)
const { people } = await makeWorkspace(server.endpoint)
const UserPoolId = people.poolId

/** Four at a time: what a server does beside an import, not all that it can. */
const signIns = (seconds: number) =>
  drive(server.port, { lanes: 4, seconds }, async (ask, lane, turn) => {
    const AuthParameters = { USERNAME: people.names[(turn * 4 + lane) % people.names.length], PASSWORD: password }
    const input = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: people.clientId, AuthParameters }
    good(await ask(json('AWSCognitoIdentityProviderService.InitiateAuth', input)))
  })

/** The file, some thousand rows at a time. */
function* file(header: readonly string[]): Generator<string> {
  let rows = [header.join()]
  for (let n = 0; n < users; n += 1) {
    const values: Record<string, string> = {
      'cognito:username': `imported-${n}`,
      'cognito:mfa_enabled': 'false',
      email: `imported-${n}@example.com`,
      email_verified: 'TRUE',
      phone_number_verified: 'FALSE',
      given_name: `Given ${n}`,
      family_name: `Family ${n % 1_000}`,
    }
    rows.push(header.map((name) => values[name] ?? '').join())
    if (rows.length < 1_000) continue
    yield `${rows.join('\n')}\n`
    rows = []
  }
  yield `${rows.join('\n')}\n`
}

await clients.idp.send(new UpdateUserPoolCommand({ UserPoolId, AutoVerifiedAttributes: ['email'] }))
const { CSVHeader = [] } = await clients.idp.send(new GetCSVHeaderCommand({ UserPoolId }))
const created = await clients.idp.send(
  new CreateUserImportJobCommand({
    UserPoolId,
    JobName: 'bench',
    CloudWatchLogsRoleArn: 'arn:aws:iam::000000000000:role/logs',
  }),
)
const { JobId = '', PreSignedUrl = '' } = created.UserImportJob ?? {}
await signIns(1)
const before = await signIns(5)
const atRest = residentMegabytes(server.pid)
let peak = atRest
const weighing = setInterval(() => {
  peak = Math.max(peak, residentMegabytes(server.pid))
}, 50)

const uploaded = new Promise<number>((resolve, reject) => {
  const upload = request(PreSignedUrl, { method: 'PUT', headers: { 'x-amz-server-side-encryption': 'aws:kms' } })
  upload.once('response', ({ statusCode = 0 }) => resolve(statusCode))
  upload.once('error', reject)
  pipeline(Readable.from(file(CSVHeader)), upload).catch(reject)
})
if ((await uploaded) !== 200) throw new Error(`The upload answered ${await uploaded}.`)
await clients.idp.send(new StartUserImportJobCommand({ UserPoolId, JobId }))
const began = performance.now()

const describe = async (): Promise<UserImportJobType> =>
  (await clients.idp.send(new DescribeUserImportJobCommand({ UserPoolId, JobId }))).UserImportJob ?? {}
const under: { turns: number; seconds: number; p50: number[]; p95: number[] } = {
  turns: 0,
  seconds: 0,
  p50: [],
  p95: [],
}
let job = await describe()
while (job.Status === 'InProgress' || job.Status === 'Pending') {
  const load = await signIns(5)
  job = await describe()
  under.turns += load.turns
  under.seconds += load.seconds
  under.p50.push(load.p50)
  under.p95.push(load.p95)
  console.error(`${(job.ImportedUsers ?? 0).toLocaleString('en')} of ${users.toLocaleString('en')} imported`)
}
const seconds = (performance.now() - began) / 1_000
clearInterval(weighing)
const after = await signIns(5)

const middle = (spans: readonly number[]) => spans.toSorted((a, b) => a - b)[Math.floor(spans.length / 2)] ?? Number.NaN
const row = (turns: number, time: number, p50: number, p95: number) => ({
  'sign-ins /s': Math.round(turns / time),
  'p50, ms': Number(p50.toFixed(1)),
  'p95, ms': Number(p95.toFixed(1)),
})
console.table({
  before: row(before.turns, before.seconds, before.p50, before.p95),
  during: row(under.turns, under.seconds, middle(under.p50), middle(under.p95)),
  after: row(after.turns, after.seconds, after.p50, after.p95),
})
console.table({
  status: job.Status,
  imported: job.ImportedUsers,
  failed: job.FailedUsers,
  'import, s': Math.round(seconds),
  'memory before, MB': Math.round(atRest),
  'memory, peak, MB': Math.round(peak),
  'memory after, MB': Math.round(residentMegabytes(server.pid)),
})
for (const client of Object.values(clients)) client.destroy()
await server.end('SIGTERM')
rmSync(data, { recursive: true, force: true })
