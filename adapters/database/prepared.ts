// Statements that are asked often: prepared once on the one connection, and run when nobody's transaction is under way.
import type { Knex } from 'knex'

interface Statement {
  all(value: string, done: (error: Error | null, rows: unknown[]) => void): void
  finalize(done: () => void): void
}

interface Connection {
  prepare(sql: string): Statement
}

interface Pool {
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
}

// A connection with statements that are not finalized does not close, and keeps the lock on its file.
const statements = new WeakMap<Connection, Statement[]>()

/** A function that runs the query with its one value, and gives its rows. */
export function prepareQuery<Row>(db: Knex, sql: string): (value: string) => Promise<Row[]> {
  const pool = db.client as Pool
  let prepared: { readonly on: Connection; readonly statement: Statement } | null = null
  return async value => {
    const connection = await pool.acquireConnection()
    try {
      if (prepared?.on !== connection) prepared = { on: connection, statement: prepare(connection, sql) }
      return await all<Row>(prepared.statement, value)
    } finally {
      await pool.releaseConnection(connection)
    }
  }
}

/** Gives up what was prepared and closes the database. */
export async function closePrepared(db: Knex): Promise<void> {
  const pool = db.client as Pool
  const connection = await pool.acquireConnection()
  for (const statement of statements.get(connection) ?? [])
    await new Promise<void>(resolve => {
      statement.finalize(resolve)
    })
  await pool.releaseConnection(connection)
  await db.destroy()
}

function prepare(connection: Connection, sql: string): Statement {
  const statement = connection.prepare(sql)
  statements.set(connection, [...(statements.get(connection) ?? []), statement])
  return statement
}

function all<Row>(statement: Statement, value: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    statement.all(value, (error, rows) => {
      if (error === null) resolve(rows as Row[])
      else reject(error)
    })
  })
}
