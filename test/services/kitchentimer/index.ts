// A kitchen timer with an HTTP interface: a service that is made of this folder alone.
import * as z from 'zod'
import { sayDuration } from '../../../src/core/calendar/duration.ts'
import { counted, type Fact, knownValue, numberAt } from '../../../src/core/model/fact.ts'
import type { ActionKind, FactEntry, Request, TopicKind } from '../../../src/core/model/service.ts'
import { exchange } from '../../../src/services/http.ts'
import type { Integration } from '../../../src/services/integration.ts'
import { actionKind, mapIn } from '../../../src/services/params.ts'
import type { Secret } from '../../../src/services/secret.ts'
import { addressSchema, section } from '../../../src/services/section.ts'
import { factOf, notRead, readAs, secondsIn, truthIn } from '../../../src/services/values.ts'

interface KitchenCredentials {
  url: string
  token: Secret
}

const timerTopic = 'kitchen.timer'

const facts: readonly FactEntry[] = [
  {
    name: 'timer.remaining',
    type: 'seconds',
    source: timerTopic,
    help: 'How long the timer still runs',
    words: { much: 'the timer runs for another …', noun: 'the time on the timer' },
  },
  {
    name: 'timer.rings',
    type: 'boolean',
    source: timerTopic,
    help: 'Whether the timer rings',
    words: {
      is: 'the timer rings',
      isNot: 'the timer is quiet',
      begins: 'the timer begins to ring',
      ends: 'the timer goes quiet',
    },
  },
]

const request = (method: Request['method'], path: string, body: Request['body'] = null): Request => {
  return {
    service: 'kitchen',
    as: 'owner',
    method,
    path,
    body,
    lockId: null,
    budget: method === 'GET' ? 'read' : 'action',
  }
}

const timer: TopicKind = {
  topic: timerTopic,
  standing: true,
  request: () => request('GET', '/timer'),
  glance: (known, now) => {
    if (knownValue(known, 'timer.rings') === true) return 'it rings'
    const left = numberAt(known, 'timer.remaining', now)
    return left === null ? null : `${sayDuration(left)} left`
  },
  understand(body, asked, answered) {
    const data = mapIn(body)
    if (!data) return 'the answer is no object'
    const left = readAs(data.get('remaining'), secondsIn)
    const remaining: Fact = 'value' in left ? counted(left.value, -1, asked, answered) : notRead(left, asked)
    const rings = factOf(readAs(data.get('rings'), truthIn), asked)
    return {
      facts: new Map([
        ['timer.remaining', remaining],
        ['timer.rings', rings],
      ]),
      lock: null,
      extras: {},
    }
  },
}

const start: ActionKind = actionKind<number>({
  name: 'timer.start',
  service: 'kitchen',
  help: 'Starts the kitchen timer, as timer.start: 5, in minutes',
  sample: '5',
  leave: { 'timer.start': 'free' },
  says: (minutes) => `set the kitchen timer to ${sayDuration(Number(minutes) * 60)}`,
  params: z.int().min(1).max(180),
  worst: () => effect,
  plan: () => ({ go: effect }),
  request: (minutes) => request('POST', '/timer', { minutes }),
  fences: facts.map(({ name }) => name),
  does: (_, minutes) => ({ 'timer.remaining': { to: Number(minutes) * 60 }, 'timer.rings': { to: false } }),
  rereads: [timerTopic],
  readBack: null,
  repeatable: () => true,
  did: (minutes) => ({ did: `set the kitchen timer to ${sayDuration(minutes * 60)}`, action: 'timer.start' }),
})

const effect = { toward: 'neutral', counts: null, seconds: 0, least: 0, allow: 'timer.start' } as const

export const kitchenTimer: Integration<KitchenCredentials> = {
  name: 'kitchen',
  title: 'Kitchen timer',
  topics: [timer],
  actions: [start],
  facts,
  open: () => false,
  section: section({
    title: 'Kitchen timer',
    help: 'A kitchen timer in the network of the house',
    example: '{ url: "http://127.0.0.1:8123", token_file: ./kitchen }',
    tokens: [
      {
        key: 'token',
        help: 'The token of the timer',
        fileHelp: 'File that holds the token of the timer',
        as: 'owner',
        tries: [timerTopic],
        needed: true,
      },
    ],
    more: { url: addressSchema.meta({ description: 'Where the timer is' }) },
    credentials: ({ url }, tokens): KitchenCredentials => ({ url, token: tokens.must('token') }),
  }),
  poll: '10s',
  perMinute: { read: 120, write: 10, action: 10 },
  checkup: { token: 'token of the kitchen timer', made: 'in the settings of the timer' },
  holds: (_, as) => as === 'owner',
  client:
    ({ url, token }, secrets, budgets) =>
    (asked, deps) =>
      exchange(
        asked,
        { holder: 'owner', bearer: token },
        { baseUrl: url, budgets, troubles: new Map(), secrets },
        deps,
      ),
}
