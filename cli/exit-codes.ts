/**
 * Exit codes, a contract with scripts: they follow sysexits.h where it has a fitting one. `submit` gives the job's own
 * exit code when its result stands, so these are the high numbers that programs seldom use.
 */

/** What each code means; printed by `lilynode --help`. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'done; for submit: the job exited with 0' },
  usage: { code: 64, meaning: 'the command line is wrong' },
  input: { code: 65, meaning: 'the module or its inputs are wrong' },
  unavailable: { code: 69, meaning: 'the chain, a peer or the local node cannot be reached' },
  internal: { code: 70, meaning: 'a fault in lilynode' },
  aborted: { code: 71, meaning: 'the job ran but did not exit: trap, out of gas, a limit' },
  folder: { code: 73, meaning: 'the data folder or a port cannot be used' },
  again: { code: 75, meaning: 'no provider, or out of time: try again' },
  refused: { code: 76, meaning: 'the result is wrong, missing, or could not be proved right' },
  funds: { code: 77, meaning: 'not enough money' },
  config: { code: 78, meaning: 'the network, the key or the password is not set right' },
  interrupted: { code: 130, meaning: 'interrupted (Ctrl-C)' },
  terminated: { code: 143, meaning: 'terminated' }
} as const

/** A name of {@link EXIT_CODES}. */
export type ExitName = keyof typeof EXIT_CODES

/** The first rule whose pattern matches an error's code says how the program ends. */
const RULES: readonly (readonly [RegExp, ExitName])[] = [
  [/^USAGE$/, 'usage'],
  [/NO_FUNDS$/, 'funds'],
  [/^(CONFIG|KEY)_|^CHAIN_(WRONG_ID|NO_CONTRACTS|KEY_IN_USE)$|^(API_VERSION|JOB_NO_ROLE|DEPLOY_BAD_PARAMS)$/, 'config'],
  [/^(DATA_FOLDER|WALLET_EXISTS|API_SOCKET|PORT_IN_USE|NET_LISTEN|NET_BAD)/, 'folder'],
  [/^JOB_(NO_PROVIDER|CANCELLED|TOO_MANY)$|TIMEOUT$/, 'again'],
  [/^JOB_(RESULT_WRONG|NO_RESULT|NO_VERDICT)$/, 'refused'],
  [/^(RECEIPT_(UNTRUSTED|NOT_PROVEN|BAD)|TRIE_|RLP_)/, 'refused'],
  [/^RECEIPT_/, 'input'],
  [/^(LIGHT_NOT_BUILT|OFFER_NONE)$/, 'config'],
  [/^JOB_RESULT_LOST$/, 'unavailable'],
  [/^(LILYPAD_NO_|RUN_NOT_READY$|EXPLAIN_TOO_OLD$)/, 'unavailable'],
  [
    /^(MODULE|LILYPAD|INPUT|OUTPUT|UNITS|ID|JOB)_|^RUN_REJECTED$|^(DEAL|EXPLAIN)_UNKNOWN$|^CONTENT_(NOT_A|BAD|TOO|UNSUPPORTED)/,
    'input'
  ],
  [/^(NET|CHAIN|API|CONTENT|FAUCET|TESTNET|ANVIL|DEPLOY|DOCKER)_/, 'unavailable']
]

/** The exit code for an error's code. */
export function exitCodeOf(errorCode: string): number {
  const rule = RULES.find(([pattern]) => pattern.test(errorCode))
  return EXIT_CODES[rule?.[1] ?? 'internal'].code
}

/** The table as lines for a help text. */
export function exitCodeTable(): string {
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`)
    .join('\n')
}
