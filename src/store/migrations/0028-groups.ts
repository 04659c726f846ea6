/** Groups and who is in them. */
export const statements = [
  `create table groups (
    pool_id text not null references pools (id) on delete cascade,
    name text not null,
    description text,
    role_arn text,
    precedence bigint,
    created_at bigint not null,
    modified_at bigint not null,
    primary key (pool_id, name)
  )`,
  `create table memberships (
    pool_id text not null,
    sub text not null,
    group_name text not null,
    created_at bigint not null,
    primary key (pool_id, sub, group_name),
    foreign key (pool_id, sub) references users (pool_id, sub) on delete cascade,
    foreign key (pool_id, group_name) references groups (pool_id, name) on delete cascade
  )`,
  'create index memberships_by_group on memberships (pool_id, group_name, created_at, sub)',
]
