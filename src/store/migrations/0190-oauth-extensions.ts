/**
 * OAuth beyond Cognito. `client_extensions` says what is switched on for a client; `pushed_requests` are authorization
 * requests that came by the back door (RFC 9126); `device_grants` wait for somebody to type their code (RFC 8628);
 * `dpop_proofs` are those seen lately (RFC 9449); `logout_notices` wait to be told to apps. A browser's session gets an id
 * that may be shown, and a token session knows the browser's it came from, and the key that its refresh token is bound to.
 */
export const statements = [
  `create table client_extensions (
    pool_id text not null,
    client_id text not null,
    settings text not null,
    primary key (pool_id, client_id),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
  `create table pushed_requests (
    pool_id text not null,
    hash text not null,
    client_id text not null,
    query text not null,
    expires_at bigint not null,
    primary key (pool_id, hash),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
  'create index pushed_requests_to_forget on pushed_requests (expires_at)',
  `create table device_grants (
    pool_id text not null,
    hash text not null,
    user_code_hash text not null,
    client_id text not null,
    scope text not null,
    state text not null,
    sub text,
    browser_id text,
    auth_time bigint,
    asked_at bigint not null,
    pause bigint not null,
    expires_at bigint not null,
    primary key (pool_id, hash),
    unique (pool_id, user_code_hash),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade,
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index device_grants_to_forget on device_grants (expires_at)',
  'create index device_grants_of_users on device_grants (pool_id, sub)',
  `create table dpop_proofs (
    pool_id text not null,
    hash text not null,
    expires_at bigint not null,
    primary key (pool_id, hash)
  )`,
  'create index dpop_proofs_to_forget on dpop_proofs (expires_at)',
  `create table logout_notices (
    pool_id text not null,
    id text not null,
    client_id text not null,
    sub text not null,
    sid text,
    attempts integer not null,
    next_at bigint not null,
    expires_at bigint not null,
    primary key (pool_id, id),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
  'create index logout_notices_due on logout_notices (next_at)',
  'alter table sessions add column browser_id text',
  'alter table sessions add column dpop_jkt text',
  'create index sessions_of_browsers on sessions (pool_id, browser_id)',
  'alter table browser_sessions add column id text',
  'alter table browser_sessions add column client_id text',
  'alter table browser_sessions add column active_at bigint',
  'alter table browser_sessions add column address text',
  'alter table browser_sessions add column device_type text',
]
