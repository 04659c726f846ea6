/** Elements of DER (X.690), as certificates are made of. */

/** One element; a length above 127 says first how many bytes it has. X.690 8.1.3. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.from(content.length.toString(16).replace(/^(..)*.$/, '0$&'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content])
}

export const sequence = (...members: readonly Uint8Array[]): Buffer => element(0x30, ...members)
export const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'))
export const octets = (content: Uint8Array): Buffer => element(0x04, content)
export const yes: Buffer = element(0x01, Buffer.from([0xff]))

/** RFC 5280 4.1.2.5: two digits of the year until 2049, four from then on. Epoch milliseconds. */
export function time(ms: number): Buffer {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  return digits < '2050' ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits))
}

/** A first byte of 1: positive, and without a leading zero, whatever the bytes are. RFC 5280 4.1.2.2. */
export const serialNumber = (random: Uint8Array): Buffer => element(0x02, Buffer.from([1]), random)

/** A name that is a common name only. */
export const commonName = (name: string): Buffer =>
  sequence(element(0x31, sequence(oid('550403'), element(0x0c, Buffer.from(name)))))
