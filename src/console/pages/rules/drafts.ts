/** A text that was changed and is not saved yet, with the version on disk that it was made from. */
interface Unsaved {
  text: string
  version: string | null
}

/** Unsaved texts by lock and file, so that visiting another page loses nothing. */
const unsaved = new Map<string, Unsaved>()

window.addEventListener('beforeunload', (event) => {
  if (unsaved.size > 0) event.preventDefault()
})

function keyOf(lock: string, name: string): string {
  return `${lock} ${name}`
}

export function unsavedOf(lock: string, name: string): Unsaved | null {
  return unsaved.get(keyOf(lock, name)) ?? null
}

/** Keeps a text until it is saved; null: there is nothing to keep. */
export function keepUnsaved(lock: string, name: string, draft: Unsaved | null): void {
  if (draft) unsaved.set(keyOf(lock, name), draft)
  else unsaved.delete(keyOf(lock, name))
}
