import { html, nothing, render, type TemplateResult } from 'lit-html'
import type { DirectiveResult } from 'lit-html/directive.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { capital } from './words.ts'

/** What can stand in a page. */
export type Content =
  | TemplateResult<1 | 2>
  | DirectiveResult
  | HTMLElement
  | typeof nothing
  | string
  | number
  | readonly Content[]

/** A page: shows itself, is told when there are news, and when it is left. */
export interface Shown {
  title: string
  root: HTMLElement
  news?(): unknown
  leave?(): void
}

/** An element of its own that is drawn as often as something changes; only that is changed in it. */
export function sheet(className = 'page', tag = 'div'): { root: HTMLElement; draw(content: Content): void } {
  const root = document.createElement(tag)
  root.className = className
  return { root, draw: (content) => void render(content, root) }
}

/** Things of a list, each with its element for as long as it is there: what is open or has the focus stays so. */
export function keyed<T>(all: readonly T[], key: (one: T) => string | number, draw: (one: T) => Content): Content {
  return repeat(all, key, draw) as DirectiveResult
}

/** A card with its heading. */
export function card(title: string, content: Content): TemplateResult {
  const id = `h-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
  return html`<section class="card" aria-labelledby=${id}><h2 id=${id}>${title}</h2>${content}</section>`
}

/** Something that people should see first. */
export function notice(kind: 'warn' | 'bad' | 'note' | 'good', content: Content): TemplateResult {
  return html`<div class="notice ${kind}">${content}</div>`
}

/** Lines with their points; `plain` without. */
export function lines(texts: readonly string[], className: 'plain' | typeof nothing = nothing): TemplateResult {
  return html`<ul class=${className}>${texts.map((text) => html`<li>${text}</li>`)}</ul>`
}

/** What can be met at worst, before and after. */
export function worstLines(texts: readonly string[]): TemplateResult {
  return lines(texts.map(capital), 'plain')
}
