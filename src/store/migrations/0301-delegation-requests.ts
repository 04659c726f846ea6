/** Temporary delegation: what partners ask to do for a while, who answers for it, and what became of it. */
export const statements = [
  `create table delegation_requests (
    account text not null,
    id text not null,
    workflow_id text not null,
    wish text not null,
    owner_account text,
    owner_arn text,
    owner_id text,
    approver text,
    state text not null,
    notes text,
    rejection_reason text,
    token_hash text,
    released_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    expires_at bigint not null,
    kept_until bigint not null,
    primary key (account, id)
  )`,
  'create unique index delegation_requests_by_workflow on delegation_requests (account, workflow_id)',
  'create unique index delegation_requests_by_token on delegation_requests (account, token_hash)',
  'create index delegation_requests_by_owner on delegation_requests (account, owner_arn, id)',
  'create index delegation_requests_by_end on delegation_requests (kept_until)',
]
