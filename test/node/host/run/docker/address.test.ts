// Where a Docker engine may be: what each form of address comes to, and an engine behind TLS that knows its client.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engineOptions } from '../../../../../node/host/run/docker/address.ts'
import { needsDocker, needsProgram, onlyIf, tmp } from '../../../../support.ts'

const address = suite('engineOptions')
const withEngine = onlyIf(address, (await needsDocker()) && (await needsProgram('openssl')))

address('knows sockets, plain tcp and ssh', () => {
  assert.equal(engineOptions('unix:///run/user/1000/docker.sock', {}), { socketPath: '/run/user/1000/docker.sock' })
  assert.equal(engineOptions('tcp://10.0.0.1', {}), { protocol: 'http', host: '10.0.0.1', port: 2375 })
  assert.equal(engineOptions('ssh://me@far.example:2222', { SSH_AUTH_SOCK: '/agent' }), {
    protocol: 'ssh',
    host: 'far.example',
    port: '2222',
    username: 'me',
    sshOptions: { agent: '/agent' }
  })
})

address('speaks TLS where it is told to, or the port says so', () => {
  const verified = engineOptions('tcp://engine.example:4000', { DOCKER_TLS_VERIFY: '1' })
  assert.equal(verified, { protocol: 'https', host: 'engine.example', port: '4000' })
  assert.is(engineOptions('tcp://engine.example:2376', {}).protocol, 'https')
  assert.is(engineOptions('https://engine.example', {}).port, 2376)
  assert.throws(() => engineOptions('tcp://engine.example:2376', { DOCKER_CERT_PATH: '/nowhere' }), /ENOENT/)
})

address('refuses what it does not know', () => {
  assert.throws(() => engineOptions('npipe:////./pipe/docker', {}), /not a Docker host/)
})

/** A certificate of its own authority, for the loopback address and for the client. */
async function certificates(): Promise<string> {
  const cwd = await tmp('lily-certs-')
  await writeFile(join(cwd, 'names'), 'subjectAltName=IP:127.0.0.1\n')
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd })
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  await openssl('req', '-x509', ...made, '-subj', '/CN=ca', '-keyout', 'ca-key.pem', '-out', 'ca.pem')
  await openssl('req', ...made.slice(0, 3), '-subj', '/CN=both', '-keyout', 'key.pem', '-out', 'request.pem')
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  await openssl('x509', '-req', '-in', 'request.pem', ...by, '-out', 'cert.pem')
  return cwd
}

withEngine('reaches an engine behind TLS, which refuses strangers', async () => {
  const folder = await certificates()
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(name => readFile(join(folder, name))))
  if (ca === undefined || cert === undefined || key === undefined) throw new Error('no certificates')
  const door = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, client => {
    const engine = connect('/var/run/docker.sock')
    client.pipe(engine).pipe(client)
    for (const end of [client, engine]) end.on('error', () => end.destroy())
  })
  door.on('tlsClientError', () => {})
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve))
  const place = door.address()
  if (place === null || typeof place === 'string') throw new Error('the door has no port')
  const host = `tcp://127.0.0.1:${place.port}`
  try {
    const known = new Docker(engineOptions(host, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder }))
    assert.is(String(await known.ping()), 'OK')
    const stranger = new Docker({ ...engineOptions(host, { DOCKER_TLS_VERIFY: '1' }), ca })
    const answer = await stranger.ping().then(
      () => 'let in',
      () => 'refused'
    )
    assert.is(answer, 'refused')
  } finally {
    await new Promise(resolve => door.close(resolve))
  }
})

address.run()
