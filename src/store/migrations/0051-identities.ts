/**
 * Identities and the logins that lead to them. The key of a login is the proof that one user of one provider has one
 * identity in a pool; the index of an identity's logins, that it has one user of each provider.
 */
export const statements = [
  `create table identities (
    pool_id text not null references identity_pools (id) on delete cascade,
    id text not null,
    kind text not null,
    merged_into text,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, id)
  )`,
  // Callers name an identity without its pool.
  'create unique index identities_by_id on identities (id)',
  `create table identity_logins (
    pool_id text not null,
    provider text not null,
    user_id text not null,
    identity_id text not null,
    linked_at bigint not null,
    primary key (pool_id, provider, user_id),
    foreign key (pool_id, identity_id) references identities (pool_id, id) on delete cascade
  )`,
  'create unique index identity_logins_of_identity on identity_logins (pool_id, identity_id, provider)',
]
