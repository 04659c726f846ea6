/**
 * Revocation lists: which certificates an authority took back.
 *
 * Owns no table (resources do). Never fetches a list: they are imported. AWS: IAM Roles Anywhere API Reference, ImportCrl
 * and its neighbours; User Guide, "Revocation".
 */
import type { Context, Operation } from '../../wire/operation.ts'
import { about, account, lists, operation } from '../doors.ts'
import { changeResource, listResources, makeResource, removeResource, resourceByArn } from '../resources/find.ts'
import { type Resource, readTags } from '../resources/resource.ts'
import { type Crl, printCrl, readCrl } from './crl.ts'

const crl = about<Crl, 'crlId'>('crl', 'crlId')

const show = ({ world }: Context, resource: Resource<Crl>) => ({ crl: printCrl(world.settings, resource) })

const change = async (
  context: Context & { resource: Resource<Crl> },
  how: (before: Resource<Crl>) => Partial<Resource<Crl>>,
) => show(context, await changeResource(context, context.resource, how))

/** unproved: as for trust anchors, that a list is off unless it is asked to be on. */
const enabledUnasked = false

export const ImportCrl = operation('ImportCrl', account, async (wanted, context) => {
  const { name, crlData, enabled = enabledUnasked, tags, trustAnchorArn } = wanted
  const data = readCrl(crlData)
  const anchor = await resourceByArn(context, 'trust-anchor', trustAnchorArn)
  const document: Crl = { data, trustAnchorArn }
  const made = { kind: 'crl' as const, name, enabled, document, tags: readTags(tags), parent: anchor.id }
  return show(context, await makeResource(context, made))
})

export const GetCrl = operation('GetCrl', crl, (_, context) => show(context, context.resource))

export const ListCrls = operation('ListCrls', lists, async (request, context) => {
  const { rows, nextToken } = await listResources<Crl>(context, 'crl', request)
  return { crls: rows.map((row) => printCrl(context.world.settings, row)), nextToken }
})

export const UpdateCrl = operation('UpdateCrl', crl, ({ name, crlData }, context) => {
  const data = crlData && readCrl(crlData)
  return change(context, ({ document }) => ({
    ...(name !== undefined && { name }),
    ...(data !== undefined && { document: { ...document, data } }),
  }))
})

export const DeleteCrl = operation('DeleteCrl', crl, async (_, context) => {
  await removeResource(context, context.resource)
  return show(context, context.resource)
})

export const EnableCrl = operation('EnableCrl', crl, (_, context) => change(context, () => ({ enabled: true })))

export const DisableCrl = operation('DisableCrl', crl, (_, context) => change(context, () => ({ enabled: false })))

export const operations: Operation[] = [ImportCrl, GetCrl, ListCrls, UpdateCrl, DeleteCrl, EnableCrl, DisableCrl]
