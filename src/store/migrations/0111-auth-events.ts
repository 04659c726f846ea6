/**
 * What users did: sign-ins, sign-ups, recoveries. The document is written by batches, the feedback by itself, so that
 * neither overwrites the other.
 */
export const statements = [
  `create table auth_events (
    pool_id text not null,
    sub text not null,
    id text not null,
    at bigint not null,
    document text not null,
    feedback text,
    expires_at bigint not null,
    primary key (pool_id, sub, id),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index auth_events_by_time on auth_events (pool_id, sub, at, id)',
  'create index auth_events_by_expiry on auth_events (expires_at)',
]
