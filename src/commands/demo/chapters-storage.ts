/** The chapters about what credentials open: a person's folder, and what a guest may. Spoken with S3. */
import { setTimeout as wait } from 'node:timers/promises'
import { credentialsFor } from './chapters-credentials.ts'
import type { Keys } from './sdk.ts'
import { type Chapter, known, Refused, type Stage, type Step } from './story.ts'
import { spoil } from './tokens.ts'

const denied = { code: 'AccessDenied', status: 403 } as const

const somebody = 'us-east-1:11111111-2222-4333-8444-555555555555'

const put = ({ as, sdk, target, picture }: Stage, keys: Keys, Key: string) =>
  as(keys).s3.send(
    new sdk.s3.PutObjectCommand({ Bucket: target.bucket, Key, Body: picture.bytes, ContentType: 'image/svg+xml' }),
  )

const get = ({ as, sdk, target }: Stage, keys: Keys, Key: string) =>
  as(keys).s3.send(new sdk.s3.GetObjectCommand({ Bucket: target.bucket, Key }))

const list = async ({ as, sdk, target }: Stage, keys: Keys, Prefix: string) => {
  const { Contents = [] } = await as(keys).s3.send(new sdk.s3.ListObjectsV2Command({ Bucket: target.bucket, Prefix }))
  return Contents.map(({ Key, Size }) => `${Key} (${Size} bytes)`)
}

const ownKey = (stage: Stage) => `users/${known(stage, 'identityId')}/${stage.picture.name}`

const elsewhere: Step[] = [
  {
    title: 'Read from another person’s folder',
    wanted: denied,
    why: 'The role’s policy names users/<her identity id>/, and this is another id.',
    async run(stage) {
      await get(stage, known(stage, 'keys'), `users/${somebody}/${stage.picture.name}`)
      return undefined
    },
  },
  {
    title: 'Write into another person’s folder',
    wanted: denied,
    why: 'The same rule: not even to leave something.',
    async run(stage) {
      await put(stage, known(stage, 'keys'), `users/${somebody}/${stage.picture.name}`)
      return undefined
    },
  },
  {
    title: 'List everybody’s folders',
    wanted: denied,
    why: 'She may list below her own prefix and below public/, not above.',
    async run(stage) {
      return list(stage, known(stage, 'keys'), 'users/')
    },
  },
]

export const pictures: Chapter = {
  title: 'She uses storage directly',
  steps: [
    {
      title: 'Upload a picture to her own folder',
      wanted: 'allowed',
      why: 'Straight to the bucket; no server of the app’s in between.',
      async run(stage) {
        const { ETag } = await put(stage, known(stage, 'keys'), ownKey(stage))
        return [`${ownKey(stage)} ${ETag}`]
      },
    },
    {
      title: 'List her own folder',
      wanted: 'allowed',
      why: 'The picture is there.',
      async run(stage) {
        const found = await list(stage, known(stage, 'keys'), `users/${known(stage, 'identityId')}/`)
        if (!found.some((line) => line.startsWith(ownKey(stage)))) throw new Error('The picture is not in the list.')
        return found
      },
    },
    {
      title: 'Read it back',
      wanted: 'allowed',
      why: 'Byte for byte what went in.',
      async run(stage) {
        const { Body } = await get(stage, known(stage, 'keys'), ownKey(stage))
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
        if (!Buffer.from(bytes).equals(stage.picture.bytes)) throw new Error('The picture came back changed.')
        return [`${bytes.length} bytes, unchanged`]
      },
    },
    ...elsewhere,
  ],
}

/** A plain request without any SDK, as a browser follows a link. */
async function follow(link: string): Promise<number> {
  const answer = await fetch(link)
  const text = await answer.text()
  if (answer.ok) return text.length
  const part = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? ''
  throw new Refused(answer.status, part('Code'), part('Message'))
}

