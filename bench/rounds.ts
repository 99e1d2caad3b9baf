/**
 * Takes turns between ours and the baseline, so that a machine that slows down slows both; each gives its figure. Of
 * what is done for months, some rounds are gone through before, that both are measured as compiled code.
 */
export async function rounds(
  count: number,
  ours: (round: number) => Promise<number>,
  base: (round: number) => Promise<number>,
  before = 0,
): Promise<{ ours: number[]; base: number[] }> {
  const figures = { ours: [] as number[], base: [] as number[] }
  for (let round = 0; round < before; round++) {
    await ours(round)
    await base(round)
  }
  for (let round = 0; round < count; round++) {
    figures.ours.push(await ours(round))
    figures.base.push(await base(round))
  }
  return figures
}

/** What something cost this thread, in milliseconds of its processor: what others run beside it is not in it. */
export async function worked(run: () => Promise<unknown>): Promise<number> {
  const from = usedByThread()
  await run()
  return usedByThread() - from
}

function usedByThread(): number {
  // Only asking for all threads has the system bring the count of this one up to date.
  process.cpuUsage()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
