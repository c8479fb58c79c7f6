// Marks of users' accounts, in the database.
import type { Knex } from 'knex'
import type { AccountStore, UserAddress } from '../../plugin/ports.js'

/** The store of one database. */
export function createAccountStore(db: Knex): AccountStore {
  const rows = () => db<{ user_address: UserAddress; host: string; account: string }>('account_marks')
  return {
    async loadMark(user) {
      const row = await rows().where({ user_address: user }).first('host', 'account')
      return row ?? null
    },
    async saveMark(user, mark) {
      if (mark === null) await rows().where({ user_address: user }).delete()
      else
        await rows()
          .insert({ user_address: user, ...mark })
          .onConflict('user_address')
          .merge()
    },
  }
}