export const spoiled: Chapter = {
  title: 'Credentials that are not good',
  steps: [
    {
      title: 'Change one letter of the session token',
      wanted: { code: 'InvalidToken', status: 400 },
      why: 'It is sealed: nothing in it can be changed.',
      async run(stage) {
        const keys = known(stage, 'keys')
        return list(stage, { ...keys, sessionToken: spoil(keys.sessionToken ?? '') }, 'public/')
      },
    },
    {
      title: 'Sign with another secret',
      wanted: { code: 'SignatureDoesNotMatch', status: 403 },
      why: 'Every request is signed, and every signature is checked.',
      async run(stage) {
        const keys = known(stage, 'keys')
        return list(stage, { ...keys, secretAccessKey: spoil(keys.secretAccessKey) }, 'public/')
      },
    },
    {
      title: 'Follow a link that is good for a second',
      wanted: 'allowed',
      why: 'Sessions last 15 minutes at least, too long for a demo; a presigned link expires by the same clock.',
      async run(stage) {
        const { as, sdk, target } = stage
        stage.learned.link = await sdk.presigner.getSignedUrl(
          as(known(stage, 'keys')).s3,
          new sdk.s3.GetObjectCommand({ Bucket: target.bucket, Key: ownKey(stage) }),
          // Dated a few seconds ahead, so that a slow machine still comes in time; the clock may differ by minutes.
          { expiresIn: 1, signingDate: new Date(Date.now() + 2000) },
        )
        return [`${await follow(stage.learned.link)} characters`]
      },
    },
    {
      title: 'Follow it again when its time is over',
      wanted: denied,
      why: 'The same link, the same signature, a few seconds later.',
      async run(stage) {
        await wait(3500)
        await follow(known(stage, 'link'))
        return undefined
      },
    },
  ],
}

export const guests: Chapter = {
  title: 'A guest looks in',
  steps: [
    {
      title: 'Get credentials without any account',
      wanted: 'allowed',
      why: 'This identity pool allows guests, with a role of their own.',
      async run(stage) {
        const { as, sdk, target } = stage
        const { IdentityId = '' } = await as().identity.send(
          new sdk.identity.GetIdCommand({ IdentityPoolId: target.identityPoolId }),
        )
        const { keys, line } = await credentialsFor(stage, IdentityId)
        Object.assign(stage.learned, { guestId: IdentityId, guestKeys: keys })
        return [`identity ${IdentityId}`, line]
      },
    },
    {
      title: 'See what is public',
      wanted: 'allowed',
      why: 'The role for guests may list and read public/.',
      async run(stage) {
        const keys = known(stage, 'guestKeys')
        const [first = '', ...rest] = await list(stage, keys, 'public/')
        await get(stage, keys, first.replace(/ \(.*$/, ''))
        return [first, ...rest]
      },
    },
    {
      title: 'Drop a file into temp/',
      wanted: 'allowed',
      why: 'The one place where a guest may write.',
      async run(stage) {
        const key = `temp/${known(stage, 'guestId').split(':')[1]}.svg`
        await put(stage, known(stage, 'guestKeys'), key)
        return [key]
      },
    },
    {
      title: 'Write into public/',
      wanted: denied,
      why: 'Looking is not writing.',
      async run(stage) {
        await put(stage, known(stage, 'guestKeys'), `public/${stage.picture.name}`)
        return undefined
      },
    },
    {
      title: 'Read what others have dropped',
      wanted: denied,
      why: 'temp/ takes, and gives guests nothing back.',
      async run(stage) {
        return list(stage, known(stage, 'guestKeys'), 'temp/')
      },
    },
    {
      title: 'Read the person’s picture',
      wanted: denied,
      why: 'Folders below users/ belong to those who have signed in.',
      async run(stage) {
        await get(stage, known(stage, 'guestKeys'), ownKey(stage))
        return undefined
      },
    },
  ],
}

export const clearing: Chapter = {
  title: 'She tidies up',
  steps: [
    {
      title: 'Delete the picture',
      wanted: 'allowed',
      why: 'Her folder, her decision.',
      async run(stage) {
        const { as, sdk, target } = stage
        await as(known(stage, 'keys')).s3.send(
          new sdk.s3.DeleteObjectCommand({ Bucket: target.bucket, Key: ownKey(stage) }),
        )
        return undefined
      },
    },
  ],
}
