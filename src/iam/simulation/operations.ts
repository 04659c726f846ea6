/**
 * The policy simulator: what policies would decide, without anybody doing anything.
 *
 * Owns no table and changes nothing; the decisions are the evaluator's. AWS: IAM User Guide, "IAM policy testing with the
 * IAM policy simulator".
 */
import { fail } from '../../wire/errors.ts'
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { about, account } from '../entity-door.ts'
import { type PageRequest, paged } from '../paged.ts'
import { contextKeysOf } from '../policy/explain.ts'
import type { Principal } from '../policy/principal.ts'
import { findUser } from '../users/find.ts'
import { contextOfEntries, type Scene, simulate, sourcesIn } from './simulate.ts'
import {
  boundarySource,
  findSubject,
  givenSources,
  noSuchSubject,
  principalSources,
  type Source,
  type Subject,
} from './sources.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

/** Permission is asked on the principal whose policies are read. */
const source = about<'subject', { PolicySourceArn: string }, Subject>('subject', {
  find: ({ PolicySourceArn }, { world }) => findSubject(world, PolicySourceArn),
  arn: ({ PolicySourceArn }) => PolicySourceArn,
  tags: ({ tags = [] }) => tags,
  missing: ({ PolicySourceArn }) => noSuchSubject(PolicySourceArn),
})

type Asked = PageRequest & {
  ActionNames: readonly string[]
  ResourceArns?: readonly string[]
  ResourcePolicy?: string
  ResourceOwner?: string
  CallerArn?: string
  ContextEntries?: readonly { ContextKeyName?: string; ContextKeyValues?: readonly string[]; ContextKeyType?: string }[]
  PermissionsBoundaryPolicyInputList?: readonly string[]
  OrderedOrganizationPolicyInputList?: readonly { ServiceControlPolicyInputList?: readonly string[] }[]
}

const invalid = (sentence: string): never => fail('InvalidInputException', sentence)

/** unproved: AWS's sentences for what cannot be simulated; that it refuses with InvalidInput is documented. */
function checkAsked({ ActionNames, ResourceArns = [], PermissionsBoundaryPolicyInputList = [] }: Asked): void {
  const wrong = ActionNames.find((action) => !/^[\w-]+:\w+$/.test(action))
  if (wrong !== undefined) invalid(`Invalid action: ${wrong}. Actions are service:Action, without wildcards.`)
  const resource = ResourceArns.find((arn) => arn !== '*' && !/^arn:[^:]*:[^:]+:[^:]*:[^:]*:./.test(arn))
  if (resource !== undefined) invalid(`Invalid resource: ${resource} must be an ARN or *.`)
  if (PermissionsBoundaryPolicyInputList.length > 1) invalid('There can be one permissions boundary only.')
}

/** Who calls in the simulation: the user that is named, or the principal whose policies are asked. */
async function principalIn({ world }: Context, { CallerArn }: Asked, subject: Subject | undefined): Promise<Principal> {
  const { account } = world.settings
  if (CallerArn !== undefined) {
    const user =
      (await findUser(world, CallerArn)) ?? invalid(`Invalid caller: ${CallerArn} is no user of this account.`)
    return { kind: 'user', account, arn: CallerArn, userId: user.id }
  }
  if (subject?.kind === 'role') {
    const { name, path, id } = subject
    const roleArn = `arn:aws:iam::${account}:role${path}${name}`
    // A session of the role, under a name that nobody's policy names.
    return { kind: 'role', account, arn: `arn:aws:sts::${account}:assumed-role/${name}/`, userId: `${id}:`, roleArn }
  }
  const { path = '/', name = '', id = '' } = subject?.kind === 'user' ? subject : {}
  return { kind: 'user', account, arn: `arn:aws:iam::${account}:user${path}${name}`, userId: id }
}

const usualItems = 100
/** Statements looked at for one page: it is made without a pause, while everybody else waits. */
const mostStatements = 200_000

function mostItems(scene: Scene): number {
  const statements = sourcesIn(scene).reduce((sum, { policy }) => sum + policy.statements.length, 0)
  return Math.max(1, Math.floor(mostStatements / Math.max(1, statements)))
}

