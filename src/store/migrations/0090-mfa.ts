/**
 * Second factors. `software_tokens` holds the seed of a user's authenticator app, sealed; the step of the last code that
 * was taken, so that none is taken twice; and a seed that waits for its first code. `mfa_preferences` is what a user, or
 * an administrator, has switched on and prefers.
 */
export const statements = [
  `create table software_tokens (
    pool_id text not null,
    sub text not null,
    seed text,
    last_step bigint not null default 0,
    name text,
    pending text,
    primary key (pool_id, sub),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  `create table mfa_preferences (
    pool_id text not null,
    sub text not null,
    enabled text not null,
    preferred text,
    primary key (pool_id, sub),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
]
