/** `poolhouse explain <request-id>`: asks a running server why it denied a request. */

import { readUrl } from '../config/setting.ts'
import { SettingError } from '../config.ts'
import type { Denial } from '../iam/denials.ts'
import { signedHeaders } from '../outbound/aws.ts'

export const usage = `Usage: poolhouse explain <request-id> [--endpoint URL]

  <request-id>     of the denied request: in its answer (x-amzn-requestid; S3: x-amz-request-id) and in the log
  --endpoint URL   the server; AWS_ENDPOINT_URL or http://localhost:4100 otherwise

Signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: root's, or a user's who is allowed poolhouse:Explain.`

export async function run(args: string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const words = args.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  const [requestId, flag, value, ...more] = words[0] === '--endpoint' ? [words[2], ...words.toSpliced(2, 1)] : words
  if (
    !requestId ||
    requestId.startsWith('-') ||
    more.length > 0 ||
    (flag !== undefined && (flag !== '--endpoint' || !value))
  ) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const endpoint = readUrl(value ?? (environment['AWS_ENDPOINT_URL'] || 'http://localhost:4100'))
  const accessKeyId = environment['AWS_ACCESS_KEY_ID']
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY']
  if (!accessKeyId || !secretAccessKey) {
    throw new SettingError('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: explanations quote policies.')
  }
  const url = `${endpoint}/poolhouse/explain`
  const body = JSON.stringify({ RequestId: requestId })
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1'
  const plain = { 'content-type': 'application/json' }
  const by = { region, service: 'iam', keys: { accessKeyId, secretAccessKey }, now: Date.now() }
  const { host: _, ...headers } = signedHeaders({ url, plain, body, ...by })
  const answer = await fetch(url, { method: 'POST', headers, body }).catch((error: Error) => {
    throw new SettingError(`${url} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`)
  })
  const read = (await answer.json().catch(() => ({}))) as { message?: string; Denials?: readonly Denial[] }
  if (!answer.ok || !read.Denials) throw new SettingError(read.message ?? `${url} answered ${answer.status}.`)
  for (const denial of read.Denials) console.log(printDenial(denial))
}

/** A denial for the terminal: the sentence first, then what stands behind it. */
export function printDenial(denial: Denial): string {
  const { Policies, Hints, MissingKeys, Context } = denial
  return [
    `${denial.At}  ${denial.Caller}`,
    `was denied ${denial.Action} on ${denial.Resource} (${denial.Outcome}, decided by ${denial.Reason})`,
    '',
    `  ${denial.Sentence}`,
    ...(Hints.length > 0 ? ['', 'Hints', ...Hints.map((hint) => `  ${hint}`)] : []),
    ...(MissingKeys.length > 0 ? ['', `Asked for and absent: ${MissingKeys.join(', ')}`] : []),
    ...(Policies.length > 0 ? ['', 'Policies'] : []),
    ...Policies.flatMap(({ Kind, Name, Statements }) => [
      `  ${Name} (${Kind})`,
      ...Statements.map(({ Statement, Effect, Why }) => `    ${Statement} ${Effect}: ${Why}`),
    ]),
    '',
    'Request',
    ...Object.entries(Context).map(([key, value]) => `  ${key} = ${[value].flat().join(', ')}`),
    '',
  ].join('\n')
}
