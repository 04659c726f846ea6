/** Making, finding, listing and changing the resources of this service, whichever kind they are. */
import type { Tag } from '../../iam/tags.ts'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import { type Paging, page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { type Kind, newId, type Resource, readArn } from './resource.ts'
import {
  deleteResource,
  insertResource,
  type ResourceKey,
  readChildren,
  readResource,
  readResources,
  updateResource,
} from './store.ts'

const titles: Record<Kind, string> = { 'trust-anchor': 'Trust anchor', profile: 'Profile', crl: 'Crl' }

/** unproved: the sentence; the exception is the operations' own. */
export const noSuch = (kind: Kind): never => fail('ResourceNotFoundException', `${titles[kind]} not found.`)

export const findResource = <Document>(
  { world, region }: Pick<Context, 'world' | 'region'>,
  kind: Kind,
  id: string,
): Promise<Resource<Document> | undefined> => readResource(world.db, world.settings.account, { region, kind, id })

/** The resource of an ARN of this account and region. */
export async function resourceByArn<Document>(
  { world, region }: Pick<Context, 'world' | 'region'>,
  kind: Kind,
  arn: string,
): Promise<Resource<Document>> {
  const parts = readArn(arn)
  const ours = parts?.kind === kind && parts.account === world.settings.account && parts.region === region
  const found = ours ? await findResource<Document>({ world, region }, kind, parts.id) : undefined
  return found ?? noSuch(kind)
}

/** The enabled revocation lists of a trust anchor. */
export const childrenOf = <Document>(
  { settings, db }: World,
  { region, id }: Resource<unknown>,
  kind: Kind,
): Promise<Resource<Document>[]> => readChildren(db, settings.account, { region, kind }, id)

export async function makeResource<Document>(
  { world, region }: Pick<Context, 'world' | 'region'>,
  wanted: {
    kind: Kind
    name: string
    enabled: boolean
    document: Document
    tags: readonly Tag[]
    parent?: string
  },
): Promise<Resource<Document>> {
  const now = world.now()
  const made = { parent: '', ...wanted, region, id: newId(world), createdAt: now, updatedAt: now }
  await insertResource(world.db, world.settings.account, made)
  return made
}

/** `change` sees what is there at the moment of writing, and may refuse. */
export const changeResource = <Document>(
  { world }: Pick<Context, 'world'>,
  key: ResourceKey,
  change: (before: Resource<Document>) => Partial<Resource<Document>>,
): Promise<Resource<Document>> =>
  world.db.transaction(async (db) => {
    const before = (await readResource<Document>(db, world.settings.account, key)) ?? noSuch(key.kind)
    const after = { ...before, ...change(before), updatedAt: world.now() }
    await updateResource(db, world.settings.account, after)
    return after
  })

export async function removeResource({ world }: Pick<Context, 'world'>, key: ResourceKey): Promise<void> {
  if (!(await deleteResource(world.db, world.settings.account, key))) noSuch(key.kind)
}

export type ListRequest = { nextToken?: string; pageSize?: number }

const usualPage = 100
const largestPage = 1000

/** One page of a list by id. unproved: how many AWS shows unasked. */
export async function pageOf<Row extends { readonly id: string }>(
  { world, operation, region }: Context,
  { nextToken, pageSize = usualPage }: ListRequest,
  read: (after: string, limit: number) => Promise<readonly Row[]>,
): Promise<{ rows: Row[]; nextToken: string | undefined }> {
  if (pageSize < 1) fail('ValidationException', `pageSize must be at least 1, got ${pageSize}.`)
  const limit = Math.min(pageSize, largestPage)
  const list = `rolesanywhere:${operation}:${region}`
  const paging: Paging = { list, seal: world.seal, now: world.now(), refusal: 'ValidationException' }
  const after = String(readPage(paging, nextToken)?.[0] ?? '')
  const { rows, next } = page(paging, await read(after, limit + 1), limit, ({ id }) => [id])
  return { rows, nextToken: next }
}

export const listResources = <Document>(context: Context, kind: Kind, request: ListRequest) =>
  pageOf<Resource<Document>>(context, request, (after, limit) =>
    readResources(context.world.db, context.world.settings.account, { region: context.region, kind }, after, limit),
  )
