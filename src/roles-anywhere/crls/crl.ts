/** Revocation lists: checked when they come in, and asked for each certificate on a path. */

import { isIssuedBy, type RevocationList, readRevocationList } from '../../protocols/revocation-list.ts'
import type { Certificate } from '../../protocols/x509.ts'
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import type { CrlDetail } from '../api.ts'
import { type Resource, resourceArn } from '../resources/resource.ts'

export type Crl = {
  /** Base64 of what was given. */
  readonly data: string
  readonly trustAnchorArn: string
}

/** The list as it is kept. Refuses what is none. */
export function readCrl(given: Uint8Array): string {
  // unproved: the sentence.
  if (!readRevocationList(given)) fail('ValidationException', 'Invalid CRL data')
  return Buffer.from(given).toString('base64')
}

/** Lists are read once; a changed one has another text. A Map iterates by insertion: the first was used longest ago. */
const lists = new Map<string, RevocationList | undefined>()
const mostLists = 100

function listIn({ document: { data } }: Resource<Crl>): RevocationList | undefined {
  const list = lists.get(data) ?? readRevocationList(Buffer.from(data, 'base64'))
  lists.delete(data)
  lists.set(data, list)
  const [oldest] = lists.keys()
  if (lists.size > mostLists && oldest !== undefined) lists.delete(oldest)
  return list
}

/**
 * Whether one of the lists, by the issuer's own word, takes the certificate back. An authority is its name: a list may be
 * signed with another key of it that the anchor has (RFC 5280 6.3.3 f). Past its next update a list still counts.
 */
export const isRevokedBy =
  (crls: readonly Resource<Crl>[], anchors: readonly Certificate[]) =>
  (certificate: Certificate, issuer: Certificate): boolean =>
    crls.some((crl) => {
      const list = listIn(crl)
      if (!list?.serials.has(certificate.serial) || !list.issuer.der.equals(certificate.issuer.der)) return false
      return [issuer, ...anchors].some((signer) => isIssuedBy(list, signer))
    })

export const printCrl = (settings: Pick<Settings, 'account'>, { document, ...crl }: Resource<Crl>): CrlDetail => ({
  crlId: crl.id,
  crlArn: resourceArn(settings, crl),
  name: crl.name,
  enabled: crl.enabled,
  crlData: Buffer.from(document.data, 'base64'),
  trustAnchorArn: document.trustAnchorArn,
  createdAt: new Date(crl.createdAt),
  updatedAt: new Date(crl.updatedAt),
})
