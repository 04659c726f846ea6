/** A delegation request as the rules see it. AWS: IAM User Guide, "IAM temporary delegation". */
import type { Caller } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import type { State } from './states.ts'
import type { Parameter } from './template.ts'

/** What was asked for; it never changes. */
export type Wish = {
  readonly description: string
  readonly message: string | undefined
  readonly requestorName: string
  readonly templateArn: string
  readonly parameters: readonly Parameter[]
  /** The template with its parameters put in: what the approver sees, and what limits the credentials. */
  readonly policy: string
  /** The ARN of a topic. */
  readonly channel: string
  readonly sessionSeconds: number
  readonly redirectUrl: string | undefined
  /** Nobody else may release the token. */
  readonly onlySendByOwner: boolean
}

/** Who answers for the request: `id` tells apart whoever comes to the same name later. */
export type Owner = { readonly account: string; readonly arn: string; readonly id: string }

/** Who accepted, as they were when they did. Their credentials are what is delegated. */
export type Approver = Pick<
  Caller,
  'arn' | 'userId' | 'roleArn' | 'context' | 'provider' | 'transitiveTags' | 'signIns' | 'mfaAt'
> & { readonly kind: 'root' | 'user' | 'role' }

export type DelegationRequest = {
  readonly id: string
  /** The requester's own name for it. */
  readonly workflowId: string
  readonly wish: Wish
  /** The account that it is for, if that was said or has come out. */
  readonly ownerAccount: string | undefined
  readonly owner: Owner | undefined
  readonly approver: Approver | undefined
  readonly state: State
  readonly notes: string | undefined
  readonly rejectionReason: string | undefined
  /** When the token was released: epoch milliseconds, of whole seconds. */
  readonly releasedAt: number | undefined
  readonly createdAt: number
  readonly updatedAt: number
  /** When it expires in its state. */
  readonly expiresAt: number
}

const arnPrefix = ({ account }: Pick<World['settings'], 'account'>) => `arn:aws:iam::${account}:delegation-request/`

export const requestArn = (settings: Pick<World['settings'], 'account'>, id: string): string =>
  `${arnPrefix(settings)}${id}`

/** The id in the ARN of a request, or undefined. */
export const readRequestArn = (settings: Pick<World['settings'], 'account'>, arn: string): string | undefined =>
  arn.startsWith(arnPrefix(settings)) ? arn.slice(arnPrefix(settings).length) : undefined

/** Whether it is the owner who calls. */
export const isOwner = ({ owner }: Pick<DelegationRequest, 'owner'>, { arn, userId }: Caller): boolean =>
  owner?.arn === arn && owner.id === userId

/** When the delegated access ends; undefined while it has not begun. */
export const accessEnds = ({ releasedAt, wish }: Pick<DelegationRequest, 'releasedAt' | 'wish'>): number | undefined =>
  releasedAt === undefined ? undefined : releasedAt + wish.sessionSeconds * 1000
