/** Where a Docker engine is: DOCKER_HOST's forms as the client library's options. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DockerOptions } from 'dockerode'

/** What of the environment counts, by the names that Docker's own client gives it. */
export interface DockerEnv {
  readonly DOCKER_CERT_PATH?: string | undefined
  readonly DOCKER_TLS_VERIFY?: string | undefined
  readonly SSH_AUTH_SOCK?: string | undefined
}

const PLAIN_PORT = 2375
const TLS_PORT = 2376
const SSH_PORT = 22

/**
 * The options for an address.
 *
 * @param host unix:///path, tcp://host:port, https://host:port or ssh://user@host. A tcp address is spoken to by TLS where
 *   DOCKER_TLS_VERIFY says so or its port is 2376, with the certificates in DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem)
 */
export function engineOptions(host: string, env: DockerEnv): DockerOptions {
  const url = new URL(host)
  switch (url.protocol) {
    case 'unix:':
      return { socketPath: url.pathname }
    case 'ssh:':
      return sshOptions(url, env)
    case 'https:':
      return tlsOptions(url, env)
    case 'tcp:':
    case 'http:':
      if (env.DOCKER_TLS_VERIFY || url.port === String(TLS_PORT)) return tlsOptions(url, env)
      return { protocol: 'http', host: url.hostname, port: url.port || PLAIN_PORT }
    default:
      throw new TypeError(`not a Docker host that can be used: ${host}`)
  }
}

function tlsOptions(url: URL, { DOCKER_CERT_PATH }: DockerEnv): DockerOptions {
  const { hostname, port } = url
  const options: DockerOptions = { protocol: 'https', host: hostname, port: port || TLS_PORT }
  if (DOCKER_CERT_PATH === undefined || DOCKER_CERT_PATH === '') return options
  const read = (name: string) => readFileSync(join(DOCKER_CERT_PATH, name))
  return { ...options, ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}

/** The other end runs `docker system dial-stdio`; who may is the ssh agent's matter. */
function sshOptions(url: URL, { SSH_AUTH_SOCK }: DockerEnv): DockerOptions {
  return {
    protocol: 'ssh',
    host: url.hostname,
    port: url.port || SSH_PORT,
    username: decodeURIComponent(url.username),
    sshOptions: SSH_AUTH_SOCK === undefined ? {} : { agent: SSH_AUTH_SOCK }
  }
}
