/** What trust anchors, profiles and revocation lists have in common: a name, a switch, tags, and a document of their own. */
import { mostTags, repeatedKey, sameKey, type Tag } from '../../iam/tags.ts'
import { uuidOf } from '../../protocols/uuid.ts'
import { fail } from '../../wire/errors.ts'
import type { Settings, World } from '../../world.ts'

export type Kind = 'trust-anchor' | 'profile' | 'crl'

export type Resource<Document> = {
  readonly region: string
  readonly kind: Kind
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** The id of the trust anchor a revocation list belongs to; empty for the others. */
  readonly parent: string
  readonly document: Document
  readonly tags: readonly Tag[]
  readonly createdAt: number
  readonly updatedAt: number
}

export const resourceArn = (
  { account }: Pick<Settings, 'account'>,
  { region, kind, id }: { region: string; kind: Kind | 'subject'; id: string },
): string => `arn:aws:rolesanywhere:${region}:${account}:${kind}/${id}`

const arnForm = /^arn:aws:rolesanywhere:([\w-]+):(\d{12}):(trust-anchor|profile|crl)\/([0-9a-f-]{36})$/

export type ArnParts = { readonly region: string; readonly account: string; readonly kind: Kind; readonly id: string }

export function readArn(arn: string): ArnParts | undefined {
  const [, region, account, kind, id] = arnForm.exec(arn) ?? []
  return region && account && kind && id ? { region, account, kind: kind as Kind, id } : undefined
}

/** A UUID of random bits. RFC 9562 5.4. */
export const newId = (world: Pick<World, 'random'>): string => uuidOf(world.random(16))

type WireTag = { readonly key: string; readonly value: string }

/** Tags as this service spells them. Refuses what is repeated or reserved, and too many. */
export function readTags(given: readonly WireTag[] = [], before: readonly Tag[] = []): Tag[] {
  const keys = given.map(({ key }) => key)
  // unproved: the sentences. AWS: IAM Roles Anywhere API Reference, TagResource, names the exceptions only.
  if (repeatedKey(keys) !== undefined) fail('ValidationException', 'Duplicate tag keys found.')
  if (keys.some((key) => /^aws:/i.test(key))) fail('ValidationException', 'Tag keys beginning with aws: are reserved.')
  const kept = before.filter(({ Key }) => !keys.some((key) => sameKey(key, Key)))
  const tags = [...kept, ...given.map(({ key, value }) => ({ Key: key, Value: value }))]
  if (tags.length > mostTags) fail('TooManyTagsException', `A resource can have at most ${mostTags} tags.`)
  return tags
}

export const printTags = (tags: readonly Tag[]): WireTag[] => tags.map(({ Key, Value }) => ({ key: Key, value: Value }))
