/**
 * Users; the names by which one is found; and what ListUsers searches.
 * `identifiers` holds the username, the sub and every active alias in canonical form: one insert is the proof of
 * uniqueness, one point read finds the user. `user_index` holds the searchable attributes, folded and cut to an
 * indexable length; what is searched by a column of users has an index there.
 */
export const statements = [
  `create table users (
    pool_id text not null references pools (id) on delete cascade,
    sub text not null,
    username text not null,
    status text not null,
    enabled integer not null default 1,
    attributes text not null,
    created_at bigint not null,
    modified_at bigint not null,
    signed_out_at bigint not null default 0,
    has_password integer not null default 0,
    temporary_until bigint,
    primary key (pool_id, sub)
  )`,
  'create index users_by_username on users (pool_id, username, sub)',
  'create index users_by_status on users (pool_id, status, sub)',
  'create index users_by_enabled on users (pool_id, enabled, sub)',
  `create table identifiers (
    pool_id text not null,
    value text not null,
    sub text not null,
    kind text not null,
    primary key (pool_id, value),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index identifiers_of_user on identifiers (pool_id, sub)',
  `create table user_index (
    pool_id text not null,
    name text not null,
    value text not null,
    sub text not null,
    primary key (pool_id, name, value, sub),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
  'create index user_index_of_user on user_index (pool_id, sub)',
]
