import { type Fact, type Facts, type FactType, fixed, type Unknown, unknown } from '../../src/core/model/fact.ts'
import type { ActionKind, Json, Service, TopicKind } from '../../src/core/model/service.ts'

export const asked = Date.parse('2026-02-03T10:00:00Z')
export const answered = asked + 2000
export const zone = 'Europe/Berlin'

export function topicOf(service: Service, topic: string): TopicKind {
  const found = service.topics.find((each) => each.topic === topic)
  if (!found) throw new Error(`no topic ${topic}`)
  return found
}

/** What a topic makes of a body; throws where it can make nothing of it. */
export function understood(topic: TopicKind, body: Json) {
  const made = topic.understand(body, asked, answered, zone)
  if (typeof made === 'string') throw new Error(made)
  return made
}

/** A fact in short: its value (and pace, if it runs), or why it has none. */
export function inShort(fact: Fact | undefined): unknown {
  if (!fact) return undefined
  if (!fact.known) return `unknown: ${fact.why}`
  if (fact.known && fact.most !== undefined) return { least: fact.value, most: fact.most, pace: fact.pace }
  return fact.pace === 0 ? fact.value : [fact.value, fact.pace]
}

export function actionOf(service: Service, name: string): ActionKind {
  const found = service.actions.find((each) => each.name === name)
  if (!found) throw new Error(`no action ${name}`)
  return found
}

/** Parameters as core would hand them on; throws where they are refused. */
export function read(kind: ActionKind, written: unknown): Json {
  return kind.params.parse(written)
}

/** Every message of a refusal. */
export function faults(kind: ActionKind, written: unknown): string {
  const checked = kind.params.safeParse(written)
  return checked.success ? 'none' : JSON.stringify(checked.error.issues)
}

const reasons: ReadonlySet<unknown> = new Set(['null', 'missing', 'unreadable', 'stale', 'fenced', 'unread'])

/** Facts for a plan: values, or reasons why there is none. */
export function factsOf(values: Record<string, boolean | number | string>): Facts {
  return new Map(
    Object.entries(values).map(([name, value]) => [
      name,
      reasons.has(value) ? unknown(value as Unknown, asked) : fixed(value, asked),
    ]),
  )
}

/** The catalogue's type of every fact. */
export function typesOf(service: Service): Record<string, FactType> {
  return Object.fromEntries(service.facts.map(({ name, type }) => [name, type]))
}
