/** What is asked of the servers that keep other buckets, and what they answer. */
import type { Answer, Call } from '../../wire/http.ts'
import type { About } from './objects-store.ts'
import type { Outgoing } from './outgoing.ts'
import type { Incoming } from './receive.ts'
import type { S3Request } from './request.ts'
import type { SourceName } from './source-name.ts'
import type { Tags } from './tags.ts'

export type Elsewhere = {
  /** Whether another server keeps the bucket of that name. */
  serves(bucket: string): boolean
  /**
   * Answers an allowed request. `operation` is its name; the body is in `request.call`, as it came, and still has to be
   * verified with `openIncoming` while it is passed on.
   */
  answer(request: S3Request, operation: string): Promise<Answer>
  /** Answers a cross-origin question, which is never signed. */
  preflight(call: Call, bucket: string): Promise<Answer>
  /** What the bucket's cross-origin rules add to an answer that is given here. */
  crossOrigin(call: Call, bucket: string): Promise<Readonly<Record<string, string>>>
  /** Whether one and the same server keeps both buckets, so that it can copy by itself. */
  together(bucket: string, other: string): boolean
  /** Every bucket that another server keeps. Refuses if a server does not answer. */
  list(request: S3Request): Promise<readonly ListedBucket[]>
  /** The tags that a copy by the server itself takes along; undefined if there are none. */
  tagsOf(request: S3Request, source: SourceName): Promise<Tags | undefined>
  /** Opens an object that the caller may read. */
  openSource(request: S3Request, source: SourceName, wants: CopyWants): Promise<OpenedSource>
  /** Writes the object that an allowed request names; answers the headers of the answer. Refuses in the server's words. */
  write(request: S3Request, object: Outgoing): Promise<Readonly<Record<string, string>>>
}

/** A request to whose answer buckets of other servers may belong: a list of buckets, a copy. */
export type WithElsewhere = {
  /** The buckets that other servers keep, if there are any. */
  readonly elsewhere: Elsewhere | undefined
}

export type ListedBucket = {
  readonly name: string
  readonly region: string
  /** Epoch milliseconds; not every server tells. */
  readonly created: number | undefined
}

/** The source of a copy, opened. */
export type OpenedSource = {
  /** The bytes. Whoever opened the source has to close it: see `closing`. */
  readonly incoming: Incoming & { readonly length: number }
  /** What is kept with the object; its tags only if they were asked for. */
  readonly about: About
  /** The version that was read, where versions are kept. */
  readonly version: string | undefined
}

/** What is wanted of a source on a server behind. */
export type CopyWants = {
  /** `bytes=first-last`. */
  readonly range: string | undefined
  readonly tags: boolean
  /** Told of what is there before a byte is read; refuses. */
  check(state: { readonly etag: string; readonly modified: number; readonly size: number }): void
  /** Refuses those who must not learn that a key is absent. */
  hideAbsence(): Promise<void>
}
