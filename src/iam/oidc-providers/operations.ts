/**
 * The OpenID Connect providers whose tokens STS and identity pools take.
 *
 * Owns table oidc_providers. Never verifies a token (remote-issuers.ts does). AWS: IAM API Reference.
 */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { about, account, future, type Subject, type Tagging } from '../entity-door.ts'
import { pagedTags } from '../paged.ts'
import { checkTags, mergeTags, sameKey, type Tag } from '../tags.ts'
import {
  allProviders,
  changeClientIds,
  changeProvider,
  changeTags,
  checkThumbprints,
  createProvider,
  deleteProvider,
  noSuchProvider,
} from './changes.ts'
import { oidcProviderByArn } from './find.ts'
import { type OidcProvider, oidcProviderArn, withoutScheme } from './provider.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

type OfProvider = { OpenIDConnectProviderArn: string } & Tagging

const providers: Subject<OfProvider, OidcProvider> = {
  find: ({ OpenIDConnectProviderArn }, { world }) => oidcProviderByArn(world, OpenIDConnectProviderArn),
  arn: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
  tags: ({ tags }) => tags,
  missing: ({ OpenIDConnectProviderArn }) => noSuchProvider(OpenIDConnectProviderArn),
}

const provider = about('provider', providers)

/** One that may be gone already. */
const perhaps = about<'found', OfProvider, { readonly provider: OidcProvider | undefined }>('found', {
  find: async (request, context) => ({ provider: await providers.find(request, context) }),
  arn: ({ OpenIDConnectProviderArn }) => OpenIDConnectProviderArn,
  tags: (found) => found.provider?.tags ?? [],
  missing: providers.missing,
})

const newProvider = future<{ Url: string } & Tagging>(({ Url }, account) =>
  oidcProviderArn({ account }, { url: withoutScheme(Url) }),
)

export const CreateOpenIDConnectProvider = operation(
  'CreateOpenIDConnectProvider',
  newProvider,
  async ({ Url, ClientIDList = [], ThumbprintList = [], Tags = [] }, { world }) => {
    const made = await createProvider(world, {
      issuer: Url,
      clientIds: ClientIDList,
      thumbprints: ThumbprintList,
      tags: Tags as Tag[],
    })
    return { OpenIDConnectProviderArn: oidcProviderArn(world.settings, made), Tags: [...made.tags] as Tag[] }
  },
)

export const GetOpenIDConnectProvider = operation('GetOpenIDConnectProvider', provider, (_, { provider }) => ({
  Url: provider.url,
  ClientIDList: [...provider.clientIds],
  ThumbprintList: [...provider.thumbprints],
  CreateDate: new Date(provider.createdAt),
  Tags: [...provider.tags],
}))

export const ListOpenIDConnectProviders = operation('ListOpenIDConnectProviders', account, async (_, { world }) => ({
  OpenIDConnectProviderList: (await allProviders(world)).map((one) => ({ Arn: oidcProviderArn(world.settings, one) })),
}))

/** One that is gone is no error. AWS: DeleteOpenIDConnectProvider. */
export const DeleteOpenIDConnectProvider = operation(
  'DeleteOpenIDConnectProvider',
  perhaps,
  async (_, { world, found }) => {
    if (found.provider) await deleteProvider(world, found.provider)
  },
)

export const AddClientIDToOpenIDConnectProvider = operation(
  'AddClientIDToOpenIDConnectProvider',
  provider,
  ({ OpenIDConnectProviderArn, ClientID }, { world, provider }) =>
    changeClientIds(world, provider, OpenIDConnectProviderArn, (before) => [...before, ClientID]),
)

export const RemoveClientIDFromOpenIDConnectProvider = operation(
  'RemoveClientIDFromOpenIDConnectProvider',
  provider,
  ({ OpenIDConnectProviderArn, ClientID }, { world, provider }) =>
    changeClientIds(world, provider, OpenIDConnectProviderArn, (before) => before.filter((id) => id !== ClientID)),
)

export const UpdateOpenIDConnectProviderThumbprint = operation(
  'UpdateOpenIDConnectProviderThumbprint',
  provider,
  ({ OpenIDConnectProviderArn, ThumbprintList }, { world, provider }) => {
    checkThumbprints(ThumbprintList)
    return changeProvider(world, provider, OpenIDConnectProviderArn, () => ({ thumbprints: ThumbprintList }))
  },
)

export const TagOpenIDConnectProvider = operation(
  'TagOpenIDConnectProvider',
  provider,
  ({ OpenIDConnectProviderArn, Tags }, { world, provider }) => {
    checkTags(Tags as Tag[])
    return changeTags(world, provider, OpenIDConnectProviderArn, (before) => mergeTags(before, Tags as Tag[]))
  },
)

export const UntagOpenIDConnectProvider = operation(
  'UntagOpenIDConnectProvider',
  provider,
  ({ OpenIDConnectProviderArn, TagKeys }, { world, provider }) =>
    changeTags(world, provider, OpenIDConnectProviderArn, (before) =>
      before.filter(({ Key }) => !TagKeys.some((key) => sameKey(key, Key))),
    ),
)

export const ListOpenIDConnectProviderTags = operation('ListOpenIDConnectProviderTags', provider, (input, context) =>
  pagedTags(context, input, context.provider.url, context.provider.tags),
)

export const operations: Operation[] = [
  ...[CreateOpenIDConnectProvider, GetOpenIDConnectProvider, ListOpenIDConnectProviders, DeleteOpenIDConnectProvider],
  ...[AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider],
  ...[UpdateOpenIDConnectProviderThumbprint],
  ...[TagOpenIDConnectProvider, UntagOpenIDConnectProvider, ListOpenIDConnectProviderTags],
]
