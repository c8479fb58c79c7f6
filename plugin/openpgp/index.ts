// OpenPGP: the strict packet codec of cells and onions, certificates as raw packets, signatures (RFC 9580).
export { seal, unseal } from './sealed-packet.js'
export { ensureLayer, layerEnd, layerOverhead, openLayer, wrapLayer, type OpenedLayer } from './layer.js'
export {
  generateUnwrappingKey,
  secretOctets,
  unwrappingKey,
  wrappingKey,
  type UnwrappingKey,
  type WrappingKey,
} from './x25519.js'
