/**
 * Logins of developer providers. Of these an identity may have several; of any other provider the partial index still
 * proves that it has one user.
 */
export const statements = [
  'alter table identity_logins add column developer integer not null default 0',
  'drop index identity_logins_of_identity',
  `create unique index identity_logins_of_identity on identity_logins (pool_id, identity_id, provider)
    where developer = 0`,
  'create index identity_logins_by_identity on identity_logins (pool_id, identity_id, provider, user_id)',
]
