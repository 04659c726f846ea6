/** Registering and changing SAML providers. AWS: CreateSAMLProvider, UpdateSAMLProvider. */
import { createPrivateKey } from 'node:crypto'
import { toBase32 } from '../../protocols/base32.ts'
import { SamlError } from '../../protocols/saml/error.ts'
import { readMetadata } from '../../protocols/saml/metadata.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { quotas } from '../policies/documents.ts'
import { checkTags, mergeTags, mostTags, type Tag } from '../tags.ts'
import type { PrivateKey, SamlProvider } from './provider.ts'
import { insertProvider, readProvider, readProviders, removeProvider, updateProvider } from './store.ts'

export type Wishes = {
  readonly metadata?: string
  readonly encryption?: 'Required' | 'Allowed'
  readonly addKey?: string
  readonly removeKey?: string
}

const mostKeys = 2

/** The same day a hundred years on, which AWS shows where the metadata sets no end. */
const centuryAfter = (now: number): number => new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() + 100)

/** Until when it is valid. Refuses what is no metadata. */
function readValidity(world: World, metadata: string): number {
  try {
    return readMetadata(metadata).validUntil ?? centuryAfter(world.now())
  } catch (error) {
    if (error instanceof SamlError)
      return fail('InvalidInputException', 'Could not parse metadata', { detail: error.message })
    throw error
  }
}

const newId = (world: World) => toBase32(world.random(15))

function readKey(world: World, pem: string): PrivateKey {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem)
    if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) {
      return { id: newId(world), pem, createdAt: world.now() }
    }
  } catch {
    // Refused below, like a key of another kind.
  }
  // unproved: AWS's sentence; that the key must be RSA in PEM form is documented.
  return fail('InvalidInputException', 'The private key must be an RSA key in PEM form.')
}

/** The provider with the wishes fulfilled. */
function withWishes(
  world: World,
  before: SamlProvider,
  { metadata, encryption, addKey, removeKey }: Wishes,
): SamlProvider {
  const kept = before.privateKeys.filter(({ id }) => id !== removeKey)
  if (removeKey !== undefined && kept.length === before.privateKeys.length) {
    fail('NoSuchEntityException', `Private key ${removeKey} was not found.`)
  }
  const privateKeys = [...kept, ...(addKey === undefined ? [] : [readKey(world, addKey)])]
  if (privateKeys.length > mostKeys)
    fail('LimitExceededException', `A SAML provider has at most ${mostKeys} private keys.`)
  const mode = encryption ?? before.encryption
  if (mode === 'Required' && privateKeys.length === 0) {
    fail('InvalidInputException', 'Encrypted assertions can be required only where there is a private key.')
  }
  return {
    ...before,
    ...(metadata !== undefined && { metadata, validUntil: readValidity(world, metadata) }),
    encryption: mode,
    privateKeys,
  }
}

export async function createProvider(
  world: World,
  name: string,
  tags: readonly Tag[],
  wishes: Wishes & { readonly metadata: string },
): Promise<SamlProvider> {
  checkTags(tags)
  const { account } = world.settings
  const now = world.now()
  const blank = { name, id: newId(world), metadata: '', encryption: undefined, privateKeys: [], validUntil: now }
  const made = withWishes(world, { ...blank, tags: mergeTags([], tags), createdAt: now }, wishes)
  await world.db.transaction(async (db) => {
    if (!(await insertProvider(db, world.seal, account, made))) {
      fail('EntityAlreadyExistsException', `SAMLProvider with name ${name} already exists.`)
    }
    if ((await readProviders(db, account)).length > quotas.providersPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for SAMLProvidersPerAccount: ${quotas.providersPerAccount}`)
    }
  })
  return made
}

export const noSuchProvider = (arn: string): never =>
  // unproved: AWS's sentence.
  fail('NoSuchEntityException', `SAMLProvider not found for arn ${arn}`)

export const changeProvider = (world: World, provider: SamlProvider, arn: string, wishes: Wishes): Promise<void> =>
  change(world, provider, arn, (now) => withWishes(world, now, wishes))

export const changeTags = (
  world: World,
  provider: SamlProvider,
  arn: string,
  changed: (before: readonly Tag[]) => Tag[],
): Promise<void> =>
  change(world, provider, arn, (now) => {
    const tags = changed(now.tags)
    if (tags.length > mostTags)
      fail('LimitExceededException', `Cannot exceed quota for TagsPerSAMLProvider: ${mostTags}`)
    return { ...now, tags }
  })

const change = (world: World, { name }: SamlProvider, arn: string, work: (now: SamlProvider) => SamlProvider) =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = (await readProvider(db, world.seal, account, name)) ?? noSuchProvider(arn)
    await updateProvider(db, world.seal, account, work(now))
  })

/** Roles that trust it are not asked. */
export async function deleteProvider(world: World, { name }: SamlProvider, arn: string): Promise<void> {
  if (!(await removeProvider(world.db, world.settings.account, name))) noSuchProvider(arn)
}

export const allProviders = (world: Pick<World, 'db' | 'settings'>) => readProviders(world.db, world.settings.account)
