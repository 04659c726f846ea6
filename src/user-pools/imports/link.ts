/** Answers the links of jobs: takes in the file of one, hands out the report of one. Refusals look as S3's do. */
import { Readable } from 'node:stream'
import { AwsError, fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { element, xmlDeclaration } from '../../wire/xml.ts'
import type { World } from '../../world.ts'
import { checkLength, receiveFile } from './file.ts'
import type { Job } from './job.ts'
import { checkLink } from './signed-url.ts'
import { readFaults, readJob } from './store.ts'

const path = /^\/imports\/([\w-]{1,55})\/(import-[0-9a-zA-Z-]{1,48})$/

export const isImportCall = (call: Call): boolean => call.path === '/imports' || call.path.startsWith('/imports/')

export async function answerImport(world: World, call: Call): Promise<Answer> {
  try {
    const [, poolId, id] = path.exec(call.path) ?? []
    const answer = poolId === undefined || id === undefined ? undefined : answers[call.method]
    return answer ? await answer(world, call, { poolId: poolId ?? '', id: id ?? '' }) : noSuchKey()
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.detail) world.log.debug({ requestId: call.id, detail: error.detail }, 'An import link was refused.')
    return refusal(call, error)
  }
}

type Named = Pick<Job, 'poolId' | 'id'>

const answers: Readonly<Record<string, (world: World, call: Call, job: Named) => Promise<Answer>>> = {
  async PUT(world, call, named) {
    checkLink(world, 'upload', named, call.query)
    // Part of what AWS signs. unproved: that its absence is told in these words.
    if (call.headers['x-amz-server-side-encryption'] !== 'aws:kms')
      fail('AccessDenied', 'The header x-amz-server-side-encryption: aws:kms is part of the signature.', {
        status: 403,
      })
    checkLength(call.headers['content-length'])
    const job = (await readJob(world.db, named.poolId, named.id)) ?? noSuchKey()
    await receiveFile(world, job, bytesOf(call))
    return { status: 200, headers: { 'x-amz-request-id': call.id } }
  },

  async GET(world, call, named) {
    checkLink(world, 'report', named, call.query)
    const job = (await readJob(world.db, named.poolId, named.id)) ?? noSuchKey()
    return {
      status: 200,
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${job.id}.csv"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-amz-request-id': call.id,
      },
      body: Readable.from(reportOf(world, job), { objectMode: false }),
    }
  },
}

const noSuchKey = (): never => fail('NoSuchKey', 'The specified key does not exist.', { status: 404 })

/** The body; a sender that goes away is a refusal, and its socket stays open for the answer. */
async function* bytesOf(call: Call): AsyncGenerator<Buffer> {
  try {
    yield* call.body.iterator({ destroyOnReturn: false })
  } catch (error) {
    throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly', {
      status: 400,
      detail: String(error),
    })
  }
}

const faultsAtATime = 1_000

/** A row for each that became no user, in the words of AWS's log; our sentences need no quoting but for their quotes. */
async function* reportOf(world: World, job: Job): AsyncGenerator<Buffer> {
  yield Buffer.from('line,outcome,reason\n')
  for (let after = 0; ; ) {
    const faults = await readFaults(world.db, job, after, faultsAtATime)
    const last = faults.at(-1)
    if (!last) return
    const rows = faults.map(({ line, outcome, reason }) => `${line},${outcome},"${reason.replaceAll('"', '""')}"\n`)
    yield Buffer.from(rows.join(''))
    after = last.line
  }
}

const refusal = (call: Call, error: AwsError): Answer => ({
  status: error.status ?? 400,
  headers: { 'content-type': 'application/xml', 'x-amz-request-id': call.id },
  body: xmlDeclaration + element('Error', { Code: error.code, Message: error.message, RequestId: call.id }),
})
