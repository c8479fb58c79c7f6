// What is wrong with what a visitor signed, by the field of the command that takes it.
import { FieldError } from '../errors.js'

export const signatureField = { name: 'text', label: 'Signed text' }

export const otherText = 'other lines are signed than those that were asked for last. Sign exactly those.'

/** @param fix what is wrong and what to do */
export function wrongSignature(fix: string): FieldError {
  return new FieldError(signatureField.name, `${signatureField.label}: ${fix}`)
}
