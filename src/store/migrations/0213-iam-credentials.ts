/** IAM: users' passwords and virtual MFA devices, and the settings of the account. */
export const statements = [
  `create table login_profiles (
    account text not null,
    user_id text not null,
    hash text not null,
    former text not null,
    reset_required integer not null,
    created_at bigint not null,
    changed_at bigint not null,
    primary key (account, user_id),
    foreign key (account, user_id) references iam_users (account, id)
  )`,
  `create table mfa_devices (
    account text not null,
    name text not null,
    path text not null,
    seed text not null,
    user_id text,
    enabled_at bigint,
    last_step bigint not null,
    drift integer not null,
    failures integer not null,
    failed_at bigint not null,
    tags text not null,
    created_at bigint not null,
    primary key (account, name),
    foreign key (account, user_id) references iam_users (account, id)
  )`,
  'create index mfa_devices_by_user on mfa_devices (account, user_id)',
  `create table iam_accounts (
    account text not null primary key,
    alias text,
    password_policy text
  )`,
]
