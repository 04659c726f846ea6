/**
 * The keys of sign-in, the same on every node: derived from the master key and the day, so that they rotate by themselves
 * and nothing is stored. One pair of P-256 a day signs the claims headers; sessions and states are sealed for their day.
 */
import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { World } from '../../world.ts'

const dayMs = 86_400_000

export const dayOf = (now: number): number => Math.floor(now / dayMs)

/** Sessions are carried over when their cookie is written anew; a cookie lives seven days. AWS: "Session cookies". */
export const cookieDays = 7

/** How long a public key can be had after its last signature. The headers it signed live two minutes. */
const publishedDays = 7

export type SigningKey = { readonly kid: string; readonly privateKey: KeyObject; readonly publicPem: string }

type Seal = World['seal']

/** A UUID, as AWS's key ids are; version 4 by its form only. */
function kidOf(seal: Seal, day: number): string {
  const bytes = Buffer.from(seal.mac('load-balancer-kid', String(day)).subarray(0, 16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** SEC 2, 2.4.2: the order of P-256. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A scalar of P-256: the first of a row of keyed hashes that is one (FIPS 186-5 A.2.2); hardly ever not the very first. */
function scalarOf(seal: Seal, day: number): Buffer {
  for (let attempt = 0; ; attempt++) {
    const candidate = seal.mac('load-balancer-key', `${day}:${attempt}`)
    const value = BigInt(`0x${candidate.toString('hex')}`)
    if (value > 0n && value < order) return candidate
  }
}

function makeKey(seal: Seal, day: number): SigningKey {
  const scalar = scalarOf(seal, day)
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
  const jwk = { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x: x ?? '', y: y ?? '' }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string
  return { kid: kidOf(seal, day), privateKey, publicPem }
}

/** By day; forgotten when it is past. */
const made = new WeakMap<Seal, Map<number, SigningKey>>()

function keyOfDay(seal: Seal, day: number): SigningKey {
  const keys = made.get(seal) ?? new Map<number, SigningKey>()
  made.set(seal, keys)
  const key = keys.get(day) ?? makeKey(seal, day)
  keys.set(day, key)
  for (const old of keys.keys()) if (old < day - publishedDays - 1) keys.delete(old)
  return key
}

/** The key that signs now. */
export const signingKey = ({ seal, now }: Pick<World, 'seal' | 'now'>): SigningKey => keyOfDay(seal, dayOf(now()))

/** The public key of that id in PEM: of today, of the days before, and of tomorrow for a node whose clock is ahead. */
export function publicKey({ seal, now }: Pick<World, 'seal' | 'now'>, kid: string): string | undefined {
  const today = dayOf(now())
  for (let day = today + 1; day >= today - publishedDays; day--)
    if (kidOf(seal, day) === kid) return keyOfDay(seal, day).publicPem
  return undefined
}

/** Seals for the day: `<day>.<sealed>`. */
export function sealToday({ seal, now }: Pick<World, 'seal' | 'now'>, purpose: string, text: string, bound: string) {
  const day = dayOf(now())
  return `${day.toString(36)}.${seal.seal(`${purpose}-${day}`, text, bound)}`
}

/** What was sealed at most `days` ago; undefined for anything else. */
export function openRecent(
  { seal, now }: Pick<World, 'seal' | 'now'>,
  purpose: string,
  sealed: string,
  bound: string,
  days = cookieDays,
): string | undefined {
  const [, written = '', rest = ''] = /^([0-9a-z]{1,6})\.([\w-]+)$/.exec(sealed) ?? []
  const day = Number.parseInt(written, 36)
  const today = dayOf(now())
  // Checked first: every day has a key of its own, and a stranger must not have us make many.
  if (!(day <= today + 1 && day >= today - days)) return undefined
  return seal.open(`${purpose}-${day}`, rest, bound)?.toString('utf8')
}
