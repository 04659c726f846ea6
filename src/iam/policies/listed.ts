/** A principal's policies as the answers list them, the same for roles, users and groups. */
import type { Context } from '../../wire/operation.ts'
import { type PageRequest, paged } from '../paged.ts'
import { readInlinePolicyNames } from './attachment-store.ts'
import { attachedPolicies, getInline, type Owner } from './attachments.ts'
import { encodeDocument } from './documents.ts'
import { orderOf, policyArn } from './managed-policy.ts'

export async function listInline(context: Context, request: PageRequest, owner: Owner) {
  const { world } = context
  const { rows, ...rest } = await paged(
    context,
    request,
    owner.id,
    (after, limit) => readInlinePolicyNames(world.db, world.settings.account, owner.id, { after, limit }),
    (name) => name,
  )
  return { PolicyNames: rows, ...rest }
}

export async function listAttached(context: Context, request: PageRequest & { PathPrefix?: string }, owner: Owner) {
  const { PathPrefix: prefix = '/' } = request
  const all = (await attachedPolicies(context.world, owner.id)).filter(({ path }) => path.startsWith(prefix))
  const { rows, ...rest } = await paged(
    context,
    request,
    `${owner.id}:${prefix}`,
    async (after = '', limit) => all.filter((one) => orderOf(one) > after).slice(0, limit),
    orderOf,
  )
  return { AttachedPolicies: rows.map((one) => ({ PolicyName: one.name, PolicyArn: policyArn(one) })), ...rest }
}

export async function showInline({ world }: Context, owner: Owner, wanted: string) {
  const { name, document } = await getInline(world, owner, wanted)
  return { PolicyName: name, PolicyDocument: encodeDocument(document) }
}
