/** Storage through clients of other makers: boto3's transfers and `aws s3 sync`. Skipped where they are not installed. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer, type TestServer } from '../support/server.ts'

const run = promisify(execFile)
const works = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
const boto3 = works('python3', ['-c', 'import boto3']) ? false : 'boto3 is not installed'
const cli = works('aws', ['--version']) ? false : 'the AWS CLI is not installed'

let server: TestServer
let folder: string
before(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-s3-clients-'))
  writeFileSync(join(folder, 'config'), '[default]\nregion = us-east-1\ns3 =\n  addressing_style = path\n')
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const environment = () => ({
  ...process.env,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: server.endpoint,
  AWS_CONFIG_FILE: join(folder, 'config'),
  AWS_DEFAULT_REGION: 'us-east-1',
})

const script = `
import boto3, os, sys, hashlib
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
folder = sys.argv[1]
s3 = boto3.client('s3')
s3.create_bucket(Bucket='snakes')
path = os.path.join(folder, 'large')
data = os.urandom(1024 * 1024) * 20 + b'end'
open(path, 'wb').write(data)
config = TransferConfig(multipart_threshold=8 * 1024 * 1024, multipart_chunksize=8 * 1024 * 1024)
s3.upload_file(path, 'snakes', 'large', Config=config, ExtraArgs={'Metadata': {'a': 'b'}, 'Tagging': 'k=v', 'ServerSideEncryption': 'AES256'})
s3.download_file('snakes', 'large', path + '.back', Config=config)
assert open(path + '.back', 'rb').read() == data
head = s3.head_object(Bucket='snakes', Key='large')
assert head['Metadata'] == {'a': 'b'} and head['ServerSideEncryption'] == 'AES256' and head['ETag'].endswith('-3"'), head
assert s3.get_object_tagging(Bucket='snakes', Key='large')['TagSet'] == [{'Key': 'k', 'Value': 'v'}]
s3.copy({'Bucket': 'snakes', 'Key': 'large'}, 'snakes', 'copied', Config=config)
assert s3.get_object(Bucket='snakes', Key='copied')['Body'].read() == data
s3.put_bucket_versioning(Bucket='snakes', VersioningConfiguration={'Status': 'Enabled'})
one = s3.put_object(Bucket='snakes', Key='v', Body=b'one')['VersionId']
s3.put_object(Bucket='snakes', Key='v', Body=b'two')
assert s3.get_object(Bucket='snakes', Key='v', VersionId=one)['Body'].read() == b'one'
s3.put_bucket_lifecycle_configuration(Bucket='snakes', LifecycleConfiguration={'Rules': [{'ID': 'x', 'Status': 'Enabled', 'Filter': {'Prefix': 'tmp/'}, 'Expiration': {'Days': 3}}]})
assert s3.get_bucket_lifecycle_configuration(Bucket='snakes')['Rules'][0]['Expiration'] == {'Days': 3}
parts = s3.get_object_attributes(Bucket='snakes', Key='large', ObjectAttributes=['ObjectParts', 'ObjectSize'])
assert parts['ObjectParts']['TotalPartsCount'] == 3 and parts['ObjectSize'] == len(data), parts
# boto3 signs links of us-east-1 by the old scheme unless told not to.
link = boto3.client('s3', config=Config(signature_version='s3v4')).generate_presigned_url('get_object', Params={'Bucket': 'snakes', 'Key': 'v', 'VersionId': one})
import urllib.request
assert urllib.request.urlopen(link).read() == b'one'
boto3.resource('s3').Bucket('snakes').object_versions.delete()
s3.delete_bucket(Bucket='snakes')
print('done')
`

test("boto3's transfers, tags, versions and links work unchanged", { skip: boto3 }, async () => {
  const { stdout } = await run('python3', ['-c', script, folder], { env: environment() })
  assert.equal(stdout.trim(), 'done')
})

test('aws s3 sync brings a folder there and back, and takes away what is gone', { skip: cli }, async () => {
  const aws = (...words: string[]) => run('aws', ['s3', ...words], { env: environment() })
  const from = join(folder, 'from')
  mkdirSync(join(from, 'deep', 'er'), { recursive: true })
  const files = { 'a.txt': 'a', 'deep/ü b.txt': 'b', 'deep/er/large.bin': 'l'.repeat(9 * 1024 * 1024) }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(from, name), text)
  await aws('mb', 's3://synced')
  await aws('sync', from, 's3://synced/tree', '--no-progress')
  const to = join(folder, 'to')
  await aws('sync', 's3://synced/tree', to, '--no-progress')
  for (const [name, text] of Object.entries(files)) assert.equal(readFileSync(join(to, name), 'utf8'), text)
  const again = await aws('sync', from, 's3://synced/tree', '--no-progress')
  assert.equal(again.stdout, '')
  rmSync(join(from, 'a.txt'))
  const { stdout } = await aws('sync', from, 's3://synced/tree', '--delete', '--no-progress')
  assert.match(stdout, /delete: s3:\/\/synced\/tree\/a\.txt/)
  await aws('rb', 's3://synced', '--force')
})
