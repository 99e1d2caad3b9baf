/** An element of a kind below another. Throws if there is none. */
export function found<T extends Element>(kind: new () => T, selector: string, root: ParentNode = document): T {
  const element = root.querySelector(selector)
  if (element instanceof kind) return element
  throw new Error(`there is no ${kind.name} ${selector} on this page`)
}

/** Handles a form's submit instead of sending the form. */
export function submitted(act: () => unknown): (event: Event) => void {
  return (event) => {
    event.preventDefault()
    void act()
  }
}
