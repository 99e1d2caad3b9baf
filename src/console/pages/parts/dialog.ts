import { render, type TemplateResult } from 'lit-html'

/** What names a dialog and tells about it, by the ids of elements in it. */
interface Names {
  labelledby: string
  describedby?: string
}

/** A question before everything else. When it is closed, by whatever way, it is taken away, and `closed` is told. */
export function openDialog(
  names: Names,
  content: (close: () => void) => TemplateResult,
  closed: () => void = () => undefined,
): void {
  const dialog = document.createElement('dialog')
  dialog.className = 'ask'
  for (const [name, id] of Object.entries(names)) dialog.setAttribute(`aria-${name}`, id)
  render(
    content(() => dialog.close()),
    dialog,
  )
  dialog.addEventListener('close', () => {
    dialog.remove()
    closed()
  })
  document.body.append(dialog)
  dialog.showModal()
}
