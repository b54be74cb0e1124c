/** The field's form of one case: small, for a phone outdoors, and on its own: it knows nothing of the centre's page. */
import '../style.css'
import './field.css'

import { createApp, watchEffect } from 'vue'

import { applyTheme } from '../theme'
import { locale, t } from '../words'
import FieldForm from './FieldForm.vue'

watchEffect(() => applyTheme(document.documentElement))
watchEffect(() => {
  document.documentElement.lang = locale.value
  document.title = t('field_title')
})

createApp(FieldForm).mount('#app')
