/** The development mailbox. */
export const statements = [
  `create table mailbox (
    id text primary key,
    channel text not null,
    receiver text not null,
    subject text not null,
    body text not null,
    code text not null,
    sent_at bigint not null
  )`,
  'create index mailbox_by_receiver on mailbox (receiver, sent_at)',
  'create index mailbox_by_time on mailbox (sent_at)',
]
