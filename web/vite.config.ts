import { copyFileSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

/** The API's documentation page takes its script from this build, so that it works without internet. */
function swaggerFiles(): Plugin {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  return {
    name: 'swagger-files',
    apply: 'build',
    writeBundle() {
      mkdirSync(at('dist/swagger'), { recursive: true })
      for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE']) {
        copyFileSync(at(`node_modules/swagger-ui-dist/${name}`), at(`dist/swagger/${name}`))
      }
    },
  }
}

export default defineConfig({
  plugins: [vue(), swaggerFiles()],
  build: { target: 'es2022', chunkSizeWarningLimit: 1200, rolldownOptions: { input: ['index.html', 'field.html'], checks: { pluginTimings: false } } },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
})
