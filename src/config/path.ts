import { z } from 'zod'

/** A path as it is written, relative ones still so. */
export const pathSchema = z
  .string()
  .min(1, 'the path is empty')
  .regex(/^\P{Cc}*$/u, 'the path holds a character that cannot be seen')
  .refine((text) => !text.startsWith('~'), 'a ~ means nothing here; write the folder out')
  // The same in a pattern that every reader of JSON Schemas knows.
  .meta({ pattern: '^[^~\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$' })
