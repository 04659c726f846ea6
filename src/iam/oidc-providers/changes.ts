/** Registering and changing OpenID Connect providers. AWS: CreateOpenIDConnectProvider. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { quotas } from '../policies/documents.ts'
import { checkTags, mergeTags, mostTags, type Tag } from '../tags.ts'
import { type OidcProvider, withoutScheme } from './provider.ts'
import { insertProvider, readProvider, readProviders, removeProvider, updateProvider } from './store.ts'

export type NewProvider = {
  readonly issuer: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
  readonly tags: readonly Tag[]
}

const mostThumbprints = 5

/**
 * An https address. AWS also refuses ports; issuers of one's own network have them, so they are taken here. Plain http is
 * taken for this server's own issuers only, which have the scheme that its public URL has.
 */
function checkIssuer({ settings }: Pick<World, 'settings'>, issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  const own = issuer.startsWith(`${settings.publicUrl}/`) || issuer.startsWith(`${settings.issuer}/`)
  const plain = url && !url.search && !url.hash && !url.username && !url.password
  if (!plain || (url.protocol !== 'https:' && !(own || (settings.dev && url.protocol === 'http:')))) {
    fail('InvalidInputException', 'Invalid Open ID Connect Provider URL')
  }
}

export function checkThumbprints(thumbprints: readonly string[]): void {
  if (thumbprints.length > mostThumbprints) {
    fail('InvalidInputException', 'Thumbprint list must contain fewer than 5 entries.')
  }
  // unproved: AWS's sentence for a thumbprint that is no hexadecimal number.
  if (!thumbprints.every((one) => /^[0-9a-f]{40}$/i.test(one))) {
    fail('InvalidInputException', 'Thumbprints must be 40 hexadecimal digits.')
  }
}

function checkClientIds(clientIds: readonly string[]): void {
  const most = quotas.clientIdsPerProvider
  if (clientIds.length > most) {
    fail('LimitExceededException', `Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${most}`)
  }
}

/** Thumbprints are kept and shown; the keys of issuers are fetched over TLS that the system's authorities vouch for. */
export async function createProvider(world: World, wanted: NewProvider): Promise<OidcProvider> {
  checkIssuer(world, wanted.issuer)
  checkThumbprints(wanted.thumbprints)
  checkClientIds(wanted.clientIds)
  checkTags(wanted.tags)
  const { account } = world.settings
  const { issuer } = wanted
  const made: OidcProvider = {
    url: withoutScheme(issuer),
    issuer,
    clientIds: [...new Set(wanted.clientIds)],
    thumbprints: wanted.thumbprints,
    tags: mergeTags([], wanted.tags),
    createdAt: world.now(),
  }
  await world.db.transaction(async (db) => {
    if (!(await insertProvider(db, account, made))) {
      fail('EntityAlreadyExistsException', `Provider with url ${issuer} already exists.`)
    }
    if ((await readProviders(db, account)).length > quotas.providersPerAccount) {
      const most = quotas.providersPerAccount
      fail('LimitExceededException', `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${most}`)
    }
  })
  return made
}

export const noSuchProvider = (arn: string): never =>
  fail('NoSuchEntityException', `OpenIDConnect Provider not found for arn ${arn}`)

/** Adding what is there, or removing what is not, is no error. */
export const changeClientIds = (
  world: World,
  provider: OidcProvider,
  arn: string,
  change: (before: readonly string[]) => readonly string[],
): Promise<void> =>
  changeProvider(world, provider, arn, (now) => {
    const clientIds = [...new Set(change(now.clientIds))]
    checkClientIds(clientIds)
    return { clientIds }
  })

export const changeTags = (
  world: World,
  provider: OidcProvider,
  arn: string,
  change: (before: readonly Tag[]) => Tag[],
): Promise<void> =>
  changeProvider(world, provider, arn, (now) => {
    const tags = change(now.tags)
    if (tags.length > mostTags) {
      fail('LimitExceededException', `Cannot exceed quota for TagsPerOpenIDConnectProvider: ${mostTags}`)
    }
    return { tags }
  })

/** What depends on what the provider is: with the provider as it is inside the transaction. */
export const changeProvider = (
  world: World,
  { url }: OidcProvider,
  arn: string,
  change: (now: OidcProvider) => Partial<Pick<OidcProvider, 'clientIds' | 'thumbprints' | 'tags'>>,
): Promise<void> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = (await readProvider(db, account, url)) ?? noSuchProvider(arn)
    await updateProvider(db, account, url, change(now))
  })

export const deleteProvider = (world: World, { url }: Pick<OidcProvider, 'url'>): Promise<number> =>
  removeProvider(world.db, world.settings.account, url)

export const allProviders = (world: Pick<World, 'db' | 'settings'>): Promise<OidcProvider[]> =>
  readProviders(world.db, world.settings.account)
