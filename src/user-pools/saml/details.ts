/** ProviderDetails of a SAML provider: which members there are, what they may be, and what follows from them. AWS: API_CreateIdentityProvider. */
import { SamlError } from '../../protocols/saml/error.ts'
import { checkCurrent, readMetadata, type SamlMetadata } from '../../protocols/saml/metadata.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { encryptionKey } from './encryption-key.ts'
import { fetchMetadata } from './metadata.ts'

type Details = Readonly<Record<string, string>>

const flags = ['IDPSignout', 'IDPInit', 'EncryptedResponses'] as const
const derived: readonly string[] = ['SSORedirectBindingURI', 'SLORedirectBindingURI', 'ActiveEncryptionCertificate']
const refuse = (message: string): never => fail('InvalidParameterException', message)

export const isOn = (details: Details, flag: (typeof flags)[number]): boolean => details[flag] === 'true'

/**
 * The details to keep: those that were sent, and the addresses and the encryption certificate that follow from them, in
 * place of those sent back from an earlier answer. unproved: AWS's sentences, but those about MetadataURL.
 */
export async function completeSamlDetails(
  world: World,
  provider: { readonly poolId: string; readonly name: string },
  sent: Details,
): Promise<Details> {
  for (const flag of flags)
    if (![undefined, 'true', 'false'].includes(sent[flag])) refuse(`${flag} must be true or false.`)
  if (![undefined, 'rsa-sha256'].includes(sent['RequestSigningAlgorithm']))
    refuse('RequestSigningAlgorithm must be rsa-sha256.')
  const { signOn, logout } = await describedBy(world, provider.poolId, sent)
  if ((signOn.redirect ?? signOn.post) === undefined) refuse('Invalid SAML metadata. It has no SingleSignOnService.')
  return {
    ...Object.fromEntries(Object.entries(sent).filter(([name]) => !derived.includes(name))),
    ...(signOn.redirect !== undefined && { SSORedirectBindingURI: signOn.redirect }),
    ...(logout.redirect !== undefined && { SLORedirectBindingURI: logout.redirect }),
    ...(isOn(sent, 'EncryptedResponses') && {
      ActiveEncryptionCertificate: (await encryptionKey(world, provider)).certificate,
    }),
  }
}

async function describedBy(world: World, poolId: string, sent: Details): Promise<SamlMetadata> {
  const { MetadataURL: url, MetadataFile: file } = sent
  if (!url && !file) return refuse('At least one of the MetadataURL or MetadataFile should be provided.')
  if (url && file) return refuse('Only one of the MetadataURL or MetadataFile should be provided.')
  if (url) return fromUrl(world, poolId, url)
  try {
    const metadata = readMetadata(file ?? '')
    checkCurrent(metadata, world.now())
    return metadata
  } catch (error) {
    // The administrator who sent the file may know what is wrong with it.
    if (error instanceof SamlError) return refuse(`Invalid SAML metadata. ${error.message}`)
    throw error
  }
}

/** What is wrong with what came from there is not told: the address may be somebody else's. It is in the log. */
async function fromUrl(world: World, poolId: string, url: string): Promise<SamlMetadata> {
  // Over TLS, for the keys come from there; in development an identity provider of this machine may do without.
  const safe = URL.canParse(url) && (url.startsWith('https://') || (world.settings.dev && url.startsWith('http://')))
  if (!safe || url.length > 2048) return refuse(`Error retrieving metadata from ${url}`)
  try {
    return (await fetchMetadata(world, poolId, url)).metadata
  } catch (error) {
    world.log.warn({ err: error, pool: poolId }, 'SAML metadata was not fetched')
    return refuse(`Error retrieving metadata from ${url}`)
  }
}
