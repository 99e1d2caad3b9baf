// A token told back is taken out, however it is written.
import { describe, expect, test } from 'vitest'
import { redact, Secret } from '../../src/services/secret.ts'

const token = 'cfy_9+/aB-c"d\\e?~Zz>>'
const each = (write: (code: number) => string) => [...token].map((one) => write(one.charCodeAt(0))).join('')
const hex = Buffer.from(token).toString('hex')
const upper = (text: string) => text.toUpperCase()
const four = (code: number) => code.toString(16).padStart(4, '0')

const codings: [string, string][] = [
  ['as it is', token],
  ['encodeURIComponent', encodeURIComponent(token)],
  ['percent, all of it', each((code) => `%${code.toString(16)}`)],
  ['percent, in capitals', each((code) => `%${upper(code.toString(16))}`)],
  ['percent, one character', `%63${token.slice(1)}`],
  ['JSON', JSON.stringify(token)],
  ['JSON escapes', each((code) => `\\u${four(code)}`)],
  ['JSON escapes in capitals', each((code) => `\\u${upper(four(code))}`)],
  ['JSON within JSON', each((code) => `\\\\u${four(code)}`)],
  ['HTML', each((code) => `&#${code};`)],
  ['HTML hex', each((code) => `&#x${code.toString(16)};`)],
  ['hex', hex],
  ['hex in capitals', upper(hex)],
  ['hex apart', (hex.match(/../g) ?? []).join(' ')],
]

describe('a secret', () => {
  test.each(codings)('%s', (_, written) => {
    const clean = redact(`before ${written} after`, [new Secret(token)])
    expect(clean).toMatch(/^before "?\[secret\]"? after$/)
  })

  test.each(['base64', 'base64url'] as const)('in %s, wherever it begins', (coding) => {
    for (const before of ['', 'a', 'ab', 'Bearer ']) {
      for (const after of ['', 'x', 'xy']) {
        const written = Buffer.from(`${before}${token}${after}`).toString(coding)
        const clean = redact(written, [new Secret(token)])
        expect(clean).toContain('[secret]')
        // What is left are the bits beside it.
        expect(Buffer.from(clean.replace('[secret]', ''), 'base64').toString('latin1')).not.toContain(token.slice(2, 6))
        expect(clean.length).toBeLessThan('[secret]'.length + 22)
      }
    }
  })

  test('beyond ASCII', () => {
    const secret = new Secret('größe 😀 1')
    for (const written of [
      'größe 😀 1',
      encodeURIComponent('größe 😀 1'),
      '\\u0067r\\u00F6\\u00dfe \\uD83D\\ude00 1',
    ]) {
      expect(redact(written, [secret])).toBe('[secret]')
    }
  })

  test('that was replaced is the new one', () => {
    const secret = new Secret('first-token')
    expect(redact('first-token', [secret])).toBe('[secret]')
    secret.replace('second-token')
    expect(redact('first-token second-token', [secret])).toBe('first-token [secret]')
  })

  test('leaves alone what is none of them', () => {
    expect(redact('nothing of it', [new Secret(token), new Secret('abc')])).toBe('nothing of it')
  })
})
