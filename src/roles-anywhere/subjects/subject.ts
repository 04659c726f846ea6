/** Subjects: who came with a certificate, by the name in it. AWS: User Guide, "Monitoring with IAM Roles Anywhere subjects". */
import { hash } from 'node:crypto'
import { uuidOf } from '../../protocols/uuid.ts'
import type { Name } from '../../protocols/x509.ts'
import type { Settings } from '../../world.ts'
import type { SubjectDetail, SubjectSummary } from '../api.ts'
import { attributeNames } from '../profiles/mappings.ts'
import { resourceArn } from '../resources/resource.ts'

export type Seen = {
  readonly seenAt: number
  readonly serialNumber: string
  readonly issuer: string
  readonly certificate: string
  readonly failed: boolean
}
export type SeenProperties = {
  readonly seenAt: number
  readonly properties: Readonly<Record<string, string>>
  readonly failed: boolean
}

export type Subject = {
  readonly region: string
  readonly id: string
  /** As RFC 4514 prints names. */
  readonly subject: string
  /** The newest first, each certificate once. */
  readonly credentials: readonly Seen[]
  readonly properties: readonly SeenProperties[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly seenAt: number
}

/** RFC 4514 2: the last attribute first, what would end a value escaped. */
export const printName = ({ attributes }: Name): string =>
  attributes
    .map(({ type, value = '' }) => `${attributeNames.get(type) ?? type}=${escapeValue(value)}`)
    .toReversed()
    .join(',')

const escapeValue = (value: string) =>
  value
    .replace(/[\\"+,;<>=]/g, '\\$&')
    .replace(/\p{Cc}/gu, (sign) => `\\${Buffer.from(sign).toString('hex')}`)
    .replace(/^[ #]| $/g, '\\$&')

/** The same name is the same subject on every node. */
export const subjectId = (region: string, { der }: Name): string =>
  uuidOf(hash('sha256', Buffer.concat([Buffer.from(`${region}\0`), der]), 'buffer').subarray(0, 16), 8)

export const subjectArn = (settings: Pick<Settings, 'account'>, region: string, id: string): string =>
  resourceArn(settings, { region, kind: 'subject', id })

export const printSummary = (settings: Pick<Settings, 'account'>, subject: Subject): SubjectSummary => ({
  subjectArn: subjectArn(settings, subject.region, subject.id),
  subjectId: subject.id,
  enabled: true,
  x509Subject: subject.subject,
  lastSeenAt: new Date(subject.seenAt),
  createdAt: new Date(subject.createdAt),
  updatedAt: new Date(subject.updatedAt),
})

export const printSubject = (settings: Pick<Settings, 'account'>, subject: Subject): SubjectDetail => ({
  ...printSummary(settings, subject),
  credentials: subject.credentials.map(({ seenAt, certificate, ...seen }) => ({
    ...seen,
    seenAt: new Date(seenAt),
    enabled: true,
    x509CertificateData: certificate,
  })),
  instanceProperties: subject.properties.map(({ seenAt, properties, failed }) => ({
    seenAt: new Date(seenAt),
    properties: { ...properties },
    failed,
  })),
})
