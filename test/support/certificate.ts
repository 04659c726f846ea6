/** A self-signed certificate in files, as an operator would have one. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export async function makeCertificate(
  name: string,
): Promise<{ files: { certificate: string; key: string }; cert: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-certificate-'))
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},DNS:*.${name}`],
      ...['-keyout', files.key, '-out', files.certificate],
    ],
    { stdio: 'ignore' },
  )
  return { files, cert: readFileSync(files.certificate, 'utf8') }
}
