/** The SQL of delegation requests: table delegation_requests. Of an exchange token only its keyed hash is kept. */
import { type Db, sql } from '../../store/db.ts'
import type { Approver, DelegationRequest, Wish } from './request.ts'
import { type Living, retention, stateAt } from './states.ts'

export const expiring = [{ table: 'delegation_requests', column: 'kept_until' }] as const

type Row = {
  id: string
  workflow_id: string
  wish: string
  owner_account: string | null
  owner_arn: string | null
  owner_id: string | null
  approver: string | null
  state: Living
  notes: string | null
  rejection_reason: string | null
  released_at: number | null
  created_at: number
  updated_at: number
  expires_at: number
}

const columns = sql`id, workflow_id, wish, owner_account, owner_arn, owner_id, approver, state, notes, rejection_reason,
  released_at, created_at, updated_at, expires_at`

const toRequest =
  (now: number) =>
  (row: Row): DelegationRequest => ({
    id: row.id,
    workflowId: row.workflow_id,
    wish: JSON.parse(row.wish) as Wish,
    ownerAccount: row.owner_account ?? undefined,
    owner:
      row.owner_arn === null
        ? undefined
        : { account: row.owner_account ?? '', arn: row.owner_arn, id: row.owner_id ?? '' },
    approver: row.approver === null ? undefined : (JSON.parse(row.approver) as Approver),
    state: stateAt(row.state, row.expires_at, now),
    notes: row.notes ?? undefined,
    rejectionReason: row.rejection_reason ?? undefined,
    releasedAt: row.released_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  })

/** False if there is one of that workflow. */
export const insertRequest = async (
  db: Db,
  account: string,
  made: Pick<DelegationRequest, 'id' | 'workflowId' | 'wish' | 'ownerAccount' | 'createdAt' | 'expiresAt'>,
): Promise<boolean> =>
  (await db.get(
    sql`insert into delegation_requests
        (account, id, workflow_id, wish, owner_account, state, created_at, updated_at, expires_at, kept_until)
      values (${account}, ${made.id}, ${made.workflowId}, ${JSON.stringify(made.wish)}, ${made.ownerAccount}, 'UNASSIGNED',
        ${made.createdAt}, ${made.createdAt}, ${made.expiresAt}, ${made.expiresAt + retention})
      on conflict do nothing returning id`,
  )) !== undefined

export async function readRequest(
  db: Db,
  account: string,
  id: string,
  now: number,
): Promise<DelegationRequest | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from delegation_requests where account = ${account} and id = ${id}`,
  )
  return row && toRequest(now)(row)
}

export async function readRequestByToken(
  db: Db,
  account: string,
  tokenHash: string,
  now: number,
): Promise<DelegationRequest | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from delegation_requests where account = ${account} and token_hash = ${tokenHash}`,
  )
  return row && toRequest(now)(row)
}

/** An owner, and which of those that had the ARN in turn. */
export type OwnerName = { readonly arn: string; readonly id?: string | undefined }

/** Those that have an owner, or that one, by id. */
export async function readOwned(
  db: Db,
  account: string,
  {
    owner,
    after = '',
    limit,
    now,
  }: { owner: OwnerName | undefined; after?: string | undefined; limit: number; now: number },
): Promise<DelegationRequest[]> {
  const named = owner ? sql`owner_arn = ${owner.arn}` : sql`owner_arn is not null`
  const whose = owner?.id === undefined ? named : sql`${named} and owner_id = ${owner.id}`
  const rows = await db.all<Row>(
    sql`select ${columns} from delegation_requests where account = ${account} and ${whose} and id > ${after}
      order by id limit ${limit}`,
  )
  return rows.map(toRequest(now))
}

/** What a move changes besides the state; what is undefined becomes empty. */
export type Changed = Pick<
  DelegationRequest,
  'ownerAccount' | 'owner' | 'approver' | 'notes' | 'rejectionReason' | 'releasedAt' | 'expiresAt'
> & { readonly state: Living; readonly tokenHash: string | undefined }

/** False if somebody else changed it since it was read. */
export const updateRequest = async (
  db: Db,
  account: string,
  before: Pick<DelegationRequest, 'id' | 'updatedAt'>,
  changed: Changed,
  now: number,
): Promise<boolean> =>
  (await db.run(
    sql`update delegation_requests set state = ${changed.state}, owner_account = ${changed.ownerAccount},
        owner_arn = ${changed.owner?.arn}, owner_id = ${changed.owner?.id},
        approver = ${changed.approver && JSON.stringify(changed.approver)}, notes = ${changed.notes},
        rejection_reason = ${changed.rejectionReason}, token_hash = ${changed.tokenHash}, released_at = ${changed.releasedAt},
        updated_at = ${Math.max(now, before.updatedAt + 1)}, expires_at = ${changed.expiresAt},
        kept_until = ${changed.expiresAt + retention}
      where account = ${account} and id = ${before.id} and updated_at = ${before.updatedAt}`,
  )) === 1
