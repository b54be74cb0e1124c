/** Something that is being saved: what was typed is kept until the service has it. */
import { ref, type Ref } from 'vue'

import { ApiFailure } from '../api/client'
import { t, term } from '../words'

export interface Saving {
  busy: Ref<boolean>
  problem: Ref<string>
  save(act: () => Promise<void>): Promise<boolean>
}

/** What the service refused is told by `said` where that knows better, else by its code. */
export function saving(said: (failure: ApiFailure) => string = () => ''): Saving {
  const busy = ref(false)
  const problem = ref('')
  async function save(act: () => Promise<void>): Promise<boolean> {
    busy.value = true
    problem.value = ''
    try {
      await act()
      return true
    } catch (error) {
      problem.value = (error instanceof ApiFailure && (said(error) || refused(error.code))) || t('not_saved')
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, save }
}

/** The word of a code; none where there is none. */
function refused(code: string): string {
  const word = term(code, 'admin_refused_')
  return word === code ? '' : word
}
