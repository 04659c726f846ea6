/** Refusals that more than one operation has, in S3's words. */
import { fail } from '../../wire/errors.ts'

export const noSuchKey = (key: string): never =>
  fail('NoSuchKey', 'The specified key does not exist.', { status: 404, extra: { Key: key } })

export const noSuchBucket = (bucket: string): never =>
  fail('NoSuchBucket', 'The specified bucket does not exist', { status: 404, extra: { BucketName: bucket } })

export const noSuchVersion = (key: string, version: string): never =>
  fail('NoSuchVersion', 'The specified version does not exist.', {
    status: 404,
    extra: { Key: key, VersionId: version },
  })

export const noSuchUpload = (id: string): never =>
  fail(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { status: 404, extra: { UploadId: id } },
  )

export const invalidArgument = (message: string, name: string, value: string | number): never =>
  fail('InvalidArgument', message, { status: 400, extra: { ArgumentName: name, ArgumentValue: value } })

export const notImplemented = (header: string): never =>
  fail('NotImplemented', 'A header you provided implies functionality that is not implemented', {
    status: 501,
    extra: { Header: header },
  })

export const failedCondition = (condition: string): never =>
  fail('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    extra: { Condition: condition },
  })
