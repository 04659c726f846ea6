/** How a pool, or one of its clients, answers to risk: AWS's RiskConfigurationType as JSON. */
export const statements = [
  `create table pool_risks (
    pool_id text not null references pools (id) on delete cascade,
    document text not null,
    modified_at bigint not null,
    primary key (pool_id)
  )`,
  `create table client_risks (
    pool_id text not null,
    client_id text not null,
    document text not null,
    modified_at bigint not null,
    primary key (pool_id, client_id),
    foreign key (pool_id, client_id) references clients (pool_id, id) on delete cascade
  )`,
]
