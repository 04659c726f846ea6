/** Resource servers: the APIs whose scopes a pool's access tokens may carry. Scopes are a JSON list in AWS's spelling. */
export const statements = [
  `create table resource_servers (
    pool_id text not null references pools (id) on delete cascade,
    identifier text not null,
    name text not null,
    scopes text not null,
    primary key (pool_id, identifier)
  )`,
]
