import { inspect } from 'node:util'

/** A token or password: whatever prints it prints `[secret]`; only `reveal` gives it away. */
export class Secret {
  #value: string
  #forms: RegExp | null = null
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  /** Takes up a changed token file; everything that holds the secret uses the new value from then on. */
  replace(value: string): void {
    this.#value = value
    this.#forms = null
  }
  /** Matches the secret however it may be written. */
  forms(): RegExp {
    this.#forms ??= formsOf(this.#value)
    return this.#forms
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

/** A text with every one of the secrets taken out of it, in any usual coding; used on all that leaves the program. */
export function redact(text: string, secrets: Iterable<Secret>): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.reveal().length >= 4) clean = clean.replace(secret.forms(), '[secret]')
  }
  return clean
}

/** Written out with any of its characters escaped, as hex, or within base64 at each of the three places it can begin. */
function formsOf(value: string): RegExp {
  const bytes = Buffer.from(value, 'utf8')
  const written = [...value].map(anyCharacter).join('')
  const hex = [...bytes].map((byte) => anyCase(hexOf(byte))).join('[ :-]?')
  const base64 = [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // The first and last character hold bits of what stands beside the secret.
    const from = [0, 2, 3][before] ?? 0
    const to = Math.floor(((before + bytes.length) * 8) / 6)
    return escaped(coded.slice(from, to))
      .replaceAll('\\+', '(?:[+\\-]|%2[Bb])')
      .replaceAll('\\/', '(?:[/_]|\\\\/|%2[Ff])')
  })
  return new RegExp([written, hex, ...base64].join('|'), 'gu')
}

/** A character as it is, or escaped as addresses, JSON and HTML do it. */
function anyCharacter(character: string): string {
  const percent = [...Buffer.from(character, 'utf8')].map((byte) => `%${anyCase(hexOf(byte))}`).join('')
  const units = Array.from({ length: character.length }, (_, i) => {
    return `\\\\+u${anyCase(character.charCodeAt(i).toString(16).padStart(4, '0'))}`
  })
  const code = character.codePointAt(0) ?? 0
  const entity = `&#(?:0*${code}|[xX]0*${anyCase(code.toString(16))});`
  const slashed = /["\\/]/.test(character) ? [`\\\\+${escaped(character)}`] : []
  const spaced = character === ' ' ? ['\\+'] : []
  return `(?:${[...slashed, percent, units.join(''), entity, escaped(character), ...spaced].join('|')})`
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
}
