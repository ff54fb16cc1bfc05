// Lilypad's modules on the command line: from a checkout, from a repository, and what is refused.
// timeout: 240
import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeImage } from '../../node/host/run/docker/image.ts'
import { needsDocker, needsProgram, onlyIf, tmp } from '../support.ts'
import { type Ended, inProcess, jsonLines } from './spawn.ts'

const PROGRAM = new URL('../fixtures/guest/guest.wasm', import.meta.url)

interface Context {
  home: string
  checkout: string
  run(...args: string[]): Promise<Ended>
}

async function prepare(context: Context): Promise<void> {
  context.home = await tmp()
  context.checkout = join(context.home, 'lilypad-module-thing')
  await mkdir(context.checkout)
  context.run = (...args) => inProcess(['module', ...args], { home: context.home })
}

async function template(folder: string, docker: string, rest = ''): Promise<void> {
  const text = `{"machine": {"gpu": 0, "cpu": 1000, "ram": 100}, ${rest} "job": {"APIVersion": "V1beta1", "Spec": {
    "Deal": {"Concurrency": 1}, "Docker": {${docker}}, "Engine": "Docker", "Network": {"Type": "None"},
    "PublisherSpec": {"Type": "IPFS"}, "Resources": {"GPU": ""}, "Timeout": 60, "Verifier": "Noop"}}}`
  await writeFile(join(folder, 'lilypad_module.json.tmpl'), text)
}

const refusals = suite<Context>('what cannot be run')
refusals.before.each(prepare)

refusals('is refused by its name, before any engine or network is asked', async ({ checkout, run, home }) => {
  const expect = async (code: string, word: string, ...args: string[]) => {
    const { stderr, code: exit } = await run('run', checkout, ...args)
    assert.match(stderr, `error ${code}: `)
    assert.match(stderr, word)
    assert.is(exit, 65)
  }
  await template(checkout, '"Image": "a/b", "Entrypoint": [{{.Message}}]')
  await expect('LILYPAD_INPUT_MISSING', 'Message')
  await template(checkout, '"Image": "a/b", "Entrypoint": ["{{nonsense}}"]')
  await expect('LILYPAD_TEMPLATE_SYNTAX', 'nonsense')
  await template(checkout, '"Image": "a/b"}, "Inputs": [{"StorageSource": "S3", "Path": "/inputs"}], "X": {')
  await expect('LILYPAD_CANNOT_HONOUR', 'Inputs[0].StorageSource')
  await template(checkout, '"Image": "a/b"', '"inputFiles": {"required": ["one.txt"]},')
  await expect('LILYPAD_INPUT_FILE', 'one.txt')
  const inputs = join(home, 'inputs')
  await mkdir(inputs)
  await copyFile(PROGRAM, join(inputs, 'one.txt'))
  await expect('LILYPAD_INPUT_FILE', 'program', '--inputs-path', inputs)
  await expect('LILYPAD_INPUT_FILE', 'two.txt', '--input-file', `two.txt=${join(checkout, 'lilypad_module.json.tmpl')}`)
})

refusals('leaves nothing behind', async ({ checkout, run }) => {
  await template(checkout, '"Image": "a/b", "Entrypoint": [{{.Message}}]')
  await run('run', checkout)
  assert.equal(await readdir(checkout), ['lilypad_module.json.tmpl'])
})

// ---

const images = suite<Context>('an image of the local engine')
images.before.each(prepare)
const withDocker = onlyIf(images, (await needsDocker()) && (await needsProgram('clang')))

/** Says where it is, its variable SAID and its arguments, copies an input to stdout, and leaves a file. */
const SOURCE = `
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
  char here[256];
  const char *said = getenv("SAID");
  int c;
  printf("%s\\n%s\\n", getcwd(here, sizeof here), said ? said : "nothing");
  for (int i = 1; i < count; i++) printf("%s\\n", words[i]);
  FILE *in = fopen("/inputs/one.txt", "r");
  if (in) while ((c = getc(in)) != EOF) putchar(c);
  FILE *out = fopen("/outputs/file", "w");
  if (out) fputs("done\\n", out);
  return 0;
}
`

/** A static program as an image with a name, for as long as the test takes. */
async function withImage(name: string, home: string, work: () => Promise<void>): Promise<void> {
  const program = join(home, 'program')
  execFileSync('clang', ['-O1', '-static', '-s', '-x', 'c', '-', '-o', program], { input: SOURCE })
  const files = [
    { type: 'directory', name: 'bin' } as const,
    {
      type: 'file',
      name: 'bin/program',
      content: new Uint8Array(await readFile(program)),
      isExecutable: true
    } as const,
    { type: 'directory', name: 'work' } as const
  ]
  const { id, archive } = await makeImage(files, { entrypoint: ['/bin/program', 'its own'], workingDir: '/bin' })
  execFileSync('docker', ['load'], { input: archive, stdio: ['pipe', 'ignore', 'inherit'] })
  execFileSync('docker', ['tag', id, name])
  try {
    await work()
  } finally {
    execFileSync('docker', ['rmi', '--force', name], { stdio: 'ignore' })
  }
}

withDocker('runs with what the template says, values as they are', async ({ checkout, run, home }) => {
  const name = `lilytest-${process.pid}/image:v1`
  await withImage(name, home, async () => {
    await template(
      checkout,
      `"Image": "${name}", "WorkingDirectory": "/work", "Entrypoint": ["/bin/program", {{ .Said }}],
        "EnvironmentVariables": [{{ if .Said }}"{{ subst "SAID=%s" .Said }}",{{ end }} "B=2"]`,
      '"inputFiles": {"required": ["one.txt"]},'
    )
    const inputs = join(home, 'inputs')
    await mkdir(inputs)
    await writeFile(join(inputs, 'one.txt'), 'one\n')
    const said = '"; echo $(id) {{Text1}}\n\\n", "EVIL=1'
    const { code, stdout, stderr } = await run('run', checkout, '-i', `Said=${said}`, '--inputs-path', inputs, '--json')
    assert.is(code, 0, stdout + stderr)
    const result = jsonLines(stdout).find(({ type }) => type === 'result')
    assert.is(await readFile(join(String(result?.dir), 'stdout'), 'utf8'), `/work\n${said}\n${said}\none\n`)
    assert.is(await readFile(join(String(result?.dir), 'outputs', 'file'), 'utf8'), 'done\n')
    // Without an entrypoint the image's own words are run; and the module has one CID however often it is made.
    await template(checkout, `"Image": "${name}"`)
    const own = await run('run', checkout)
    assert.is(own.stdout, '/bin\nnothing\nits own\n', own.stderr)
    const cids = [await run('validate', checkout, '--json'), await run('validate', checkout, '--json')]
    assert.is(cids[0]?.stdout, cids[1]?.stdout)
    assert.match(cids[0]?.stdout ?? '', '"runtime":"docker/linux-amd64"')
  })
})

withDocker('that is not there is refused with what to do', async ({ checkout, run }) => {
  await template(checkout, '"Image": "nobody/nothing:v1"')
  const { code, stderr } = await run('run', checkout)
  assert.is(code, 69)
  assert.match(stderr, 'error LILYPAD_NO_IMAGE')
  assert.match(stderr, 'module publish')
})

refusals.run()
images.run()
