// Repositories: a reference becomes one commit's files, and nothing else of a repository is trusted or run.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkOut } from '../../../../node/host/module/git.ts'
import { isLilypadCheckout, prepareLilypadJob } from '../../../../node/host/module/lilypad.ts'
import { parseReference, splitName } from '../../../../protocols/lilypad/reference.ts'
import { needsProgram, onlyIf, rejects, throws, tmp } from '../../../support.ts'

const references = suite('references')

references('of Lilypad name a repository and what of it is meant', () => {
  const cowsay = parseReference('cowsay:v0.0.4')
  assert.is(cowsay.url, 'https://github.com/Lilypad-Tech/lilypad-module-cowsay')
  assert.is(cowsay.ref, 'v0.0.4')
  const long = parseReference('github.com/user/repo:some/branch')
  assert.equal(long.path, ['github.com', 'user', 'repo'])
  assert.is(long.ref, 'some/branch')
})

references('can name nothing else', () => {
  for (const text of [
    'cowsay',
    'cowsay:',
    ':v1',
    'a:b:c',
    'github.com/user/repo',
    'github.com/../../etc:v1',
    'github.com/user/..:v1',
    'github.com/user/re po:v1',
    'github.com/user/repo:-upload-pack=x',
    'github.com/user/repo:a..b',
    'localhost/user/repo:v1',
    'github.com:22/user/repo:v1',
    '-c/x/y:v1',
    'user@github.com/user/repo:v1'
  ])
    throws(() => parseReference(text), 'LILYPAD_BAD_REFERENCE')
})

references('of the registry have no host', () => {
  assert.equal(splitName('moo:1.0'), { name: 'moo', version: '1.0' })
  assert.equal(splitName('some/moo:1.0'), { name: 'some/moo', version: '1.0' })
  for (const text of ['github.com/user/repo:v1', 'Moo:1', 'moo', 'a:b:c']) assert.is(splitName(text), undefined)
})

// ---

const git = suite<{ home: string; bare: string; commit: string }>('repositories')
const withGit = onlyIf(git, await needsProgram('git'))

git.before.each(async context => {
  delete process.env.GIT_ALLOW_PROTOCOL
  delete process.env.GIT_CONFIG_GLOBAL
  context.home = await tmp()
  const work = join(context.home, 'work')
  context.bare = join(context.home, 'hub', 'user', 'repo')
  await mkdir(work)
  await writeFile(join(work, 'lilypad_module.json.tmpl'), '{"v": 1}')
  await symlink('/etc/passwd', join(work, 'link'))
  const run = (...args: string[]) => execFileSync('git', ['-C', work, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const commit = (message: string) => run('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-qam', message)
  run('init', '-q', '-b', 'main')
  run('add', '.')
  commit('one')
  run('tag', 'v1')
  context.commit = run('rev-parse', 'HEAD').toString().trim()
  await writeFile(join(work, 'lilypad_module.json.tmpl'), '{"v": 2}')
  commit('two')
  execFileSync('git', ['clone', '-q', '--bare', work, context.bare], { stdio: 'ignore' })
  // The hub is a folder: git's own rewriting of addresses stands in for the network.
  const config = join(context.home, 'gitconfig')
  const hub = join(context.home, 'hub')
  await writeFile(
    config,
    `[url "file://${hub}/"]\n  insteadOf = https://github.com/\n[uploadpack]\n  allowAnySHA1InWant = true\n`
  )
  process.env.GIT_CONFIG_GLOBAL = config
  process.env.GIT_ALLOW_PROTOCOL = 'file'
})

withGit('are brought by tag, branch and commit; what is brought stays', async ({ home, commit }) => {
  const out = async (ref: string) => {
    const checkout = await checkOut(parseReference(`github.com/user/repo:${ref}`), home)
    return { ...checkout, text: await readFile(join(checkout.folder, 'lilypad_module.json.tmpl'), 'utf8') }
  }
  const tag = await out('v1')
  assert.is(tag.commit, commit)
  assert.is(tag.text, '{"v": 1}')
  assert.is((await out('main')).text, '{"v": 2}')
  assert.is((await out(commit)).folder, tag.folder)
  // A commit needs nobody once it is here; a tag may have moved and is asked for again.
  process.env.GIT_ALLOW_PROTOCOL = 'https'
  process.env.GIT_CONFIG_GLOBAL = '/dev/null'
  assert.is((await out(commit)).text, '{"v": 1}')
  // A link of a repository names no file of this machine.
  assert.is(await readFile(join(tag.folder, 'link'), 'utf8'), '/etc/passwd')
})

withGit('that are not there, or hold no such thing, say so', async ({ home }) => {
  await rejects(checkOut(parseReference('github.com/user/repo:v9'), home), 'LILYPAD_NOT_A_MODULE')
  await rejects(checkOut(parseReference('github.com/user/none:v1'), home), 'LILYPAD_NO_REPOSITORY')
  process.env.GIT_ALLOW_PROTOCOL = 'none'
  await rejects(checkOut(parseReference('github.com/user/repo:v1'), home), 'LILYPAD_NO_REPOSITORY')
})

git('whose template is a link are none', async ({ home }) => {
  const checkout = join(home, 'evil')
  await mkdir(checkout)
  await symlink('/etc/hostname', join(checkout, 'lilypad_module.json.tmpl'))
  assert.is(await isLilypadCheckout(checkout), false)
  const job = { checkout, name: 'evil', version: '1', values: {}, files: {}, fetch: async () => {} }
  await rejects(prepareLilypadJob(job), 'LILYPAD_NOT_A_MODULE')
})

references.run()
git.run()
