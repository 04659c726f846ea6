/**
 * Versions, tags and the settings of buckets. `s3_objects` holds what a key means now, so that reading and listing cost the
 * same with and without versions; `s3_versions` holds what it meant before, and the markers of deletions. `rank` orders
 * the versions of a key: the highest is the latest. `s3_events` is the outbox of notifications: written with the change,
 * deleted when the receiver has it.
 */
export const statements = [
  'alter table s3_buckets add column versioning text',
  // Whether any object has ever had tags: until then no decision needs to look for them.
  'alter table s3_buckets add column tagged integer not null default 0',
  'alter table s3_buckets add column tags text',
  'alter table s3_buckets add column lifecycle text',
  'alter table s3_buckets add column notifications text',
  `alter table s3_objects add column version text not null default 'null'`,
  'alter table s3_objects add column rank bigint not null default 0',
  `create table s3_versions (
    bucket text not null references s3_buckets (name),
    name text not null,
    version text not null,
    rank bigint not null,
    marker integer not null,
    size bigint not null,
    etag text not null,
    modified bigint not null,
    body text,
    about text not null,
    content blob,
    primary key (bucket, name, version)
  )`,
  'create index s3_versions_rank on s3_versions (bucket, name, rank desc)',
  'create index s3_versions_body on s3_versions (body) where body is not null',
  `create table s3_events (
    id text primary key,
    target text not null,
    payload text not null,
    due bigint not null,
    made bigint not null,
    failures integer not null default 0
  )`,
  'create index s3_events_due on s3_events (due)',
]
