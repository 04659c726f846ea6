/** Self-signed X.509 certificates for RSA keys (RFC 5280), signed with SHA-256 (RFC 8017 8.2), in DER (X.690). */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** One element; a length above 127 says first how many bytes it has. X.690 8.1.3. */
function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.from(content.length.toString(16).replace(/^(..)*.$/, '0$&'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}

const sequence = (...members: readonly Uint8Array[]) => element(0x30, ...members)
const oid = (hex: string) => element(0x06, Buffer.from(hex, 'hex'))
const yes = element(0x01, Buffer.from([0xff]))

/** RFC 5280 4.1.2.5: two digits of the year until 2049, four from then on. */
function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}

/** sha256WithRSAEncryption, with the NULL that RFC 4055 5 demands. */
const algorithm = sequence(oid('2a864886f70d01010b'), element(0x05))

const commonName = (name: string) => sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from(name)))))

/** No authority (4.2.1.9), and a key for signatures only (4.2.1.3); both critical. */
const extensions = sequence(
  sequence(oid('551d13'), yes, element(0x04, sequence())),
  sequence(oid('551d0f'), yes, element(0x04, element(0x03, Buffer.from([7, 0x80])))),
)

export type Subject = {
  /** The common name, of subject and issuer alike. */
  readonly name: string
  /** At most 19 random bytes. */
  readonly serial: Uint8Array
  /** Epoch milliseconds. */
  readonly from: number
  readonly until: number
}

/** The certificate of a key in PEM, as DER. */
export async function selfSigned(privatePem: string, { name, serial, from, until }: Subject): Promise<Buffer> {
  const key = createPrivateKey(privatePem)
  const described = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))),
    // A first byte of 1: positive, and without a leading zero, whatever the bytes are. 4.1.2.2.
    element(0x02, Buffer.from([1]), serial),
    algorithm,
    commonName(name),
    sequence(time(from), time(until)),
    commonName(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    element(0xa3, extensions),
  )
  const signature = await promisify(sign)('sha256', described, key)
  return sequence(described, algorithm, element(0x03, Buffer.from([0]), signature))
}
