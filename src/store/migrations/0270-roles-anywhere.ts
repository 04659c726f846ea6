/** IAM Roles Anywhere: trust anchors, profiles and revocation lists, and the subjects that came with certificates. */
export const statements = [
  `create table roles_anywhere_resources (
    account text not null,
    region text not null,
    kind text not null,
    id text not null,
    name text not null,
    enabled integer not null,
    parent text not null,
    document text not null,
    tags text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (account, region, kind, id)
  )`,
  'create index roles_anywhere_children on roles_anywhere_resources (account, region, kind, parent)',
  `create table roles_anywhere_subjects (
    account text not null,
    region text not null,
    id text not null,
    subject text not null,
    credentials text not null,
    properties text not null,
    created_at bigint not null,
    updated_at bigint not null,
    seen_at bigint not null,
    primary key (account, region, id)
  )`,
]
