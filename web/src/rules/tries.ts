/** The backtests that were asked for, and the one that is shown; its number is in the address. */
import { computed, ref, shallowRef } from 'vue'

import { ApiFailure } from '../api/client'
import { askBacktest, type AskedBacktest, type Backtest, type BacktestWithResult, cancelBacktest, getBacktest, getBacktests } from '../api/backtests'
import { writeAddress } from '../settings'
import { t, term } from '../words'

const LOOK_EVERY_MS = 1000
const RETRY_MS = 3000

const given = Number(new URLSearchParams(location.search).get('backtest'))
const shownId = ref<number | null>(Number.isInteger(given) && given > 0 ? given : null)
const shown = shallowRef<BacktestWithResult | null>(null)
const listed = shallowRef<Backtest[] | null>(null)
const isMissing = ref(false)
const problem = ref('')
const busy = ref(false)

export const hasEnded = (one: Backtest) => one.state !== 'queued' && one.state !== 'running'

let turn = 0
/** Look at the shown one until it has ended. */
async function follow(): Promise<void> {
  const [mine, id] = [++turn, shownId.value]
  while (mine === turn && id !== null) {
    let waitMs = LOOK_EVERY_MS
    try {
      const found = await getBacktest(id)
      if (mine !== turn) return
      isMissing.value = false
      shown.value = found
      if (hasEnded(found)) return void list()
    } catch (error) {
      if (mine !== turn) return
      isMissing.value = error instanceof ApiFailure && error.status === 404
      if (isMissing.value) return
      waitMs = RETRY_MS
    }
    await new Promise((done) => setTimeout(done, waitMs))
  }
}

async function list(): Promise<void> {
  try {
    listed.value = await getBacktests()
  } catch {
    // The list before stays; it is asked again with the next backtest.
  }
}

function show(id: number | null): void {
  shownId.value = id
  if (shown.value?.id !== id) shown.value = null
  isMissing.value = false
  writeAddress('backtest', id === null ? null : String(id))
  void follow()
}

async function act(work: () => Promise<void>): Promise<void> {
  busy.value = true
  problem.value = ''
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ApiFailure)) problem.value = t('not_saved')
    else problem.value = term(error.code, 'try_refused_') === error.code ? error.message : term(error.code, 'try_refused_')
  } finally {
    busy.value = false
  }
}

export function useTries() {
  return {
    shown, shownId, listed, isMissing, problem, busy, show,
    begin: () => {
      void list()
      void follow()
    },
    leave: () => {
      turn += 1
    },
    ask: (asked: AskedBacktest) =>
      act(async () => {
        show((await askBacktest(asked)).id)
        await list()
      }),
    cancel: (id: number) =>
      act(async () => {
        await cancelBacktest(id)
        show(id)
      }),
    isRunning: computed(() => shown.value !== null && !hasEnded(shown.value)),
  }
}