async function run(
  context: Context,
  asked: Asked,
  identity: readonly Source[],
  subject?: Subject,
  unbounded = subject?.kind === 'group',
) {
  checkAsked(asked)
  const { ResourcePolicy, ResourceArns, ResourceOwner, PermissionsBoundaryPolicyInputList = [] } = asked
  if (ResourcePolicy !== undefined && asked.CallerArn === undefined && subject?.kind !== 'user') {
    invalid('CallerArn is needed where a resource policy is given and the source is no user.')
  }
  const [given] = givenSources(PermissionsBoundaryPolicyInputList, 'PermissionsBoundaryPolicyInputList', 'boundary')
  const scene: Scene = {
    identity,
    boundary: given ?? (subject && !unbounded ? await boundarySource(context.world, subject) : undefined),
    resource:
      ResourcePolicy === undefined ? undefined : givenSources([ResourcePolicy], 'ResourcePolicy', 'resource')[0],
    levels: (asked.OrderedOrganizationPolicyInputList ?? []).map(({ ServiceControlPolicyInputList = [] }, level) =>
      givenSources(ServiceControlPolicyInputList, `OrganizationPolicyInputList.${level + 1}`, 'boundary'),
    ),
    principal: await principalIn(context, asked, subject),
    resourceAccount: /(\d{12})/.exec(ResourceOwner ?? '')?.[1] ?? context.world.settings.account,
    context: contextOfEntries(asked.ContextEntries ?? []),
  }
  const resources = ResourceArns && ResourceArns.length > 0 ? ResourceArns : ['*']
  const { ActionNames: actions } = asked
  const { rows, ...rest } = await paged(
    context,
    { ...asked, MaxItems: Math.min(asked.MaxItems ?? usualItems, mostItems(scene)) },
    JSON.stringify([actions, resources]).slice(0, 1000),
    async (after, limit) => {
      const from = after === undefined ? 0 : Number(after) + 1
      const many = Math.min(limit, actions.length * resources.length - from)
      return Array.from({ length: Math.max(0, many) }, (_, index) => {
        const place = from + index
        const action = actions[Math.floor(place / resources.length)] ?? ''
        return { action, resource: resources[place % resources.length] ?? '', place }
      })
    },
    ({ place }) => `${place}`,
  )
  return { EvaluationResults: rows.map(({ action, resource }) => simulate(scene, action, resource)), ...rest }
}

export const SimulateCustomPolicy = operation('SimulateCustomPolicy', account, (input, context) =>
  run(context, input, givenSources(input.PolicyInputList, 'PolicyInputList')),
)

export const SimulatePrincipalPolicy = operation('SimulatePrincipalPolicy', source, async (input, context) => {
  const { subject } = context
  if (subject.kind === 'role' && input.ResourcePolicy !== undefined) {
    invalid('A resource policy cannot be simulated for a role.')
  }
  const own = await principalSources(context.world, subject)
  const excluded = input.PolicyExclusionList ?? []
  const kept = own.filter((one) => !excluded.some((exclusion) => leavesOut(exclusion, one)))
  const unbounded = excluded.some(({ PolicyType }) => PolicyType === 'permission-boundary')
  const all = [...kept, ...givenSources(input.PolicyInputList ?? [], 'PolicyInputList')]
  return run(context, input, all, subject, unbounded)
})

type Exclusion = {
  PolicyType?: string
  PolicyArn?: string
  InlinePolicyIdentifier?: { PolicyName: string; AttachmentType: string; AttachmentName: string }
}

/** Kinds of policies that a simulation may leave out, by AWS's names for them. There are no organisations to leave out. */
const exclusionTypes: Readonly<Record<string, readonly Source['type'][]>> = {
  inline: ['user', 'group', 'role'],
  'aws-managed': ['aws-managed'],
  'user-managed': ['user-managed'],
}

function leavesOut({ PolicyType, PolicyArn, InlinePolicyIdentifier: inline }: Exclusion, one: Source): boolean {
  if (PolicyArn !== undefined) return one.arn === PolicyArn
  if (inline) {
    return one.id === `${inline.AttachmentType.toLowerCase()}_${inline.AttachmentName}_${inline.PolicyName}`
  }
  return PolicyType !== undefined && (exclusionTypes[PolicyType] ?? []).includes(one.type)
}

const keysOf = (sources: readonly Source[]) => ({
  ContextKeyNames: [...new Set(sources.flatMap(({ policy }) => contextKeysOf(policy)))].sort(),
})

export const GetContextKeysForCustomPolicy = operation('GetContextKeysForCustomPolicy', account, (input) =>
  keysOf(givenSources(input.PolicyInputList, 'PolicyInputList')),
)

export const GetContextKeysForPrincipalPolicy = operation(
  'GetContextKeysForPrincipalPolicy',
  source,
  async (input, { world, subject }) => {
    const own = await principalSources(world, subject)
    return keysOf([...own, ...givenSources(input.PolicyInputList ?? [], 'PolicyInputList')])
  },
)

export const operations: Operation[] = [
  ...[SimulateCustomPolicy, SimulatePrincipalPolicy],
  ...[GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy],
]
