/** App clients. Secrets are a JSON list, each sealed; srp says whether the client may sign in by SRP. */
export const statements = [
  `create table clients (
    pool_id text not null references pools (id) on delete cascade,
    id text not null,
    name text not null,
    settings text not null,
    secrets text not null,
    srp integer not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, id)
  )`,
  'create unique index clients_by_id on clients (id)',
]
