/** IAM: instance profiles, each with a role or none. */
export const statements = [
  `create table instance_profiles (
    account text not null,
    folded_name text not null,
    id text not null,
    name text not null,
    path text not null,
    role_id text,
    tags text not null,
    created_at bigint not null,
    primary key (account, folded_name)
  )`,
  'create index instance_profiles_by_role on instance_profiles (account, role_id)',
]
