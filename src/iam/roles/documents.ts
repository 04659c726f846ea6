/** Policy documents on their way in and out: their size as quotas count it, and their percent-encoding in answers. */
import { fail } from '../../wire/errors.ts'

/** Characters without white space, which AWS does not count. AWS: IAM User Guide, "IAM and AWS STS quotas". */
export const countedLength = (document: string): number => document.replace(/\s+/g, '').length

/** RFC 3986, stricter than encodeURIComponent. SDKs hand it to their callers as it is. */
export const encodeDocument = (document: string): string =>
  encodeURIComponent(document).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** Characters: of a trust policy, and of all inline policies of a role together. */
export const quotas = { trust: 2048, inlineOfRole: 10_240, rolesPerAccount: 1000 } as const

export function checkTrustSize(document: string): void {
  if (countedLength(document) > quotas.trust)
    fail('LimitExceededException', `Cannot exceed quota for ACLSizePerRole: ${quotas.trust}`)
}
