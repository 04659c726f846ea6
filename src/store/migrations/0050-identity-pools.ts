/**
 * Identity pools. Settings, roles and tag maps are JSON documents in AWS's spelling. A deleted pool has a removal_at: the
 * time from which the sweeper may take its row, and with it what was left of its identities.
 */
export const statements = [
  `create table identity_pools (
    id text primary key,
    region text not null,
    name text not null,
    settings text not null,
    roles text not null,
    tag_maps text not null,
    created_at bigint not null,
    modified_at bigint not null,
    removal_at bigint
  )`,
  'create index identity_pools_by_region on identity_pools (region, id)',
]
