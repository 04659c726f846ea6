/** The policy of a bucket with the unique ids of the users and roles that it named when it was put; null as long as it was put before. */
export const statements = ['alter table s3_buckets add column bound_policy text']
