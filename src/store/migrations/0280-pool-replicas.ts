/** Replicas of user pools: a pool has one in a region, with settings of that region's own as JSON. */
export const statements = [
  `create table pool_replicas (
    pool_id text not null references pools (id) on delete cascade,
    region text not null,
    status text not null,
    settings text not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, region)
  )`,
  'create index pool_replicas_by_region on pool_replicas (region, pool_id)',
]
