/** Self-signed X.509 certificates for RSA keys (RFC 5280), signed with SHA-256 (RFC 8017 8.2), in DER (X.690). */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { commonName, element, octets, oid, sequence, serialNumber, time, yes } from './der.ts'

/** sha256WithRSAEncryption, with the NULL that RFC 4055 5 demands. */
const algorithm = sequence(oid('2a864886f70d01010b'), element(0x05))

/** The bits of KeyUsage (4.2.1.3): how many are unused, then digitalSignature or keyEncipherment. */
const usages = { sign: [7, 0x80], encrypt: [5, 0x20] } as const

/** No authority (4.2.1.9), and a key for one use only (4.2.1.3); both critical. */
const extensionsFor = (use: keyof typeof usages) =>
  sequence(
    sequence(oid('551d13'), yes, octets(sequence())),
    sequence(oid('551d0f'), yes, octets(element(0x03, Buffer.from(usages[use])))),
  )

export type Subject = {
  /** The common name, of subject and issuer alike. */
  readonly name: string
  /** At most 19 random bytes. */
  readonly serial: Uint8Array
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number
  /** What the key is for; signatures if absent. */
  readonly use?: keyof typeof usages
}

/** The certificate of a key in PEM, as DER. */
export async function selfSigned(
  privatePem: string,
  { name, serial, from, until, use = 'sign' }: Subject,
): Promise<Buffer> {
  const key = createPrivateKey(privatePem)
  const described = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    serialNumber(serial),
    algorithm,
    commonName(name),
    sequence(time(from), time(until)),
    commonName(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    element(0xa3, extensionsFor(use)),
  )
  const signature = await promisify(sign)('sha256', described, key)
  return sequence(described, algorithm, element(0x03, Buffer.from([0]), signature))
}
