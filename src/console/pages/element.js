/**
 * Makes an element. What begins with `on` listens; what is true is set bare; null and false are left out.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'value' || name === 'checked') Object.assign(element, { [name]: value })
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value))
    }
  }
  element.append(...nodes(children))
  return element
}

/**
 * The same for pictures.
 * @param {string} tag
 * @param {Record<string, any>} [given]
 * @param {...any} children
 */
export function svg(tag, given = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(given)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value))
  }
  element.append(...nodes(children))
  return element
}

/** @param {any[]} children */
function nodes(children) {
  return children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== '')
}

/**
 * A part of a page that is drawn again only where what it shows has changed, so that nobody's focus, and nothing that
 * was unfolded, is lost to an update.
 * @param {(data: any) => any} draw
 * @param {string} [tag]
 */
export function part(draw, tag = 'div') {
  const root = h(tag)
  let shown = ''
  return {
    root,
    /** @param {any} data */
    show(data) {
      const key = JSON.stringify(data)
      if (key === shown) return
      shown = key
      const focused = root.contains(document.activeElement) ? document.activeElement?.id : ''
      const open = new Set([...root.querySelectorAll('details[open][id]')].map(({ id }) => id))
      root.replaceChildren(...nodes([draw(data)]))
      for (const details of root.querySelectorAll('details[id]')) {
        if (open.has(details.id)) Object.assign(details, { open: true })
      }
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
    },
  }
}

/**
 * A card with its heading.
 * @param {string} title
 * @param {...any} children
 */
export function card(title, ...children) {
  const id = `h-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
  return h('section', { class: 'card', 'aria-labelledby': id }, h('h2', { id }, title), ...children)
}

/**
 * Something that people should see first.
 * @param {'warn' | 'bad' | 'note' | 'good'} kind
 * @param {...any} children
 */
export function notice(kind, ...children) {
  return h('div', { class: `notice ${kind}` }, ...children)
}
