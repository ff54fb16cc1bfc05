import { readFileSync } from 'node:fs'
import { GuestProcess } from './node/host/run/wasm/process.ts'

for (let i = 0; i < 6; i++) {
  const t = performance.now()
  const g = new GuestProcess()
  await g.ready()
  const w = performance.now() - t
  const s = readFileSync(`/proc/${g.pid}/stat`, 'utf8').split(' ')
  console.log(
    'wall',
    w.toFixed(0),
    'cpu ms',
    (Number(s[13]) + Number(s[14])) * 10,
    'rss',
    readFileSync(`/proc/${g.pid}/status`, 'utf8').match(/VmRSS.*/)?.[0]
  )
  await g.kill()
}
