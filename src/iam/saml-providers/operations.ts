/**
 * The SAML providers whose assertions STS takes.
 *
 * Owns table saml_providers. Never reads an assertion (protocols/saml does). AWS: IAM API Reference.
 */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { about, account, future, type Subject, type Tagging } from '../entity-door.ts'
import { pagedTags } from '../paged.ts'
import { checkTags, mergeTags, sameKey, type Tag } from '../tags.ts'
import { allProviders, changeProvider, changeTags, createProvider, deleteProvider, noSuchProvider } from './changes.ts'
import { findSamlProvider } from './find.ts'
import { type SamlProvider, samlProviderArn } from './provider.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

type OfProvider = { SAMLProviderArn: string } & Tagging

const providers: Subject<OfProvider, SamlProvider> = {
  find: ({ SAMLProviderArn }, { world }) => findSamlProvider(world, SAMLProviderArn),
  arn: ({ SAMLProviderArn }) => SAMLProviderArn,
  tags: ({ tags }) => tags,
  missing: ({ SAMLProviderArn }) => noSuchProvider(SAMLProviderArn),
}

const provider = about('provider', providers)

const newProvider = future<{ Name: string } & Tagging>(({ Name: name }, account) =>
  samlProviderArn({ account }, { name }),
)

type Wanted = { AssertionEncryptionMode?: 'Required' | 'Allowed'; AddPrivateKey?: string; RemovePrivateKey?: string }

const wishesOf = ({ AssertionEncryptionMode, AddPrivateKey, RemovePrivateKey }: Wanted) => ({
  ...(AssertionEncryptionMode !== undefined && { encryption: AssertionEncryptionMode }),
  ...(AddPrivateKey !== undefined && { addKey: AddPrivateKey }),
  ...(RemovePrivateKey !== undefined && { removeKey: RemovePrivateKey }),
})

export const CreateSAMLProvider = operation('CreateSAMLProvider', newProvider, async (input, { world }) => {
  const metadata = input.SAMLMetadataDocument
  const made = await createProvider(world, input.Name, (input.Tags ?? []) as Tag[], { metadata, ...wishesOf(input) })
  return { SAMLProviderArn: samlProviderArn(world.settings, made), Tags: [...made.tags] as Tag[] }
})

export const GetSAMLProvider = operation('GetSAMLProvider', provider, (_, { provider }) => ({
  SAMLProviderUUID: provider.id,
  SAMLMetadataDocument: provider.metadata,
  CreateDate: new Date(provider.createdAt),
  ValidUntil: new Date(provider.validUntil),
  Tags: [...provider.tags],
  AssertionEncryptionMode: provider.encryption,
  PrivateKeyList: provider.privateKeys.map(({ id, createdAt }) => ({ KeyId: id, Timestamp: new Date(createdAt) })),
}))

export const ListSAMLProviders = operation('ListSAMLProviders', account, async (_, { world }) => ({
  SAMLProviderList: (await allProviders(world)).map((one) => ({
    Arn: samlProviderArn(world.settings, one),
    ValidUntil: new Date(one.validUntil),
    CreateDate: new Date(one.createdAt),
  })),
}))

export const UpdateSAMLProvider = operation('UpdateSAMLProvider', provider, async (input, { world, provider }) => {
  const { SAMLProviderArn, SAMLMetadataDocument: metadata } = input
  const wishes = { ...(metadata !== undefined && { metadata }), ...wishesOf(input) }
  await changeProvider(world, provider, SAMLProviderArn, wishes)
  return { SAMLProviderArn }
})

export const DeleteSAMLProvider = operation(
  'DeleteSAMLProvider',
  provider,
  ({ SAMLProviderArn }, { world, provider }) => deleteProvider(world, provider, SAMLProviderArn),
)

export const TagSAMLProvider = operation(
  'TagSAMLProvider',
  provider,
  ({ SAMLProviderArn, Tags }, { world, provider }) => {
    checkTags(Tags as Tag[])
    return changeTags(world, provider, SAMLProviderArn, (before) => mergeTags(before, Tags as Tag[]))
  },
)

export const UntagSAMLProvider = operation(
  'UntagSAMLProvider',
  provider,
  ({ SAMLProviderArn, TagKeys }, { world, provider }) =>
    changeTags(world, provider, SAMLProviderArn, (before) =>
      before.filter(({ Key }) => !TagKeys.some((key) => sameKey(key, Key))),
    ),
)

export const ListSAMLProviderTags = operation('ListSAMLProviderTags', provider, (input, context) =>
  pagedTags(context, input, context.provider.name, context.provider.tags),
)

export const operations: Operation[] = [
  ...[CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider, DeleteSAMLProvider],
  ...[TagSAMLProvider, UntagSAMLProvider, ListSAMLProviderTags],
]
