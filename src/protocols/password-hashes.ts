/**
 * Password hashes that others made, in the text forms in which they travel: which are well-formed, which cost more than
 * we compute, and whether a password fits. Forms and bounds: AWS Developer Guide, "Importing users with password hashes".
 */
import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'

export type HashAlgorithm = 'BCRYPT' | 'SCRYPT' | 'ARGON2ID' | 'PBKDF2_SHA256'

/** The capture groups of a form's pattern. */
type Parts = readonly string[]

type Form = {
  readonly pattern: RegExp
  /** Whether the parts make sense beyond their pattern. */
  sound(parts: Parts): boolean
  /** Whether the costs are within bounds. */
  affordable(parts: Parts): boolean
  fits(text: string, parts: Parts, password: string): Promise<boolean>
}

/** Shorter results are guessed by chance; longer ones only cost. */
const soundLength = (bytes: number) => bytes >= 16 && bytes <= 128

/** Standard base64 and the form with a dot for the plus (passlib's "adapted base64"), padded or not. */
const fromBase64 = (text: string) => Buffer.from(text.replaceAll('.', '+'), 'base64')

const deriveScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt)
const derivePbkdf2 = promisify(pbkdf2)

const forms: Readonly<Record<HashAlgorithm, Form>> = {
  // $2b$cost$ and then 22 characters of salt, 31 of hash, in bcrypt's own base64.
  BCRYPT: {
    pattern: /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/,
    sound: ([cost]) => Number(cost) >= 4,
    affordable: ([cost]) => Number(cost) <= 12,
    // Loaded with the first such hash: most servers never meet one.
    fits: async (text, _, password) => (await import('@node-rs/bcrypt')).verify(password, text),
  },
  // RFC 7914: N$r$p$salt$hash, salt and hash in hex.
  SCRYPT: {
    pattern: /^(\d{1,10})\$(\d{1,10})\$(\d{1,10})\$((?:[0-9a-f]{2}){1,128})\$((?:[0-9a-f]{2})+)$/i,
    sound: ([n, r, p, , hash = '']) =>
      Number.isInteger(Math.log2(Number(n))) &&
      Number(n) > 1 &&
      Number(r) >= 1 &&
      Number(p) >= 1 &&
      soundLength(hash.length / 2),
    affordable: ([n, r, p]) => Number(n) <= 65_536 && Number(r) <= 8 && Number(p) <= 1,
    async fits(_, [n, r, p, salt = '', hash = ''], password) {
      const wanted = Buffer.from(hash, 'hex')
      const [N, blocks] = [Number(n), Number(r)]
      // Node refuses unless it may hold the whole table: 128 N r bytes, and some.
      const costs = { N, r: blocks, p: Number(p), maxmem: 128 * N * blocks + 1_048_576 }
      return timingSafeEqual(await deriveScrypt(password, Buffer.from(salt, 'hex'), wanted.length, costs), wanted)
    },
  },
  // RFC 9106 in PHC form.
  ARGON2ID: {
    pattern:
      /^\$argon2id\$v=(?:16|19)\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$([A-Za-z0-9+/]{11,171})\$([A-Za-z0-9+/]+)$/,
    sound: ([m, t, p, , hash = '']) =>
      Number(t) >= 1 && Number(p) >= 1 && Number(m) >= 8 * Number(p) && soundLength(fromBase64(hash).length),
    affordable: ([m, t, p]) => Number(m) <= 19_456 && Number(t) <= 2 && Number(p) <= 1,
    fits: (text, _, password) => verifyArgon2(text, password),
  },
  // RFC 8018: $pbkdf2-sha256$iterations$salt$hash.
  PBKDF2_SHA256: {
    pattern: /^\$pbkdf2-sha256\$(\d{1,10})\$([A-Za-z0-9+/.]{1,171}={0,2})\$([A-Za-z0-9+/.]+={0,2})$/,
    sound: ([iterations, , hash = '']) => Number(iterations) >= 1 && soundLength(fromBase64(hash).length),
    affordable: ([iterations]) => Number(iterations) <= 600_000,
    async fits(_, [iterations, salt = '', hash = ''], password) {
      const wanted = fromBase64(hash)
      const made = await derivePbkdf2(password, fromBase64(salt), Number(iterations), wanted.length, 'sha256')
      return timingSafeEqual(made, wanted)
    },
  },
}

/** What a text is as a hash of that algorithm. */
export function judgeHash(algorithm: HashAlgorithm, text: string): 'good' | 'malformed' | 'too-costly' {
  const form = forms[algorithm]
  const parts = form.pattern.exec(text)?.slice(1)
  if (!parts || !form.sound(parts)) return 'malformed'
  return form.affordable(parts) ? 'good' : 'too-costly'
}

/** The check of a well-formed, affordable hash of any of the algorithms; undefined for every other text. */
export function hashCheck(text: string): ((password: string) => Promise<boolean>) | undefined {
  for (const algorithm of Object.keys(forms) as HashAlgorithm[]) {
    if (judgeHash(algorithm, text) !== 'good') continue
    const { pattern, fits } = forms[algorithm]
    const parts = pattern.exec(text)?.slice(1) ?? []
    return (password) => fits(text, parts, password)
  }
  return undefined
}
