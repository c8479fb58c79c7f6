// Backups: everything that makes a server itself, in one encrypted file (age; tar).
export { createBackup } from './create.js'
export { restoreBackup } from './restore.js'
