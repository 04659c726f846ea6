/**
 * Domains of hosted login: at most one of each kind (`prefix`, `custom`) for a pool, and a name is one pool's only.
 * `settings` is JSON in AWS's spelling.
 */
export const statements = [
  `create table domains (
    pool_id text not null references pools (id) on delete cascade,
    kind text not null,
    name text not null,
    settings text not null,
    version text not null,
    primary key (pool_id, kind)
  )`,
  'create unique index domains_by_name on domains (name)',
]
