/**
 * The links of a job: where its file goes (PUT) and where its report is (GET). A keyed hash says what the link is good
 * for and until when; who has the link needs no other credentials, as with S3's presigned ones.
 */
import { timingSafeEqual } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Job } from './job.ts'

type Purpose = 'upload' | 'report'

/** Seconds of the epoch in the link. */
const toSeconds = (time: number) => Math.floor(time / 1000)

const signatureOf = (world: World, purpose: Purpose, job: Pick<Job, 'poolId' | 'id'>, expires: string) =>
  world.seal.mac('import-link', `${purpose}/${job.poolId}/${job.id}/${expires}`)

/** The link, good until that time. */
export function signedUrl(world: World, purpose: Purpose, job: Pick<Job, 'poolId' | 'id'>, until: number): string {
  const expires = String(toSeconds(until))
  const signature = signatureOf(world, purpose, job, expires).toString('base64url')
  return `${world.settings.publicUrl}/imports/${job.poolId}/${job.id}?expires=${expires}&signature=${signature}`
}

/** Refuses a link that was not made here, for this purpose and job, or is too old; in S3's words. */
export function checkLink(world: World, purpose: Purpose, job: Pick<Job, 'poolId' | 'id'>, query: string): void {
  const parameters = new URLSearchParams(query)
  const expires = parameters.get('expires') ?? ''
  const given = Buffer.from(parameters.get('signature') ?? '', 'base64url')
  const wanted = signatureOf(world, purpose, job, expires)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    fail(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { status: 403 },
    )
  if (Number(expires) <= toSeconds(world.now())) fail('AccessDenied', 'Request has expired', { status: 403 })
}
