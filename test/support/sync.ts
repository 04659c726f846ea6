/** Identities with credentials of their own that synchronise, and clients that ask as them: for tests. */
import { GetCredentialsForIdentityCommand, GetIdCommand } from '@aws-sdk/client-cognito-identity'
import { CognitoSyncClient, ListRecordsCommand, UpdateRecordsCommand } from '@aws-sdk/client-cognito-sync'
import { giveRoles, makeIdentityPool, type UserPool } from './identities.ts'
import { allowing } from './roles.ts'
import type { Keys, TestServer } from './server.ts'

export const syncClient = (
  { endpoint }: TestServer,
  credentials: Keys = { accessKeyId: 'test', secretAccessKey: 'test' },
) => new CognitoSyncClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })

/** A pool whose guests and users may synchronise whatever their policies let them: everything, unless told. */
export async function makeSyncPool(server: TestServer, userPools: readonly UserPool[] = []): Promise<string> {
  const pool = await makeIdentityPool(server, userPools)
  const policy = allowing('cognito-sync:*')
  await giveRoles(server, pool, { user: policy, guest: policy })
  return pool
}

export type Someone = {
  readonly IdentityPoolId: string
  readonly IdentityId: string
  readonly client: CognitoSyncClient
}

/** A new identity, or that of the logins, and a client that signs with its credentials. */
export async function someone(
  server: TestServer,
  IdentityPoolId: string,
  Logins?: Record<string, string>,
  known?: string,
): Promise<Someone> {
  const { identity } = server.clients
  const IdentityId = known ?? (await identity.send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
  const found = await identity.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  const { AccessKeyId = '', SecretKey = '', SessionToken = '' } = found.Credentials ?? {}
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken }
  return { IdentityPoolId, IdentityId: found.IdentityId!, client: syncClient(server, keys) }
}

const at = ({ IdentityPoolId, IdentityId }: Someone, DatasetName: string) => ({
  IdentityPoolId,
  IdentityId,
  DatasetName,
})

export const list = (who: Someone, DatasetName: string, LastSyncCount?: number) =>
  who.client.send(new ListRecordsCommand({ ...at(who, DatasetName), LastSyncCount }))

/** Lists for a token, then writes: values replace, null removes; counts are those that the dataset has now. */
export async function write(who: Someone, DatasetName: string, values: Record<string, string | null>) {
  const { Records = [], SyncSessionToken } = await list(who, DatasetName)
  const counts = new Map(Records.map(({ Key, SyncCount }) => [Key, SyncCount]))
  return who.client.send(
    new UpdateRecordsCommand({
      ...at(who, DatasetName),
      SyncSessionToken,
      RecordPatches: Object.entries(values).map(([Key, Value]) => ({
        Op: Value === null ? ('remove' as const) : ('replace' as const),
        Key,
        ...(Value !== null && { Value }),
        SyncCount: counts.get(Key) ?? 0,
      })),
    }),
  )
}
