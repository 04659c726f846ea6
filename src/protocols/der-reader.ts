/** Reads DER (X.690), and nothing that is BER only: lengths are definite and as short as can be, nothing is left over. */

export class DerError extends Error {}

export type Element = {
  readonly tag: number
  readonly content: Buffer
  /** Tag and length included. */
  readonly whole: Buffer
}

const broken = (what: string): never => {
  throw new DerError(what)
}

/** The element that begins at the offset. */
function elementAt(bytes: Buffer, at: number): Element {
  const tag = bytes[at] ?? broken('An element is missing.')
  if ((tag & 0x1f) === 0x1f) broken('Tags of several bytes are not read.')
  const first = bytes[at + 1] ?? broken('A length is missing.')
  if (first < 0x80) return cut(bytes, at, tag, at + 2, first)
  const count = first & 0x7f
  if (count === 0 || count > 3) broken('A length is indefinite or too large.')
  if (at + 2 + count > bytes.length) broken('A length is cut off.')
  const length = bytes.readUIntBE(at + 2, count)
  if (length < 0x80 || length < 2 ** (8 * (count - 1))) broken('A length is longer than it need be.')
  return cut(bytes, at, tag, at + 2 + count, length)
}

function cut(bytes: Buffer, at: number, tag: number, from: number, length: number): Element {
  if (from + length > bytes.length) broken('An element is cut off.')
  return { tag, content: bytes.subarray(from, from + length), whole: bytes.subarray(at, from + length) }
}

/** The one element that the bytes are. */
export function readDer(bytes: Buffer): Element {
  const element = elementAt(bytes, 0)
  if (element.whole.length !== bytes.length) broken('Something follows the element.')
  return element
}

/** The elements inside a constructed one. */
export function membersOf({ tag, content }: Element): Element[] {
  if ((tag & 0x20) === 0) broken('An element holds no others.')
  const members: Element[] = []
  for (let at = 0; at < content.length; ) {
    const member = elementAt(content, at)
    members.push(member)
    at += member.whole.length
  }
  return members
}

/** Takes elements one after the other, optional ones by their tag. */
export function takeFrom(members: readonly Element[]) {
  let at = 0
  return {
    next(tag: number): Element {
      const member = members[at++]
      return member?.tag === tag ? member : broken(`Tag ${tag} is missing.`)
    },
    /** The next one, if it has one of the tags. */
    maybe(...tags: readonly number[]): Element | undefined {
      const member = members[at]
      if (!member || !tags.includes(member.tag)) return undefined
      at++
      return member
    },
    end() {
      if (at < members.length) broken('There is more than there should be.')
    },
  }
}

/** `2.5.4.3`. X.690 8.19. */
export function readOid({ tag, content }: Element): string {
  if (tag !== 0x06 || content.length === 0) return broken('An object identifier is missing.')
  const arcs: number[] = []
  let arc = 0
  for (const [index, byte] of content.entries()) {
    if (arc === 0 && byte === 0x80) broken('An arc is longer than it need be.')
    arc = arc * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(arc)) broken('An arc is too large.')
    if (byte < 0x80) {
      arcs.push(arc)
      arc = 0
    } else if (index === content.length - 1) broken('An object identifier is cut off.')
  }
  const [head = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(head / 40))
  return [root, head - root * 40, ...rest].join('.')
}

/** An INTEGER that is not negative. X.690 8.3. */
export function readInteger({ tag, content }: Element): bigint {
  if (tag !== 0x02 || content.length === 0) return broken('An integer is missing.')
  const [first = 0, second = 0x80] = content
  if (first >= 0x80) broken('An integer is negative.')
  if (content.length > 1 && first === 0 && second < 0x80) broken('An integer is longer than it need be.')
  return BigInt(`0x${content.toString('hex')}`)
}

/** X.690 11.1. */
export function readBoolean({ content }: Element): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) broken('A boolean is neither.')
  return content[0] === 0xff
}

/** The bits that are set, counted from the left; trailing zeros are no bits. X.690 8.6. */
export function readBits({ tag, content }: Element): ReadonlySet<number> {
  const [unused = 8, ...bytes] = content
  if (tag !== 0x03 || unused > 7 || (bytes.length === 0 && unused > 0)) broken('A string of bits is broken.')
  const bits = bytes.flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) => (byte & (0x80 >> bit) ? [index * 8 + bit] : [])),
  )
  return new Set(bits)
}

/** RFC 5280 4.1.2.5: UTCTime until 2049, GeneralizedTime from then on, both with seconds and in Z. Epoch milliseconds. */
export function readTime({ tag, content }: Element): number {
  const text = content.toString('latin1')
  const years = tag === 0x17 ? (text < '50' ? '20' : '19') : tag === 0x18 ? '' : broken('A time is missing.')
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(years + text) ?? broken('A time is broken.')
  const [year, month, day, hour, minute, second] = parts.slice(1)
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const ms = Date.parse(iso)
  // The 31st of February parses, as another day.
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? broken('A time is broken.') : ms
}

/** The text of a string of one of ASN.1's kinds; undefined if it is of another or its bytes are no such text. */
export function readText({ tag, content }: Element): string | undefined {
  const read = Object.hasOwn(texts, tag) ? texts[tag] : undefined
  return read?.(content)
}

const ascii = (bytes: Buffer) => (bytes.every((byte) => byte < 0x80) ? bytes.toString('latin1') : undefined)
const decode = (encoding: 'utf-8' | 'utf-16le') => (bytes: Buffer) => {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
const bigEndian = (bytes: Buffer) =>
  bytes.length % 2 === 0 ? decode('utf-16le')(Buffer.from(bytes).swap16()) : undefined

/** UTF8String, NumericString, PrintableString, IA5String, VisibleString, BMPString. X.690 8.23. */
const texts: Readonly<Record<number, (bytes: Buffer) => string | undefined>> = {
  12: decode('utf-8'),
  18: ascii,
  19: ascii,
  22: ascii,
  26: ascii,
  30: bigEndian,
}
