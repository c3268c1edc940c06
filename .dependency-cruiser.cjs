/** Who may import whom: the rooms of docs/architecture.md. */
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule('apps-apart', 'the deployables never import each other', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule('no-test-in-product', 'what is deployed imports nothing from test', { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$', '^(apps|libs)/[^/]+/test/'] }, { path: '^test/' }),
    rule('pure-orders', 'the rules of money import nothing', { path: '^libs/domain/src/orders/', pathNot: '\\.spec\\.ts$' }, { pathNot: '^libs/domain/src/orders/' }),
    rule('lakala-alone', 'the protocol knows nothing of us, of Nest, or of HTTP', { path: '^libs/lakala/', pathNot: '\\.spec\\.ts$' }, { pathNot: ['^libs/lakala/', '^node:(crypto|buffer)$', '^(crypto|buffer)$'] }),
    rule('platform-below', 'platform knows no domain', { path: '^libs/platform/' }, { path: '^(apps|libs/(domain|lakala))/' }),
    rule('domain-below', 'domain knows no protocol', { path: '^libs/domain/', pathNot: '\\.spec\\.ts$' }, { path: '^(apps|libs/lakala)/' }),
    rule('api-has-no-gateway', 'only the processor calls Lakala', { path: '^apps/(api|admin)/' }, { path: '^node_modules/undici/' }),
    rule('sandbox-apart', 'the other side shares no code with us', { path: '^test/lakala-sandbox/', pathNot: '\\.spec\\.ts$' }, { path: '^(apps|libs|test)/', pathNot: '^test/lakala-sandbox/' }),
    rule('no-cycles', 'a cycle has no bottom', {}, { circular: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs'] },
  },
};
