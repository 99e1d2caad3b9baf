import { at, type Facts, type Instant, type Saw, type Scalar } from './fact.ts'
import type { LedgerRow, RowKey } from './ledger.ts'
import type { Rule, RuleSet } from './rules/compile.ts'
import type { Json } from './service.ts'
import { fill, isTemplate, type Template, textOf } from './text.ts'

/**
 * The rows of a firing, one an action, in order. Texts are filled in with the facts of this moment; what speaks of
 * the action before (`did`) stays open until that one is done.
 */
export function plan(
  rule: Rule,
  rules: RuleSet,
  key: Omit<RowKey, 'rule' | 'position'>,
  facts: Facts,
  now: Instant,
  zone: string,
): LedgerRow[] {
  const look = (name: string): Saw | undefined => {
    if (name === 'did' || name.startsWith('did.')) return undefined
    const fact = facts.get(name)
    return fact ? at(fact, now) : { known: false, why: 'unread' }
  }
  return rule.then.flatMap((intent, position) => {
    const kind = rules.actions.get(intent.action)
    if (!kind) return []
    const params = withTexts(intent.params, (template) => fill(template, look, zone))
    return {
      ...key,
      rule: rule.id,
      position,
      action: intent.action,
      params,
      effect: kind.worst(params),
      state: 'planned' as const,
      note: '',
      failed: false,
      at: now,
      sentAt: null,
      endedAt: null,
      notBefore: null,
      attempts: 0,
      run: null,
      list: rule.thenDigest,
      request: null,
      did: null,
      trouble: null,
    }
  })
}

/** Parameters with every text finished, `did` being what the action before in the list did. */
export function finished(params: Json, did: Readonly<Record<string, Scalar>> | null, zone: string): Json {
  const look = (name: string): Saw => {
    const value = did?.[name === 'did' ? 'did' : name.slice('did.'.length)]
    return value === undefined ? { known: false, why: 'missing' } : { known: true, value }
  }
  return withTexts(params, (template) => textOf(fill(template, look, zone)))
}

function withTexts(params: Json, replace: (template: Template) => Json): Json {
  if (isTemplate(params)) return replace(params)
  if (Array.isArray(params)) return params.map((inner: Json) => withTexts(inner, replace))
  if (typeof params !== 'object' || params === null) return params
  return Object.fromEntries(Object.entries(params).map(([key, inner]) => [key, withTexts(inner, replace)]))
}
