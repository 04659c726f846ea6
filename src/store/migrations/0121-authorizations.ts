/**
 * Hosted login. A session that began at the OAuth endpoints remembers its scope (none: a sign-in through the API) and
 * the resource its access tokens are for. `authorization_codes` live for minutes, by keyed hash; a used one stays until
 * then, so that its second use is recognised. `browser_sessions` are what the cookie of hosted login stands for.
 */
export const statements = [
  'alter table sessions add column scope text',
  'alter table sessions add column resource text',
  `create table authorization_codes (
    pool_id text not null,
    hash text not null,
    client_id text not null,
    sub text not null,
    session_id text not null,
    state text not null,
    expires_at bigint not null,
    used_at bigint,
    replayed_at bigint,
    primary key (pool_id, hash),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index authorization_codes_to_forget on authorization_codes (expires_at)',
  'create index authorization_codes_of_users on authorization_codes (pool_id, sub)',
  `create table browser_sessions (
    pool_id text not null,
    hash text not null,
    sub text not null,
    domain text not null,
    auth_time bigint not null,
    started_at bigint not null,
    expires_at bigint not null,
    primary key (pool_id, hash),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index browser_sessions_to_forget on browser_sessions (expires_at)',
  'create index browser_sessions_of_users on browser_sessions (pool_id, sub)',
]
