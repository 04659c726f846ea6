/** How many clients and groups a pool has, so that nobody counts them to know whether one more may be made. */
const seed = (what: string) =>
  `insert into pool_counts (pool_id, what, many) select pool_id, '${what}', count(*) from ${what} group by pool_id`

export const statements = [
  `create table pool_counts (
    pool_id text not null references pools (id) on delete cascade,
    what text not null,
    many bigint not null,
    primary key (pool_id, what)
  )`,
  seed('clients'),
  seed('groups'),
]
