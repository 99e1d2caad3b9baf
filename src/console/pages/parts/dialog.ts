import { render, type TemplateResult } from 'lit-html'

/** The ids of the elements that name and describe a dialog. */
interface Names {
  labelledby: string
  describedby?: string
}

/** A modal question. When it is closed in any way, it is removed, and `closed` is called. */
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
