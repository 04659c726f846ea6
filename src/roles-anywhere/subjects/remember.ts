/** What is kept of a visit with a certificate: the newest of each, and so many. */
import { printCertificate } from '../../protocols/certificate-authority.ts'
import type { Certificate } from '../../protocols/x509.ts'
import type { Context } from '../../wire/operation.ts'
import { saveSubject } from './store.ts'
import { printName, subjectId } from './subject.ts'

const mostKept = 20

/** Remembers that somebody came with this certificate, which led to a trust anchor; and whether they got what they asked for. */
export async function remember(
  { world, region }: Pick<Context, 'world' | 'region'>,
  leaf: Certificate,
  { failed, properties }: { failed: boolean; properties: Readonly<Record<string, string>> | undefined },
): Promise<void> {
  const seenAt = world.now()
  const serialNumber = leaf.serial.toString()
  const seen = { seenAt, serialNumber, issuer: printName(leaf.issuer), certificate: printCertificate(leaf.der), failed }
  const id = subjectId(region, leaf.subject)
  await saveSubject(world.db, world.settings.account, region, id, (before) => ({
    ...{ region, id, subject: printName(leaf.subject), createdAt: before?.createdAt ?? seenAt },
    ...{ updatedAt: seenAt, seenAt },
    credentials: [seen, ...(before?.credentials ?? []).filter((one) => one.certificate !== seen.certificate)].slice(
      0,
      mostKept,
    ),
    properties: properties ? [{ seenAt, properties, failed }] : (before?.properties ?? []),
  }))
}
