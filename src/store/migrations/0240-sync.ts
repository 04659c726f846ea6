/**
 * Cognito Sync. A dataset has one count that grows with each change, and so have its records: what a device has not seen
 * is above the count it remembers. A deleted dataset leaves its row, so that counts go on and devices learn of it.
 * `sync_changes` is the outbox of Cognito Streams: written with the change, deleted when the stream has it.
 */
export const statements = [
  `create table sync_pools (
    pool_id text primary key references identity_pools (id) on delete cascade,
    push text,
    streams text,
    streaming integer not null default 0,
    sync_trigger text,
    bulk_status text not null default 'NOT_STARTED',
    bulk_started_at bigint,
    bulk_completed_at bigint,
    bulk_failure text,
    bulk_after text,
    failures integer not null default 0,
    retry_at bigint not null default 0,
    lease text,
    lease_until bigint not null default 0
  )`,
  'create index sync_pools_streaming on sync_pools (retry_at) where streaming = 1',
  `create table sync_identities (
    pool_id text not null,
    identity_id text not null,
    changes bigint not null,
    changed_at bigint not null,
    primary key (pool_id, identity_id),
    foreign key (pool_id, identity_id) references identities (pool_id, id) on delete cascade
  )`,
  `create table sync_datasets (
    pool_id text not null,
    identity_id text not null,
    name text not null,
    alive integer not null,
    sync_count bigint not null,
    deleted_count bigint not null default 0,
    records bigint not null,
    storage bigint not null,
    created_at bigint not null,
    modified_at bigint not null,
    modified_by text not null,
    primary key (pool_id, identity_id, name),
    foreign key (pool_id, identity_id) references identities (pool_id, id) on delete cascade
  )`,
  `create table sync_records (
    pool_id text not null,
    identity_id text not null,
    dataset text not null,
    record_key text not null,
    value text,
    sync_count bigint not null,
    modified_at bigint not null,
    modified_by text not null,
    device_modified_at bigint,
    primary key (pool_id, identity_id, dataset, record_key),
    foreign key (pool_id, identity_id, dataset) references sync_datasets (pool_id, identity_id, name) on delete cascade
  )`,
  'create index sync_records_by_count on sync_records (pool_id, identity_id, dataset, sync_count, record_key)',
  `create table sync_devices (
    pool_id text not null,
    identity_id text not null,
    id text not null,
    platform text not null,
    target text not null,
    created_at bigint not null,
    primary key (pool_id, identity_id, id),
    foreign key (pool_id, identity_id) references identities (pool_id, id) on delete cascade
  )`,
  `create table sync_subscriptions (
    pool_id text not null,
    identity_id text not null,
    dataset text not null,
    device_id text not null,
    primary key (pool_id, identity_id, dataset, device_id),
    foreign key (pool_id, identity_id, device_id) references sync_devices (pool_id, identity_id, id) on delete cascade
  )`,
  `create table sync_changes (
    pool_id text not null references identity_pools (id) on delete cascade,
    identity_id text not null,
    number bigint not null,
    payload text not null,
    size bigint not null,
    changed_at bigint not null,
    primary key (pool_id, identity_id, number)
  )`,
  'create index sync_changes_by_time on sync_changes (pool_id, changed_at, identity_id, number)',
  `create table sync_payloads (
    id text primary key,
    pool_id text not null references identity_pools (id) on delete cascade,
    payload text not null,
    expires_at bigint not null
  )`,
  'create index sync_payloads_expiry on sync_payloads (expires_at)',
  // Which identities were merged into one: their datasets are its merged ones.
  'create index identities_by_survivor on identities (pool_id, merged_into) where merged_into is not null',
]
