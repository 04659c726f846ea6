/** Terms that people agree to when they sign up: a client has one document of each name. Links are JSON by language. */
export const statements = [
  `create table terms (
    pool_id text not null,
    id text not null,
    client_id text not null,
    name text not null,
    links text not null,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, id),
    unique (pool_id, client_id, name),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
]
