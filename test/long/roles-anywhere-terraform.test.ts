/** Terraform's resources of IAM Roles Anywhere: applied, planned without changes, destroyed. Skipped where Terraform or its AWS provider is missing. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeAuthority } from '../support/certificates.ts'
import { call } from '../support/roles-anywhere.ts'
import { startTestServer } from '../support/server.ts'

const [mirror] = [
  ...globSync('/{opt,usr/share,usr/local/share}/{*,*/*}/registry.terraform.io/hashicorp/aws'),
  ...globSync(join(homedir(), '.terraform.d/{plugins,plugin-cache}/registry.terraform.io/hashicorp/aws')),
].map((path) => path.replace(/\/registry\.terraform\.io.*/, ''))
const here = mirror !== undefined && spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0

const configuration = (endpoint: string) => `
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    rolesanywhere = "${endpoint}"
    iam           = "${endpoint}"
  }
}
resource "aws_iam_role" "sensor" {
  name = "sensor"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "rolesanywhere.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    }]
  })
}
resource "aws_rolesanywhere_trust_anchor" "factory" {
  name    = "factory"
  enabled = true
  source {
    source_type = "CERTIFICATE_BUNDLE"
    source_data {
      x509_certificate_data = file("\${path.module}/ca.pem")
    }
  }
  notification_settings {
    event     = "END_ENTITY_CERTIFICATE_EXPIRY"
    enabled   = true
    threshold = 10
  }
  tags = { site = "north" }
}
resource "aws_rolesanywhere_profile" "sensors" {
  name             = "sensors"
  enabled          = true
  role_arns        = [aws_iam_role.sensor.arn]
  duration_seconds = 1800
  tags             = { site = "north" }
}
`

test('Terraform makes an anchor and a profile, finds no difference afterwards, and takes both away', {
  skip: !here && 'Terraform or its AWS provider is not on this machine',
}, async (t) => {
  const server = await startTestServer()
  const folder = mkdtempSync(join(tmpdir(), 'terraform-anywhere-'))
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  writeFileSync(join(folder, 'ca.pem'), makeAuthority('Factory').pem)
  writeFileSync(join(folder, 'main.tf'), configuration(server.endpoint))
  const terraform = (...args: string[]) =>
    promisify(execFile)('terraform', [...args, '-input=false', '-no-color'], {
      cwd: folder,
      env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    })
  await terraform('init', `-plugin-dir=${mirror}`)
  await terraform('apply', '-auto-approve')
  const { body } = await call(server, 'GET', '/trustanchors')
  assert.equal(body.trustAnchors.length, 1)
  // Ends with 2 where it would change something.
  await terraform('plan', '-detailed-exitcode')
  await terraform('destroy', '-auto-approve')
  for (const list of ['trustanchors', 'profiles'] as const)
    assert.deepEqual(Object.values((await call(server, 'GET', `/${list}`)).body).flat(), [])
})
