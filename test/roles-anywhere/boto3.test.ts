/** boto3's own client of IAM Roles Anywhere manages what this server has. Skipped without boto3. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeAuthority, makeLeaf, revoke } from '../support/certificates.ts'
import { makeRole } from '../support/roles.ts'
import { createSession, trustingCertificates } from '../support/roles-anywhere.ts'
import { startTestServer } from '../support/server.ts'

const skip = spawnSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status !== 0 && 'boto3 is not installed'

const script = `
import boto3, datetime, json, sys
endpoint, folder, role = sys.argv[1:]
client = boto3.client('rolesanywhere', endpoint_url=endpoint, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
pem, crl = open(folder + '/ca.pem').read(), open(folder + '/crl.pem', 'rb').read()
anchor = client.create_trust_anchor(name='factory', enabled=True, source={'sourceType': 'CERTIFICATE_BUNDLE', 'sourceData': {'x509CertificateData': pem}}, tags=[{'key': 'site', 'value': 'north'}])['trustAnchor']
assert isinstance(anchor['createdAt'], datetime.datetime)
assert [one['threshold'] for one in anchor['notificationSettings']] == [45, 45]
profile = client.create_profile(name='sensors', enabled=True, roleArns=[role], durationSeconds=1800)['profile']
client.put_attribute_mapping(profileId=profile['profileId'], certificateField='x509Subject', mappingRules=[{'specifier': 'CN'}, {'specifier': 'O'}, {'specifier': 'OU'}])
left = client.delete_attribute_mapping(profileId=profile['profileId'], certificateField='x509Subject', specifiers=['O', 'OU'])['profile']
assert left['attributeMappings'][2]['mappingRules'] == [{'specifier': 'CN'}]
made = client.import_crl(name='list', crlData=crl, enabled=True, trustAnchorArn=anchor['trustAnchorArn'])['crl']
assert client.get_crl(crlId=made['crlId'])['crl']['crlData'] == crl
assert client.list_tags_for_resource(resourceArn=anchor['trustAnchorArn'])['tags'] == [{'key': 'site', 'value': 'north'}]
for kind, member in (('list_trust_anchors', 'trustAnchors'), ('list_profiles', 'profiles'), ('list_crls', 'crls')):
    assert len([one for page in client.get_paginator(kind).paginate(pageSize=1) for one in page[member]]) == 1
try:
    client.get_profile(profileId='00000000-0000-4000-8000-000000000000')
    assert False
except client.exceptions.ResourceNotFoundException as error:
    assert error.response['ResponseMetadata']['HTTPStatusCode'] == 404
print(json.dumps([anchor['trustAnchorArn'], profile['profileArn']]))
`

test('boto3 makes an anchor, a profile and a revocation list, and certificates work with them', { skip }, async (t) => {
  const server = await startTestServer()
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-anywhere-'))
  t.after(async () => {
    rmSync(folder, { recursive: true })
    await server.close()
  })
  const authority = makeAuthority('Factory')
  writeFileSync(join(folder, 'ca.pem'), authority.pem)
  writeFileSync(join(folder, 'crl.pem'), revoke(authority, [666n]))
  const roleArn = await makeRole(server.clients, 'sensor', { trust: trustingCertificates() })
  const python = spawn('python3', ['-c', script, server.endpoint, folder, roleArn])
  let [output, errors] = ['', '']
  python.stdout.on('data', (part) => {
    output += part
  })
  python.stderr.on('data', (part) => {
    errors += part
  })
  const code = await new Promise((resolve) => python.on('close', resolve))
  assert.equal(code, 0, errors)
  const [trustAnchorArn, profileArn] = JSON.parse(output) as [string, string]
  const ask = (serial: bigint) => {
    const leaf = makeLeaf(authority, { serial })
    const wish = { trustAnchorArn, profileArn, roleArn }
    return createSession(server, wish, { certificate: leaf.der, key: leaf.key })
  }
  assert.equal((await ask(1n)).status, 201)
  assert.equal((await ask(666n)).status, 403)
})
