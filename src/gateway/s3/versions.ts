/** The ids of versions, and how a request names one. */
import type { World } from '../../world.ts'
import type { Bucket } from './buckets-store.ts'
import { invalidArgument } from './refusals.ts'

/** The id of what is written now. `null` is the one version of everything while versions are not kept. */
export const newVersion = (world: Pick<World, 'random'>, { versioning }: Pick<Bucket, 'versioning'>): string =>
  versioning === 'Enabled' ? world.random(24).toString('base64url') : 'null'

const pattern = /^(?:null|[\w-]{32})$/

/** A version id from outside; undefined if none is named. */
export function checkVersion(version: string | undefined): string | undefined {
  if (version === undefined || pattern.test(version)) return version
  return invalidArgument('Invalid version id specified', 'versionId', version)
}

/** The version that answers name: none where versions were never kept. */
export const shownVersion = ({ versioning }: Pick<Bucket, 'versioning'>, version: string) =>
  versioning ? version : undefined

/** The header that names a version, where the bucket keeps versions. */
export const versionHeader = (version: string | undefined): Record<string, string> =>
  version === undefined ? {} : { 'x-amz-version-id': version }
