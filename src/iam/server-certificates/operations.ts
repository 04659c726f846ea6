/**
 * Server certificates: a directory of certificates and their chains.
 *
 * Owns table server_certificates. Keeps no private key and ends no TLS: the server's own certificates are files. AWS: IAM API
 * Reference; IAM User Guide, "Manage server certificates in IAM".
 */
import type { Door } from '../../wire/operation.ts'
import { type Operation, operationsOf } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'
import { authorize } from '../authorize.ts'
import { about, account, future, resourceTagKeys, type Tagging } from '../entity-door.ts'
import { pagedByPath, pagedTags } from '../paged.ts'
import { checkTags, mergeTags, sameKey, type Tag } from '../tags.ts'
import { changeCertificate, changeTags, deleteCertificate, noSuchCertificate, uploadCertificate } from './changes.ts'
import { certificateArn, type ServerCertificate } from './server-certificate.ts'
import { readCertificate, readCertificates } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

type Named = { ServerCertificateName: string } & Tagging

const newCertificate = future<Named & { Path?: string }>(({ ServerCertificateName: name, Path: path = '/' }, account) =>
  certificateArn({ account }, { name, path }),
)

const certificate = about<'certificate', Named, ServerCertificate>('certificate', {
  find: ({ ServerCertificateName }, { world }) =>
    readCertificate(world.db, world.settings.account, ServerCertificateName),
  arn: ({ ServerCertificateName: name }, { world }, found) =>
    certificateArn(world.settings, found ?? { name, path: '/' }),
  tags: ({ tags }) => tags,
  missing: ({ ServerCertificateName }) => noSuchCertificate(ServerCertificateName),
})

type Renaming = Named & { NewServerCertificateName?: string; NewPath?: string }

/** Permission is asked on what the certificate is and on what it will be. AWS: UpdateServerCertificate. */
const renamed: Door<Renaming, { certificate: ServerCertificate }> = {
  signed: true,
  async admit(request, context) {
    const learned = await certificate.admit(request, context)
    const { name: oldName, path: oldPath, tags } = learned.certificate
    const { NewServerCertificateName: name = oldName, NewPath: path = oldPath } = request
    const resource = certificateArn(context.world.settings, { name, path })
    await authorize(context, { action: 'iam:UpdateServerCertificate', resource, more: resourceTagKeys(tags) })
    return learned
  },
}

const describe = (settings: Settings, one: ServerCertificate) => ({
  Path: one.path,
  ServerCertificateName: one.name,
  ServerCertificateId: one.id,
  Arn: certificateArn(settings, one),
  UploadDate: new Date(one.uploadedAt),
  Expiration: new Date(one.validUntil),
})

const withTags = ({ tags }: ServerCertificate) => (tags.length > 0 ? { Tags: [...tags] } : {})

export const UploadServerCertificate = operation('UploadServerCertificate', newCertificate, async (input, context) => {
  const made = await uploadCertificate(context.world, {
    name: input.ServerCertificateName,
    body: input.CertificateBody,
    privateKey: input.PrivateKey,
    ...(input.CertificateChain !== undefined && { chain: input.CertificateChain }),
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
  })
  return { ServerCertificateMetadata: describe(context.world.settings, made), ...withTags(made) }
})

export const GetServerCertificate = operation('GetServerCertificate', certificate, (_, { world, certificate }) => ({
  ServerCertificate: {
    ServerCertificateMetadata: describe(world.settings, certificate),
    CertificateBody: certificate.body,
    CertificateChain: certificate.chain,
    ...withTags(certificate),
  },
}))

export const ListServerCertificates = operation('ListServerCertificates', account, async (input, context) => {
  const { rows, ...rest } = await pagedByPath(context, input, readCertificates)
  return { ServerCertificateMetadataList: rows.map((one) => describe(context.world.settings, one)), ...rest }
})

export const UpdateServerCertificate = operation('UpdateServerCertificate', renamed, (input, context) =>
  changeCertificate(context.world, context.certificate, {
    ...(input.NewServerCertificateName !== undefined && { name: input.NewServerCertificateName }),
    ...(input.NewPath !== undefined && { path: input.NewPath }),
  }),
)

/** No load balancer uses one here, so that none is in use. */
export const DeleteServerCertificate = operation('DeleteServerCertificate', certificate, (_, { world, certificate }) =>
  deleteCertificate(world, certificate),
)

export const TagServerCertificate = operation('TagServerCertificate', certificate, ({ Tags }, context) => {
  checkTags(Tags as Tag[])
  return changeTags(context.world, context.certificate, (before) => mergeTags(before, Tags as Tag[]))
})

export const UntagServerCertificate = operation('UntagServerCertificate', certificate, ({ TagKeys }, context) =>
  changeTags(context.world, context.certificate, (before) =>
    before.filter(({ Key }) => !TagKeys.some((key) => sameKey(key, Key))),
  ),
)

export const ListServerCertificateTags = operation('ListServerCertificateTags', certificate, (input, context) =>
  pagedTags(context, input, context.certificate.id, context.certificate.tags),
)

export const operations: Operation[] = [
  ...[UploadServerCertificate, GetServerCertificate, ListServerCertificates],
  ...[UpdateServerCertificate, DeleteServerCertificate],
  ...[TagServerCertificate, UntagServerCertificate, ListServerCertificateTags],
]
