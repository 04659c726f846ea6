/** The inbound federation function: what a provider said of somebody, before any of it is mapped to the user. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { callTrigger } from './call.ts'
import type { Json } from './shape.ts'
import type { Text } from './table.ts'

type Claims = Readonly<Record<string, Json>>

/** What the provider said, verified: the three documents of OpenID Connect and of social providers, or SAML's one. */
export type Said =
  | { readonly tokenResponse: Claims; readonly idToken: Claims; readonly userInfo: Claims }
  | { readonly samlResponse: Claims }

export type Inbound = {
  readonly provider: { readonly name: string; readonly type: string }
  /** The person's id at the provider. unproved: that it stands as userName; functions that were published have it so. */
  readonly subject: string
  readonly clientId: string
  readonly said: Said
}

/** AWS's type for functions has text everywhere: what is no text is sent as its JSON. */
const asText = (claims: Claims): Text =>
  Object.fromEntries(
    Object.entries(claims)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )

/**
 * The attributes, by the provider's names, that take the place of all that it said; undefined where there is no function
 * or it wants everything kept. Runs before a user is made and before each change. Refuses as every trigger does.
 * AWS: "Inbound federation Lambda trigger".
 */
export async function runInboundFederation(world: World, pool: Pool, inbound: Inbound): Promise<Text | undefined> {
  const { provider, subject, clientId, said } = inbound
  const attributes = Object.fromEntries(
    Object.entries(said as Readonly<Record<string, Claims>>).map(([name, claims]) => [name, asText(claims)]),
  )
  const answer = await callTrigger(world, pool, 'InboundFederation', 'InboundFederation_ExternalProvider', {
    ...{ userName: subject, clientId },
    request: { providerName: provider.name, providerType: provider.type, attributes },
  })
  const wanted = asText(answer?.userAttributesToMap ?? {})
  return Object.keys(wanted).length > 0 ? wanted : undefined
}
