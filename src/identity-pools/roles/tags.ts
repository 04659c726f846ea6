/** Principal tags: claims of a login that become tags of the session. AWS: "Using attributes for access control". */
import { isTag, sameKey, type Tag } from '../../iam/tags.ts'
import type { Proof } from '../identities/proofs.ts'
import type { Pool, TagMap } from '../pools/pool.ts'
import { refuseConfiguration } from './refusals.ts'

/** AWS: "Default provider mappings"; the same for every provider whose tokens are JWTs, and others for two kinds. */
const defaults: Readonly<Record<string, string>> = { username: 'sub', client: 'aud' }
const amazonDefaults = { ...defaults, username: 'user_id' }
const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
const samlDefaults = { username: `${soap}/nameidentifier`, client: `${soap}/name` }

const defaultsOf = (provider: string) => {
  if (provider === 'www.amazon.com') return amazonDefaults
  return provider.startsWith('arn:') ? samlDefaults : defaults
}

/** AWS: "Quotas in Amazon Cognito": bytes of all mapped attributes together. */
const mostBytes = 460

/** The tags that the logins bring; of two for the same key the first login's counts. Refuses more than a session carries. */
export function principalTags({ tagMaps }: Pick<Pool, 'tagMaps'>, proofs: readonly Proof[]): Tag[] {
  const tags: Tag[] = []
  for (const proof of proofs) {
    for (const tag of proof.tags ?? mappedTags(tagMaps, proof)) {
      if (!tags.some(({ Key }) => sameKey(tag.Key, Key))) tags.push(tag)
    }
  }
  const bytes = tags.reduce((sum, { Key, Value }) => sum + Buffer.byteLength(Key) + Buffer.byteLength(Value), 0)
  // unproved: what AWS answers beyond the limit.
  if (bytes > mostBytes || !tags.every(isTag)) refuseConfiguration('a claim is no value of a tag')
  return tags
}

function mappedTags(tagMaps: Pool['tagMaps'], { provider, known = provider, claims }: Proof): Tag[] {
  const map: TagMap = (Object.hasOwn(tagMaps, known) ? tagMaps[known] : undefined) ?? {}
  const sources = map.UseDefaults ? defaultsOf(provider) : (map.PrincipalTags ?? {})
  return Object.entries(sources).flatMap(([Key, claim]) => {
    const Value = singleValue(Object.hasOwn(claims, claim) ? claims[claim] : undefined)
    return Value === undefined ? [] : [{ Key, Value }]
  })
}

/** A tag has one value. unproved: a list of several is left out, because AWS does not say what becomes of it. */
function singleValue(claim: unknown): string | undefined {
  const [value, ...more] = [claim].flat()
  if (more.length > 0) return undefined
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}
