/** The bucket, spoken to directly from the browser: every request signed with the credentials of whoever is here. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Config } from './config.ts'
import { readSession } from './session.ts'

export type Picture = { readonly key: string; readonly name: string; readonly size: number; readonly modified: Date }

export type Storage = ReturnType<typeof openStorage>

const mostShown = 500

export function openStorage({ region, endpoint, bucket: Bucket }: Config) {
  const client = new S3Client({
    region,
    ...(endpoint && { endpoint, forcePathStyle: true }),
    // Asked again whenever the credentials are about to expire, and after signing in or out.
    credentials: async () => (await readSession()).credentials,
    maxAttempts: 2,
  })

  return {
    bucket: Bucket,

    /** Newest first. */
    async list(prefix: string): Promise<Picture[]> {
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: mostShown }),
      )
      return Contents.filter(({ Key }) => Key && !Key.endsWith('/'))
        .map(({ Key = '', Size = 0, LastModified = new Date(0) }) => ({
          key: Key,
          name: nameOf(Key),
          size: Size,
          modified: LastModified,
        }))
        .sort((a, b) => b.modified.getTime() - a.modified.getTime() || (a.key < b.key ? -1 : 1))
    },

    async read(key: string): Promise<Blob> {
      const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket, Key: key }))
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      return new Blob([bytes as Uint8Array<ArrayBuffer>], ContentType ? { type: ContentType } : {})
    },

    /** In parts where the file is large; `moved` hears the share that has arrived, from 0 to 1. */
    async upload(key: string, file: File, moved: (share: number) => void): Promise<void> {
      const upload = new Upload({
        client,
        params: { Bucket, Key: key, Body: file, ContentType: file.type || 'application/octet-stream' },
      })
      upload.on('httpUploadProgress', ({ loaded = 0 }) => moved(file.size > 0 ? loaded / file.size : 1))
      await upload.done()
    },

    async write(key: string, text: string): Promise<void> {
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body: text, ContentType: 'text/plain' }))
    },

    async remove(key: string): Promise<void> {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }))
    },
  }
}

/** Names may come twice, so a few random letters go before them. */
export const keyFor = (folder: string, name: string): string =>
  `${folder}${crypto.randomUUID().slice(0, 8)}-${name.replace(/[^\p{L}\p{N}._ -]/gu, '_').slice(-120)}`

const nameOf = (key: string) => (key.split('/').at(-1) ?? key).replace(/^[0-9a-f]{8}-/, '')
