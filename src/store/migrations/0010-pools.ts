/** User pools: settings and the attributes beyond AWS's standard ones as JSON in AWS's spelling. A pool with deleted_at is gone for every caller. */
export const statements = [
  `create table pools (
    id text primary key,
    region text not null,
    name text not null,
    settings text not null,
    attributes text not null,
    created_at bigint not null,
    modified_at bigint not null,
    deleted_at bigint
  )`,
  'create index pools_by_region on pools (region, id)',
  'create index pools_deleted on pools (deleted_at) where deleted_at is not null',
]
