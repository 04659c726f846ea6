/**
 * The metadata of a SAML provider as it is now: from the file it was made with, or from its address, kept and fetched again
 * when it is due, so that a provider may change its keys. What cannot be fetched or read never replaces what is known.
 */
import { SamlError } from '../../protocols/saml/error.ts'
import { readUtf8 } from '../../protocols/saml/message.ts'
import { checkCurrent, readMetadata, type SamlMetadata } from '../../protocols/saml/metadata.ts'
import type { World } from '../../world.ts'
import { readStoredMetadata, type StoredMetadata, takeTurn, writeMetadata } from './store.ts'

/** What this slice needs to know of a provider. */
export type SamlProvider = {
  readonly poolId: string
  readonly name: string
  /** AWS's spelling: MetadataURL or MetadataFile, and the rest. */
  readonly details: Readonly<Record<string, string>>
}

/** AWS: metadata of an address is kept for six hours, or until it ends. */
const sixHours = 6 * 3_600_000
/** Between two fetches: after one that failed, and for the sake of a signature that did not verify. */
const pause = 60_000
const mostBytes = 1_048_576

/** Reading the same text again costs more than keeping what was read: as many texts as have together so many characters. */
const mostKept = 8_000_000
const kept = new Map<string, SamlMetadata>()
let size = 0

function readOnce(text: string): SamlMetadata {
  const known = kept.get(text)
  if (known) return known
  const metadata = readMetadata(text)
  kept.set(text, metadata)
  size += text.length
  for (const [oldest] of kept) {
    if (size <= mostKept) break
    kept.delete(oldest)
    size -= oldest.length
  }
  return metadata
}

/** `fetchedAt` is absent where it came as a file. */
export type KnownMetadata = { readonly metadata: SamlMetadata; readonly fetchedAt: number | undefined }

/** Fetches, reads and keeps it; throws a SamlError or FetchError and keeps nothing if there is anything wrong with it. */
export async function fetchMetadata(world: World, poolId: string, url: string): Promise<KnownMetadata> {
  const answer = await world.fetch(url, { mostBytes, headers: { accept: 'application/samlmetadata+xml, */*;q=0.5' } })
  if (answer.status !== 200) throw new SamlError('metadata', `${url} answered ${answer.status}.`)
  const document = readUtf8(answer.body)
  const metadata = readOnce(document)
  const now = world.now()
  checkCurrent(metadata, now)
  const freshUntil = Math.min(now + sixHours, metadata.validUntil ?? Number.POSITIVE_INFINITY)
  await writeMetadata(world.db, poolId, url, { document, fetchedAt: now, freshUntil })
  return { metadata, fetchedAt: now }
}

/** Throws a SamlError if there is none to be had. */
export async function currentMetadata(world: World, provider: SamlProvider): Promise<KnownMetadata> {
  const { MetadataURL: url, MetadataFile: file } = provider.details
  if (!url) return { metadata: readOnce(file ?? ''), fetchedAt: undefined }
  const stored = await readStoredMetadata(world.db, provider.poolId, url)
  const now = world.now()
  if (stored && now < stored.freshUntil) return fromStored(stored, now)
  const mine = !stored || (await takeTurn(world.db, provider.poolId, url, stored.freshUntil, now + pause))
  if (stored && !mine) return fromStored(stored, now)
  try {
    return await fetchMetadata(world, provider.poolId, url)
  } catch (error) {
    world.log.warn({ err: error, provider: provider.name, pool: provider.poolId }, 'SAML metadata was not fetched')
    if (stored) return fromStored(stored, now)
    throw error instanceof SamlError ? error : new SamlError('metadata', 'The metadata cannot be fetched.')
  }
}

function fromStored({ document, fetchedAt }: StoredMetadata, now: number): KnownMetadata {
  const metadata = readOnce(document)
  if (metadata.validUntil !== undefined && metadata.validUntil <= now)
    throw new SamlError('metadata', 'The metadata has ended, and there is no newer one.')
  return { metadata, fetchedAt }
}

/**
 * After a signature that did not verify: the metadata again, if it has not been fetched within a minute; undefined if
 * there is nothing newer. AWS waits for its six hours; here a provider that changes its key is heard at once.
 */
export async function newerMetadata(
  world: World,
  provider: SamlProvider,
  { fetchedAt }: KnownMetadata,
): Promise<KnownMetadata | undefined> {
  const { MetadataURL: url } = provider.details
  const now = world.now()
  if (!url || fetchedAt === undefined || now - fetchedAt < pause) return undefined
  const stored = await readStoredMetadata(world.db, provider.poolId, url)
  if (!stored || stored.fetchedAt !== fetchedAt) return stored && fromStored(stored, now)
  // A fetch that failed has put the next one off: responses that anybody may send do not call it back.
  if (stored.freshUntil > now && stored.freshUntil <= now + pause) return undefined
  if (!(await takeTurn(world.db, provider.poolId, url, stored.freshUntil, now - 1))) return undefined
  return currentMetadata(world, provider)
}
