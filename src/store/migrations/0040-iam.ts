/** IAM: roles and what is attached to them. A role's id outlives its name, so everything hangs on the id. */
export const statements = [
  `create table roles (
    account text not null,
    id text not null,
    name text not null,
    folded_name text not null,
    path text not null,
    description text,
    trust text not null,
    bound_trust text not null,
    longest_session integer not null,
    tags text not null,
    created_at bigint not null,
    primary key (account, id)
  )`,
  'create unique index roles_by_name on roles (account, folded_name)',
  `create table role_policies (
    account text not null,
    role_id text not null,
    name text not null,
    document text not null,
    primary key (account, role_id, name),
    foreign key (account, role_id) references roles (account, id)
  )`,
]
