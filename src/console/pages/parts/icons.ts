import { html, type TemplateResult } from 'lit-html'

const paths = {
  lock: 'M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5zM12 14.5v2.5',
  now: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
  timeline: 'M3 19h18M4 15l5-5 4 3 7-8',
  rules: 'M5 6h2M10 6h9M5 12h2M10 12h9M5 18h2M10 18h9',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7',
}

/** An icon beside a text that says the same. */
export function icon(name: keyof typeof paths): TemplateResult {
  return html`<svg
    viewBox="0 0 24 24"
    class="icon"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
  ><path d=${paths[name]}></path></svg>`
}
