// The command line itself, without any network: help, version, wrong usage, and what cannot work as it is set up.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configure } from '../../cli/main.ts'
import { createProgram } from '../../cli/program.ts'
import { onlyIf, tmp } from '../support.ts'
import { inProcess, jsonLines, lilynode, start } from './spawn.ts'

const home = await tmp()
const run = (...args: string[]) => lilynode(args, { home })

const help = suite('help')

help('fits 80 columns and has examples, for every command', () => {
  const program = configure(
    createProgram(async () => {}),
    process
  )
  const commands = [program, ...program.commands, ...program.commands.flatMap(command => command.commands)]
  assert.ok(commands.length > 20)
  for (const command of commands) {
    let text = ''
    command.configureOutput({
      writeOut: part => {
        text += part
      }
    })
    command.outputHelp()
    for (const line of text.split('\n')) assert.ok(line.length <= 80, `${command.name()}: ${line}`)
  }
})

help('names the exit codes, and goes to stdout', async () => {
  const { code, stdout, stderr } = await run('--help')
  assert.is(code, 0)
  assert.is(stderr, '')
  assert.match(stdout, 'Examples:')
  assert.match(stdout, /^ {2}76 {3}\S/m)
})

help('is shown when no command is given, which is an error', async () => {
  const [bare, group] = await Promise.all([run(), run('jobs')])
  assert.is(bare.code, 64)
  assert.is(bare.stdout, '')
  assert.match(bare.stderr, 'Usage: lilynode')
  assert.is(group.code, 64)
  assert.match(group.stderr, 'Usage: lilynode jobs')
})

help.run()

// ---

const version = suite('version')

version('is printed in three ways', async () => {
  const where = { home }
  const command = await inProcess(['version'], where)
  const flag = await inProcess(['--version'], where)
  const json = await inProcess(['version', '--json'], where)
  assert.match(command.stdout, /^\d+\.\d+\.\d+\S*\n$/)
  assert.is(flag.stdout, command.stdout)
  const [line] = jsonLines(json.stdout)
  assert.is(line?.type, 'version')
  assert.is(`${line?.version}\n`, command.stdout)
})

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(existsSync)

onlyIf(version, oldNode !== undefined)('runs on the bundled Node when started with an older one', async () => {
  const { code, stdout } = await lilynode(['version', '--json'], { home, ...(oldNode ? { node: oldNode } : {}) })
  assert.is(code, 0)
  assert.ok(Number.parseInt(String(jsonLines(stdout)[0]?.node), 10) >= 24)
})

version.run()

// ---

const usage = suite('wrong usage')

const WRONG: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['frobnicate'], /unknown command 'frobnicate'/],
  [['jobs', 'lst'], /unknown command 'lst'\n.*Did you mean/],
  [['submit'], /name a module/],
  [['submit', 'x', '--resume', '0x1234'], /not both/],
  [['submit', 'x', '--frob'], /unknown option '--frob'/],
  [['submit', 'x', '-i', 'novalue'], /expected name=value/],
  [['submit', 'x', '-i', 'a=1', '-i', 'a=2'], /"a" is given twice/],
  [['submit', 'x', '--verify', 'sometimes'], /expected always, never/],
  [['submit', 'x', '--verify', '100.5'], /expected always, never/],
  [['submit', 'x', '--target', '0x12'], /expected an account/],
  [['submit', 'x', '--max-price', 'much'], /not an amount/],
  [['submit', 'x', '--wait', '0'], /whole number/],
  [['start'], /--role/],
  [['start', '--role', 'king'], /expected one or more of rp, jc, mediator/],
  [['start', '--role', 'rp', '--slices', '1000'], /whole number/],
  [['jobs', 'show', 'nothex'], /expected an id/],
  [['wallet', 'deposit', '-5'], /unknown option|not an amount/],
  [['wallet', 'deposit'], /missing required argument/]
]

usage('gives one line, a hint and exit code 64', async () => {
  for (const [args, says] of WRONG) {
    const { code, stdout, stderr } = await inProcess(args, { home })
    const label = `${args.join(' ')}: ${stderr}`
    assert.is(code, 64, label)
    assert.is(stdout, '', label)
    assert.match(stderr, /^error USAGE: .+\n( {2}hint: .+\n)?$/, label)
    assert.match(stderr, says, label)
  }
})

usage('of the programs behind a command is told by them', async () => {
  const [testnet, deploy] = await Promise.all([run('testnet', 'sideways'), run('deploy', '--name', 'x')])
  assert.is(testnet.code, 64)
  assert.match(testnet.stderr, /^error USAGE: unknown command 'sideways'/)
  assert.is(deploy.code, 64)
  assert.match(deploy.stderr, /^error USAGE: give --rpc and --name/)
})

usage('gives one object with --json', async () => {
  const { code, stdout, stderr } = await run('submit', '--frob', '--json')
  assert.is(code, 64)
  assert.is(stderr, '')
  const [line, ...more] = jsonLines(stdout)
  assert.is(more.length, 0)
  assert.is(line?.type, 'error')
  assert.is(line?.code, 'USAGE')
  assert.is(line?.exitCode, 64)
})

usage.run()

// ---

const setup = suite('a machine that is not set up')

setup('without a network says how to get one', async () => {
  for (const args of [
    ['start', '--role', 'rp'],
    ['offers', 'ls'],
    ['wallet', 'faucet']
  ]) {
    const { code, stderr } = await inProcess(args, { home })
    assert.is(code, 78)
    assert.is(
      stderr,
      'error CONFIG_NO_NETWORK: no network "local": start one with `lilynode testnet up`, or give --network\n'
    )
  }
})

setup('says which field of a network profile is wrong', async () => {
  const file = join(await tmp(), 'net.json')
  await writeFile(file, '{"name": "x", "chainId": 5}')
  const { code, stderr } = await inProcess(['offers', 'ls', '--network', file], { home })
  assert.is(code, 78)
  assert.match(stderr, /^error CONFIG_BAD_NETWORK: .*"chainId"/)
})

setup('without a running node says so', async () => {
  const { code, stderr } = await run('peers')
  assert.is(code, 69)
  assert.match(stderr, /^error API_NOT_RUNNING: /)
})

setup('shows the stack of an error only when asked', async () => {
  const quiet = await run('peers')
  const loud = await lilynode(['peers'], { home, env: { LILYNODE_DEBUG: '1' } })
  assert.not.match(quiet.stderr, /^ +at /m)
  assert.match(loud.stderr, /^ +at /m)
})

setup('a reader that closes the pipe is no error', async () => {
  const running = start(['--help'], { home })
  running.child.stdout?.destroy()
  const { code, stderr } = await running.ended
  assert.is(code, 0)
  assert.is(stderr, '')
})

setup.run()
