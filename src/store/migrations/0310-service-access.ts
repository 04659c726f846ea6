/** IAM: which service, and which action of it, each principal asked last and when; and the reports about that. */
export const statements = [
  `create table service_uses (
    account text not null,
    principal_id text not null,
    service text not null,
    action text not null,
    used_at bigint not null,
    region text not null,
    expires_at bigint not null,
    primary key (account, principal_id, service, action)
  )`,
  'create index service_uses_by_expiry on service_uses (expires_at)',
  `create table service_access_jobs (
    account text not null,
    id text not null,
    arn text not null,
    by_action integer not null,
    asked_by text not null,
    created_at bigint not null,
    expires_at bigint not null,
    primary key (account, id)
  )`,
  'create index service_access_jobs_by_expiry on service_access_jobs (expires_at)',
]
