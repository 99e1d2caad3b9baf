import { html, nothing, render, type TemplateResult } from 'lit-html'
import type { DirectiveResult } from 'lit-html/directive.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { capital } from './words.ts'

/** Anything that a page can contain. */
export type Content =
  | TemplateResult<1 | 2>
  | DirectiveResult
  | HTMLElement
  | typeof nothing
  | string
  | number
  | readonly Content[]

/** A page. It shows itself, and is called when there is news, and when it is left. */
export interface Shown {
  title: string
  root: HTMLElement
  news?(): unknown
  leave?(): void
}

/** An element that is drawn at every change; only its changed parts are updated. */
export function sheet(className = 'page', tag = 'div'): { root: HTMLElement; draw(content: Content): void } {
  const root = document.createElement(tag)
  root.className = className
  return { root, draw: (content) => void render(content, root) }
}

/** A list in which each thing keeps its element, so that open sections and the focus stay. */
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

/** Lines with bullets; with `plain` without. */
export function lines(texts: readonly string[], className: 'plain' | typeof nothing = nothing): TemplateResult {
  return html`<ul class=${className}>${texts.map((text) => html`<li>${text}</li>`)}</ul>`
}

/** The worst case before and after. */
export function worstLines(texts: readonly string[]): TemplateResult {
  return lines(texts.map(capital), 'plain')
}
