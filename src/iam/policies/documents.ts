/** Policy documents on their way in and out: their size as quotas count it, and their percent-encoding in answers. */
import { fail } from '../../wire/errors.ts'

/** Characters without white space, which AWS does not count. AWS: IAM User Guide, "IAM and AWS STS quotas". */
export const countedLength = (document: string): number => document.replace(/\s+/g, '').length

/** RFC 3986, stricter than encodeURIComponent. SDKs hand it to their callers as it is. */
export const encodeDocument = (document: string): string =>
  encodeURIComponent(document).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** Characters of documents, and numbers of things. */
export const quotas = {
  trust: 2048,
  /** All inline policies of one of them together. */
  inline: { role: 10_240, user: 2048, group: 5120 },
  managedPolicy: 6144,
  versionsPerPolicy: 5,
  attached: { role: 10, user: 10, group: 10 },
  rolesPerAccount: 1000,
  usersPerAccount: 5000,
  groupsPerAccount: 300,
  groupsPerUser: 10,
  keysPerUser: 2,
  providersPerAccount: 100,
  clientIdsPerProvider: 100,
  policiesPerAccount: 1500,
  profilesPerAccount: 1000,
  serverCertificatesPerAccount: 20,
} as const

export function checkTrustSize(document: string): void {
  if (countedLength(document) > quotas.trust)
    fail('LimitExceededException', `Cannot exceed quota for ACLSizePerRole: ${quotas.trust}`)
}
