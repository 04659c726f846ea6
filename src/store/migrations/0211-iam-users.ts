/** IAM: users, groups, who is in which, and the users' access keys. Not the users and groups of user pools. */
export const statements = [
  `create table iam_users (
    account text not null,
    id text not null,
    name text not null,
    folded_name text not null,
    path text not null,
    tags text not null,
    created_at bigint not null,
    primary key (account, id)
  )`,
  'create unique index iam_users_by_name on iam_users (account, folded_name)',
  `create table iam_groups (
    account text not null,
    id text not null,
    name text not null,
    folded_name text not null,
    path text not null,
    created_at bigint not null,
    primary key (account, id)
  )`,
  'create unique index iam_groups_by_name on iam_groups (account, folded_name)',
  `create table iam_memberships (
    account text not null,
    user_id text not null,
    group_id text not null,
    primary key (account, user_id, group_id),
    foreign key (account, user_id) references iam_users (account, id),
    foreign key (account, group_id) references iam_groups (account, id)
  )`,
  'create index iam_memberships_by_group on iam_memberships (account, group_id)',
  `create table access_keys (
    account text not null,
    id text not null,
    user_id text not null,
    secret text not null,
    active integer not null,
    created_at bigint not null,
    last_used_at bigint,
    last_used_service text,
    last_used_region text,
    primary key (account, id),
    foreign key (account, user_id) references iam_users (account, id)
  )`,
  'create index access_keys_by_user on access_keys (account, user_id)',
]
