/**
 * A certificate authority that can speak for few names only, and the certificates of servers that it signs: X.509
 * (RFC 5280) with P-256 keys and ECDSA (RFC 5758 3.2). Its name constraints are what keeps a stolen key harmless
 * outside of them: whoever trusts the authority trusts it for these names.
 */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { commonName, element, octets, oid, sequence, serialNumber, time, yes } from './der.ts'

export type Validity = {
  /** At most 19 random bytes. */
  readonly serial: Uint8Array
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number
}

/** What an authority may speak for: a domain with all below it, and networks as address and mask. */
export type Constraints = { readonly domains: readonly string[]; readonly addresses: readonly string[] }

/** ecdsa-with-SHA256; its parameters are absent. */
const algorithm = sequence(oid('2a8648ce3d040302'))

const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' })

/** RFC 5280 4.2.1.2, method 1: SHA-1 of the public key's bits, which are the end of the P-256 structure. */
const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(spkiOf(key).subarray(-65)).digest()

const critical = (id: string, value: Uint8Array) => sequence(oid(id), yes, octets(value))
const extension = (id: string, value: Uint8Array) => sequence(oid(id), octets(value))

/** Bits are counted from the left; `unused` ones at the end are left out. 4.2.1.3. */
const keyUsage = (bits: number, unused: number) => critical('551d0f', element(0x03, Buffer.from([unused, bits])))

const dnsName = (name: string) => element(0x82, Buffer.from(name))
const ipAddress = (bytes: Uint8Array) => element(0x87, bytes)

/** IPv4, and IPv6's loopback, the one address of that family that is needed here. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  if (address === '::1') return Buffer.concat([Buffer.alloc(15), Buffer.from([1])])
  throw new TypeError(`${address} is not an address that a certificate can name here.`)
}

/** One address exactly: all bits of the mask are set. 4.2.1.10. */
const oneAddress = (address: string): Buffer => {
  const bytes = addressBytes(address)
  return Buffer.concat([bytes, Buffer.alloc(bytes.length, 0xff)])
}

const nameConstraints = ({ domains, addresses }: Constraints) =>
  critical(
    '551d1e',
    sequence(
      element(
        0xa0,
        ...domains.map((domain) => sequence(dnsName(domain))),
        ...addresses.map((address) => sequence(ipAddress(oneAddress(address)))),
      ),
    ),
  )

type Signed = Validity & { readonly subject: string; readonly subjectKey: KeyObject }

function certificate(
  { subject, subjectKey, serial, from, until }: Signed,
  issuer: { readonly name: string; readonly privateKey: KeyObject },
  extensions: readonly Uint8Array[],
): Buffer {
  const described = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    serialNumber(serial),
    algorithm,
    commonName(issuer.name),
    sequence(time(from), time(until)),
    commonName(subject),
    spkiOf(subjectKey),
    element(0xa3, sequence(...extensions)),
  )
  return sequence(described, algorithm, element(0x03, Buffer.from([0]), sign('sha256', described, issuer.privateKey)))
}

/** The authority's own certificate, as DER: it may sign certificates of servers, and no further authority. */
export const authorityCertificate = (
  name: string,
  privateKey: KeyObject,
  constraints: Constraints,
  validity: Validity,
): Buffer =>
  certificate({ ...validity, subject: name, subjectKey: privateKey }, { name, privateKey }, [
    // cA, with a path length of 0. 4.2.1.9.
    critical('551d13', sequence(yes, element(0x02, Buffer.from([0])))),
    // keyCertSign and cRLSign.
    keyUsage(0x06, 1),
    nameConstraints(constraints),
    extension('551d0e', octets(keyIdentifier(privateKey))),
  ])

/** The certificate of a server for its names and addresses, as DER. */
export function serverCertificate(
  authority: { readonly name: string; readonly privateKey: KeyObject },
  key: KeyObject,
  names: readonly string[],
  validity: Validity,
): Buffer {
  // No name of a host: where there is one, some take it for a name to be constrained, others for one to be believed.
  return certificate({ ...validity, subject: 'Poolhouse server', subjectKey: key }, authority, [
    critical('551d13', sequence()),
    // digitalSignature.
    keyUsage(0x80, 7),
    // serverAuth. 4.2.1.12.
    extension('551d25', sequence(oid('2b06010505070301'))),
    extension('551d11', sequence(...names.map((name) => (isIP(name) ? ipAddress(addressBytes(name)) : dnsName(name))))),
    extension('551d0e', octets(keyIdentifier(key))),
    extension('551d23', sequence(element(0x80, keyIdentifier(authority.privateKey)))),
  ])
}

/** RFC 7468. */
export const printCertificate = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END CERTIFICATE-----\n`
