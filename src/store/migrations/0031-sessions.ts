/**
 * Token sessions: what one sign-in began. The id is the `event_id` that every token carries, also for clients whose
 * tokens have no `origin_jti`. A session ends with its refresh token's life, or when it is revoked.
 * Refresh tokens are kept as keyed hashes; `used_at` is when a rotation replaced one.
 */
export const statements = [
  `create table sessions (
    pool_id text not null,
    id text not null,
    sub text not null,
    client_id text not null,
    origin_jti text not null,
    auth_time bigint not null,
    started_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    primary key (pool_id, id),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index sessions_of_user on sessions (pool_id, sub)',
  'create index sessions_by_expiry on sessions (expires_at)',
  `create table refresh_tokens (
    pool_id text not null,
    hash text not null,
    session_id text not null,
    used_at bigint,
    primary key (pool_id, hash),
    foreign key (pool_id, session_id) references sessions (pool_id, id) on delete cascade
  )`,
  'create index refresh_tokens_of_session on refresh_tokens (pool_id, session_id)',
]
