/**
 * Sign-ins under way. `challenges` holds the sessions that wait for an answer, and the secret blocks that were answered;
 * `sub` may be the simulated one of an unknown user, hence no reference to users. `lockouts` counts failed attempts of
 * known and unknown names alike.
 */
export const statements = [
  `create table challenges (
    pool_id text not null references pools (id) on delete cascade,
    hash text not null,
    client_id text not null,
    sub text not null,
    family text not null,
    challenge text not null,
    state text not null,
    expires_at bigint not null,
    used_at bigint,
    forget_at bigint not null,
    primary key (pool_id, hash)
  )`,
  'create index challenges_to_forget on challenges (forget_at)',
  `create table lockouts (
    pool_id text not null references pools (id) on delete cascade,
    name text not null,
    failures integer not null,
    tried_at bigint not null,
    locked_until bigint not null,
    pending integer not null,
    pending_until bigint not null,
    forget_at bigint not null,
    primary key (pool_id, name)
  )`,
  'create index lockouts_to_forget on lockouts (forget_at)',
]
