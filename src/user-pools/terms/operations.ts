/**
 * Terms: what people agree to when they sign up at a client's pages, by links. Owns the table terms; keeps no record of
 * who agreed, since AWS enforces nothing. AWS: API_CreateTerms and its neighbours.
 */
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { admin, adminClient, operation } from '../doors.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { describeTerms, mostTerms, type Terms } from './document.ts'
import * as store from './store.ts'

// unproved: the sentences of all refusals below; the codes are the model's.
const refuseTerms = (): never => fail('ResourceNotFoundException', 'Terms do not exist.')
const refuseTaken = (name: string): never =>
  fail('TermsExistsException', `Terms with the name ${name} already exist for this client.`)

export const CreateTerms = operation('CreateTerms', adminClient, async (input, { world, pool, client }) => {
  const now = world.now()
  const terms: Terms = {
    ...{ poolId: pool.id, id: makeUuid(world), clientId: client.id, createdAt: now, modifiedAt: now },
    name: input.TermsName,
    links: input.Links ?? {},
  }
  const made = await store.insertTerms(world.db, terms, mostTerms)
  if (made === 'taken') refuseTaken(terms.name)
  if (made === 'full') fail('LimitExceededException', `A user pool cannot have more than ${mostTerms} terms.`)
  return { Terms: describeTerms(terms) }
})

export const DescribeTerms = operation('DescribeTerms', admin, async ({ TermsId }, { world, pool }) => ({
  Terms: describeTerms((await store.readTerms(world.db, pool.id, TermsId)) ?? refuseTerms()),
}))

export const DescribeTermsByClient = operation('DescribeTermsByClient', adminClient, async (input, context) => {
  const { world, pool, client } = context
  const all = await store.readTermsOf(world.db, pool.id, client.id)
  return { Terms: describeTerms(all.find(({ name }) => name === input.TermsName) ?? refuseTerms()) }
})

/** What is left out stays as it is. */
export const UpdateTerms = operation('UpdateTerms', admin, async (input, { world, pool }) => {
  const { TermsId, TermsName: name, Links: links } = input
  const changed = await store.changeTerms(world.db, pool.id, TermsId, { name, links, modifiedAt: world.now() })
  if (changed === 'absent') return refuseTerms()
  return changed === 'taken' ? refuseTaken(name ?? '') : { Terms: describeTerms(changed) }
})

export const DeleteTerms = operation('DeleteTerms', admin, async ({ TermsId }, { world, pool }) => {
  if (!(await store.deleteTerms(world.db, pool.id, TermsId))) refuseTerms()
  return {}
})

/** As many as a request may ask for; AWS does not say what it answers without MaxResults. */
const longestPage = 60

export const ListTerms = operation('ListTerms', admin, async (input, { world, pool }) => {
  const { MaxResults: limit = longestPage, NextToken } = input
  const paging = { list: `ListTerms ${pool.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const { rows, next } = page(
    paging,
    await store.listTerms(world.db, pool.id, String(after), limit + 1),
    limit,
    (one) => [one.id],
  )
  return {
    Terms: rows.map((terms) => {
      const { TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate } = describeTerms(terms)
      return { TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate }
    }),
    NextToken: next,
  }
})

export const operations: readonly Operation[] = [
  CreateTerms,
  DescribeTerms,
  DescribeTermsByClient,
  UpdateTerms,
  DeleteTerms,
  ListTerms,
]
