/** Something that is being saved: what was typed is kept until the service has it. */
import { ref, type Ref } from 'vue'

import { ApiFailure } from '../api/client'
import { t, term } from '../words'

export interface Saving {
  busy: Ref<boolean>
  problem: Ref<string>
  save(act: () => Promise<void>): Promise<boolean>
}

export function saving(): Saving {
  const busy = ref(false)
  const problem = ref('')
  async function save(act: () => Promise<void>): Promise<boolean> {
    busy.value = true
    problem.value = ''
    try {
      await act()
      return true
    } catch (error) {
      const word = error instanceof ApiFailure ? term(error.code, 'admin_refused_') : ''
      problem.value = error instanceof ApiFailure && word !== error.code ? word : t('not_saved')
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, save }
}
