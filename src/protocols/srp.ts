/**
 * SRP-6a as Cognito speaks it, the server's side. RFC 5054 gives the shape; the 3072-bit group is RFC 3526 5, the
 * hashing and the key are Cognito's own (as in Amplify and amazon-cognito-identity-js).
 *
 * One code serves users and devices: `group` is the pool's name (its id after the underscore) or the device group key,
 * `name` the user id (`USER_ID_FOR_SRP`) or the device key.
 */
import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

/** base ^ exponent mod N; big-endian bytes in and out. */
export type ModPow = (base: Uint8Array, exponent: Uint8Array) => Promise<Uint8Array>

// RFC 3526 5.
export const N = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD' +
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED' +
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F' +
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B' +
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510' +
    '15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7' +
    'ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C' +
    'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
)
export const g = 2n
/** RFC 5054 2.5.3: the server's secret has at least 256 bits. */
export const secretBytes = 32
const longestHex = 2 * 384

const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

/** Even length, and a zero byte in front where the top bit is set: Java's BigInteger.toByteArray, in hex. */
export function padHex(n: bigint): string {
  const hex = n.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  return /^[89a-f]/.test(even) ? `00${even}` : even
}
const padded = (n: bigint) => Buffer.from(padHex(n), 'hex')

const sha256 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export const k = toBigInt(sha256(padded(N), padded(g)))

/** An element of the group from a peer's hex: 0 < n < N, or undefined. RFC 5054 2.5.4: A ≡ 0 mod N must be refused. */
export function readElement(hex: string): bigint | undefined {
  if (hex.length > longestHex || !/^[0-9a-fA-F]+$/.test(hex)) return undefined
  const n = BigInt(`0x${hex}`)
  return n > 0n && n < N ? n : undefined
}

export type Identity = { readonly group: string; readonly name: string }

/** x. The salt goes through an integer, so that leading zeros of its hex vanish, as they do in the clients. */
function privateKey({ group, name }: Identity, password: string, saltHex: string): Buffer {
  return sha256(padded(BigInt(`0x${saltHex}`)), sha256(`${group}${name}:${password}`))
}

/** v = g^x mod N in padded hex: what a server keeps of a password for SRP. It is as secret as a fast hash. */
export async function verifierFor(
  identity: Identity,
  password: string,
  saltHex: string,
  modPow: ModPow,
): Promise<string> {
  return padHex(toBigInt(await modPow(padded(g), privateKey(identity, password, saltHex))))
}

/** B = (k·v + g^b) mod N in hex. `b` are `secretBytes` random bytes, used for one sign-in. */
export async function serverPublic(verifierHex: string, b: Uint8Array, modPow: ModPow): Promise<string> {
  const shared = toBigInt(await modPow(padded(g), b))
  return ((k * BigInt(`0x${verifierHex}`) + shared) % N).toString(16)
}

export type Exchange = Identity & {
  readonly verifierHex: string
  /** The server's secret exponent. */
  readonly b: Uint8Array
  /** The client's `SRP_A`. */
  readonly A: string
  /** The server's `SRP_B`. */
  readonly B: string
  /** The bytes behind `SECRET_BLOCK`. */
  readonly secretBlock: Uint8Array
  /** The client's `TIMESTAMP`, as sent. */
  readonly timestamp: string
}

/** The signature a client that knows the password sends, or undefined if A, B or u cannot be used. 32 bytes. */
export async function serverProof(exchange: Exchange, modPow: ModPow): Promise<Buffer | undefined> {
  const [A, B] = [readElement(exchange.A), readElement(exchange.B)]
  if (A === undefined || B === undefined) return undefined
  const u = sha256(padded(A), padded(B))
  const uNumber = toBigInt(u)
  if (uNumber === 0n) return undefined
  // S = (A · v^u)^b mod N
  const blinded = toBigInt(await modPow(padded(BigInt(`0x${exchange.verifierHex}`)), u))
  const S = toBigInt(await modPow(padded((A * blinded) % N), exchange.b))
  return createHmac('sha256', sessionKey(padded(uNumber), padded(S)))
    .update(exchange.group)
    .update(exchange.name)
    .update(exchange.secretBlock)
    .update(exchange.timestamp)
    .digest()
}

/** HKDF (RFC 5869) of S with u as salt, 16 bytes: Cognito's key derivation. */
const sessionKey = (salt: Uint8Array, secret: Uint8Array): KeyObject =>
  createSecretKey(new Uint8Array(hkdfSync('sha256', secret, salt, 'Caldera Derived Key', 16)))

/** Whether a base64 proof is the expected one, in constant time. */
export function sameProof(given: string, expected: Uint8Array): boolean {
  const bytes = Buffer.from(given, 'base64')
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `EEE MMM d HH:mm:ss UTC yyyy` of epoch milliseconds: `Tue May 7 00:09:40 UTC 2025`. */
export function formatTimestamp(ms: number): string {
  const at = new Date(ms)
  const time = at.toISOString().slice(11, 19)
  return `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${at.getUTCDate()} ${time} UTC ${at.getUTCFullYear()}`
}

/**
 * Epoch milliseconds of a TIMESTAMP, or undefined. The day may be padded with a zero: Cognito is said to refuse that,
 * and some clients send it. The weekday must be a name, not the right one: it decides nothing.
 */
export function readTimestamp(text: string): number | undefined {
  const [, weekday, month, day, clock, year] =
    /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) (\d{1,2}) (\d\d:\d\d:\d\d) UTC (\d{4})$/.exec(text) ?? []
  if (weekday === undefined || month === undefined || day === undefined) return undefined
  if (!days.includes(weekday) || !months.includes(month)) return undefined
  const at = `${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}T${clock}.000Z`
  const ms = Date.parse(at)
  // The 31st of February parses, as another day.
  return Number.isNaN(ms) || new Date(ms).toISOString() !== at ? undefined : ms
}
