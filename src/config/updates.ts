import * as z from 'zod'
import { addressFault } from './reach.ts'

/** The `updates` section of the config. */
export const updatesSchema = z
  .strictObject({
    check: z
      .boolean()
      .meta({ description: 'true: once a day it is looked whether there is a newer release, and said' }),
    url: z
      .string({ error: 'an address such as https://example.net/releases/latest' })
      .superRefine((text, context) => {
        const wrong = addressFault(text)
        if (wrong !== null) context.addIssue(wrong)
      })
      .optional()
      .meta({ description: 'Where the newest version is told: as a text, or as JSON with tag_name or version' }),
  })
  .refine(({ check, url }) => !check || url !== undefined, 'name where releases are told: url')

export type UpdatesConfig = z.infer<typeof updatesSchema>
