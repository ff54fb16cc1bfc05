/** What a job prints while its provider runs it: text that nobody has checked, and that is shown as nothing more. */
import type { Bytes32 } from '../../../protocols/core/bytes.ts'
import { plainText } from '../../../protocols/core/plain-text.ts'
import { h } from './dom.ts'
import type { Session } from './session.ts'

/** Characters that stay on the page; the oldest go. */
const MAX_CHARS = 64 * 1024

/** The panel, empty until something was printed. */
export function logsPanel(session: Session, job: Bytes32, signal: AbortSignal): HTMLElement {
  const panel = h('section', { 'aria-label': 'Live output' })
  const text = h('pre', { tabindex: '0', 'aria-label': 'What the job prints', class: 'log' })
  const show = async () => {
    for await (const log of session.open.node.api.logs(job, { signal })) {
      const gap = log.droppedBytes === 0 ? '' : `\n(${log.droppedBytes} bytes are left out)\n`
      if (!text.isConnected)
        panel.replaceChildren(h('h2', {}, 'Live output'), h('p', { class: 'muted' }, UNCHECKED), text)
      const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 2
      text.textContent = `${text.textContent}${gap}${plainText(log.text)}`.slice(-MAX_CHARS)
      if (isAtEnd) text.scrollTop = text.scrollHeight
    }
  }
  // A job goes its way without them.
  show().catch(() => {})
  return panel
}

const UNCHECKED = 'What the provider says that the job prints. Nobody has checked it; the result will be checked.'
