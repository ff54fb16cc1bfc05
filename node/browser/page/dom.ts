/** Elements by one call. Text is always text: nothing that a peer says becomes markup. */

type Attribute = string | number | boolean | undefined
type Child = Node | string | undefined

/** Attributes by their HTML names; `on` holds listeners by event. */
export interface Attributes {
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  readonly [name: string]: Attribute | Readonly<Record<string, (event: Event) => void>>
}

/** An element with its attributes and children; undefined attributes and children are left out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { on = {}, ...attributes }: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || typeof value === 'object') continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener)
  element.append(...children.filter(child => child !== undefined))
  return element
}

/** A button that does one thing at a time: while it works it says so, and what fails is shown beside it. */
export function action(
  label: string,
  work: () => Promise<unknown>,
  { attributes = {}, onError }: { attributes?: Attributes; onError: (error: unknown) => void }
): HTMLButtonElement {
  const button = h('button', { type: 'button', ...attributes }, label)
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-busy') === 'true') return
    button.setAttribute('aria-busy', 'true')
    work()
      .catch(onError)
      .finally(() => button.removeAttribute('aria-busy'))
  })
  return button
}

/** Rows of a term and what it is; rows without a text are left out. */
export function facts(rows: readonly (readonly [string, Node | string | undefined])[]): HTMLDListElement {
  const cells = rows.flatMap(([term, text]) => (text === undefined ? [] : [h('dt', {}, term), h('dd', {}, text)]))
  return h('dl', { class: 'facts' }, ...cells)
}

/** A notice in a tone: `good`, `bad`, `warn` or `plain`. */
export function notice(tone: 'good' | 'bad' | 'warn' | 'plain', title: string, text: string): HTMLElement {
  return h(
    'div',
    { class: `notice ${tone}`, role: tone === 'bad' ? 'alert' : 'status' },
    h('strong', {}, /[.!?]$/.test(title) ? title : `${title}.`),
    ' ',
    text
  )
}

/** An id, short to read, whole to copy. */
export function idText(id: string): HTMLElement {
  return h('code', { title: id, class: 'id' }, id.length <= 18 ? id : `${id.slice(0, 10)}…${id.slice(-6)}`)
}
