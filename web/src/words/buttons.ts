/** What buttons say on many pages. */
import type { Texts } from './words'

export const buttons = {
  cancel: { zh: '取消', en: 'Cancel' },
  retry: { zh: '重试', en: 'Retry' },
  close: { zh: '关闭', en: 'Close' },
  change: { zh: '修改', en: 'Change' },
  save: { zh: '保存', en: 'Save' },
  remove: { zh: '删除', en: 'Remove' },
  pause: { zh: '暂停', en: 'Pause' },
  enable: { zh: '启用', en: 'Enable' },
  disable: { zh: '停用', en: 'Disable' },
  copy: { zh: '复制', en: 'Copy' },
  copied: { zh: '已复制', en: 'Copied' },
  print: { zh: '打印', en: 'Print' },
  done: { zh: '完成', en: 'Done' },
  enter: { zh: '登记', en: 'Enter' },
  choose: { zh: '请选择', en: 'Choose' },
} as const satisfies Texts
