/** The development mailbox's table: what would have been sent, newest first, the oldest forgotten. */
import { randomUUID } from 'node:crypto'
import { type Db, sql } from '../store/db.ts'
import type { Message } from '../world.ts'

export type Kept = Message & { readonly id: string }

const keptMessages = 1000

type Row = {
  id: string
  channel: Message['channel']
  receiver: string
  subject: string
  body: string
  code: string
  sent_at: number
}

export async function keepMessage(db: Db, message: Message): Promise<void> {
  const { channel, to, subject, body, code, sentAt } = message
  await db.run(
    sql`insert into mailbox (id, channel, receiver, subject, body, code, sent_at) values (${randomUUID()}, ${channel}, ${to}, ${subject}, ${body}, ${code}, ${sentAt})`,
  )
  await db.run(
    sql`delete from mailbox where sent_at < (select min(sent_at) from (select sent_at from mailbox order by sent_at desc limit ${keptMessages}) as newest)`,
  )
}

/** The newest messages, to one receiver if named. */
export async function listMessages(db: Db, to: string | undefined, limit = 200): Promise<Kept[]> {
  const where = to === undefined ? sql`` : sql`where receiver = ${to}`
  const rows = await db.all<Row>(sql`select * from mailbox ${where} order by sent_at desc, id limit ${limit}`)
  return rows.map(({ id, channel, receiver, subject, body, code, sent_at }) => ({
    id,
    channel,
    to: receiver,
    subject,
    body,
    code,
    sentAt: sent_at,
  }))
}

export const emptyMailbox = (db: Db): Promise<number> => db.run(sql`delete from mailbox`)
