// Names of algorithms, attributes and extensions that certificates and lists carry (RFC 5280, RFC 6120 s13.7.1.4, RFC 4519).

export const objectIds = {
  domainComponent: '0.9.2342.19200300.100.1.25', // RFC 4519 s2.4
  xmppAddr: '1.3.6.1.5.5.7.8.5', // RFC 6120 s13.7.1.4
  subjectAltName: '2.5.29.17',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  authorityKey: '2.5.29.35',
  listNumber: '2.5.29.20',
  reason: '2.5.29.21',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha256WithEcdsa: '1.2.840.10045.4.3.2', // RFC 5758 s3.2
  ed25519: '1.3.101.112', // RFC 8410 s3
} as const
