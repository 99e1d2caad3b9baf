// Loaded before the daemon: its wall clock is off by as many milliseconds as the file named by LOCKWARDEN_TEST_SHIFT says.
import { readFileSync } from 'node:fs'

const Machine = Date
const file = process.env.LOCKWARDEN_TEST_SHIFT ?? ''

function shift(): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

class Shifted extends Machine {
  constructor(...of: [] | [number | string | Date]) {
    if (of.length === 0) super(Shifted.now())
    else super(of[0])
  }

  static override now(): number {
    return Machine.now() + shift()
  }
}

globalThis.Date = Shifted as DateConstructor
