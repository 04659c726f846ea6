/**
 * What of OAuth beyond Cognito is switched on for a client: one document of ours beside AWS's settings, everything off
 * by default. docs/decisions/0033.
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { readClientExtensions, readPoolExtensions, writeExtensions } from './store.ts'

const amounts = ['off', 'allowed', 'required'] as const
type Amount = (typeof amounts)[number]

export type Extensions = {
  /** Pushed authorization requests. RFC 9126. */
  readonly pushedRequests: Amount
  /** Tokens bound to a key of the client's. RFC 9449. */
  readonly dpop: Amount
  /** Whether proofs must carry a nonce of ours. RFC 9449 8. */
  readonly dpopNonce: boolean
  /** RFC 8628. */
  readonly deviceGrant: boolean
  /** The client may ask what tokens of the pool are worth. RFC 7662. */
  readonly introspection: boolean
  /** OpenID Connect RP-Initiated Logout 1.0. */
  readonly rpInitiatedLogout: boolean
  /** Where ends of sessions are told. OpenID Connect Back-Channel Logout 1.0. */
  readonly backchannelLogoutUri: string | undefined
}

export const nothing: Extensions = {
  pushedRequests: 'off',
  dpop: 'off',
  dpopNonce: false,
  deviceGrant: false,
  introspection: false,
  rpInitiatedLogout: false,
  backchannelLogoutUri: undefined,
}

const refuse = (name: string, sentence: string): never => fail('InvalidParameterException', `${name} ${sentence}.`)

const amount = (name: string, value: unknown): Amount =>
  amounts.find((one) => one === value) ?? refuse(name, `must be one of ${amounts.join(', ')}`)

const yesOrNo = (name: string, value: unknown): boolean =>
  typeof value === 'boolean' ? value : refuse(name, 'must be true or false')

/** 2.2: absolute, no fragment. Without TLS only where the server itself may go: the guarded client decides that. */
function readUri(name: string, value: unknown): string | undefined {
  if (value === null) return undefined
  const url = typeof value === 'string' && value.length <= 1024 && URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hash || url.username || url.password) {
    return refuse(name, 'must be an http or https URL without a fragment')
  }
  return String(value)
}

const members: { readonly [Name in keyof Extensions]: (name: string, value: unknown) => Extensions[Name] } = {
  pushedRequests: amount,
  dpop: amount,
  dpopNonce: yesOrNo,
  deviceGrant: yesOrNo,
  introspection: yesOrNo,
  rpInitiatedLogout: yesOrNo,
  backchannelLogoutUri: readUri,
}

/** The document that somebody wrote, with what it leaves out switched off. Refuses members and values it does not know. */
export function readExtensions(document: unknown): Extensions {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return refuse('The document', 'must be a JSON object')
  }
  const read = Object.entries(document).map(([name, value]) => {
    if (!Object.hasOwn(members, name)) return refuse(name.slice(0, 100), 'is no extension')
    return [name, members[name as keyof Extensions](name, value)]
  })
  return { ...nothing, ...(Object.fromEntries(read) as Partial<Extensions>) }
}

const parsed = (text: string | undefined): Extensions =>
  text === undefined ? nothing : { ...nothing, ...(JSON.parse(text) as Partial<Extensions>) }

export const extensionsOf = async (
  world: Pick<World, 'db'>,
  client: Pick<Client, 'poolId' | 'id'>,
): Promise<Extensions> => parsed(await readClientExtensions(world.db, client.poolId, client.id))

/** Replaces the client's document; false if the client is gone. */
export const setExtensions = (
  world: Pick<World, 'db'>,
  client: Pick<Client, 'poolId' | 'id'>,
  extensions: Extensions,
): Promise<boolean> => writeExtensions(world.db, client.poolId, client.id, JSON.stringify(extensions))

/** What is on for some client of the pool: what discovery announces. */
export const extensionsInPool = async (world: Pick<World, 'db'>, poolId: string): Promise<readonly Extensions[]> =>
  (await readPoolExtensions(world.db, poolId)).map(({ settings }) => parsed(settings))

/** The pool's clients that want to hear of ends of sessions: client id and address. */
export const logoutListeners = async (world: Pick<World, 'db'>, poolId: string): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await readPoolExtensions(world.db, poolId)).flatMap(({ clientId, settings }) => {
      const { backchannelLogoutUri } = parsed(settings)
      return backchannelLogoutUri === undefined ? [] : [[clientId, backchannelLogoutUri]]
    }),
  )
