/** Devices that users confirmed. The verifier of a device's secret is sealed: it is a fast hash. */
export const statements = [
  `create table devices (
    pool_id text not null,
    sub text not null,
    device_key text not null,
    group_key text not null,
    name text,
    salt text,
    sealed_verifier text,
    remembered integer not null,
    address text,
    created_at bigint not null,
    modified_at bigint not null,
    authenticated_at bigint not null,
    primary key (pool_id, sub, device_key),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade
  )`,
]
