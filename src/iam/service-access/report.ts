/** Who asked which service last: the reports of the access advisor, computed as they are read. */
import type { Context } from '../../wire/operation.ts'
import { type PageRequest, paged } from '../paged.ts'
import { grantedActions, grants, services } from './services.ts'
import { documentsFor, type Entity, entitiesOf, type Subject } from './subject.ts'
import type { Job, Use } from './use.ts'
import { usesOf } from './uses.ts'

/** The services that the subject's policies let it ask, each with who asked it last. */
export async function servicesAccessed(context: Context, input: PageRequest, job: Job, subject: Subject) {
  const { world } = context
  const policies = await documentsFor(world, subject)
  const granted = services.filter(({ namespace }) => grants(policies, namespace))
  const { rows, ...rest } = await paged(
    context,
    input,
    job.id,
    async (after = '', limit) => granted.filter(({ namespace }) => namespace > after).slice(0, limit),
    ({ namespace }) => namespace,
  )
  const entities = await entitiesOf(world, subject)
  const uses = await usesOf(
    world,
    entities.map(({ id }) => id),
    job.byAction,
  )
  const ServicesLastAccessed = rows.map((service) => {
    const ofService = uses.filter((use) => use.service === service.namespace)
    const [last, ...others] = ofService.filter(({ action }) => action === undefined)
    return {
      ServiceName: service.name,
      ServiceNamespace: service.namespace,
      ...(last && {
        LastAuthenticated: new Date(last.at),
        LastAuthenticatedEntity: arnOf(entities, last),
        LastAuthenticatedRegion: last.region,
      }),
      TotalAuthenticatedEntities: last ? 1 + others.length : 0,
      ...(job.byAction && {
        TrackedActionsLastAccessed: grantedActions(policies, service).map((ActionName) => {
          const used = ofService.find(({ action }) => action === ActionName)
          return {
            ActionName,
            ...(used && {
              LastAccessedTime: new Date(used.at),
              LastAccessedEntity: arnOf(entities, used),
              LastAccessedRegion: used.region,
            }),
          }
        }),
      }),
    }
  })
  return { ServicesLastAccessed, ...rest }
}

const arnOf = (entities: readonly Entity[], { principalId }: Use) =>
  entities.find(({ id }) => id === principalId)?.arn ?? ''

/** Who could have asked a service, those first who asked it last. */
export async function entitiesOfService(
  context: Context,
  input: PageRequest & { ServiceNamespace: string },
  job: Job,
  subject: Subject,
) {
  const { world } = context
  const { ServiceNamespace: namespace } = input
  const granted = grants(await documentsFor(world, subject), namespace)
  const entities = granted ? await entitiesOf(world, subject) : []
  const uses = await usesOf(
    world,
    entities.map(({ id }) => id),
    false,
  )
  const at = new Map(uses.filter(({ service }) => service === namespace).map((use) => [use.principalId, use.at]))
  const all = entities
    .map((entity) => ({ ...entity, at: at.get(entity.id) }))
    .map((entity) => ({ ...entity, order: `${`${latest - (entity.at ?? 0)}`.padStart(16, '0')}${entity.id}` }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  const { rows, ...rest } = await paged(
    context,
    input,
    `${job.id}:${namespace}`,
    async (after = '', limit) => all.filter(({ order }) => order > after).slice(0, limit),
    ({ order }) => order,
  )
  const EntityDetailsList = rows.map(({ arn, name, type, id, path, at }) => ({
    EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
    ...(at !== undefined && { LastAuthenticated: new Date(at) }),
  }))
  return { EntityDetailsList, ...rest }
}

/** After every time that can be noted. */
const latest = 8_640_000_000_000_000
