/** IAM: policies that stand on their own, their versions, and the roles that they are attached to. */
export const statements = [
  `create table managed_policies (
    account text not null,
    id text not null,
    name text not null,
    folded_name text not null,
    path text not null,
    description text,
    tags text not null,
    default_version integer not null,
    newest_version integer not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (account, id)
  )`,
  'create unique index managed_policies_by_name on managed_policies (account, folded_name)',
  `create table managed_policy_versions (
    account text not null,
    policy_id text not null,
    version integer not null,
    document text not null,
    created_at bigint not null,
    primary key (account, policy_id, version),
    foreign key (account, policy_id) references managed_policies (account, id) on delete cascade
  )`,
  `create table role_attachments (
    account text not null,
    role_id text not null,
    policy_id text not null,
    primary key (account, role_id, policy_id),
    foreign key (account, role_id) references roles (account, id),
    foreign key (account, policy_id) references managed_policies (account, id)
  )`,
  'create index role_attachments_by_policy on role_attachments (account, policy_id)',
]
