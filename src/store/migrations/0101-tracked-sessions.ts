/**
 * What is remembered of token sessions beyond their tokens: the id under which they are listed (none where the pool did
 * not track), their latest activity, and the device they began on. `client_sessions` holds what a client was told about
 * sessions of the browser.
 */
export const statements = [
  'alter table sessions add column tracked_id text',
  'alter table sessions add column active_at bigint',
  'alter table sessions add column address text',
  'alter table sessions add column device_type text',
  'alter table sessions add column device_key text',
  `create table client_sessions (
    pool_id text not null,
    client_id text not null,
    sso_minutes integer not null,
    primary key (pool_id, client_id),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
]
