/** One declared input of a module as a labelled field; a picture is shown before it is sent. */
import type { ModuleInput } from '../../../protocols/module/schema.ts'
import { h } from './dom.ts'

/** A field and what it reads: text, bytes, or nothing where its default is to count. */
export interface InputField {
  readonly name: string
  readonly element: HTMLElement
  read(): Promise<string | Uint8Array | undefined>
}

/** The field of an input. */
export function field(name: string, input: ModuleInput, signal: AbortSignal): InputField {
  const id = `input-${name}`
  const hint = input.description === '' ? undefined : h('p', { class: 'hint', id: `${id}-hint` }, input.description)
  const attributes = { id, name, ...(hint === undefined ? {} : { 'aria-describedby': hint.id }) }
  const { control, read, extra } = controlOf(input, attributes, signal)
  const element = h('div', { class: 'field' }, h('label', { for: id }, name), hint, control, extra)
  return { name, element, read }
}

interface Control {
  readonly control: HTMLElement
  readonly extra?: HTMLElement
  read(): Promise<string | Uint8Array | undefined>
}

type Common = Readonly<Record<string, string>>

function controlOf(input: ModuleInput, common: Common, signal: AbortSignal): Control {
  const preset = input.default?.toString()
  const required = preset === undefined
  if (input.choices !== undefined || input.type === 'boolean') {
    const choices = input.choices ?? ['true', 'false']
    const options = choices.map(choice => h('option', { value: choice, selected: choice === preset }, choice))
    return valueControl(h('select', common, ...options))
  }
  switch (input.type) {
    case 'file':
      return fileControl(common, signal)
    case 'string':
      return valueControl(h('textarea', { ...common, rows: 2, required }, preset ?? ''))
    case 'integer':
    case 'number':
      return valueControl(
        h('input', { ...common, type: 'number', step: input.type === 'integer' ? 1 : 'any', required, value: preset })
      )
  }
}

function valueControl(control: HTMLSelectElement | HTMLTextAreaElement | HTMLInputElement): Control {
  return { control, read: async () => (control.value === '' && !control.required ? undefined : control.value) }
}

function fileControl(common: Common, signal: AbortSignal): Control {
  const control = h('input', { ...common, type: 'file', required: true })
  const preview = h('div', { class: 'preview' })
  let url: string | undefined
  const forget = () => {
    if (url !== undefined) URL.revokeObjectURL(url)
    url = undefined
    preview.replaceChildren()
  }
  control.addEventListener('change', () => {
    forget()
    const [file] = control.files ?? []
    if (file === undefined) return
    const size = h('p', { class: 'muted small' }, `${file.name}, ${Math.ceil(file.size / 1024)} KiB`)
    if (!file.type.startsWith('image/')) return preview.append(size)
    url = URL.createObjectURL(file)
    preview.append(h('img', { src: url, alt: `The chosen picture: ${file.name}` }), size)
  })
  signal.addEventListener('abort', forget, { once: true })
  return {
    control,
    extra: preview,
    async read() {
      const [file] = control.files ?? []
      return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer())
    }
  }
}
