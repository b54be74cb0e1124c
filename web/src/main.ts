import 'maplibre-gl/dist/maplibre-gl.css'
import './style.css'
import './print.css'

import { createApp, watchEffect } from 'vue'

import App from './App.vue'
import { exposeState } from './probe'
import { beginMeasuring } from './parts/perf'
import { beginSession } from './people/session'
import { applyTheme } from './theme'
import { locale, t } from './words'

watchEffect(() => applyTheme(document.documentElement))
watchEffect(() => {
  document.documentElement.lang = locale.value
  document.title = t('page_title')
})

beginMeasuring()
createApp(App).mount('#app')
exposeState()
void beginSession()
