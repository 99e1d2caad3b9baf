import type { Channel } from '../../config/reach.ts'
import { fill, textOf } from '../../core/language/text.ts'
import type { Template } from '../../core/model/template.ts'
import type { Delivery } from './outbox.ts'

/** A message in the form of one of the services. The address and the headers may hold secrets. */
export interface Posting {
  url: string
  headers: Record<string, string>
  body: string
}

const title = 'lockwarden'
const json = { 'content-type': 'application/json' }
/** The requests of all services. */
const longest = 1500

/** How to send a message to a channel. */
export function postingOf(channel: Channel, delivery: Pick<Delivery, 'text' | 'about' | 'lock'>): Posting {
  const text = delivery.text.length > longest ? `${delivery.text.slice(0, longest - 1)}…` : delivery.text
  const url = channel.url.reveal()
  const line = `${title}: ${text}`
  switch (channel.kind) {
    case 'ntfy':
      return {
        url,
        headers: { 'content-type': 'text/plain; charset=utf-8', title, ...bearer(channel.token) },
        body: text,
      }
    case 'gotify':
      return {
        url: `${url.replace(/\/+$/, '')}/message`,
        headers: { ...json, 'x-gotify-key': channel.token.reveal() },
        body: JSON.stringify({ title, message: text, priority: 5 }),
      }
    case 'discord':
      return { url, headers: json, body: JSON.stringify({ content: line, allowed_mentions: { parse: [] } }) }
    case 'telegram':
      return {
        url: `${url.replace(/\/+$/, '')}/bot${channel.token.reveal()}/sendMessage`,
        headers: json,
        body: JSON.stringify({ chat_id: channel.chat, text: line }),
      }
    case 'webhook': {
      const values = { title, message: text, about: delivery.about, lock: delivery.lock }
      const made = channel.template === null ? null : filledIn(channel.template, values)
      return {
        url,
        headers: {
          ...(made?.isJson === false ? { 'content-type': 'text/plain; charset=utf-8' } : json),
          ...bearer(channel.token),
        },
        body: made?.text ?? JSON.stringify(values),
      }
    }
  }
}

/** A request that sends nobody a message, and what a good answer shows. */
export interface Probe {
  url: string
  headers: Record<string, string>
  shows: string
  /** Whether a good answer also shows that messages are taken. */
  whole: boolean
}

/** A request that tests a channel without sending a message; null if only a message would show it. */
export function probeOf(channel: Channel): Probe | null {
  const url = channel.url.reveal()
  const server = url.replace(/\/+$/, '')
  switch (channel.kind) {
    case 'ntfy':
      return { url: `${new URL(url).origin}/v1/health`, headers: {}, shows: 'its server answers', whole: false }
    case 'gotify':
      return { url: `${server}/health`, headers: {}, shows: 'its server answers', whole: false }
    case 'discord':
      return { url, headers: {}, shows: 'the webhook is there', whole: true }
    case 'telegram': {
      const asked = `${server}/bot${channel.token.reveal()}/getChat?chat_id=${encodeURIComponent(channel.chat)}`
      return { url: asked, headers: {}, shows: 'the bot knows the chat', whole: true }
    }
    case 'webhook':
      return null
  }
}

function bearer(token: { reveal(): string } | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token.reveal()}` }
}

/** Fills in a template. In a JSON template the values are escaped, so that they stay texts. */
function filledIn(template: Template, values: Readonly<Record<string, string>>): { text: string; isJson: boolean } {
  const made = (of: (value: string) => string) =>
    textOf(fill(template, (name) => ({ known: true, value: of(values[name] ?? '') }), 'UTC'))
  const escaped = made((value) => JSON.stringify(value).slice(1, -1))
  try {
    const read: unknown = JSON.parse(escaped)
    if (typeof read === 'object' && read !== null) return { text: escaped, isJson: true }
  } catch {
    // The template is plain text.
  }
  return { text: made((value) => value), isJson: false }
}
