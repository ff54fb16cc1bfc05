/**
 * Templates of a module: text with `{{Name}}` (or Go's `{{.Name}}`) where a value goes. A value is put in as it is and never
 * read again, so it cannot become a placeholder, nor leave the argument that it stands in.
 */

const PLACEHOLDER = /\{\{\s*\.?([A-Za-z][A-Za-z0-9_]*)\s*\}\}/g

/** The names that a template asks for, in order, repeated ones too. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '')
}

/** The template with each placeholder replaced by what `lookUp` gives for its name. */
export function fillTemplate(template: string, lookUp: (name: string) => string): string {
  return template.replace(PLACEHOLDER, (_, name: string) => lookUp(name))
}
