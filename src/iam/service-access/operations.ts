/**
 * IAM's access advisor: which services, and which of their actions, users and roles asked last, and which policies let them.
 *
 * Owns tables service_uses and service_access_jobs. Counts every signed request, the refused ones too, and never decides one.
 * AWS: IAM User Guide, "Refine permissions in AWS using last accessed information".
 */
import { uuidOf } from '../../protocols/uuid.ts'
import { fail } from '../../wire/errors.ts'
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { about, account } from '../entity-door.ts'
import { paged } from '../paged.ts'
import { entitiesOfService, servicesAccessed } from './report.ts'
import { grants } from './services.ts'
import { insertJob, readJob } from './store.ts'
import { findSubject, noSuchSubject, policiesOf, type Subject } from './subject.ts'
import type { Job } from './use.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const subject = about<'subject', { Arn: string }, Subject>('subject', {
  find: ({ Arn }, { world }) => findSubject(world, Arn),
  arn: ({ Arn }) => Arn,
  tags: ({ tags = [] }) => tags,
  missing: ({ Arn }) => noSuchSubject(Arn),
})

// unproved: the time; AWS says of no end.
const jobLifetime = 86_400_000

export const GenerateServiceLastAccessedDetails = operation(
  'GenerateServiceLastAccessedDetails',
  subject,
  async ({ Arn, Granularity }, { world, caller }) => {
    const job: Job = {
      id: uuidOf(world.random(16)),
      arn: Arn,
      byAction: Granularity === 'ACTION_LEVEL',
      askedBy: caller.userId,
      createdAt: world.now(),
    }
    await insertJob(world.db, world.settings.account, job, job.createdAt + jobLifetime)
    return { JobId: job.id }
  },
)

/** The job and its subject as it is now. Whoever did not ask for it has no such job. unproved: AWS's sentence. */
async function findJob({ world, caller }: Context, id: string): Promise<{ job: Job; subject: Subject }> {
  const job = await readJob(world.db, world.settings.account, id, world.now())
  if (job?.askedBy !== caller.userId) fail('NoSuchEntityException', `The job with id ${id} cannot be found.`)
  return { job, subject: (await findSubject(world, job.arn)) ?? noSuchSubject(job.arn) }
}

/** A report is computed as it is read, so that a job is complete as soon as there is one. */
const describeJob = ({ createdAt }: Job) => ({
  JobStatus: 'COMPLETED' as const,
  JobCreationDate: new Date(createdAt),
  JobCompletionDate: new Date(createdAt),
})

export const GetServiceLastAccessedDetails = operation(
  'GetServiceLastAccessedDetails',
  account,
  async (input, context) => {
    const { job, subject } = await findJob(context, input.JobId)
    const JobType = job.byAction ? ('ACTION_LEVEL' as const) : ('SERVICE_LEVEL' as const)
    return { ...describeJob(job), JobType, ...(await servicesAccessed(context, input, job, subject)) }
  },
)

export const GetServiceLastAccessedDetailsWithEntities = operation(
  'GetServiceLastAccessedDetailsWithEntities',
  account,
  async (input, context) => {
    const { job, subject } = await findJob(context, input.JobId)
    return { ...describeJob(job), ...(await entitiesOfService(context, input, job, subject)) }
  },
)

/** Services of which no policy speaks are listed without policies. */
export const ListPoliciesGrantingServiceAccess = operation(
  'ListPoliciesGrantingServiceAccess',
  subject,
  async ({ Arn, ServiceNamespaces, ...input }, context) => {
    const { kind } = context.subject
    if (kind === 'policy') return fail('InvalidInputException', `ARN ${Arn} is not valid.`)
    const policies = await policiesOf(context.world, { ...context.subject, kind })
    const { rows, ...rest } = await paged(
      context,
      input,
      Arn,
      async (after = '', limit) =>
        [...new Set(ServiceNamespaces)]
          .sort()
          .filter((one) => one > after)
          .slice(0, limit),
      (namespace) => namespace,
    )
    const PoliciesGrantingServiceAccess = rows.map((ServiceNamespace) => ({
      ServiceNamespace,
      Policies: policies
        .filter(({ policy }) => grants([policy], ServiceNamespace.toLowerCase()))
        .map(({ name, arn, owner }) =>
          arn === undefined
            ? {
                PolicyName: name,
                PolicyType: 'INLINE' as const,
                EntityType: ({ user: 'USER', group: 'GROUP', role: 'ROLE' } as const)[owner.kind],
                EntityName: owner.name,
              }
            : { PolicyName: name, PolicyType: 'MANAGED' as const, PolicyArn: arn },
        ),
    }))
    return { PoliciesGrantingServiceAccess, ...rest }
  },
)

export const operations: Operation[] = [
  ...[GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails],
  ...[GetServiceLastAccessedDetailsWithEntities, ListPoliciesGrantingServiceAccess],
]
