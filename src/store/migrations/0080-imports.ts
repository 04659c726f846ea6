/**
 * User import jobs, the files uploaded for them, and what became of the rows that were not imported.
 * A file lies in sealed pieces, so that any node can read it. `position` is how many of its bytes are dealt with: it
 * moves in the transaction that adds the users. Whoever holds `lease` works on the job until `lease_until`.
 */
export const statements = [
  `create table import_jobs (
    pool_id text not null references pools (id) on delete cascade,
    id text not null,
    name text not null,
    role_arn text not null,
    algorithm text,
    status text not null,
    created_at bigint not null,
    started_at bigint,
    ended_at bigint,
    message text,
    file_id text,
    position bigint not null default 0,
    line bigint not null default 1,
    imported bigint not null default 0,
    skipped bigint not null default 0,
    failed bigint not null default 0,
    lease text,
    lease_until bigint not null default 0,
    primary key (pool_id, id)
  )`,
  'create index import_jobs_by_age on import_jobs (pool_id, created_at, id)',
  'create index import_jobs_by_status on import_jobs (status)',
  // `dead_at`: when the file is of no use any more, and goes.
  `create table import_files (
    pool_id text not null,
    job_id text not null,
    id text not null,
    dead_at bigint not null,
    primary key (pool_id, job_id, id),
    foreign key (pool_id, job_id) references import_jobs (pool_id, id) on delete cascade
  )`,
  'create index import_files_by_death on import_files (dead_at)',
  `create table import_pieces (
    pool_id text not null,
    job_id text not null,
    file_id text not null,
    number integer not null,
    sealed text not null,
    primary key (pool_id, job_id, file_id, number),
    foreign key (pool_id, job_id, file_id) references import_files (pool_id, job_id, id) on delete cascade
  )`,
  `create table import_faults (
    pool_id text not null,
    job_id text not null,
    line bigint not null,
    outcome text not null,
    reason text not null,
    primary key (pool_id, job_id, line),
    foreign key (pool_id, job_id) references import_jobs (pool_id, id) on delete cascade
  )`,
]
