/** Where a pool's logs go: AWS's LogConfigurations as JSON. */
export const statements = [
  `create table log_deliveries (
    pool_id text not null references pools (id) on delete cascade,
    document text not null,
    primary key (pool_id)
  )`,
]
