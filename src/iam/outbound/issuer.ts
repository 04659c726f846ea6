/**
 * The issuer that vouches for this account's principals to services outside: its URL, its keys, its signature. It is off until
 * somebody turns it on. AWS: IAM User Guide, "Federating AWS identities to external services".
 */
import { createPrivateKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { generateRsaPair } from '../../protocols/rsa.ts'
import type { World } from '../../world.ts'
import { insertIssuer, readIssuer, type StoredIssuer, switchIssuer } from './store.ts'

export type OutboundAlg = 'ES384' | 'RS256'
export const isOutboundAlg = (name: string): name is OutboundAlg => name === 'ES384' || name === 'RS256'

type PublishedKey = { kid: string; alg: OutboundAlg; use: 'sig' } & Record<string, unknown>

export type OutboundIssuer = {
  readonly url: string
  readonly enabled: boolean
  readonly keys: readonly PublishedKey[]
  /** The compact token of the claims. */
  sign(alg: OutboundAlg, claims: object): Promise<string>
}

type Asking = Pick<World, 'db' | 'seal' | 'settings' | 'slow'>

/** `https://…/sts/<id>`, below the public URL. */
const pathPrefix = '/sts/'

export const outboundPrefix = ({ publicUrl }: Pick<World['settings'], 'publicUrl'>): string => publicUrl + pathPrefix

const purpose = 'outbound-keys'

/** The account's issuer, on or off; undefined if it was never on. */
export async function findOutboundIssuer(world: Asking): Promise<OutboundIssuer | undefined> {
  const stored = await readIssuer(world.db, world.settings.account)
  return stored && open(world, stored)
}

function open(world: Asking, { id, enabled, publicKeys, sealedKeys }: StoredIssuer): OutboundIssuer {
  const keys = JSON.parse(publicKeys) as PublishedKey[]
  return {
    url: outboundPrefix(world.settings) + id,
    enabled,
    keys,
    async sign(alg, claims) {
      const opened = world.seal.open(purpose, sealedKeys, id)
      if (!opened) throw new Error('The keys of the outbound issuer were sealed under another master key.')
      const pem = (JSON.parse(opened.toString()) as Record<OutboundAlg, string>)[alg]
      const kid = keys.find((key) => key.alg === alg)?.kid
      const text = [{ alg, kid, typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
      const signature =
        alg === 'RS256'
          ? await world.slow.signRsa('sha256', pem, text)
          : sign('sha384', Buffer.from(text), { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' })
      return `${text}.${Buffer.from(signature).toString('base64url')}`
    },
  }
}

/** Turns it on, making it the first time; undefined if it is on. */
export async function enableOutbound(world: World): Promise<OutboundIssuer | undefined> {
  const { account } = world.settings
  if (!(await readIssuer(world.db, account))) {
    await insertIssuer(world.db, account, await make(world), world.now())
  }
  return (await switchIssuer(world.db, account, true)) ? findOutboundIssuer(world) : undefined
}

/** Turns it off; false if it is off. Tokens that are out can still be verified. */
export const disableOutbound = (world: World): Promise<boolean> => switchIssuer(world.db, world.settings.account, false)

async function make(world: World): Promise<Omit<StoredIssuer, 'enabled'>> {
  const id = world.random(16).toString('hex')
  const rsa = await generateRsaPair()
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-384' })
  const named = (alg: OutboundAlg, jwk: object): PublishedKey => ({
    ...jwk,
    kid: `${alg}_${world.random(6).toString('hex')}`,
    alg,
    use: 'sig',
  })
  const secrets: Record<OutboundAlg, string> = {
    RS256: rsa.privatePem,
    ES384: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
  return {
    id,
    publicKeys: JSON.stringify([named('ES384', publicKey.export({ format: 'jwk' })), named('RS256', rsa.publicJwk)]),
    sealedKeys: world.seal.seal(purpose, JSON.stringify(secrets), id),
  }
}
