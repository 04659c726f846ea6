/** Uploading, renaming, tagging and removing server certificates, within the quota and with the refusals of IAM. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { quotas } from '../policies/documents.ts'
import { checkTags, mergeTags, mostTags, type Tag } from '../tags.ts'
import { checkUpload, type ServerCertificate } from './server-certificate.ts'
import {
  countCertificates,
  insertCertificate,
  readCertificate,
  readNameOwner,
  removeCertificate,
  updateCertificate,
} from './store.ts'

export const noSuchCertificate = (name: string): never =>
  fail('NoSuchEntityException', `The Server Certificate with name ${name} cannot be found.`)

const taken = (name: string): never =>
  fail('EntityAlreadyExistsException', `The Server Certificate with name ${name} already exists.`)

export type Upload = Pick<ServerCertificate, 'name' | 'body'> & {
  readonly privateKey: string
  readonly path?: string
  readonly chain?: string
  readonly tags?: readonly Tag[]
}

/** The private key proves that the certificate is the uploader's; nothing here would use it, so it is not kept. */
export async function uploadCertificate(world: World, wanted: Upload): Promise<ServerCertificate> {
  const { name, path = '/', privateKey, tags = [] } = wanted
  // unproved: that AWS answers PEM texts without the space around them, which Terraform's provider relies on.
  const [body, chain] = [wanted.body.trim(), wanted.chain?.trim()]
  checkTags(tags)
  const made: ServerCertificate = {
    ...{ id: uniqueId(world, 'ASCA'), name, path, body, chain, tags: mergeTags([], tags) },
    ...checkUpload(body, privateKey, chain),
    uploadedAt: world.now(),
  }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertCertificate(db, account, made))) taken(name)
    if ((await countCertificates(db, account)) > quotas.serverCertificatesPerAccount) {
      const quota = `ServerCertificatesPerAccount: ${quotas.serverCertificatesPerAccount}`
      fail('LimitExceededException', `Cannot exceed quota for ${quota}`)
    }
  })
  return made
}

export async function changeCertificate(
  world: World,
  certificate: ServerCertificate,
  change: Partial<Pick<ServerCertificate, 'name' | 'path'>>,
): Promise<void> {
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    const owner = change.name === undefined ? undefined : await readNameOwner(db, account, change.name)
    if (owner !== undefined && owner !== certificate.id) taken(change.name ?? '')
    if (!(await updateCertificate(db, account, certificate, change))) noSuchCertificate(certificate.name)
  })
}

export async function deleteCertificate(world: World, certificate: ServerCertificate): Promise<void> {
  if (await removeCertificate(world.db, world.settings.account, certificate)) return
  noSuchCertificate(certificate.name)
}

export const changeTags = (
  world: World,
  { id, name }: ServerCertificate,
  change: (before: readonly Tag[]) => Tag[],
): Promise<void> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readCertificate(db, account, name)
    const tags = change((now?.id === id ? now : noSuchCertificate(name)).tags)
    if (tags.length > mostTags) {
      fail('LimitExceededException', `Cannot exceed quota for TagsPerServerCertificate: ${mostTags}`)
    }
    await updateCertificate(db, account, { id, name }, { tags })
  })
