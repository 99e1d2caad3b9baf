// Loaded when a password is set, and then alone: the list takes some megabytes.
import { dictionary } from '@zxcvbn-ts/language-common'

/** What comes to mind first where a password is for this program. */
const near = [
  'lockwarden',
  'warden',
  'chastify',
  'chastity',
  'chastitytracker',
  'keyholder',
  'wearer',
  'unlockme',
  'lockme',
  'locktober',
  'correcthorsebatterystaple',
]
const common = new Set([...dictionary['passwords-common'], ...near])
/** So many characters around a common word make no other word of it. */
const mostAround = 5
const meant: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
}
const rows = [
  '01234567890',
  '09876543210',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
]

/**
 * Whether a password is one of those that are tried first: a common one, a common word with a little put before or
 * behind it, one part over and over, or a row of keys.
 */
export function isCommon(password: string): boolean {
  const bare = password.normalize('NFC').toLowerCase().replace(/\s/g, '')
  if (/^(.{1,4}?)\1+$/u.test(bare) || rows.some((row) => row.includes(bare))) return true
  const read = bare.replace(/[013457@$]/g, (mark) => meant[mark] ?? mark)
  const words = [bare, coreOf(bare), coreOf(read)].filter((word) => bare.length - word.length <= mostAround)
  return words.some((word) => common.has(word) || common.has(onceOf(word)))
}

/** A text without what is no letter at its ends. */
function coreOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}

/** The half of what is said twice. */
function onceOf(text: string): string {
  return /^(.+)\1$/u.exec(text)?.[1] ?? text
}
