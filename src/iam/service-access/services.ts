/** The services that there are here, with their actions, and which of them a policy lets its owner ask. */
import { model } from '../../wire/model.ts'
import { matchesAction, type Policy } from '../policy/statement.ts'

export type Service = {
  readonly namespace: string
  /** AWS: Service Authorization Reference. */
  readonly name: string
  /** Whether its actions are reported one by one: those of the gateway's services are not, as AWS does not report data events. */
  readonly tracked: boolean
}

export const services: readonly Service[] = [
  { namespace: 'cognito-identity', name: 'Amazon Cognito Identity', tracked: true },
  { namespace: 'cognito-idp', name: 'Amazon Cognito User Pools', tracked: true },
  { namespace: 'cognito-sync', name: 'Amazon Cognito Sync', tracked: true },
  { namespace: 'dynamodb', name: 'Amazon DynamoDB', tracked: false },
  { namespace: 'execute-api', name: 'Amazon API Gateway', tracked: false },
  { namespace: 'iam', name: 'AWS Identity and Access Management (IAM)', tracked: true },
  { namespace: 'kinesis', name: 'Amazon Kinesis Data Streams', tracked: false },
  { namespace: 'lambda', name: 'AWS Lambda', tracked: false },
  { namespace: 'rolesanywhere', name: 'AWS Identity and Access Management Roles Anywhere', tracked: true },
  { namespace: 's3', name: 'Amazon S3', tracked: false },
  { namespace: 'sns', name: 'Amazon SNS', tracked: false },
  { namespace: 'sqs', name: 'Amazon SQS', tracked: false },
  { namespace: 'sts', name: 'AWS Security Token Service', tracked: true },
]

const namespaces = new Set(services.map(({ namespace }) => namespace))

export const isService = (namespace: string): boolean => namespaces.has(namespace)

/**
 * Whether some Allow speaks of the service. Denies, boundaries and resource policies do not count, as at AWS.
 * unproved: that a Deny of the whole service does not count; AWS says that permissions policies alone do.
 */
export const grants = (policies: readonly Policy[], namespace: string): boolean =>
  policies.some(({ allows }) =>
    allows.some(({ actions: { written, negated } }) => {
      const lowered = written.map((action) => action.toLowerCase())
      if (negated) return !lowered.includes('*') && !lowered.includes(`${namespace}:*`)
      return lowered.some((action) => action === '*' || action.startsWith(`${namespace}:`))
    }),
  )

/**
 * The tracked actions of a service that some Allow speaks of, by name.
 * unproved: AWS tracks those that its guide lists for each service; here all that take a signature are.
 */
export const grantedActions = (policies: readonly Policy[], { namespace, tracked }: Service): string[] =>
  tracked
    ? Object.entries(model(namespace).operations)
        .filter(([name, { auth }]) => auth !== 'none' && allowsAction(policies, `${namespace}:${name}`))
        .map(([name]) => name)
        .sort()
    : []

const allowsAction = (policies: readonly Policy[], action: string) =>
  policies.some(({ allows }) => allows.some(({ actions }) => matchesAction(actions, action.toLowerCase())))
