/** Temporary delegation for tests: a partner, an owner and an administrator, a template, and the topic that the partner reads. */
import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  CreateAccessKeyCommand,
  CreateDelegationRequestCommand,
  type CreateDelegationRequestCommandInput,
  CreateUserCommand,
  PutUserPolicyCommand,
  SendDelegationTokenCommand,
} from '@aws-sdk/client-iam'
import { GetDelegatedAccessTokenCommand } from '@aws-sdk/client-sts'
import type { Upstreams } from '../../src/world.ts'
import { upstream } from './gateway.ts'
import { startQueueServer } from './queue-server.ts'
import { account, allowing, document, keysOf } from './roles.ts'
import { type Clients, startTestServer } from './server.ts'

export const topic = `arn:aws:sns:us-east-1:${account}:partner-notices`
export const templateArn = 'arn:aws:iam::aws:delegation-template/photo-partner/read'

/** What the partner was told, as it reads it. */
export type Notice = Readonly<Record<string, string>>

export type Delegation = Awaited<ReturnType<typeof startDelegation>>

export async function startDelegation() {
  // The topic's clock goes with the server's.
  let clock = Date.now
  const behind = await startQueueServer(undefined, () => clock())
  const row = upstream(behind.url, { region: 'eu-west-1', account: '111122223333', match: 'partner-*' })
  const policy = document({ Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::@{bucketName}/*' })
  const server = await startTestServer({
    settings: {
      upstreams: { sns: [row] },
      delegationTemplates: [{ arn: templateArn, requestor: 'Photo Partner', policy }],
    },
  })
  clock = server.world.now

  async function user(UserName: string, PolicyDocument?: string): Promise<Clients & { readonly arn: string }> {
    const { iam } = server.clients
    const { User } = await iam.send(new CreateUserCommand({ UserName }))
    if (PolicyDocument) await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    return { ...server.clientsWith(keys), arn: User!.Arn! }
  }

  const partner = await user(
    'partner',
    document(
      { Effect: 'Allow', Action: ['iam:CreateDelegationRequest', 'sts:GetDelegatedAccessToken'], Resource: '*' },
      { Effect: 'Allow', Action: 'sns:Publish', Resource: topic },
    ),
  )
  const owner = await user('owner')
  const admin = await user('admin', allowing('*'))

  let workflows = 0
  const ask = async (more: Partial<CreateDelegationRequestCommandInput> = {}, by: Pick<Clients, 'iam'> = partner) => {
    const { DelegationRequestId } = await by.iam.send(
      new CreateDelegationRequestCommand({
        ...{ Description: 'reads photos', RequestorWorkflowId: `workflow-${++workflows}`, SessionDuration: 3600 },
        Permissions: {
          PolicyTemplateArn: templateArn,
          Parameters: [{ Name: 'bucketName', Values: ['photos'], Type: 'string' }],
        },
        ...{ NotificationChannel: topic, ...more },
      }),
    )
    return { DelegationRequestId: DelegationRequestId! }
  }

  /** Every notice so far, oldest first. */
  const notices = (): Notice[] =>
    behind.heard.map(({ body }) => JSON.parse(new URLSearchParams(body).get('Message') ?? '{}') as Notice)

  const tokenOf = (id: { DelegationRequestId: string }): string =>
    notices().findLast((one) => one['RequestId'] === id.DelegationRequestId && one['ExchangeToken'])?.[
      'ExchangeToken'
    ] ?? ''

  const redeem = async (TradeInToken: string, by: Pick<Clients, 'sts'> = partner) =>
    by.sts.send(new GetDelegatedAccessTokenCommand({ TradeInToken }))

  /** The server of the topic believes us no more, until what this answers is called. */
  function refuseNotices(): () => void {
    const settings = server.world.settings as { upstreams: Upstreams }
    const { upstreams } = settings
    settings.upstreams = { sns: [{ ...row, keys: { accessKeyId: 'wrong', secretAccessKey: 'wrong' } }] }
    return () => {
      settings.upstreams = upstreams
    }
  }

  return {
    ...{ server, behind, refuseNotices, partner, owner, admin, user, ask, notices, tokenOf, redeem },
    /** A request that the owner took and somebody accepted and sent. */
    async release(more: Partial<CreateDelegationRequestCommandInput> = {}, approver: Pick<Clients, 'iam'> = admin) {
      const id = await ask(more)
      await owner.iam.send(new AssociateDelegationRequestCommand(id))
      await approver.iam.send(new AcceptDelegationRequestCommand(id))
      await (more.OnlySendByOwner ? owner : approver).iam.send(new SendDelegationTokenCommand(id))
      return id
    },
    async clientsOf(id: { DelegationRequestId: string }): Promise<Clients> {
      return server.clientsWith(keysOf((await redeem(tokenOf(id))).Credentials))
    },
    async close() {
      await server.close()
      await behind.close()
    },
  }
}
