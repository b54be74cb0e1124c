/** What the field has entered, kept on the phone until the service has it: in IndexedDB, photos and all. */

export interface Photo {
  id: string
  name: string
  blob: Blob
}

export interface Answer {
  /** Chosen here, once for an answer: sent twice, it arrives once. */
  key: string
  found: 'confirmed' | 'not_confirmed' | 'cannot_verify' | null
  text: string
  photos: Photo[]
  place: { lon: number; lat: number; accuracy_m: number } | null
  /** When it was handed over to be sent; null while it is being written. */
  writtenAt: string | null
  deliveredAt: string | null
}

const NAME = 'haulwatch-field'
const STORE = 'answers'

export function newAnswer(): Answer {
  return { key: newId(), found: null, text: '', photos: [], place: null, writtenAt: null, deliveredAt: null }
}

/** randomUUID exists over HTTPS alone; getRandomValues everywhere. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

let opened: Promise<IDBDatabase> | null = null
function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no storage'))
  })
  return opened
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode)
    const request = work(transaction.objectStore(STORE))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('not kept'))
  })
}

/** What was entered for a case; null where nothing was, or where the phone keeps nothing. */
export async function kept(caseId: number): Promise<Answer | null> {
  try {
    return ((await within('readonly', (store) => store.get(caseId))) as Answer | undefined) ?? null
  } catch {
    return null
  }
}

/** False where the phone refuses: a private window, or no room. */
export async function keep(caseId: number, answer: Answer): Promise<boolean> {
  try {
    await within('readwrite', (store) => store.put(answer, caseId))
    return true
  } catch {
    return false
  }
}
