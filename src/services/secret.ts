import { inspect } from 'node:util'

/** A token or password: whatever prints it prints `[secret]`; only `reveal` gives it away. */
export class Secret {
  #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  /** Takes up a changed token file; everything that holds the secret uses the new value from then on. */
  replace(value: string): void {
    this.#value = value
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}

/** A text with every one of the secrets taken out of it; used on all that leaves the program. */
export function redact(text: string, secrets: Iterable<Secret>): string {
  let clean = text
  for (const secret of secrets) {
    const value = secret.reveal()
    if (value.length < 4) continue
    for (const form of new Set([value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)])) {
      clean = clean.replaceAll(form, '[secret]')
    }
  }
  return clean
}
