// Direction of imports: openpgp <- features <- service <- main -> adapters -> ports.
const contract = '^plugin/(ports[a-z0-9-]*|errors|addresses|fingerprint|profiles|config[a-z-]*)\\.ts$'

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one idea; shared types live in ports.ts.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-openpgp-imports-openpgp',
      comment: 'The library stays replaceable, and its traps stay in one folder.',
      severity: 'error',
      from: { path: '^(plugin|adapters)/', pathNot: '^plugin/openpgp/' },
      to: { path: '(^|node_modules/)openpgp(/|$)' },
    },
    {
      name: 'openpgp-is-the-bottom',
      severity: 'error',
      from: { path: '^plugin/openpgp/' },
      to: { path: '^plugin/', pathNot: ['^plugin/openpgp/', contract] },
    },
    {
      name: 'only-main-imports-adapters',
      comment: 'The product has no socket, file, SQL or stanza.',
      severity: 'error',
      from: { path: '^plugin/', pathNot: '^plugin/main\\.ts$' },
      to: { path: '^(adapters|migrations)/' },
    },
    {
      name: 'features-meet-at-the-door',
      comment: "A feature's inner files may change without asking the others.",
      severity: 'error',
      from: { path: '^plugin/([a-z0-9-]+)/' },
      to: { path: '^plugin/([a-z0-9-]+)/', pathNot: ['^plugin/$1/', '^plugin/[a-z0-9-]+/index\\.ts$'] },
    },
    {
      name: 'commands-use-their-ports',
      comment: 'The command line lists the commands without loading the plugin.',
      severity: 'error',
      from: { path: '^plugin/commands/' },
      to: { path: '^plugin/', pathNot: ['^plugin/commands/', contract], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { path: '^(plugin|adapters|migrations)/', pathNot: '^adapters/cli/' },
      to: { path: '^plugin/main\\.ts$' },
    },
    {
      name: 'adapters-see-the-contract',
      comment: 'Adapters implement ports; decisions are in the product.',
      severity: 'error',
      from: { path: '^adapters/', pathNot: '^adapters/(cli|worker|backup)/' },
      to: { path: '^plugin/', pathNot: contract },
    },
    {
      name: 'worker-sees-contract-and-work',
      comment: 'The thread runs what the product lists as its slow work.',
      severity: 'error',
      from: { path: '^adapters/worker/' },
      to: { path: '^plugin/', pathNot: [contract, '^plugin/work\\.ts$'] },
    },
    {
      name: 'backup-sees-contract-and-backup',
      comment: 'It moves files; what they mean is in the product.',
      severity: 'error',
      from: { path: '^adapters/backup/' },
      to: { path: '^plugin/', pathNot: [contract, '^plugin/backup/index\\.ts$'] },
    },
    {
      name: 'program-sees-contract-and-main',
      comment: 'And what it prints and checks without a running plugin.',
      severity: 'error',
      from: { path: '^adapters/cli/' },
      to: { path: '^plugin/', pathNot: [contract, '^plugin/(main|(commands|dns|x509)/index)\\.ts$'] },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { path: '^(plugin|adapters|migrations)/' },
      to: { path: '^test/' },
    },
    {
      name: 'product-uses-dependencies-only',
      comment: 'What production installs is what production needs.',
      severity: 'error',
      from: { path: '^(plugin|adapters|migrations)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-touches-no-machine',
      comment: 'Clock and randomness come through ports.ts; files and sockets belong to adapters.',
      severity: 'error',
      from: { path: '^plugin/' },
      to: {
        dependencyTypes: ['core'],
        path: '^(fs|net|tls|http|https|http2|dgram|dns|child_process|cluster)(/|$)',
      },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
