/**
 * Credentials of another STS (AWS, MinIO, Ceph): for the roles that the setting `--outside-sts` says are its, it is shown
 * the identity's OpenID token, which it trusts as that of an OpenID Connect provider. Decision 0032.
 */
import { guestPolicies } from '../../sts/guest-policies.ts'
import { fail } from '../../wire/errors.ts'
import type { OutsideSts, Settings, World } from '../../world.ts'
import { refuseConfiguration } from '../roles/refusals.ts'

/** Where the role is, if it is elsewhere; the longest beginning of its ARN decides. */
export const outsideOf = ({ outsideSts }: Pick<Settings, 'outsideSts'>, roleArn: string): OutsideSts | undefined =>
  outsideSts
    .filter(({ roles }) => roleArn.startsWith(roles))
    .toSorted((a, b) => b.roles.length - a.roles.length)
    .at(0)

export type OutsideRequest = {
  readonly roleArn: string
  readonly sessionName: string
  readonly token: string
  /** Seconds. */
  readonly lifetime: number
  readonly guest: boolean
}

type Document = { Statement: { Effect: string; Action: string[]; Resource: string }[] }

/** Of both policies for guests one must allow; an STS elsewhere is given them as one. */
const guestPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: [
      ...new Set(
        guestPolicies.flatMap((text) => (JSON.parse(text) as Document).Statement.flatMap((one) => one.Action)),
      ),
    ],
    Resource: '*',
  },
})

const texts: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The text of an element that holds nothing but text; the answer is XML of a few elements, known by their names. */
const elementOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot|apos));/gi, (_, decimal, hex, known) =>
      known
        ? (texts[known.toLowerCase()] ?? '')
        : String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal ? 10 : 16)),
    )
    .trim()

/** Asks it for credentials. What it refuses is the pool's fault, as it is with roles of ours; the log has its words. */
export async function assumeElsewhere(world: World, outside: OutsideSts, wanted: OutsideRequest) {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: wanted.roleArn,
    RoleSessionName: wanted.sessionName,
    WebIdentityToken: wanted.token,
    DurationSeconds: `${wanted.lifetime}`,
    ...(wanted.guest && { Policy: outside.guestPolicy ?? guestPolicy }),
  })
  const answer = await world
    .fetch(outside.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: form.toString(),
      mostBytes: 262_144,
    })
    .catch((error: unknown) => {
      world.log.warn({ endpoint: outside.endpoint, err: error }, 'an STS elsewhere cannot be asked')
      return undefined
    })
  // unproved: the sentence.
  if (!answer || answer.status >= 500) return fail('ExternalServiceException', 'The STS of the role is not responding.')
  const xml = answer.body.toString('utf8')
  const read = (name: string) => elementOf(xml, name)
  const [AccessKeyId, SecretAccessKey] = [read('AccessKeyId'), read('SecretAccessKey')]
  const [SessionToken, expires] = [read('SessionToken'), read('Expiration')]
  const Expiration = new Date(expires ?? '')
  if (
    answer.status !== 200 ||
    !AccessKeyId ||
    !SecretAccessKey ||
    !SessionToken ||
    Number.isNaN(Expiration.getTime())
  ) {
    return refuseConfiguration(`${outside.endpoint}: ${answer.status} ${read('Code') ?? ''} ${read('Message') ?? ''}`)
  }
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration }
}
