import { chastify } from './chastify/index.ts'
import type { Integration } from './integration.ts'
import { tracker } from './tracker/index.ts'

/** The services there are, each made of its folder. */
export const services: readonly Integration[] = [chastify, tracker]
