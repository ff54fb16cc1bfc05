// Loaded before each test file, to have every error told. uvu prints `error.details` as text, and dies silently when it is
// an object, as it is in every LilyError: objects are given the one method that it calls (not enumerable, tests only). And
// it drops what a `before` hook throws: its source is amended as it is loaded.
import { registerHooks } from 'node:module'
import { inspect } from 'node:util'

Object.defineProperty(Object.prototype, 'split', {
  configurable: true,
  enumerable: false,
  writable: true,
  value(this: unknown, separator: string): string[] {
    return inspect(this).split(separator)
  }
})

const BEFORE = 'for (hook of before) await hook(state);'
const TOLD = `try { ${BEFORE} } catch (error) { errors = format('before', error, name); throw error }`

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith('/uvu/dist/index.mjs')) return loaded
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
    if (!source.includes(BEFORE)) throw new Error('uvu has changed: mend test/harness/readable-errors.ts')
    return { ...loaded, source: source.replace(BEFORE, () => TOLD) }
  }
})
