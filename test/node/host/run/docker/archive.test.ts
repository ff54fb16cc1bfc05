// timeout: 300
// An image by its CID: built in two clean containers that have little in common it is the same to the last byte, and another
// node that fetches it over IPFS runs it under the same id.
import { chmod, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pauseImage } from '../../../../../node/host/run/docker/pause.ts'
import { DockerRunner } from '../../../../../node/host/run/docker/runner.ts'
import { guestSpec } from '../../../../compliance/runner.ts'
import { guestImage } from '../../../../fixtures/guest.ts'
import { needsDocker, needsProgram, onlyIf, tmp } from '../../../../support.ts'
import { Nodes } from '../../nodes.ts'

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))

const test = suite('image archives')
const withDocker = onlyIf(test, (await needsDocker()) && (await needsProgram('clang')))
const nodes = new Nodes()
test.after(() => nodes.stop())

/** A machine as a container shows it: where the tree lies, who works there, and what it calls itself. */
interface Machine {
  readonly tree: string
  readonly user: string
  readonly hostname: string
  readonly env: readonly string[]
}

const MACHINES: readonly Machine[] = [
  { tree: '/tree', user: '0:0', hostname: 'alpha', env: ['TZ=UTC', 'LC_ALL=C'] },
  {
    tree: '/a/far/away/place',
    user: '65534:65534',
    hostname: 'beta',
    env: ['TZ=Asia/Tokyo', 'LC_ALL=C.UTF-8', 'USER=b']
  }
]

/** Builds the image in a new container that has this machine's programs, to read, and nothing else of it. */
async function builtOn({ tree, user, hostname, env }: Machine): Promise<Buffer> {
  const engine = new Docker()
  const { id, archive } = await pauseImage()
  const loading = await engine.loadImage(Readable.from([Buffer.from(archive)]))
  for await (const _ of loading);
  const out = await tmp('lily-archive-')
  await chmod(out, 0o777)
  const programs = ['/usr', '/lib', '/lib64', '/bin', '/etc/alternatives'].map(path => `${path}:${path}:ro`)
  const node = join(tree, relative(ROOT, process.execPath))
  const container = await engine.createContainer({
    Image: id,
    Entrypoint: [node, join(tree, 'test/fixtures/build-image.ts'), '/out/image.tar'],
    Env: ['PATH=/usr/bin', ...env],
    User: user,
    Hostname: hostname,
    HostConfig: {
      NetworkMode: 'none',
      Tmpfs: { '/tmp': 'rw,mode=1777' },
      Binds: [...programs, `${ROOT}:${tree}:ro`, `${out}:/out`]
    }
  })
  try {
    await container.start()
    const { StatusCode } = await container.wait()
    const said = await container.logs({ stdout: true, stderr: true })
    assert.is(StatusCode, 0, `${hostname}: ${said}`)
    return await readFile(join(out, 'image.tar'))
  } finally {
    await container.remove({ force: true })
  }
}

withDocker('are the same wherever they are built, and run where they are fetched', async () => {
  const [first, second] = await Promise.all(MACHINES.map(builtOn))
  if (first === undefined || second === undefined) throw new Error('there were two machines')
  assert.ok(first.equals(second), 'the two containers')
  assert.ok(first.equals(await guestImage()), 'and this machine')
  const [a, b] = await nodes.pair()
  const cid = await a.content.addFile(first)
  const runner = new DockerRunner({ nodeId: `archive-${process.pid}` })
  await runner.start()
  try {
    await runner.removeImage(cid)
    const from = [a.network.peerId]
    const outcome = await runner.run(guestSpec(runner, cid, ['echo', 'by CID']), b.content, { from })
    assert.is(outcome.status, 'exited')
    const { Id } = await new Docker().getImage(`lilynode/module:${cid}`).inspect()
    const manifest = first.toString('latin1', 512, 2048)
    assert.match(manifest, `"Config":"${Id.replace('sha256:', '')}.json"`)
  } finally {
    await runner.stop()
  }
})

test.run()
