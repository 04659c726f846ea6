/**
 * Work that was promised and waits for its turn, of every kind. A job is its holder's until `due`, when `lease` says
 * whose it is. Bucket notifications and notices of sign-outs had tables of their own: what waits there moves.
 */
export const statements = [
  `create table jobs (
    id text primary key,
    kind text not null,
    target text not null,
    body text not null,
    made bigint not null,
    due bigint not null,
    tries integer not null default 0,
    failures integer not null default 0,
    lease text
  )`,
  'create index jobs_due on jobs (kind, due)',
  `insert into jobs (id, kind, target, body, made, due, tries, failures)
    select id, 's3-notification', target, payload, made, due, failures, failures from s3_events`,
  'drop table s3_events',
  `insert into jobs (id, kind, target, body, made, due, tries)
    select id, 'sign-out', client_id,
      '{"poolId":"' || pool_id || '","clientId":"' || client_id || '","sub":"' || sub || '"'
        || case when sid is null then '' else ',"sid":"' || sid || '"' end || '}',
      expires_at - 86400000, next_at, attempts
    from logout_notices`,
  'drop table logout_notices',
]
