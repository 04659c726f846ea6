/** The settings that buckets and objects cannot have here, and how the question for each is truthfully answered. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { xmlAnswer } from './answers.ts'
import { markerAnswer, refuseAbsent, wantedOf } from './objects.ts'
import { findRow, isMarker } from './reading.ts'
import type { BucketRequest } from './request.ts'

type Ask = (request: BucketRequest) => Promise<Answer>

const says =
  (root: string, content: { [name: string]: XmlValue } | string = ''): Ask =>
  async () =>
    xmlAnswer(root, content)

const none =
  (code: string, message: string): Ask =>
  async ({ bucketName }) =>
    fail(code, message, { status: 404, extra: { BucketName: bucketName } })

/** The owner may do everything, and access control lists say nothing else. */
const ownersAcl: Ask = async ({ world }) => {
  const { account } = world.settings
  const person = { ID: account, DisplayName: account }
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${account}</ID><DisplayName>${account}</DisplayName></Grantee>`
  const answer = xmlAnswer('AccessControlPolicy', { Owner: person })
  const grants = `<AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`
  return { ...answer, body: String(answer.body).replace('</AccessControlPolicy>', `${grants}</AccessControlPolicy>`) }
}

/** Of an object that exists. */
const ofObject =
  (ask: Ask): Ask =>
  async (request) => {
    const row = await findRow(request.world, wantedOf(request))
    if (!row) return refuseAbsent(request)
    return isMarker(row) ? markerAnswer(request, row) : ask(request)
  }

export type AbsentSetting = {
  readonly operation: string
  readonly level: 'bucket' | 'object'
  readonly query: string
  readonly action: string
  readonly answer: Ask
}

const bucket = (query: string, operation: string, action: string, answer: Ask): AbsentSetting => ({
  operation,
  level: 'bucket',
  query,
  action,
  answer,
})

const object = (query: string, operation: string, action: string, answer: Ask): AbsentSetting => ({
  operation,
  level: 'object',
  query,
  action,
  answer: ofObject(answer),
})

export const absentSettings: readonly AbsentSetting[] = [
  bucket('acl', 'GetBucketAcl', 's3:GetBucketAcl', ownersAcl),
  bucket('logging', 'GetBucketLogging', 's3:GetBucketLogging', says('BucketLoggingStatus')),
  bucket(
    'accelerate',
    'GetBucketAccelerateConfiguration',
    's3:GetAccelerateConfiguration',
    says('AccelerateConfiguration'),
  ),
  bucket(
    'requestPayment',
    'GetBucketRequestPayment',
    's3:GetBucketRequestPayment',
    says('RequestPaymentConfiguration', { Payer: 'BucketOwner' }),
  ),
  bucket(
    'website',
    'GetBucketWebsite',
    's3:GetBucketWebsite',
    none('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  ),
  bucket(
    'replication',
    'GetBucketReplication',
    's3:GetReplicationConfiguration',
    none('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  ),
  bucket(
    'object-lock',
    'GetObjectLockConfiguration',
    's3:GetBucketObjectLockConfiguration',
    none('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  ),
  object('acl', 'GetObjectAcl', 's3:GetObjectAcl', ownersAcl),
]
