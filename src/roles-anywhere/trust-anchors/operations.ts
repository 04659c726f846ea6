/**
 * Trust anchors: whose certificates are believed.
 *
 * Owns no table (resources do). Never decides whether a certificate leads to one: sessions do.
 * AWS: IAM Roles Anywhere API Reference, CreateTrustAnchor and its neighbours.
 */
import type { Context, Operation } from '../../wire/operation.ts'
import { about, account, lists, operation } from '../doors.ts'
import { changeResource, listResources, makeResource, removeResource } from '../resources/find.ts'
import { type Resource, readTags } from '../resources/resource.ts'
import { type Anchor, changeNotifications, printAnchor, readSource, resetNotifications } from './anchor.ts'

const anchor = about<Anchor, 'trustAnchorId'>('trust-anchor', 'trustAnchorId')

const show = ({ world }: Context, resource: Resource<Anchor>) => ({
  trustAnchor: printAnchor(world.settings, resource),
})

const change = async (
  context: Context & { resource: Resource<Anchor> },
  how: (before: Resource<Anchor>) => Partial<Resource<Anchor>>,
) => show(context, await changeResource(context, context.resource, how))

/** unproved: that an anchor is off unless it is asked to be on; the guide's examples of the command line say `--enabled`. */
const enabledUnasked = false

export const CreateTrustAnchor = operation('CreateTrustAnchor', account, async (wanted, context) => {
  const { name, source, enabled = enabledUnasked, tags, notificationSettings = [] } = wanted
  const document: Anchor = {
    certificates: readSource(source),
    notifications: changeNotifications([], notificationSettings),
  }
  return show(
    context,
    await makeResource(context, { kind: 'trust-anchor', name, enabled, document, tags: readTags(tags) }),
  )
})

export const GetTrustAnchor = operation('GetTrustAnchor', anchor, (_, context) => show(context, context.resource))

export const ListTrustAnchors = operation('ListTrustAnchors', lists, async (request, context) => {
  const { rows, nextToken } = await listResources<Anchor>(context, 'trust-anchor', request)
  return { trustAnchors: rows.map((row) => printAnchor(context.world.settings, row)), nextToken }
})

export const UpdateTrustAnchor = operation('UpdateTrustAnchor', anchor, ({ name, source }, context) => {
  const certificates = source && readSource(source)
  return change(context, ({ document }) => ({
    ...(name !== undefined && { name }),
    ...(certificates !== undefined && { document: { ...document, certificates } }),
  }))
})

export const DeleteTrustAnchor = operation('DeleteTrustAnchor', anchor, async (_, context) => {
  await removeResource(context, context.resource)
  return show(context, context.resource)
})

export const EnableTrustAnchor = operation('EnableTrustAnchor', anchor, (_, context) =>
  change(context, () => ({ enabled: true })),
)

export const DisableTrustAnchor = operation('DisableTrustAnchor', anchor, (_, context) =>
  change(context, () => ({ enabled: false })),
)

/** The id of these two stands in the body. */
export const PutNotificationSettings = operation(
  'PutNotificationSettings',
  anchor,
  ({ notificationSettings }, context) =>
    change(context, ({ document }) => ({
      document: { ...document, notifications: changeNotifications(document.notifications, notificationSettings) },
    })),
)

export const ResetNotificationSettings = operation(
  'ResetNotificationSettings',
  anchor,
  ({ notificationSettingKeys }, context) =>
    change(context, ({ document }) => {
      const events = notificationSettingKeys.map(({ event }) => event)
      return { document: { ...document, notifications: resetNotifications(document.notifications, events) } }
    }),
)

export const operations: Operation[] = [
  ...[CreateTrustAnchor, GetTrustAnchor, ListTrustAnchors, UpdateTrustAnchor, DeleteTrustAnchor],
  ...[EnableTrustAnchor, DisableTrustAnchor, PutNotificationSettings, ResetNotificationSettings],
]
