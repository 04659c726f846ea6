/** ProviderDetails of a SAML provider: which members there are, what they may be, and what follows from them. AWS: API_CreateIdentityProvider. */
import { SamlError } from '../../protocols/saml/error.ts'
import { checkCurrent, readMetadata, type SamlMetadata } from '../../protocols/saml/metadata.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { encryptionKey } from './encryption-key.ts'
import { fetchMetadata } from './metadata.ts'

type Details = Readonly<Record<string, string>>

const flags = ['IDPSignout', 'IDPInit', 'EncryptedResponses'] as const
const given = ['MetadataURL', 'MetadataFile', 'RequestSigningAlgorithm', ...flags] as const
/** AWS: "MetadataFile" is at most 131,072 characters, as every value. */
const longestFile = 131_072

const refuse = (message: string) => fail('InvalidParameterException', message)

export const isOn = (details: Details, flag: (typeof flags)[number]): boolean => details[flag] === 'true'

/**
 * The details to keep: those that were sent, and the addresses and the encryption certificate that follow from them. Those
 * sent back from an earlier answer are replaced; whatever else is sent is refused. unproved: AWS's sentences but the one
 * about retrieving.
 */
export async function completeSamlDetails(
  world: World,
  provider: { readonly poolId: string; readonly name: string },
  details: Details,
): Promise<Record<string, string>> {
  const unknown = Object.keys(details).find((name) => ![...given, ...derived].includes(name as never))
  if (unknown !== undefined) refuse(`Unknown ProviderDetails key for SAML: ${unknown}`)
  for (const flag of flags)
    if (![undefined, 'true', 'false'].includes(details[flag])) refuse(`${flag} must be true or false.`)
  if (![undefined, 'rsa-sha256'].includes(details['RequestSigningAlgorithm']))
    refuse('RequestSigningAlgorithm must be rsa-sha256.')
  const { signOn, logout } = await describedBy(world, provider.poolId, details)
  const redirect = signOn.redirect ?? signOn.post
  if (redirect === undefined) refuse('The metadata has no SingleSignOnService for a browser.')
  const kept = Object.entries(details).filter(([name]) => given.includes(name as never))
  return {
    ...Object.fromEntries(kept),
    ...(signOn.redirect !== undefined && { SSORedirectBindingURI: signOn.redirect }),
    ...(logout.redirect !== undefined && { SLORedirectBindingURI: logout.redirect }),
    ...(isOn(details, 'EncryptedResponses') && {
      ActiveEncryptionCertificate: (await encryptionKey(world, provider)).certificate,
    }),
  }
}

const derived = ['SSORedirectBindingURI', 'SLORedirectBindingURI', 'ActiveEncryptionCertificate'] as const

async function describedBy(world: World, poolId: string, details: Details): Promise<SamlMetadata> {
  const { MetadataURL: url, MetadataFile: file } = details
  if (url) return fromUrl(world, poolId, url)
  if (!file) return refuse('A SAML provider needs MetadataURL or MetadataFile.')
  if (file.length > longestFile) refuse('MetadataFile is too long.')
  try {
    const metadata = readMetadata(file)
    checkCurrent(metadata, world.now())
    return metadata
  } catch (error) {
    // The administrator who sent the file may know what is wrong with it.
    if (error instanceof SamlError) return refuse(`Invalid SAML metadata: ${error.message}`)
    throw error
  }
}

/** What came from there is not told: the address may be somebody else's. It is in the log. */
async function fromUrl(world: World, poolId: string, url: string): Promise<SamlMetadata> {
  if (!/^https?:\/\//.test(url) || url.length > 2048) refuse(`Error retrieving metadata from ${url}`)
  try {
    return await fetchMetadata(world, poolId, url)
  } catch (error) {
    world.log.warn({ err: error, pool: poolId }, 'SAML metadata was not fetched')
    return refuse(`Error retrieving metadata from ${url}`)
  }
}
