import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { Mistake } from '../document/fault.ts'
import { shown } from '../document/marks.ts'

/** Where answers are read from: a terminal, or a substitute. */
export type Input = NodeJS.ReadableStream & { isTTY?: boolean | undefined }

/** Questions to the person at a terminal, one after the other. */
export class Asking {
  readonly #lines: Interface
  readonly #output: NodeJS.WritableStream
  /** Lines typed ahead: somebody who pastes several must not lose them. */
  readonly #typed: string[] = []
  #next: { take(line: string): void; end(): void } | null = null
  #isOver = false
  #isHidden = false

  constructor(input: Input, output: NodeJS.WritableStream) {
    this.#output = output
    const echo = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#isHidden) output.write(chunk)
        done()
      },
    })
    this.#lines = createInterface({ input, output: echo, terminal: true, historySize: 0 })
    this.#lines.on('line', (line) => {
      const next = this.#next
      this.#next = null
      if (next) next.take(line)
      else this.#typed.push(line)
    })
    this.#lines.once('SIGINT', () => this.#lines.close())
    this.#lines.once('close', () => {
      this.#isOver = true
      this.#next?.end()
    })
  }

  /** Says something between questions. */
  say(words: string): void {
    this.#output.write(`${shown(words)}\n`)
  }

  /** One line, trimmed; `usual` if nothing is typed. Throws a `Mistake` at the end of the input. */
  async line(words: string, usual = ''): Promise<string> {
    const question = shown(usual === '' ? `${words}: ` : `${words} [${usual}]: `)
    const typed = (await this.#ask(question)).trim()
    return typed === '' ? usual : typed
  }

  /** One line as it was typed, without showing it. Throws a `Mistake` at the end of the input. */
  async hidden(words: string): Promise<string> {
    this.#output.write(`${shown(words)} (it is not shown): `)
    this.#isHidden = true
    try {
      return await this.#ask('')
    } finally {
      this.#isHidden = false
      this.#output.write('\n')
    }
  }

  /** Yes or no; no if nothing is typed. */
  async yes(words: string): Promise<boolean> {
    return /^y(es)?$/i.test(await this.line(`${words} [y/N]`))
  }

  close(): void {
    this.#lines.close()
  }

  #ask(question: string): Promise<string> {
    return new Promise((take, refuse) => {
      const end = () => refuse(new Mistake('there was no answer; nothing was made', 2))
      const before = this.#typed.shift()
      if (before !== undefined) return take(before)
      if (this.#isOver) return end()
      this.#next = { take, end }
      this.#lines.setPrompt(question)
      this.#lines.prompt()
    })
  }
}
