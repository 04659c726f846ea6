/** Trust anchors: the certificates of an authority, checked when they are given, and when somebody wants to be told of their end. */
import { isAuthority, isStrongAlgorithm, isStrongKey } from '../../protocols/certificate-path.ts'
import { type Certificate, readBundle } from '../../protocols/x509.ts'
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import type {
  NotificationEvent,
  NotificationSetting,
  NotificationSettingDetail,
  Source,
  TrustAnchorDetail,
} from '../api.ts'
import { type Resource, resourceArn } from '../resources/resource.ts'

export type Anchor = {
  /** The bundle, in PEM. */
  readonly certificates: string
  /** What differs from the defaults. */
  readonly notifications: readonly NotificationSetting[]
}

const refuse = (message: string) => fail('ValidationException', message)

/** AWS: User Guide, "Signature validation": what an authority's certificate must say. The first sentence is AWS's. */
function requireAuthority(certificate: Certificate): void {
  if (certificate.authority !== true) refuse('Incorrect basic constraints for CA certificate')
  // unproved: the sentences from here on; the rules are the guide's, but for the strength of keys.
  if (!isAuthority(certificate, true)) refuse('Incorrect key usage for CA certificate')
  if (certificate.version !== 3) refuse('CA certificate must be an X.509v3 certificate')
  if (!isStrongAlgorithm(certificate.signatureAlgorithm)) refuse('Unsupported signature algorithm for CA certificate')
  if (!isStrongKey(certificate)) refuse('Unsupported key for CA certificate')
}

/** The bundle of a source. AWS Private CA is not here, and a source without certificates trusts nobody. */
export function readSource({ sourceType, sourceData }: Source): string {
  // unproved: the sentences.
  if (sourceType !== 'CERTIFICATE_BUNDLE') refuse(`Trust anchors of type ${sourceType} are not available here.`)
  const pem = sourceData?.x509CertificateData
  if (pem === undefined || sourceData?.acmPcaArn !== undefined)
    return refuse('A certificate bundle has x509CertificateData and nothing else.')
  const bundle = readBundle(pem)
  if (!bundle || bundle.length === 0) return refuse('Invalid certificate data')
  for (const certificate of bundle) requireAuthority(certificate)
  return pem
}

export const certificatesOf = ({ document }: Resource<Anchor>): readonly Certificate[] =>
  readBundle(document.certificates) ?? []

const service = 'rolesanywhere.amazonaws.com'

/** AWS: User Guide, "Notification settings": both on, 45 days before. */
const usual: readonly NotificationSettingDetail[] = (
  ['CA_CERTIFICATE_EXPIRY', 'END_ENTITY_CERTIFICATE_EXPIRY'] as const
).map((event) => ({ enabled: true, event, threshold: 45, channel: 'ALL', configuredBy: service }))

/** Each event once, the anchor's own settings over the defaults. */
export const notificationsOf = ({ account }: Pick<Settings, 'account'>, { notifications }: Anchor) =>
  usual.map((setting): NotificationSettingDetail => {
    const own = notifications.find(({ event }) => event === setting.event)
    return own ? { channel: 'ALL', ...own, configuredBy: account } : setting
  })

/** New settings over those there are. */
export function changeNotifications(
  before: readonly NotificationSetting[],
  changes: readonly NotificationSetting[],
): NotificationSetting[] {
  const events = changes.map(({ event }) => event)
  // unproved: the sentences.
  if (new Set(events).size < events.length) refuse('An event has more than one notification setting.')
  if (changes.some(({ enabled, threshold }) => enabled && threshold === undefined))
    refuse('A notification setting that is enabled needs a threshold.')
  return [...before.filter(({ event }) => !events.includes(event)), ...changes]
}

export const resetNotifications = (before: readonly NotificationSetting[], events: readonly NotificationEvent[]) =>
  before.filter(({ event }) => !events.includes(event))

export const printAnchor = (
  settings: Pick<Settings, 'account'>,
  { document, ...anchor }: Resource<Anchor>,
): TrustAnchorDetail => ({
  trustAnchorId: anchor.id,
  trustAnchorArn: resourceArn(settings, anchor),
  name: anchor.name,
  source: { sourceType: 'CERTIFICATE_BUNDLE', sourceData: { x509CertificateData: document.certificates } },
  enabled: anchor.enabled,
  createdAt: new Date(anchor.createdAt),
  updatedAt: new Date(anchor.updatedAt),
  notificationSettings: notificationsOf(settings, document),
})
