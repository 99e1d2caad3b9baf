/** The element of its kind that surely stands below another. Throws where there is none. */
export function found<T extends Element>(kind: new () => T, selector: string, root: ParentNode = document): T {
  const element = root.querySelector(selector)
  if (element instanceof kind) return element
  throw new Error(`there is no ${kind.name} ${selector} on this page`)
}

/** Has a form do something else than to send itself. */
export function submitted(act: () => unknown): (event: Event) => void {
  return (event) => {
    event.preventDefault()
    void act()
  }
}
