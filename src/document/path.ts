import { resolve } from 'node:path'
import * as z from 'zod'

/** A path as it is written, relative ones still so. */
export const pathSchema = z
  .string()
  .min(1, 'the path is empty')
  .regex(/^\P{Cc}*$/u, 'the path holds a character that cannot be seen')
  .refine((text) => !text.startsWith('~'), 'a ~ means nothing here; write the folder out')
  // The same in a pattern that every reader of JSON Schemas knows.
  .meta({ pattern: '^[^~\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$' })

/**
 * What is wrong with a file that the config names, and where it was looked for. The whole path is named only where what
 * was written is surely one: people put tokens, passwords and addresses there by mistake.
 */
export function fileFault(written: string, folder: string, wrong: string): { message: string; hint?: string } {
  const isPath = /^(?:\.{0,2}|[a-z]+)\//.test(written) && !/:|[^/]{25,}/.test(written)
  if (!isPath) return { message: wrong, hint: `paths in this file begin at ${folder}` }
  return { message: `${resolve(folder, written)}: ${wrong}` }
}
