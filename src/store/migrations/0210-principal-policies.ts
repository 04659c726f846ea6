/** IAM: what is attached to roles, users and groups alike. A principal's unique id says by its prefix which of them it is. */
export const statements = [
  `create table inline_policies (
    account text not null,
    principal_id text not null,
    name text not null,
    document text not null,
    primary key (account, principal_id, name)
  )`,
  'insert into inline_policies select account, role_id, name, document from role_policies',
  'drop table role_policies',
  // AWS's own policies may be attached, and they have no row.
  `create table attachments (
    account text not null,
    principal_id text not null,
    policy_id text not null,
    primary key (account, principal_id, policy_id)
  )`,
  'insert into attachments select account, role_id, policy_id from role_attachments',
  'drop table role_attachments',
  'create index attachments_by_policy on attachments (account, policy_id)',
  `create table permissions_boundaries (
    account text not null,
    principal_id text not null,
    policy_id text not null,
    primary key (account, principal_id)
  )`,
  'create index permissions_boundaries_by_policy on permissions_boundaries (account, policy_id)',
]
