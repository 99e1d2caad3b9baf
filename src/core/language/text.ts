import * as z from 'zod'
import { sayDuration } from '../calendar/duration.ts'
import { isInstant, localTime, sayClock, sayInstant } from '../calendar/time.ts'
import type { Saw, Scalar } from '../model/fact.ts'
import type { Json } from '../model/service.ts'
import type { Slot, Template } from '../model/template.ts'

type Filter = (value: Scalar, zone: string) => string

/** What may stand behind `|` in a text. */
const filters: Record<string, Filter> = {
  duration: (value) => (typeof value === 'number' ? sayDuration(value) : String(value)),
  clock: (value, zone) => {
    if (typeof value !== 'number' || !isInstant(value)) return String(value)
    const seconds = value > 86_400 ? localTime(value, zone).clock : value
    return sayClock(seconds - (seconds % 60))
  },
  date: (value, zone) => (typeof value === 'number' && isInstant(value) ? localTime(value, zone).date : String(value)),
  time: (value, zone) => (typeof value === 'number' && isInstant(value) ? sayInstant(value, zone) : String(value)),
  round: (value) => (typeof value === 'number' ? String(Math.round(value)) : String(value)),
}

export const filterNames = Object.keys(filters)

/** A template that could not be read: what is wrong, and how many characters in. */
export interface TextFault {
  message: string
  offset: number
}

/** Reads `Hello {{ lock.wearerUsername }}, {{ lock.timeRemainingSeconds | duration }} left`. */
export function parseTemplate(text: string): Template | TextFault {
  const template: (string | Slot)[] = []
  let from = 0
  for (;;) {
    const open = text.indexOf('{{', from)
    const stray = text.indexOf('}}', from)
    if (stray !== -1 && (open === -1 || stray < open)) return { message: '"}}" without "{{" before it', offset: stray }
    if (open === -1) break
    const close = text.indexOf('}}', open)
    if (close === -1) return { message: '"{{" without "}}" after it', offset: open }
    if (open > from) template.push(text.slice(from, open))
    const [name = '', ...used] = text
      .slice(open + 2, close)
      .split('|')
      .map((part) => part.trim())
    if (!/^[A-Za-z][\w.-]*$/.test(name)) {
      return { message: `"${name}" is not a name; write {{ lock.lockTitle }}`, offset: open }
    }
    const wrong = used.find((filter) => !Object.hasOwn(filters, filter))
    if (wrong !== undefined) {
      return { message: `unknown filter "${wrong}"; known are ${filterNames.join(', ')}`, offset: open }
    }
    template.push({ slot: name, filters: used })
    from = close + 2
  }
  if (from < text.length || template.length === 0) template.push(text.slice(from))
  return { template }
}

export function isTemplate(value: unknown): value is Template {
  const parts = (value as { template?: unknown } | null)?.template
  return Array.isArray(parts) && Object.keys(value as object).length === 1 && parts.every(isPart)
}

function isPart(part: unknown): boolean {
  if (typeof part === 'string') return true
  const { slot, filters: used } = (part ?? {}) as { slot?: unknown; filters?: unknown }
  return typeof slot === 'string' && Array.isArray(used)
}

/** Every template within parameters. */
export function templatesIn(params: Json): Template[] {
  if (isTemplate(params)) return [params]
  if (typeof params !== 'object' || params === null) return []
  return Object.values(params).flatMap((inner) => templatesIn(inner as Json))
}

/** The names a template asks for. */
export function slotsOf(template: Template): string[] {
  return slotsIn(template).map(({ slot }) => slot)
}

/** The same with their filters. */
export function slotsIn({ template }: Template): Slot[] {
  return template.flatMap((part) => (typeof part === 'string' ? [] : [part]))
}

/**
 * Fills in what is known now. `look` answers undefined for a name that only becomes known later: that slot stays.
 * A known name without a value renders `unknown`.
 */
export function fill(template: Template, look: (name: string) => Saw | undefined, zone: string): Template {
  return {
    template: template.template.map((part) => {
      if (typeof part === 'string') return part
      const saw = look(part.slot)
      if (saw === undefined) return part
      if (!saw.known) return 'unknown'
      if (typeof saw.value === 'object') return saw.value.join(', ')
      return part.filters.reduce<Scalar>((value, name) => filters[name]?.(value, zone) ?? value, saw.value).toString()
    }),
  }
}

/** The text of a template; a slot nobody filled in reads `unknown`. */
export function textOf(template: Template): string {
  return template.template.map((part) => (typeof part === 'string' ? part : 'unknown')).join('')
}

/**
 * A text with slots for facts, `{{ lock.lockTitle }}`, read as a template. `longest` is the service's limit on what
 * is written; what the slots make longer is cut when it is sent.
 */
export function slottedText(longest: number) {
  return z
    .string()
    .min(1)
    .max(longest, `longer than the ${longest} characters the service takes`)
    .transform((written, context) => {
      const read = parseTemplate(written)
      if ('template' in read) return { template: read.template.map((part) => part) }
      context.addIssue(read.message)
      return z.NEVER
    })
}
