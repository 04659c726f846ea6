/** nginx, where it is installed, with its own sub-request check before the same upstream: what the proxy is compared with. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export type Nginx = { readonly port: number; readonly pid: number; end(): Promise<void> }

/** One process, as the proxy is one; the check is asked of the upstream, which answers 200 to everything. */
const configuration = (folder: string, port: number, upstreamPort: number) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  upstream app { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location / { auth_request /check; proxy_pass http://app; }
    location = /check {
      internal;
      proxy_pass http://app;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
}
`

/** Undefined where there is no nginx. */
export async function startNginx(parent: string, upstreamPort: number): Promise<Nginx | undefined> {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined
  const folder = join(parent, 'nginx')
  mkdirSync(folder)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, upstreamPort))
  const child = spawn('nginx', ['-c', file, '-p', folder, '-e', join(folder, 'error.log')], { stdio: 'ignore' })
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    )
  for (let tries = 0; !(await answers()); tries++) {
    if (tries === 100) throw new Error('nginx did not answer.')
    await new Promise((go) => setTimeout(go, 20))
  }
  return {
    port,
    pid: child.pid ?? 0,
    async end() {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}
