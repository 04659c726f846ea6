/**
 * Codes under way, and counters of attempts. `subject` is a sub or the simulated sub of an unknown user, for whom codes
 * are kept and counted exactly as for a known one: hence no reference to users; the rows die by their time.
 */
export const statements = [
  `create table codes (
    pool_id text not null references pools (id) on delete cascade,
    subject text not null,
    purpose text not null,
    mac text not null,
    tries integer not null default 0,
    payload text not null,
    expires_at bigint not null,
    primary key (pool_id, subject, purpose)
  )`,
  'create index codes_by_expiry on codes (expires_at)',
  `create table attempts (
    pool_id text not null references pools (id) on delete cascade,
    subject text not null,
    kind text not null,
    used integer not null,
    ends_at bigint not null,
    primary key (pool_id, subject, kind)
  )`,
  'create index attempts_by_end on attempts (ends_at)',
]
