/** The embedded S3: buckets, their objects, uploads in parts, and the files that hold what is too large for a row. */
export const statements = [
  `create table s3_buckets (
    name text primary key,
    region text not null,
    created bigint not null,
    policy text,
    cors text,
    public_access text not null
  )`,
  // `body` names the rows of s3_files that hold the bytes; small objects have their bytes in `content` instead. `previous`
  // is the body that the last overwrite replaced: an upsert cannot return it otherwise. The wide columns come last,
  // so that listings need not read them.
  `create table s3_objects (
    bucket text not null references s3_buckets (name),
    name text not null,
    size bigint not null,
    etag text not null,
    modified bigint not null,
    body text,
    previous text,
    about text not null,
    content blob,
    primary key (bucket, name)
  )`,
  'create index s3_objects_body on s3_objects (body) where body is not null',
  `create table s3_uploads (
    bucket text not null references s3_buckets (name),
    name text not null,
    id text not null,
    begun bigint not null,
    initiator text not null,
    about text not null,
    primary key (bucket, name, id)
  )`,
  'create unique index s3_uploads_id on s3_uploads (id)',
  // `owner` is an object's body or an upload's id, and the one becomes the other when an upload is completed. `dropped`
  // is when the owner went: the file follows a while later, so that who is reading it can finish.
  `create table s3_files (
    owner text not null,
    number integer not null,
    file text not null,
    size bigint not null,
    etag text not null,
    modified bigint not null,
    checksums text not null,
    dropped bigint,
    primary key (owner, number)
  )`,
  'create unique index s3_files_file on s3_files (file)',
  'create index s3_files_dropped on s3_files (dropped) where dropped is not null',
]
