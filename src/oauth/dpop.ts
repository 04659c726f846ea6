/** Proofs of a key at our endpoints: read, new, and with our nonce where the client's document demands one. RFC 9449. */
import { timingSafeEqual } from 'node:crypto'
import { type Proof, proofLife, readProof } from '../protocols/dpop.ts'
import { rememberProof } from '../user-pools/authorizations/proofs.ts'
import { domainUrl, pathOf, programUrl } from '../user-pools/domains/domain.ts'
import type { Extensions } from '../user-pools/oauth-extensions/extensions.ts'
import { refuse } from './refusals.ts'
import type { Site } from './site.ts'

type Rules = Pick<Extensions, 'dpop' | 'dpopNonce'>

/** How long a nonce is given out; the one before counts as long again. */
const nonceLife = 300_000

const nonceOf = ({ world, pool }: Site, ago: 0 | 1): string =>
  world.seal
    .mac('dpop-nonce', `${pool.id}/${Math.floor(world.now() / nonceLife) - ago}`)
    .subarray(0, 18)
    .toString('base64url')

/** What answers of endpoints say to clients that need it. 8.2. */
export const nonceHeader = (site: Site, rules: Rules): Record<string, string> =>
  rules.dpop !== 'off' && rules.dpopNonce
    ? { 'dpop-nonce': nonceOf(site, 0), 'access-control-expose-headers': 'DPoP-Nonce, WWW-Authenticate' }
    : {}

function isOurs(site: Site, nonce: string | undefined): boolean {
  const given = Buffer.from(nonce ?? '')
  return ([0, 1] as const).some((ago) => {
    const ours = Buffer.from(nonceOf(site, ago))
    return given.length === ours.length && timingSafeEqual(given, ours)
  })
}

/** The request's own addresses: the domain's, for browsers and for programs, and the path form. */
const addressesOf = ({ world: { settings }, domain, path }: Site): string[] =>
  [domainUrl(settings, domain), programUrl(settings, domain), `${settings.publicUrl}${pathOf(domain.name)}`].map(
    (base) => `${base}${path}`,
  )

type Refuse = (error: 'invalid_dpop_proof' | 'use_dpop_nonce', why: string, headers: Record<string, string>) => never

const refuseRequest: Refuse = (error, why, headers) => refuse(error, why, { headers })

/**
 * The thumbprint of the key that the client proved to have; undefined where it proved none and need not. `accessToken`:
 * the token that comes along, whose holder must prove it.
 */
export async function proveKey(
  site: Site,
  rules: Rules,
  accessToken?: string,
  refuseAs: Refuse = refuseRequest,
): Promise<string | undefined> {
  const text = site.call.headers['dpop']
  if (accessToken === undefined && (rules.dpop === 'off' || (text === undefined && rules.dpop === 'allowed'))) {
    return undefined
  }
  const no = (why: string): never => refuseAs('invalid_dpop_proof', why, nonceHeader(site, rules))
  if (text === undefined) return no('A DPoP proof is required.')
  const wanted = { method: site.call.method, urls: addressesOf(site), accessToken }
  const proof = readProof(text, wanted, site.world.now())
  if ('wrong' in proof) return no(`The DPoP proof is not acceptable: ${proof.wrong}.`)
  if (rules.dpopNonce && !isOurs(site, proof.nonce)) {
    return refuseAs('use_dpop_nonce', 'Authorization server requires nonce in DPoP proof', nonceHeader(site, rules))
  }
  if (!(await isNew(site, proof))) return no('The DPoP proof was used before.')
  return proof.jkt
}

/** 11.1: by key and id, for as long as the proof could be taken. */
const isNew = ({ world, pool }: Site, { jkt, jti, issuedAt }: Proof): Promise<boolean> =>
  rememberProof(world, pool, `${jkt}/${jti}`, issuedAt + proofLife)
